"""What ``sync`` has read: the units (files, pages) of each source, how they stood, the articles that came of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from index.article import MAX_FIELD_CHARACTERS
from index.statements import marks, slices
from index.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """A unit as it was when it was last read.

    Attributes:
        name: of the unit, unique in its source.
        stamp: changes when the unit does; empty when it says nothing.
        digest: SHA-256 of what it held, with how it was read.
        etag, last_modified: what a web server said of it.
        problem: why it could not be read, or empty.
    """

    name: str
    stamp: str = ""
    digest: str = ""
    etag: str = ""
    last_modified: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A unit that was looked at, the ids of the articles it holds, and whether it holds no others."""

    entry: Entry
    articles: tuple[str, ...] = ()
    whole: bool = False


_LOOK_AGAIN = "UPDATE units SET stamp = '', digest = '', etag = '', last_modified = '' WHERE"


class Ledger:
    """The entries of a library's store. Articles of a unit are those it held when it was last read whole."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sources(self) -> list[str]:
        """The sources that were ever read, in order of name."""
        return [name for (name,) in self._store.rows("SELECT DISTINCT source FROM units ORDER BY source")]

    def entries(self, source: str) -> dict[str, Entry]:
        """The units of a source by name."""
        rows = self._store.rows(
            "SELECT name, stamp, digest, etag, last_modified, problem FROM units WHERE source = ?", (source,)
        )
        return {row[0]: Entry(*row) for row in rows}

    def held(self, source: str, names: Sequence[str]) -> dict[str, list[str]]:
        """Ids of the articles that came of these units, by unit."""
        statement = "SELECT unit, article FROM unit_articles WHERE source = ? AND unit IN"
        found: dict[str, list[str]] = {}
        for some in slices(names):
            for unit, article in self._store.rows(f"{statement} ({marks(some)})", (source, *some)):
                found.setdefault(unit, []).append(article)
        return found

    def articles_of(self, source: str, names: Sequence[str]) -> set[str]:
        """Ids of the articles that came of these units."""
        return {article for held in self.held(source, names).values() for article in held}

    def others(
        self, source: str, names: Sequence[str], articles: Iterable[str], vanished: bool = False
    ) -> dict[str, str]:
        """Of these articles, those that a unit other than these holds too: its name, by article id.

        Of units that have ``vanished``, one of the same name counts for none, whichever source it was read for.
        """
        leaving = set(names)
        return {
            article: unit
            for some in slices(sorted(articles))
            for article, where, unit in self._store.rows(
                f"SELECT article, source, unit FROM unit_articles WHERE article IN ({marks(some)})", some
            )
            if unit not in leaving or (where != source and not vanished)
        }

    def record(self, source: str, readings: Iterable[Reading]) -> None:
        """Write down what was read, in one transaction that changes nothing that is searched."""
        with self._store.write(searched=False):
            connection = self._store.connection
            for reading in readings:
                one = reading.entry
                connection.execute(
                    "INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (source, one.name, one.stamp, one.digest, one.etag, one.last_modified, one.problem),
                )
                if reading.whole:
                    connection.execute("DELETE FROM unit_articles WHERE source = ? AND unit = ?", (source, one.name))
                connection.executemany(
                    "INSERT OR IGNORE INTO unit_articles VALUES (?, ?, ?)",
                    [(source, one.name, article) for article in reading.articles],
                )

    def note(self, source: str, unit: str, article_id: str) -> None:
        """Inside a transaction: this unit holds an article that is just being stored, and is not read whole yet.

        Killed before the reading is recorded, a sync looks at the unit again, and removes the article if it is gone.
        """
        connection = self._store.connection
        connection.execute("INSERT OR IGNORE INTO units VALUES (?, ?, '', '', '', '', '')", (source, unit))
        connection.execute(f"{_LOOK_AGAIN} source = ? AND name = ?", (source, unit))
        connection.execute("INSERT OR IGNORE INTO unit_articles VALUES (?, ?, ?)", (source, unit, article_id))

    def look_again(self, source: str, names: Sequence[str]) -> None:
        """Have these units read again the next time, whatever they are then."""
        with self._store.write(searched=False):
            self._store.connection.executemany(
                f"{_LOOK_AGAIN} source = ? AND name = ?", [(source, name) for name in names]
            )

    def moved(self, articles: Mapping[str, str]) -> None:
        """Say of articles, by id, that they are now read from this unit."""
        with self._store.write(searched=False):
            self._store.connection.executemany(
                "UPDATE articles SET source = ? WHERE id = ?",
                [(unit[:MAX_FIELD_CHARACTERS], article) for article, unit in articles.items()],
            )

    def unsettle(self, source: str, names: Sequence[str], articles: Sequence[str]) -> None:
        """Have other units than these that hold any of these articles, which have changed, read again the next time."""
        elsewhere = self.others(source, names, articles)
        if elsewhere:
            with self._store.write(searched=False):
                self._store.connection.executemany(
                    "UPDATE units SET stamp = '', digest = '' WHERE name = ?", [(unit,) for unit in elsewhere.values()]
                )

    def let_go(self, names: Sequence[str], articles: Sequence[str]) -> None:
        """Say that these units, whichever source they were read for, hold these articles no more."""
        with self._store.write(searched=False):
            for some in slices(names):
                self._store.connection.executemany(
                    f"DELETE FROM unit_articles WHERE article = ? AND unit IN ({marks(some)})",
                    [(article, *some) for article in articles],
                )

    def drop(self, source: str, names: Sequence[str]) -> None:
        """Forget units; their articles are not touched."""
        with self._store.write(searched=False):
            for some in slices(names):
                for table, column in (("units", "name"), ("unit_articles", "unit")):
                    self._store.connection.execute(
                        f"DELETE FROM {table} WHERE source = ? AND {column} IN ({marks(some)})", (source, *some)
                    )
