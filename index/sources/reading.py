"""A source, whatever it is, to its units, and to its articles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from index.article import Article
from index.sources.choice import Choice
from index.sources.document import Document, Problem
from index.sources.files import file_units
from index.sources.pages import page_units
from index.sources.parsing import articles_of
from index.sources.stores import is_store, store_units
from index.sources.web import Web, is_address


class Readable(Protocol):
    """What has documents: a unit, or a part of one."""

    def documents(self) -> Iterator[Document | Problem]:
        """The documents in it."""
        ...


class Unit(Readable, Protocol):
    """What is read, and read again, as a whole: a file, a page.

    Attributes:
        name: what articles of it have as ``source``, or its beginning.
        stamp: changes when it does; empty when that cannot be told without reading it.
        changed_at: seconds since the epoch of its last change, 0 when unknown.
    """

    @property
    def name(self) -> str: ...
    @property
    def stamp(self) -> str: ...
    @property
    def changed_at(self) -> float: ...

    def digest(self) -> str:
        """SHA-256 of what it holds; may read all of it."""
        ...

    def expected(self) -> int:
        """About how many articles are in it."""
        ...


def units_of(
    source: str | Path,
    choice: Choice | None = None,
    web: Web | None = None,
    validators: Mapping[str, tuple[str, str]] | None = None,
) -> Iterator[Unit | Problem]:
    """The units of a file, a folder, or an address (of the web, of an object store), or what is wrong in their place.

    ``validators`` are the ETag and Last-Modified of pages that were read before, by address: a page that has not
    changed since is not sent again.
    """
    chosen = choice or Choice()
    if isinstance(source, str) and is_address(source):
        yield from page_units(source, chosen, web or Web(), validators or {})
    elif isinstance(source, str) and is_store(source):
        yield from store_units(source, chosen)
    else:
        yield from file_units(Path(source), chosen)


def read_source(
    source: str | Path, choice: Choice | None = None, web: Web | None = None
) -> Iterator[Article | Problem]:
    """Yield each article of a file, a folder or an address, or the problem in its place."""
    for unit in units_of(source, choice, web):
        if isinstance(unit, Problem):
            yield unit
        else:
            yield from read_unit(unit)


def read_unit(unit: Readable) -> Iterator[Article | Problem]:
    """Yield each article of a unit or of a part of one, or the problem in its place."""
    for document in unit.documents():
        if isinstance(document, Document):
            yield from articles_of(document)
        else:
            yield document
