"""Sources named on the command line into a library: read as they are stored, problems kept for the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TextIO

from index.article import Article
from index.errors import SourceError
from index.intake import AddReport
from index.library import Library
from index.sources import Choice, Problem, Unit, units_of
from index.sources.metadata import fields
from index.sources.reading import read_unit
from index.sources.web import Web
from qa.terminal import plain

GIVEN = ("publisher", "author", "published", "updated", "language")
"""Fields that may be said of many articles at once."""


class Reading:
    """What ``sources`` hold, read once, an article at a time; ``problems`` are what could not be read."""

    def __init__(self, sources: Sequence[str], choice: Choice, web: Web) -> None:
        self._sources, self._choice, self._web = sources, choice, web
        self.problems: list[str] = []

    def _units(self) -> Iterator[Unit]:
        for source in self._sources:
            for unit in units_of(source, self._choice, self._web):
                if isinstance(unit, Problem):
                    self.problems.append(str(unit))
                else:
                    yield unit

    def articles(self) -> Iterator[Article]:
        """Each article; what could not be read goes to ``problems``."""
        return self._read(self._units())

    def _read(self, units: Iterator[Unit] | Sequence[Unit]) -> Iterator[Article]:
        for unit in units:
            for found in read_unit(unit):
                if isinstance(found, Article):
                    yield found
                else:
                    self.problems.append(str(found))

    def store(self, library: Library, update: bool) -> AddReport:
        """Add every article to ``library``, with a progress bar: articles, time left, passages a second."""
        units = list(self._units())
        with ArticleBar(sum(unit.expected() for unit in units)) as bar:
            return (library.update if update else library.add)(self._read(units), bar.dealt_with)


class ArticleBar:
    """A progress bar of articles, with the time left and passages a second; ``expected`` is about how many."""

    def __init__(self, expected: int, stream: TextIO | None = None) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=expected, unit="article", disable=None if expected or stream else True, file=stream)
        self._begun, self._stored, self._said = time.monotonic(), 0, ""

    def __enter__(self) -> ArticleBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def dealt_with(self, articles: int, passages: int) -> None:
        """Move on by so many articles and passages."""
        self._stored += passages
        rate = self._stored / max(time.monotonic() - self._begun, 0.001)
        self._bar.set_postfix_str(f"{self._stored:,} passages, {rate:.0f}/s{self._said}", refresh=False)
        self._bar.update(articles)

    def say(self, what: str) -> None:
        """Show what holds it up, until there is something to move on by."""
        self._bar.set_postfix_str(what)

    def expect(self, articles: int, said: str) -> None:
        """Show that about so many articles are to come, and one thing more."""
        self._bar.total, self._said = articles or None, f", {said}"


def given_fields(given: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` flags as fields; SourceError for a name that is not one of ``GIVEN``."""
    pairs = [item.partition("=") for item in given]
    for name, sign, _ in pairs:
        if not sign or name not in GIVEN:
            raise SourceError(f"--field takes NAME=VALUE with one of the names {', '.join(GIVEN)}, not {name!r}.")
    return fields({name: value for name, _, value in pairs}, "--field")


def described(article: Article) -> str:
    """An article in two lines, as ``--dry-run`` shows it."""
    dates = article.published or "no date"
    if article.updated:
        dates += f", updated {article.updated}"
    about = " · ".join(
        part
        for part in (article.title or "(no title)", article.publisher, article.author, dates, article.language)
        if part
    )
    return plain(f"{article.id}: {about}\n    {len(article.text):,} characters from {article.source}")
