"""How a base of the vector index is made: exact while small, cells of 8-bit vectors when large, their recall measured.

Which kind at which size, and the parameters, are chosen from the table of ``benchmarks/vectors.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import faiss
import numpy as np

from index.store import Store
from index.vector_base import Base, BaseFacts

RECALL = 0.985
"""Share of the ten nearest passages to find: as many cells are looked into as that takes for made-up queries.

Half a point above the aim, 0.98 for questions: that is how far the recall of the two differs over the news.
"""
CANDIDATES = 100
"""Nearest by 8-bit vectors whose stored vectors are then compared (count)."""
_CELLS_PER_ROOT = 2
"""Cells are so many times the square root of the passages."""
_DRAWN_PER_CELL = 50
"""Vectors that a cell is drawn from (count); FAISS asks for 39."""
_ROUNDS = 10
"""Rounds of k-means (count)."""
_TRIED = 400
"""Queries that recall is measured with (count)."""
_AWAY = 1.25
"""How far a made-up query lies from a stored vector, in differences of two others (see ``made_up_queries``).

At 1.25 the recall of made-up queries is that of the news questions over 33,679 real passages, and below it over more.
"""


def exact_base(store: Store, dimension: int, generation: int) -> tuple[faiss.Index, BaseFacts]:
    """Every vector of the store as it is."""
    index = faiss.IndexIDMap(faiss.IndexFlatIP(dimension))
    last_id = 0
    for ids, vectors in store.vectors_since(0):
        index.add_with_ids(vectors, ids)
        last_id = int(ids[-1])
    return index, BaseFacts("exact", generation, index.ntotal, last_id)


def cells_base(store: Store, dimension: int, generation: int) -> tuple[faiss.Index, BaseFacts]:
    """Every vector of the store at 8 bits a dimension, in cells, in memory not much above what the index takes.

    The cells are drawn on a sample. Then the vectors are put in a batch at a time, and compared with the queries
    meanwhile, so that the probes are chosen by the recall against exact search.
    """
    count = store.counts()[1]
    cells = max(1, min(int(_CELLS_PER_ROOT * count**0.5), count // 39))
    randomness = np.random.default_rng(0)
    sample = sample_of(store, count, max(cells * _DRAWN_PER_CELL, 2 * _TRIED), randomness)
    queries = made_up_queries(sample, randomness)
    index = faiss.index_factory(dimension, f"IVF{cells},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = _ROUNDS
    index.train(sample)
    del sample
    nearest, last_id = Nearest(queries), 0
    for ids, vectors in store.vectors_since(0):
        index.add_with_ids(vectors, ids)
        nearest.see(ids, vectors)
        last_id = int(ids[-1])
    probes, recall = _fewest_probes(index, queries, nearest.ids)
    facts = BaseFacts("cells", generation, index.ntotal, last_id, cells, probes, index.ntotal, round(recall, 4))
    return index, facts


def changed_cells(
    base: Base, generation: int, removed: np.ndarray, added: Iterable[tuple[np.ndarray, np.ndarray]]
) -> tuple[faiss.Index, BaseFacts]:
    """A copy of a base without the ``removed`` ids and with more vectors; the cells stay as they were drawn."""
    index, last_id = base.in_memory(), base.facts.last_id
    index.remove_ids(removed)
    for ids, vectors in added:
        index.add_with_ids(vectors, ids)
        last_id = int(ids[-1])
    return index, replace(base.facts, generation=generation, passages=index.ntotal, last_id=last_id)


def sample_of(store: Store, count: int, wanted: int, randomness: np.random.Generator) -> np.ndarray:
    """About ``wanted`` of the store's vectors, at random, of shape (n, dimension)."""
    share = min(1.0, wanted / count)
    return np.concatenate([vectors[randomness.random(len(vectors)) <= share] for _, vectors in store.vectors_since(0)])


def made_up_queries(sample: np.ndarray, randomness: np.random.Generator) -> np.ndarray:
    """Vectors as far from the passages as questions are: a stored one, moved by the difference of two others.

    A stored vector itself is too easy a query: its cell is the first one looked into.
    """
    one, two, three = sample[randomness.integers(0, len(sample), (3, _TRIED))]
    moved = one + _AWAY * (two - three)
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


class Nearest:
    """The ten nearest of all vectors seen, exactly, for each query of shape (queries, dimension)."""

    def __init__(self, queries: np.ndarray, k: int = 10) -> None:
        self._queries, self._k = queries, k
        self.ids = np.full((len(queries), k), -1, np.int64)
        self._scores = np.full((len(queries), k), -np.inf, np.float32)

    def see(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Compare more vectors, of shape (n, dimension)."""
        found, places = faiss.knn(self._queries, vectors, min(self._k, len(ids)), faiss.METRIC_INNER_PRODUCT)
        scores, candidates = np.hstack([self._scores, found]), np.hstack([self.ids, ids[places]])
        best = np.argpartition(-scores, self._k - 1, axis=1)[:, : self._k]
        self._scores = np.take_along_axis(scores, best, axis=1)
        self.ids = np.take_along_axis(candidates, best, axis=1)


def recall(found: np.ndarray, nearest: np.ndarray) -> float:
    """The share of the ``nearest`` ids, of shape (queries, k), that are among those ``found`` for the same query."""
    shares = [
        len(set(right) & set(ids)) / len(right) for right, ids in zip(nearest.tolist(), found.tolist(), strict=True)
    ]
    return float(np.mean(shares))


def _fewest_probes(index: faiss.Index, queries: np.ndarray, nearest: np.ndarray) -> tuple[int, float]:
    """The fewest cells to look into for ``RECALL``, a quarter more at each try, and the recall that they give.

    The candidates are compared by their stored vectors later: one of the ten nearest is found if it is a candidate.
    """
    probes = 1
    while True:
        parameters = faiss.SearchParametersIVF(nprobe=probes)
        reached = recall(index.search(queries, CANDIDATES, params=parameters)[1], nearest)
        if reached >= RECALL or probes >= index.nlist:
            return probes, reached
        probes = min(max(probes + 1, probes * 5 // 4), index.nlist)
