"""A damaged SQLite file: what can still be read of it goes into a new one; the damaged one is kept under another name.

Method: as ``.recover`` of the sqlite3 shell, but by rows: each table is read from its first row on until a page cannot
be read, from its last row back, and by number in the gap between. A first page that is destroyed is replaced by that
of a new library, whose tables begin on the same pages.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from index.article import Article
from index.errors import LibraryError, SourceError
from index.migrations import MIGRATIONS
from index.snapshot import lossless
from index.statements import marks
from index.store import ARTICLE_FIELDS, Store

_PAGE = 4096
"""Bytes of a page: SQLite's default, which every library has."""
_BROKEN = re.compile("[\ud800-\udfff]")
_MOST_GAP = 5_000_000
"""Most row numbers that are tried one by one."""


@dataclass(slots=True)
class Salvage:
    """What became of a damaged store: ``kept`` is the damaged file's new name, ``lost`` ids known not to be whole.

    ``missing`` counts the articles that saved passages belong to and that are not there: at least so many are lost.
    """

    kept: Path
    articles: int = 0
    missing: int = 0
    lost: list[str] = field(default_factory=list)


def refuse_emptied(folder: Path) -> None:
    """Raise LibraryError when a store was emptied from outside: SQLite would begin a new library in its place."""
    store = folder / "library.sqlite"
    if not store.exists() or store.stat().st_size:
        return
    log = folder / "library.sqlite-wal"
    if (log.exists() and log.stat().st_size) or any(folder.glob("vectors.*.faiss")):
        raise LibraryError(
            f"The library's store {store} is an empty file, though there are indexes beside it: restore it from a "
            "copy, or let 'byline index check --repair' save what can be read."
        )


def salvage(folder: Path) -> Salvage:
    """Put a new store in the place of the damaged one in ``folder``; the caller holds the writer's lock.

    What the new one lacks of passages and vectors is for ``index.mending`` to make.
    """
    damaged, fresh = folder / "library.sqlite", folder / "library.partial"
    try:
        kept = _free_name(folder)
        for ending in ("", "-wal"):
            if (folder / f"library.sqlite{ending}").exists():
                shutil.copy2(folder / f"library.sqlite{ending}", f"{kept}{ending}")
        report = Salvage(kept)
        _forget(fresh)
        Store(fresh).close()
        with tempfile.TemporaryDirectory(dir=folder, prefix="salvage.") as work:
            _copy_rows(_readable(kept, Path(work)), fresh, report)
        _forget(damaged, but="")  # the old log would be read into the new file
        fresh.replace(damaged)
    except (OSError, sqlite3.Error) as error:
        _forget(fresh)
        raise LibraryError(f"The damaged store {damaged} could not be saved: {error}; nothing was changed.") from error
    return report


def _free_name(folder: Path) -> Path:
    stamp = f"{datetime.now():%Y%m%d-%H%M%S}"
    names = (folder / f"library.damaged-{stamp}{more}.sqlite" for more in ("", *(f"-{n}" for n in range(2, 100))))
    return next(name for name in names if not name.exists())


def _forget(path: Path, but: str | None = None) -> None:
    """Delete a SQLite file with its log."""
    for ending in ("", "-wal", "-shm"):
        if ending != but:
            Path(f"{path}{ending}").unlink(missing_ok=True)


def _readable(kept: Path, work: Path) -> sqlite3.Connection:
    """A copy of the damaged file opened as well as it can be, with the first page of a new library if it must be."""
    for number, steps in enumerate((0, len(MIGRATIONS), 2)):  # 2: the tables every library began with, in one page
        copy = work / f"copy.{number}.sqlite"
        shutil.copyfile(kept, copy)
        if Path(f"{kept}-wal").exists():
            shutil.copyfile(f"{kept}-wal", f"{copy}-wal")
        if steps:
            with copy.open("r+b") as file:
                file.write(_first_page(work / f"new.{number}.sqlite", steps))
        connection = sqlite3.connect(copy, isolation_level=None)
        connection.text_factory = lossless
        try:
            connection.execute("SELECT key FROM articles LIMIT 1").fetchall()
            break
        except sqlite3.Error:
            if steps != 2:
                connection.close()
    return connection


def _first_page(path: Path, steps: int) -> bytes:
    """The first page of a new library, made at ``path`` by so many migrations."""
    new = sqlite3.connect(path, isolation_level=None)
    new.execute("PRAGMA journal_mode = WAL")
    for migration in MIGRATIONS[:steps]:
        new.executescript(migration)
    new.close()
    page = bytearray(path.read_bytes()[:_PAGE])
    page[28:40] = bytes(12)  # the size is then the file's, and no page is free
    return bytes(page)


def _copy_rows(damaged: sqlite3.Connection, fresh: Path, report: Salvage) -> None:
    new = sqlite3.connect(fresh, isolation_level=None)
    try:
        new.execute("PRAGMA foreign_keys = OFF")
        new.execute("BEGIN")
        tables = new.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()
        for (table,) in tables:
            columns = _columns(new, table)
            there = _columns(damaged, table)  # fewer in an older library; none when that cannot be read
            columns = [name for name in columns if name in there or not there]
            names = ", ".join(f'"{name}"' for name in columns)
            for values in _rows(damaged, table, names):
                known = dict(zip(columns, values, strict=True))
                if _is_whole_article(known, report) if table == "articles" else _is_text(values):
                    new.execute(f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks(columns)})', values)
        report.missing = new.execute(
            "SELECT count(DISTINCT article) FROM passages WHERE article NOT IN (SELECT key FROM articles)"
        ).fetchone()[0]
        new.execute(  # what held an article that is lost is read again by the next sync
            "UPDATE units SET stamp = '', digest = '', etag = '', last_modified = '' WHERE (source, name) IN "
            "(SELECT source, unit FROM unit_articles WHERE article NOT IN (SELECT id FROM articles))"
        )
        generations = "SELECT coalesce(max(generation), 0) AS g FROM"
        new.execute(  # past whatever was seen of the old one
            "INSERT OR REPLACE INTO meta SELECT 'generation', 1 + max(g) FROM (SELECT CAST(value AS INTEGER) AS g FROM "
            f"meta WHERE name = 'generation' UNION ALL {generations} passages UNION ALL {generations} removals)"
        )
        new.execute("COMMIT")
        new.execute("PRAGMA journal_mode = DELETE")  # one file, that can be put in place whole
    finally:
        new.close()
        damaged.close()


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    try:
        return [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    except sqlite3.Error:
        return []


def _is_text(values: tuple) -> bool:
    """True when no text among the values was broken."""
    return not any(_BROKEN.search(value) for value in values if isinstance(value, str))


def _is_whole_article(known: dict[str, Any], report: Salvage) -> bool:
    """True for an article that reads as when it was stored; one that does not is noted as lost."""
    try:
        if (
            Article(**{name: known[name] for name in ARTICLE_FIELDS if name in known}).fingerprint
            == known["fingerprint"]
        ):
            report.articles += 1
            return True
    except SourceError:
        pass
    report.lost.append(str(known["id"]).encode("utf-8", "replace").decode())
    return False


def _rows(damaged: sqlite3.Connection, table: str, names: str) -> Generator[tuple, None, None]:
    """Every row of a table that can be read, each once."""
    if not _has_numbers(damaged, table):
        yield from _until_unreadable(damaged, f'SELECT 0, {names} FROM "{table}"')
        return
    rows = f'SELECT rowid, {names} FROM "{table}" WHERE rowid'
    whole, first = yield from _until_unreadable(damaged, f"{rows} > 0 ORDER BY rowid")
    if whole:
        return
    _, last = yield from _until_unreadable(damaged, f"{rows} > {first} ORDER BY rowid DESC")
    highest = last - 1 if last else _highest(damaged, table, first)
    for number in range(first + 1, min(highest, first + _MOST_GAP) + 1):
        yield from _until_unreadable(damaged, f"{rows} = {number}")


def _has_numbers(damaged: sqlite3.Connection, table: str) -> bool:
    """False for a table WITHOUT ROWID."""
    try:
        damaged.execute(f'SELECT rowid FROM "{table}" LIMIT 0')
    except sqlite3.Error:
        return False
    return True


def _until_unreadable(damaged: sqlite3.Connection, statement: str) -> Generator[tuple, None, tuple[bool, int]]:
    """Rows without their first value, a number, up to one that cannot be read; returns whether all, the last number."""
    last = 0
    try:
        for number, *row in damaged.execute(statement):
            last = number
            yield tuple(row)
    except sqlite3.Error:
        return False, last
    return True, last


def _highest(damaged: sqlite3.Connection, table: str, read: int) -> int:
    """The highest row number a table ever had, as SQLite keeps count of it."""
    found = next(_until_unreadable(damaged, f"SELECT 0, seq FROM sqlite_sequence WHERE name = '{table}'"), (None,))[0]
    return found if isinstance(found, int) else read + 100_000
