"""Which articles the library tab lists: searched, sorted, a page of them at a time. No HTML is made here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.store import ArticleSummary

ROWS = 50
"""Articles on one page of the list."""
SORTS = {"title": "Title", "publisher": "Publisher", "published": "Date", "passages": "Passages"}
"""What the list can be sorted by, and how it is called."""
FALLING_FIRST = ("published", "passages")
"""Sorts that begin with the newest, or the longest."""


@dataclass(frozen=True, slots=True)
class View:
    """What one person has asked the list to show, and the article that they have open.

    Attributes:
        search: words, all of which must stand in title, publisher, author or date.
        sort: a key of ``SORTS``; ``falling`` turns it round.
        page: from 0.
        opened: id of the open article, or empty; ``part`` is which part of its text, from 0.
    """

    search: str = ""
    sort: str = "published"
    falling: bool = True
    page: int = 0
    opened: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows to show, how many were found, how many there are, and which page of how many this is."""

    rows: tuple[ArticleSummary, ...]
    found: int
    total: int
    page: int
    pages: int


def listed(summaries: Sequence[ArticleSummary], view: View, first: Collection[str] = (), rows: int = ROWS) -> Listed:
    """The page of ``summaries`` that ``view`` asks for, those of the ids ``first`` before all others.

    A page past the end is the last one.
    """
    words = view.search.casefold().split()
    found = [summary for summary in summaries if all(word in _words(summary) for word in words)]
    sort = view.sort if view.sort in SORTS else "published"
    found.sort(key=lambda summary: summary.title.casefold())
    found.sort(key=lambda summary: _key(summary, sort), reverse=view.falling)
    found.sort(key=lambda summary: summary.id not in first)
    pages = max(1, -(-len(found) // rows))
    page = min(max(view.page, 0), pages - 1)
    return Listed(tuple(found[page * rows : (page + 1) * rows]), len(found), len(summaries), page, pages)


def _words(summary: ArticleSummary) -> str:
    return f"{summary.title} {summary.publisher} {summary.author} {summary.published}".casefold()


def _key(summary: ArticleSummary, sort: str) -> str | int:
    value: str | int = getattr(summary, sort)
    return value.casefold() if isinstance(value, str) else value
