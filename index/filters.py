"""Which articles a search may draw on."""

from __future__ import annotations

from dataclasses import dataclass

from index.article import Article, parse_date
from index.errors import LibraryError


@dataclass(frozen=True, slots=True)
class Filters:
    """Limits on the articles searched; an empty field is no limit.

    Attributes:
        publishers: names, any of which will do, exactly as stored.
        published_from, published_to: ISO dates, both included; an article without a date is then left out.

    Raises:
        LibraryError: a date is not of the form YYYY-MM-DD, or a name has bytes that are no text.
    """

    publishers: tuple[str, ...] = ()
    published_from: str = ""
    published_to: str = ""

    def __post_init__(self) -> None:
        for name in self.publishers:
            if name.encode("utf-8", errors="replace").decode() != name:
                raise LibraryError(f"A publisher's name must be text, not {name!a}.")
        for value in (self.published_from, self.published_to):
            if value and parse_date(value) != value:
                raise LibraryError(f"A date filter must be YYYY-MM-DD, not {value!r}.")

    def __bool__(self) -> bool:
        return bool(self.publishers or self.published_from or self.published_to)

    def takes(self, article: Article) -> bool:
        """True for an article that a search with these limits may draw on."""
        if self.publishers and article.publisher not in self.publishers:
            return False
        if not (self.published_from or self.published_to):
            return True
        return (self.published_from or "0001-01-01") <= article.published <= (self.published_to or "9999-12-31")
