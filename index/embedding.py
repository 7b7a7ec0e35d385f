"""Embedding in a thread of its own, while the caller reads, splits and stores what comes before and after."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from index.embedder import Embedder
from index.intake import Pair
from index.store import Cut


class EmbeddingLine:
    """One batch is embedded while the next is read and the last is stored; no more than three are in memory."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, "embedding")
        self._under_way: tuple[Sequence[Pair], Future[np.ndarray]] | None = None

    def __enter__(self) -> EmbeddingLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.shutdown(wait=True)

    def swap(self, pairs: Sequence[Pair]) -> list[Cut]:
        """Begin to embed ``pairs``; returns the batch before it with its vectors, empty for the first."""
        before = self._under_way
        self._under_way = None
        if pairs:
            future = self._thread.submit(self._embedder.encode, embedded_texts(pairs), self._stop.is_set)
            self._under_way = (pairs, future)
        return cut_of(before[0], before[1].result()) if before else []


def embedded_texts(pairs: Sequence[Pair]) -> list[str]:
    """What is embedded of passages: each with its article's title, which is not part of the passage."""
    return [
        f"{article.title}\n{passage.text}" if article.title else passage.text
        for article, passages in pairs
        for passage in passages
    ]


def cut_of(pairs: Sequence[Pair], vectors: np.ndarray) -> list[Cut]:
    """The pairs, each with its own of the vectors of all."""
    cut: list[Cut] = []
    first = 0
    for article, passages in pairs:
        cut.append((article, passages, vectors[first : first + len(passages)]))
        first += len(passages)
    return cut
