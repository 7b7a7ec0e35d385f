"""Dense search: a FAISS index of the store's vectors, exact while small, compressed cells when large.

The file is derived and named by the generation that it holds; ``sync`` brings it up to the store's. Inner product of
unit vectors is their cosine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np

from index.store import Store

EXACT_UP_TO = 100_000
"""Passages up to which search is exact; above, IVF cells with 8-bit scalar quantisation."""
_FILE = re.compile(r"vectors\.(\d+)\.faiss")


class VectorIndex:
    """FAISS over passage ids.

    Args:
        folder: where the file is kept.
        dimension: length of a vector.
        exact_up_to: passages up to which search is exact (count).
    """

    def __init__(self, folder: Path, dimension: int, exact_up_to: int = EXACT_UP_TO) -> None:
        self.folder, self.dimension, self.exact_up_to = folder, dimension, exact_up_to
        self.generation = 0
        self._index = self._empty()
        self._load()

    def _empty(self) -> faiss.Index:
        return faiss.IndexIDMap2(faiss.IndexFlatIP(self.dimension))

    def _load(self) -> None:
        """Take the newest file that can be read; a damaged one is derived anew from the store by ``sync``."""
        files = sorted((int(match[1]), path) for path in self.folder.iterdir() if (match := _FILE.fullmatch(path.name)))
        for generation, path in reversed(files):
            try:
                index = faiss.read_index(str(path))
            except RuntimeError:
                continue
            if index.d == self.dimension:
                self._index, self.generation = index, generation
                return

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def kind(self) -> str:
        """How vectors are kept: ``exact``, or ``cells`` (IVF with 8-bit scalar quantisation)."""
        return "exact" if isinstance(self._index, faiss.IndexIDMap2) else "cells"

    def sync(self, store: Store) -> None:
        """Bring the index to the store's generation and write its file; does nothing when it is there already."""
        newest = store.generation
        if self.generation == newest:
            return
        if self.generation > newest:  # the store was put back from an older copy
            self._index, self.generation = self._empty(), 0
        removed = np.array(store.removed_since(self.generation), dtype=np.int64)
        if len(removed) and len(self):
            self._index.remove_ids(removed)
        for batch in store.added_since(self.generation):
            vectors = np.stack([stored.vector for stored in batch]).astype(np.float32)
            ids = np.array([stored.passage.id for stored in batch], dtype=np.int64)
            if len(self):
                self._index.remove_ids(ids)  # there from a file that was written but not counted
            self._index.add_with_ids(vectors, ids)
        if self.kind == "exact" and len(self) > self.exact_up_to:
            self._index = self._cells(store)
        self.generation = newest
        self._save()

    def _cells(self, store: Store) -> faiss.Index:
        """An IVF index of all the store's vectors (Jégou et al., TPAMI 2011), cells as many as 4·√n."""
        batches = [
            (np.stack([stored.vector for stored in batch]), [stored.passage.id for stored in batch])
            for batch in store.added_since(0)
        ]
        vectors = np.concatenate([batch for batch, _ in batches]).astype(np.float32)
        ids = np.concatenate([np.array(numbers, dtype=np.int64) for _, numbers in batches])
        cells = max(1, min(int(4 * len(ids) ** 0.5), len(ids) // 39))
        index = faiss.index_factory(self.dimension, f"IVF{cells},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)
        index.add_with_ids(vectors, ids)
        index.nprobe = max(1, cells // 16)
        return index

    def _save(self) -> None:
        target = self.folder / f"vectors.{self.generation}.faiss"
        partial = target.with_suffix(".partial")
        faiss.write_index(self._index, str(partial))
        partial.replace(target)
        for path in self.folder.iterdir():
            if _FILE.fullmatch(path.name) and path != target:
                path.unlink(missing_ok=True)

    def contents(self, at_once: int = 4096) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """What is kept, in batches: passage ids (n,), int64, and their vectors (n, dimension) as the index has them."""
        if isinstance(self._index, faiss.IndexIDMap2):
            ids = faiss.vector_to_array(self._index.id_map)
            for first in range(0, len(ids), at_once):
                some = ids[first : first + at_once]
                yield some, self._index.index.reconstruct_n(first, len(some))
            return
        lists = self._index.invlists
        for cell in range(self._index.nlist):
            size = lists.list_size(cell)
            if size:
                ids = faiss.rev_swig_ptr(lists.get_ids(cell), size).copy()
                codes = faiss.rev_swig_ptr(lists.get_codes(cell), size * lists.code_size).reshape(size, -1)
                number = np.frombuffer(cell.to_bytes(self._index.coarse_code_size(), "little"), np.uint8)
                yield ids, self._index.sa_decode(np.hstack([np.tile(number, (size, 1)), codes]))

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> list[tuple[int, float]]:
        """The ``k`` nearest passages to a vector of shape (dimension,): (id, cosine), best first.

        ``allowed`` limits the search to those passage ids, exactly.
        """
        if not len(self) or (allowed is not None and not len(allowed)):
            return []
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(allowed)
            if self.kind == "exact":
                parameters = faiss.SearchParameters(sel=selector)
            else:  # the allowed may lie in any cell
                parameters = faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nlist)
        scores, ids = self._index.search(query[None].astype(np.float32), min(k, len(self)), params=parameters)
        return [(int(number), float(score)) for number, score in zip(ids[0], scores[0], strict=True) if number >= 0]
