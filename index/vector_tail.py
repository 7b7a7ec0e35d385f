"""The part of the vector index that lies in memory: what was added since its file was written, searched exactly."""

from __future__ import annotations

import numpy as np


class Tail:
    """Vectors of shape (n, dimension), float32, by passage id."""

    def __init__(self, dimension: int) -> None:
        self.ids = np.empty(0, np.int64)
        self.vectors = np.empty((0, dimension), np.float32)

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Take vectors in; those that are there already are passed over."""
        fresh = ~np.isin(ids, self.ids)
        self.ids = np.concatenate([self.ids, ids[fresh]])
        self.vectors = np.concatenate([self.vectors, vectors[fresh].astype(np.float32)])

    def remove(self, ids: np.ndarray) -> None:
        """Drop the vectors of those ids."""
        kept = ~np.isin(self.ids, ids)
        if not kept.all():
            self.ids, self.vectors = self.ids[kept], self.vectors[kept]

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> list[tuple[int, float]]:
        """The ``k`` nearest to a vector of shape (dimension,), among ``allowed`` ids only: (id, cosine)."""
        if not len(self):
            return []
        scores = self.vectors @ query
        ids = self.ids
        if allowed is not None:
            among = np.isin(ids, allowed)
            scores, ids = scores[among], ids[among]
        if k < len(ids):
            best = np.argpartition(-scores, k - 1)[:k]
            scores, ids = scores[best], ids[best]
        return list(zip(ids.tolist(), scores.tolist(), strict=True))
