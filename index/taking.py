"""Articles into a store: sorted, cut, embedded and put, a batch at a time; what is embedded overlaps with the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from index.article import Article
from index.embedder import Embedder
from index.embedding import EmbeddingLine
from index.intake import AddReport, Intake
from index.store import Along, Cut, Store

Progress = Callable[[int, int], object]
"""Called with the numbers of articles and of passages just dealt with."""
_PASSAGES_AT_ONCE = 512
"""Passages embedded together and stored in one transaction: what a crash or Ctrl-C can cost, twice over (count)."""


class Taking:
    """One go at storing articles; the caller is the one that writes.

    Args:
        store: where they go.
        intake: sorts them.
        progress: told of each batch.
        along: called for each article in the transaction that stores it.
    """

    def __init__(self, store: Store, intake: Intake, progress: Progress | None, along: Along) -> None:
        self._store, self._intake, self._along = store, intake, along
        self._progress = progress or (lambda articles, passages: None)

    def take(self, articles: Iterable[Article], embedder: Embedder) -> AddReport:
        """Store articles that are cut and embedded here."""
        intake = self._intake
        with EmbeddingLine(embedder) as line:
            for article in articles:
                if not intake.take(article):
                    self._progress(1, 0)
                if intake.passages_waiting >= _PASSAGES_AT_ONCE:
                    self._put(line.swap(intake.handed_over()))
            self._put(line.swap(intake.handed_over()))
            self._put(line.swap([]))
        return intake.report

    def take_cut(self, cut: Iterable[Cut]) -> AddReport:
        """Store articles whose passages and vectors are given."""
        intake = self._intake
        vectors: dict[str, np.ndarray] = {}
        for article, passages, rows in cut:
            if intake.take(article, list(passages)):
                vectors[article.id] = rows
            else:
                self._progress(1, 0)
            if intake.passages_waiting >= _PASSAGES_AT_ONCE:
                self._put([(*pair, vectors.pop(pair[0].id)) for pair in intake.handed_over()])
        self._put([(*pair, vectors.pop(pair[0].id)) for pair in intake.handed_over()])
        return intake.report

    def _put(self, cut: Sequence[Cut]) -> None:
        """Store a batch in one transaction."""
        if cut:
            self._store.put(cut, along=self._along)
            self._progress(*self._intake.stored([(article, list(passages)) for article, passages, _ in cut]))
