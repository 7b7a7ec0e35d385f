"""Articles into a store: sorted, cut, embedded and put, a batch at a time; what is embedded overlaps with the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from index.article import Article
from index.embedder import Embedder
from index.embedding import EmbeddingLine, cut_of, embedded_texts
from index.intake import AddReport, Intake, Pair
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

    def take_cut(self, cut: Iterable[Cut], embedder: Embedder) -> AddReport:
        """Store articles whose passages and vectors are given; one that comes without any is cut and embedded here."""
        intake = self._intake
        given: dict[str, np.ndarray] = {}
        for article, passages, rows in cut:
            if not intake.take(article, list(passages) or None):
                self._progress(1, 0)
            elif passages:
                given[article.id] = rows
            if intake.passages_waiting >= _PASSAGES_AT_ONCE:
                self._put(_with_vectors(intake.handed_over(), given, embedder))
        self._put(_with_vectors(intake.handed_over(), given, embedder))
        return intake.report

    def _put(self, cut: Sequence[Cut]) -> None:
        """Store a batch in one transaction."""
        if cut:
            self._store.put(cut, along=self._along)
            self._progress(*self._intake.stored([(article, list(passages)) for article, passages, _ in cut]))


def _with_vectors(pairs: Sequence[Pair], given: dict[str, np.ndarray], embedder: Embedder) -> list[Cut]:
    """The pairs with their vectors, which leave ``given``; what has none there is embedded."""
    lacking = [pair for pair in pairs if pair[0].id not in given]
    if lacking:
        given |= {article.id: rows for article, _, rows in cut_of(lacking, embedder.encode(embedded_texts(lacking)))}
    return [(article, passages, given.pop(article.id)) for article, passages in pairs]
