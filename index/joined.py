"""Two libraries searched as one: the owner's, and one person's own articles beside it, which nobody else is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NoReturn

from index.article import Article, Passage
from index.errors import LibraryError
from index.filters import Filters
from index.fusion import DENSE_WEIGHT, Method
from index.intake import AddReport, MayReplace, StandsFor, newer_state
from index.library import Library, Progress
from index.searching import Hit, Mode
from index.store import Along, ArticleSummary, Cut, PublisherSummary, merged
from index.versions import Version


class JoinedLibrary(Library):
    """Reads ``shared`` and ``own`` as one library; it stores nothing itself and cannot be written to.

    A passage of ``own`` has the negative of the number it has there, so that no two share one. Where both have an
    article of the same id, ``own`` is meant. Both must have been embedded by the same model. Scores are absolute (a
    cosine, and a share of the BM25 possible), so hits of the two are put in one order as they are.
    """

    def __init__(self, shared: Library, own: Library) -> None:
        self.shared, self.own = shared, own
        self.address = shared.address
        self.path, self.embedder, self.passage_characters = shared.path, shared.embedder, shared.passage_characters

    def close(self) -> None:
        """Nothing to close: both libraries stay open."""

    @property
    def article_count(self) -> int:
        """Number of articles in both."""
        return self.shared.article_count + self.own.article_count

    @property
    def passage_count(self) -> int:
        """Number of passages in both."""
        return self.shared.passage_count + self.own.passage_count

    @property
    def generation(self) -> int:
        """How many writes both have seen."""
        return self.shared.generation + self.own.generation

    def article(self, article_id: str) -> Article:
        """The article of that id, own before shared; LibraryError if neither has it."""
        try:
            return self.own.article(article_id)
        except LibraryError:
            return self.shared.article(article_id)

    def articles(self) -> list[ArticleSummary]:
        """Every article without its text, newest first."""
        both = [*self.own.articles(), *self.shared.articles()]
        return sorted(both, key=lambda summary: summary.published, reverse=True)

    def ids(self) -> list[str]:
        """Ids of all articles, one's own first."""
        return list(dict.fromkeys([*self.own.ids(), *self.shared.ids()]))

    def publishers(self) -> list[PublisherSummary]:
        """Every publisher of either, by name."""
        return merged([*self.own.publishers(), *self.shared.publishers()])

    def newest(self, most: int) -> list[str]:
        """Ids of up to ``most`` articles: the newest of one's own, then of the shared."""
        return list(dict.fromkeys([*self.own.newest(most), *self.shared.newest(most)]))[:most]

    def info(self) -> dict[str, str | int | float]:
        """What both hold together; how it is indexed is said of the shared one."""
        return {**self.shared.info(), "articles": self.article_count, "passages": self.passage_count}

    def search(
        self,
        query: str,
        k: int = 20,
        filters: Filters | None = None,
        mode: Mode = "fused",
        method: Method = "scores",
        dense_weight: float = DENSE_WEIGHT,
    ) -> list[Hit]:
        """The ``k`` best passages of both for ``query``, best first."""
        found = self.shared.search(query, k, filters, mode, method, dense_weight)
        own = self.own.search(query, k, filters, mode, method, dense_weight)
        found += [replace(hit, passage=_negative(hit.passage)) for hit in own]
        return sorted(found, key=lambda hit: -hit.score)[:k]

    def copies(self, article_id: str, most: int | None = None) -> list[Article]:
        """The (``most`` earliest) other articles that tell the same story, in the library that the article is of."""
        if self.own.titles([article_id]):
            return self.own.copies(article_id, most)
        found = self.shared.copies(article_id, most)
        hidden = self.own.titles(copy.id for copy in found)
        return [copy for copy in found if copy.id not in hidden]

    def stories(self) -> list[list[str]]:
        """Ids of the articles of each story that more than one tell, in either."""
        return [*self.own.stories(), *self.shared.stories()]

    def versions(self, article_id: str) -> list[Version]:
        """Earlier versions of an article, in the library that it is of."""
        owner = self.own if self.own.titles([article_id]) else self.shared
        return owner.versions(article_id)

    def titles(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Titles by article id, of those that are still there."""
        wanted = list(article_ids)
        return {**self.shared.titles(wanted), **self.own.titles(wanted)}

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """Passages by number, those that are still there."""
        own = self.own.passages([-number for number in ids if number < 0])
        shared = self.shared.passages([number for number in ids if number > 0])
        return {**shared, **{-number: _negative(passage) for number, passage in own.items()}}

    def rankings(self, *_: object, **__: object) -> NoReturn:
        """Raises LibraryError: two libraries have no one ranking; ``search`` them."""
        raise LibraryError("Two libraries read together have no single ranking; search them instead.")

    def add(
        self,
        articles: Iterable[Article],
        progress: Progress | None = None,
        may_replace: MayReplace = newer_state,
        stands_for: StandsFor = lambda _: True,
        along: Along = lambda _: None,
    ) -> AddReport:
        """Raises LibraryError; add to one of the two."""
        self._refuse()

    def update(self, articles: Iterable[Article], progress: Progress | None = None) -> AddReport:
        """Raises LibraryError; update one of the two."""
        self._refuse()

    def restore(self, cut: Iterable[Cut], embed: bool, progress: Progress | None = None) -> AddReport:
        """Raises LibraryError; restore into one of the two."""
        self._refuse()

    def remove(self, article_ids: Sequence[str]) -> list[str]:
        """Raises LibraryError; remove from one of the two."""
        self._refuse()

    def rebuild(self) -> None:
        """Raises LibraryError; rebuild one of the two."""
        self._refuse()

    def reembed(self, progress: Progress | None = None) -> None:
        """Raises LibraryError; embed one of the two anew."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise LibraryError("Two libraries read together cannot be written to; write to one of them.")


def _negative(passage: Passage) -> Passage:
    return replace(passage, id=-passage.id)
