"""A query to the passages that match it: both indexes asked, their hits fused, what copies repeat left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from index.article import Passage
from index.copies import repeats
from index.derived import DamagedIndex, DerivedIndexes
from index.embedder import Embedder
from index.filters import Filters
from index.fusion import Method, Ranking, fuse
from index.lexical import LexicalIndex
from index.store import Store
from index.stories import stories_of
from index.together import by_article
from index.vectors import VectorIndex

Mode = Literal["fused", "dense", "lexical"]
DEPTH = 100
"""Hits taken from each side before they are fused (count)."""
_MOST_COSINE = 1.2
"""A cosine beyond this is no rounding of 8-bit vectors: a byte of the index is wrong."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found; ``score`` is of the mode asked for.

    ``dense`` is the cosine with the query, ``lexical`` the share of the BM25 possible; None where that side did
    not look or did not find it.
    """

    passage: Passage
    score: float
    dense: float | None
    lexical: float | None


class Searcher:
    """Searches a store and its derived indexes; ``embedder`` gives the library's, or refuses another."""

    def __init__(self, store: Store, derived: DerivedIndexes, embedder: Callable[[], Embedder]) -> None:
        self._store, self._derived, self._embedder = store, derived, embedder

    def merged(
        self, query: str, dense: Ranking, lexical: Ranking, k: int, mode: Mode, method: Method, dense_weight: float
    ) -> list[Hit]:
        """The ``k`` best passages of both rankings, what copies repeat left out."""
        by_mode = {"dense": dense, "lexical": lexical}
        ranking = by_mode[mode] if mode in by_mode else fuse(dense, lexical, method, dense_weight)
        read: dict[int, Passage] = {}
        if mode == "fused" and method == "scores":
            read = self._store.passages([number for number, _ in ranking[: max(k, DEPTH)]])
            ranking = by_article(query, ranking, read)
        by_dense, by_lexical = dict(dense), dict(lexical)
        return [
            Hit(passage, score, by_dense.get(passage.id), by_lexical.get(passage.id))
            for passage, score in without_repeats(self._found(ranking, k, read), k)
        ]

    def _found(
        self, ranking: Ranking, at_once: int, read: Mapping[int, Passage]
    ) -> Iterator[tuple[Passage, float, int]]:
        """The passages of a ranking that are still there, with scores and stories, so many at a time.

        Those of ``read`` are not read again.
        """
        for first in range(0, len(ranking), at_once):
            some = ranking[first : first + at_once]
            numbers = [number for number, _ in some]
            unread = self._store.passages([number for number in numbers if number not in read])
            passages, stories = {**read, **unread}, stories_of(self._store, numbers)
            for number, score in some:
                if number in passages:
                    yield passages[number], score, stories.get(number, -number)

    def rankings(
        self, query: str, depth: int, filters: Filters | None = None, mode: Mode = "fused"
    ) -> tuple[Ranking, Ranking]:
        """As ``Library.rankings``; both empty for a library that holds nothing."""
        if not self._store.rows("SELECT 1 FROM passages LIMIT 1"):
            return [], []
        vector = self._embedder().encode([query])[0] if mode != "lexical" else None

        def look(vectors: VectorIndex, words: LexicalIndex) -> tuple[Ranking, Ranking]:
            near: Ranking = []
            if vector is not None:
                near = vectors.search(vector, depth, self._store.matching(filters) if filters else None)
                if not all(abs(cosine) < _MOST_COSINE for _, cosine in near):  # NaN is not either
                    raise DamagedIndex("a cosine is not between -1 and 1")
            return near, words.search(query, depth, filters) if mode != "dense" else []

        dense, lexical = self._derived.ask(look)
        if vector is not None and lexical:
            near = {number for number, _ in dense}
            others = self._store.vectors([number for number, _ in lexical if number not in near])
            dense = sorted(
                [*dense, *((number, float(row @ vector)) for number, row in others.items())], key=lambda hit: -hit[1]
            )
        return dense, lexical


def without_repeats(ranked: Iterable[tuple[Passage, float, int]], k: int) -> list[tuple[Passage, float]]:
    """The first ``k`` of ranked passages, scores and stories but those that repeat one before them in a copy."""
    found: list[tuple[Passage, float]] = []
    told: dict[int, list[Passage]] = {}
    for passage, score, story in ranked:
        before = told.setdefault(story, [])
        if not any(repeats(passage.text, other.text) for other in before if other.article_id != passage.article_id):
            before.append(passage)
            found.append((passage, score))
        if len(found) == k:
            break
    return found
