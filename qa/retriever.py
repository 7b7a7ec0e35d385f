"""Stand-alone queries to candidate passages: dense and lexical hits, fused, the best of each query kept."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.article import Passage
from index.errors import ModelError, first_line
from index.filters import Filters
from index.fusion import DENSE_WEIGHT
from index.library import Library
from index.searching import Hit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer, and its article's title.

    ``score`` is the fused one, about 0 to 1; the others are as ``index.searching.Hit`` has them.
    """

    passage: Passage
    title: str
    score: float
    dense: float | None
    lexical: float | None


READ_AT_LEAST = 3
"""Passages that are read however much better the first one matches (count)."""


def worth_reading(candidates: Sequence[Candidate], most: int, share: float) -> Sequence[Candidate]:
    """The first ``most`` of ``candidates`` (best first) that score at least ``share`` of the best, 0 to 1.

    Where one passage matches far better than the rest, these hold no better answer; ``READ_AT_LEAST`` are always kept.
    """
    count = sum(candidate.score >= share * candidates[0].score for candidate in candidates[:most])
    return candidates[: min(most, max(READ_AT_LEAST, count))]


class Retriever:
    """Finds the passages that the reader reads.

    Args:
        library: where they are.
        count: how many to return.
        reranker: a CrossEncoder's folder or hub id to order them by, or ''.
        dense_weight: share of the dense score in the fused one, 0 to 1.
    """

    def __init__(self, library: Library, count: int, reranker: str = "", dense_weight: float = DENSE_WEIGHT) -> None:
        self.library, self.count, self.dense_weight = library, count, dense_weight
        self._reranker = Reranker(reranker) if reranker else None

    def with_library(self, library: Library) -> Retriever:
        """This retriever over another library, sharing the reranker."""
        other = copy.copy(self)
        other.library = library
        return other

    def retrieve(self, queries: Sequence[str], filters: Filters | None = None) -> list[Candidate]:
        """The best passages over all ``queries``, best first; a passage keeps the best score it got from any."""
        best: dict[int, Hit] = {}
        for query in queries:
            for hit in self.library.search(query, self.count, filters, dense_weight=self.dense_weight):
                known = best.get(hit.passage.id)
                if known is None or known.score < hit.score:
                    best[hit.passage.id] = hit
        hits = sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.id))[: self.count]
        titles = self.library.titles(hit.passage.article_id for hit in hits)
        ordered = [
            Candidate(hit.passage, titles.get(hit.passage.article_id, ""), hit.score, hit.dense, hit.lexical)
            for hit in hits
        ]
        return self._reranker.order(queries[0], ordered) if self._reranker else ordered


class Reranker:
    """Any sentence-transformers ``CrossEncoder`` with one score a pair, by folder or hub id."""

    def __init__(self, model: str) -> None:
        self.name = model
        self._model: object | None = None

    def order(self, question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates by the model's score, best first, their ``score`` scaled to 0 to 1 by rank."""
        from sentence_transformers import CrossEncoder

        if not candidates:
            return []
        if self._model is None:
            try:
                self._model = CrossEncoder(self.name)
            except Exception as error:  # damaged files make the libraries raise anything
                raise ModelError(f"Could not load the reranker {self.name!r}: {first_line(error)}") from error
        assert isinstance(self._model, CrossEncoder)
        scores = self._model.predict([(question, candidate.passage.text) for candidate in candidates])
        ordered = [
            candidate for _, candidate in sorted(zip(scores, candidates, strict=True), key=lambda p: -float(p[0]))
        ]
        return [replace(candidate, score=1 - place / len(ordered)) for place, candidate in enumerate(ordered)]
