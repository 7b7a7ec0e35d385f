"""Whether a library is sound: the store, every article with its passages and vectors, and the derived indexes.

Each check yields a ``Problem`` for each thing that is wrong; ``index.mending`` mends what can be derived.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from filelock import FileLock

from index.check_indexes import lexical_faults, vector_faults
from index.errors import LibraryError, SourceError, first_line, no_library
from index.holder import take
from index.leftovers import leftovers
from index.made_by import embedder_fault
from index.salvage import refuse_emptied
from index.snapshot import RawArticle, Snapshot
from index.soundness import span_fault, vector_fault
from index.store import Store

Mend = Literal["salvage", "record", "embed", "fingerprint", "cut", "rows", "indexes", "leftover", "none"]
"""What mends a problem: see ``index.mending``; ``none`` needs a person."""
Progress = Callable[[int, int], object]
"""Called for each article with how many were just checked, and how many there are."""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, as a sentence; ``article`` and ``passage`` name where, if it is about one."""

    what: str
    mend: Mend
    article: str = ""
    passage: int = 0

    @property
    def repairable(self) -> bool:
        """True when it can be derived from what is sound."""
        return self.mend != "none"


@dataclass(slots=True)
class CheckReport:
    """What was looked at, and what is wrong with it; the numbers are of what the store holds."""

    articles: int = 0
    passages: int = 0
    generation: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Checked:
    """What every check may look at; ``meta`` are the store's named values."""

    folder: Path
    live: Store
    store: Snapshot
    meta: dict[str, str]
    progress: Progress

    @property
    def generation(self) -> int:
        """The store's generation; 0 when it is no number."""
        value = self.meta.get("generation", "")
        return int(value) if value.isdecimal() else 0

    @property
    def dimension(self) -> int:
        """Length of the vectors as recorded; 0 when it is not."""
        value = self.meta.get("embedder_dimension", "")
        return int(value) if value.isdecimal() else 0


def check(folder: Path, progress: Progress = lambda articles, of: None) -> CheckReport:
    """Check the library in ``folder``; nothing in it is changed.

    Raises:
        LibraryError: there is no library, it is of a newer Byline, or another process keeps writing to it.
    """
    path = folder / "library.sqlite"
    try:
        there = path.exists()
    except OSError as error:
        raise LibraryError(f"The library's folder {folder} cannot be used: {first_line(error)}.") from error
    if not there:
        raise no_library(folder)
    lock = FileLock(folder / "writer.lock")
    with suppress(OSError):  # a folder that may not be written to is checked too: nobody writes there
        take(lock, folder, then="check")
    try:
        return _check(folder, path, progress)
    finally:
        lock.release()


def _check(folder: Path, path: Path, progress: Progress) -> CheckReport:
    broken = store_fault(folder)
    if broken:
        return CheckReport(problems=[Problem(broken, "salvage")])
    live = Store(path)  # of an older Byline: brought up to date, as by any other command
    with closing(live), Snapshot(path) as snapshot:
        checked = Checked(folder, live, snapshot, snapshot.meta(), progress)
        articles, passages = snapshot.counts()
        report = CheckReport(articles, passages, checked.generation)
        for look in CHECKS:
            report.problems += look(checked)
    return report


def store_fault(folder: Path) -> str | None:
    """What SQLite itself finds wrong with its file, as a sentence, or None."""
    path = folder / "library.sqlite"
    try:
        refuse_emptied(folder)
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        finally:
            connection.close()
    except LibraryError as error:
        return str(error)
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF not in _DAMAGE:
            raise LibraryError(
                f"The library's store {path} could not be read: {error}; can its folder be written to?"
            ) from error
        found = str(error)
    first = " ".join(found.replace("*** in database main ***", "").split())
    return None if found == "ok" else f"The store {path} is damaged ({first[:200]})."


def _records(checked: Checked) -> Iterator[Problem]:
    """The generation, and whose vectors these are."""
    newest = checked.store.rows(
        "SELECT max((SELECT coalesce(max(generation), 0) FROM passages), "
        "(SELECT coalesce(max(generation), 0) FROM removals))"
    )[0][0]
    if not checked.meta.get("generation", "").isdecimal() or newest > checked.generation:
        yield Problem(
            f"The recorded generation is {checked.meta.get('generation')!r}, but rows are of generation {newest}.",
            "record",
        )
    fault = embedder_fault(checked.meta)
    if fault and checked.store.counts()[1]:
        yield Problem(fault, "embed")


def _rows(checked: Checked) -> Iterator[Problem]:
    """Rows that point at rows which are not there, and numbers that could be given twice."""
    for table, number, parent, _ in checked.store.stream("PRAGMA foreign_key_check"):
        yield Problem(
            f"Row {number} of {table} belongs to a row of {parent} that is not there.",
            "rows" if table == "passages" else "none",
            passage=number if table == "passages" else 0,
        )
    for (number,) in checked.store.stream("SELECT passage FROM removals WHERE passage IN (SELECT id FROM passages)"):
        yield Problem(f"Passage {number} is there and noted as removed.", "rows", passage=number)
    for key, leader in checked.store.stream(
        "SELECT key, story FROM articles WHERE story NOT IN (SELECT key FROM articles)"
    ):
        yield Problem(f"Article number {key} tells the story of number {leader}, which is not there.", "rows")
    counted = dict(checked.store.rows("SELECT name, seq FROM sqlite_sequence"))
    for table, numbers in (
        ("articles", "SELECT max(key) FROM articles"),
        ("passages", "SELECT max(n) FROM (SELECT max(id) AS n FROM passages UNION SELECT max(passage) FROM removals)"),
    ):
        highest = checked.store.rows(numbers)[0][0] or 0
        if counted.get(table, 0) < highest:
            yield Problem(
                f"Numbers of {table} are counted to {counted.get(table, 0)}, and {highest} was given already.", "rows"
            )


def _articles(checked: Checked) -> Iterator[Problem]:
    """Every article's fields and fingerprint, its passages' offsets and their vectors."""
    count = checked.store.counts()[0]
    for raw in checked.store.articles():
        yield from article_problems(raw, checked.dimension)
        checked.progress(1, count)


def article_problems(raw: RawArticle, dimension: int) -> Iterator[Problem]:
    """What is wrong with one article; ``dimension`` 0 leaves its vectors alone."""
    name = raw.values["id"]
    try:
        article = raw.article()
    except SourceError as error:
        yield Problem(f"Article {name!r} is damaged: {error} Remove it, then add it again.", "none", name)
        return
    if article.fingerprint != raw.fingerprint:
        yield Problem(
            f"Article {name!r} does not read as when it was stored (another fingerprint); compare it with its source.",
            "fingerprint",
            name,
        )
    fault = span_fault(article.text, [(passage.start, passage.end) for passage in raw.passages])
    if fault:
        yield Problem(f"Article {name!r} is not cut into passages as it should be: {fault}.", "cut", name)
    fault = vector_fault([passage.vector for passage in raw.passages], dimension) if dimension else None
    if fault:
        yield Problem(f"Article {name!r} has an unsound vector: {fault}.", "cut", name)


def _indexes(checked: Checked) -> Iterator[Problem]:
    """FAISS and tantivy: at the store's generation, with exactly its passages and their vectors."""
    if not checked.dimension or not checked.meta.get("generation", "").isdecimal():
        return
    ids = checked.store.passage_ids()
    for what in (
        *vector_faults(checked.folder, checked.live, checked.store, ids, checked.dimension),
        *lexical_faults(checked.folder, ids, checked.generation),
    ):
        yield Problem(what, "indexes")


def _leftovers(checked: Checked) -> Iterator[Problem]:
    """Files that a killed process left, and indexes that a newer one replaced."""
    for path in leftovers(checked.folder):
        yield Problem(f"{path} is left over from a write that was cut off.", "leftover")


CHECKS: tuple[Callable[[Checked], Iterator[Problem]], ...] = (_records, _rows, _articles, _indexes, _leftovers)
"""Every check of a store that SQLite finds sound, in order; another table's check goes here."""
