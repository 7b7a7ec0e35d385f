"""Checks of the derived indexes against the store: the same passages, the same vectors, the same generation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index import seals
from index.lexical import LexicalIndex
from index.snapshot import Snapshot
from index.soundness import matrix
from index.store import Store
from index.vectors import VectorIndex

_LEAST_COSINE = 0.99
"""Of a vector in FAISS with the one in the store: what 8-bit quantisation leaves."""
_NUMBERS_AT_ONCE = 10_000


def vector_faults(folder: Path, live: Store, store: Snapshot, ids: np.ndarray, dimension: int) -> Iterator[str]:
    """What is wrong with FAISS, as sentences; ``ids`` are the store's passages, ascending, ``live`` the store itself.

    Its file may be of an earlier generation: what changed since is in memory in a running library.
    """
    broken = seals.broken_seals(folder)
    if broken:
        yield f"The FAISS file {broken[0].name} is not as it was written."
        return
    index = VectorIndex(folder, live, dimension)
    if not index.generation and len(ids):
        yield "There is no FAISS file that can be read; the next search makes one."
        return
    index.catch_up()
    kept = [np.zeros(0, np.int64)]
    bad: list[int] = []
    for some, vectors in index.contents():
        kept.append(np.asarray(some, np.int64))
        bad += _unlike(store, kept[-1], vectors, dimension)
    yield from _difference("FAISS", np.concatenate(kept), ids)
    if bad:
        yield f"{len(bad):,} vectors in FAISS are not the store's: passage {bad[0]} is the first."


def _unlike(store: Snapshot, ids: np.ndarray, vectors: np.ndarray, dimension: int) -> list[int]:
    """Those of ``ids`` whose vectors have another direction in the store."""
    stored = store.vectors(ids.tolist())
    rows = [row for row, number in enumerate(ids) if len(stored.get(int(number), b"")) == 4 * dimension]
    if not rows:
        return []
    there = matrix([stored[int(number)] for number in ids[rows]], dimension)
    found = np.asarray(vectors[rows], np.float32)
    with np.errstate(all="ignore"):
        cosines = (found * there).sum(axis=1) / np.linalg.norm(found, axis=1)
    wrong = ~(cosines > _LEAST_COSINE) | ~(np.abs(np.linalg.norm(found, axis=1) - 1) < 0.05)  # NaN is wrong too
    return [int(number) for number in ids[rows][wrong]]


def lexical_faults(folder: Path, ids: np.ndarray, generation: int) -> Iterator[str]:
    """What is wrong with tantivy, as sentences; ``ids`` are the store's passages, ascending."""
    if not len(ids) and not (folder / "lexical").exists():
        return
    if not (folder / "lexical").is_dir() or not LexicalIndex.is_sound(folder / "lexical", whole=True):
        yield "The tantivy index cannot be read, or is not as it was written."
        return
    index = LexicalIndex(folder / "lexical")
    if index.generation != generation:
        if len(ids):  # an empty library is not searched, and nothing brings its indexes in step
            yield (
                f"The tantivy index is of generation {index.generation}, the store of {generation}; the next search "
                "brings it in step."
            )
        return
    kept: list[int] = []
    for first in range(0, int(ids[-1]) + 1 if len(ids) else 0, _NUMBERS_AT_ONCE):
        kept += index.ids(first, first + _NUMBERS_AT_ONCE - 1)
    yield from _difference("tantivy", np.array(kept, np.int64), ids)
    if len(index) != len(kept):
        yield f"tantivy holds {len(index):,} passages, {len(index) - len(kept):,} of them twice or unknown."


def _difference(name: str, kept: np.ndarray, ids: np.ndarray) -> Iterator[str]:
    missing, more = np.setdiff1d(ids, kept), np.setdiff1d(kept, ids)
    if len(missing):
        yield f"{name} lacks {len(missing):,} passages of {len(ids):,}: {missing[0]} is the first."
    if len(more):
        yield f"{name} holds {len(more):,} passages that are not in the store: {more[0]} is the first."
    if len(np.unique(kept)) != len(kept):
        yield f"{name} holds {len(kept) - len(np.unique(kept)):,} passages twice."
