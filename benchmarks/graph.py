"""HNSW over 8-bit vectors, to compare the library's vector index with: Malkov and Yashunin, TPAMI 2018, by FAISS."""

from __future__ import annotations

import time
from pathlib import Path

import faiss
import numpy as np

from index.store import Store
from index.vector_kinds import CANDIDATES, recall, sample_of

LINKS = 32
"""Links of a vector on each level but the lowest, which has twice as many (count)."""
RECALL = 0.98
"""Share of the ten nearest to find (share)."""
_MAPPED = faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY


class Graph:
    """A graph over the vectors of a store, in ``folder``; candidates are compared by their stored vectors."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._path, self._store = folder / "graph.faiss", store
        self._index = faiss.read_index(str(self._path), _MAPPED) if self._path.exists() else None
        self._ids = np.load(folder / "ids.npy", mmap_mode="r") if self._path.exists() else None

    def sync(self) -> None:
        """Build it."""
        count, randomness = self._store.counts()[1], np.random.default_rng(0)
        sample = sample_of(self._store, count, 50_000, randomness)
        index = faiss.IndexHNSWSQ(sample.shape[1], faiss.ScalarQuantizer.QT_8bit, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.train(sample)
        batches, begun = [], time.perf_counter()
        for ids, vectors in self._store.vectors_since(0, at_once=20_000):
            index.add(vectors)
            batches.append(ids)
            rate = index.ntotal / (time.perf_counter() - begun)
            left = (count - index.ntotal) / rate
            print(f"graph: {index.ntotal:,} of {count:,}, {rate:.0f} a second, {left:.0f} s left", flush=True)
        self._index, self._ids = index, np.concatenate(batches)
        np.save(self._path.with_name("ids.npy"), self._ids)
        faiss.write_index(index, str(self._path))

    def tune(self, queries: np.ndarray, nearest: np.ndarray) -> None:
        """Take the fewest steps of a search, an eighth more at each try, that find enough of the ``nearest`` ids."""
        assert self._index is not None and self._ids is not None
        self._index.hnsw.efSearch = CANDIDATES
        while recall(self._ids[self._index.search(queries, CANDIDATES)[1]], nearest) < RECALL:
            self._index.hnsw.efSearch = self._index.hnsw.efSearch * 9 // 8

    def facts(self) -> dict[str, str | int | float]:
        """How it is searched, and the recall that it was given its steps by."""
        assert self._index is not None
        return {"vector_index": f"graph: {LINKS} links, {self._index.hnsw.efSearch} steps, 8 bits a dimension"}

    def catch_up(self) -> None:
        """It is never behind: it is not kept in step."""

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> list[tuple[int, float]]:
        """The ``k`` nearest to a vector of shape (dimension,): (id, cosine), best first."""
        assert self._index is not None and self._ids is not None
        parameters = None
        if allowed is not None:
            bits = np.isin(self._ids, allowed)
            selector = faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))
            parameters = faiss.SearchParametersHNSW(sel=selector, efSearch=self._index.hnsw.efSearch)
        found = self._index.search(query[None], max(k, CANDIDATES), params=parameters)[1][0]
        stored = self._store.vectors(self._ids[found[found >= 0]].tolist())
        hits = [(number, float(vector @ query)) for number, vector in stored.items()]
        return sorted(hits, key=lambda hit: -hit[1])[:k]
