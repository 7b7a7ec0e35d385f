"""The source of truth: articles, passages and vectors in one SQLite file (WAL), each change in one transaction.

Every write raises the generation by one. A passage remembers the generation that added it and a removal the one that
removed it, so that a derived index can ask for just what changed since (``index/changes.py``).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import stories, versions
from index.article import Article, Passage, fingerprint_head
from index.changes import Changes
from index.errors import LibraryError
from index.filters import Filters
from index.migrations import MIGRATIONS, migrate
from index.statements import marks, slices

ARTICLE_FIELDS = ("id", "text", "title", "publisher", "author", "published", "url", "source", "updated", "language")
Cut = tuple[Article, Sequence[Passage], np.ndarray]
"""An article, its passages and their vectors of shape (passages, dimension)."""
Along = Callable[[Article], object]


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article without its text; ``characters`` is the text's length."""

    id: str
    title: str
    publisher: str
    author: str
    published: str
    url: str
    source: str
    characters: int
    passages: int


@dataclass(frozen=True, slots=True)
class PublisherSummary:
    """A publisher's articles (count) and the first and last day of those that have one, '' if none has."""

    name: str
    articles: int
    first: str
    last: str


def merged(summaries: Iterable[PublisherSummary]) -> list[PublisherSummary]:
    """One for each publisher, by name: the articles added up, from the first day of any to the last."""
    by_name: dict[str, list[PublisherSummary]] = {}
    for summary in summaries:
        by_name.setdefault(summary.name, []).append(summary)
    return [
        PublisherSummary(
            name,
            sum(one.articles for one in several),
            min((one.first for one in several if one.first), default=""),
            max(one.last for one in several),
        )
        for name, several in sorted(by_name.items())
    ]


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file stands there; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Store(Changes):
    """One SQLite file. Safe to use from several threads; the writer's lock lies with the caller."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._path = path
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten, not only unlinked
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise LibraryError(f"{path} was made by a newer Byline (schema {version}); update Byline to open it.")
            migrate(self._connection)
            self._file = _file_at(path)
        except sqlite3.DatabaseError as error:
            raise LibraryError(
                f"Could not open the library's store {path}: {error}. Check that its folder can be written to; 'byline "
                "index check --repair' saves what can be read of a damaged one."
            ) from error

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """For statements inside ``write``."""
        return self._connection

    @contextmanager
    def write(self, searched: bool = True) -> Iterator[int]:
        """A transaction; yields the new generation and commits, or rolls back on any error.

        ``searched`` is False for what no derived index needs to know: the generation stays as it is.
        """
        with self._lock:
            if self._file != _file_at(self._path):
                raise LibraryError(f"The library's store {self._path} was mended or replaced meanwhile; start again.")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                generation = self.generation + searched
                yield generation
                self._set_meta("generation", str(generation))
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise LibraryError(f"The library could not be written: {error}. Nothing was changed.") from error
                raise

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple]:
        """What a statement gives; LibraryError when the file cannot be read."""
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise LibraryError(
                    f"The library's store could not be read: {error}; 'byline index check' says what is wrong."
                ) from error

    # --- what is known of the library itself

    def meta(self, name: str) -> str | None:
        """A named value, or None."""
        rows = self.rows("SELECT value FROM meta WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def _set_meta(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    @property
    def generation(self) -> int:
        """How many writes the library has seen."""
        value = self.meta("generation") or "0"
        if not value.isdecimal():
            raise LibraryError(
                f"The library's generation is {value!r}, no number; 'byline index check --repair' mends it."
            )
        return int(value)

    def counts(self) -> tuple[int, int]:
        """Numbers of articles and of passages."""
        return self.rows("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)")[0]

    # --- articles

    def article(self, article_id: str) -> Article | None:
        """The article of that id, or None."""
        rows = self.rows(f"SELECT {', '.join(ARTICLE_FIELDS)} FROM articles WHERE id = ?", (article_id,))
        return Article(*rows[0]) if rows else None

    def ids(self) -> list[str]:
        """Ids of all articles, in the order they were stored in."""
        return [article_id for (article_id,) in self.rows("SELECT id FROM articles ORDER BY key")]

    def titles(self, ids: Sequence[str]) -> dict[str, str]:
        """Titles by article id, of those that are still there."""
        return {
            article_id: title
            for some in slices(ids)
            for article_id, title in self.rows(f"SELECT id, title FROM articles WHERE id IN ({marks(some)})", some)
        }

    def summaries(self) -> list[ArticleSummary]:
        """All articles without their texts, newest first, then by id."""
        rows = self.rows(
            "SELECT id, title, publisher, author, published, url, source, length(text), "
            "(SELECT count(*) FROM passages WHERE article = key) FROM articles ORDER BY published DESC, id"
        )
        return [ArticleSummary(*row) for row in rows]

    def publishers(self) -> list[PublisherSummary]:
        """Every publisher, '' among them if an article names none, by name; answered by an index, reading no text."""
        rows = self.rows(
            "SELECT publisher, count(*), coalesce(min(nullif(published, '')), ''), max(published) FROM articles "
            "GROUP BY publisher ORDER BY publisher"
        )
        return [PublisherSummary(*row) for row in rows]

    def newest(self, most: int) -> list[str]:
        """Ids of up to ``most`` articles, the newest first: one of each publisher, then the others."""
        rows = self.rows(
            "SELECT id FROM (SELECT id, published, row_number() OVER "
            "(PARTITION BY publisher ORDER BY published DESC, id) > 1 AS later FROM articles) "
            "ORDER BY later, published DESC, id LIMIT ?",
            (most,),
        )
        return [article_id for (article_id,) in rows]

    def reading_the_same(self, fingerprint: str) -> list[str]:
        """Ids of the stored articles that read the same to the letter, the first stored first."""
        rows = self.rows("SELECT id FROM articles WHERE fingerprint = ? ORDER BY key", (fingerprint,))
        return [article_id for (article_id,) in rows]

    def fingerprint_heads(self) -> np.ndarray:
        """The first 64 bits of each article's fingerprint, ascending, uint64."""
        found, last = np.zeros(0, np.uint64), -1
        statement = "SELECT key, substr(fingerprint, 1, 16) FROM articles WHERE key > ? ORDER BY key LIMIT 100000"
        while rows := self.rows(statement, (last,)):
            found = np.append(found, np.fromiter((fingerprint_head(head) for _, head in rows), np.uint64, len(rows)))
            last = rows[-1][0]
        found.sort()
        return found

    def put(
        self, cut: Iterable[Cut], meta: Mapping[str, str] | None = None, along: Along = lambda article: None
    ) -> None:
        """Store articles with their passages and vectors, and named values with them, in one transaction.

        An article of the same id is replaced whole; what reads differently is kept as an earlier version. ``along`` is
        called for each, to write in the same transaction what must be there with it.
        """
        with self.write() as generation:
            for name, value in (meta or {}).items():
                self._set_meta(name, value)
            for article, passages, vectors in cut:
                if self._fingerprint(article.id) not in (None, article.fingerprint):
                    versions.keep(self._connection, article.id)
                self._delete(article.id, generation)
                key = self._insert(article)
                stories.join(self._connection, key, article)
                along(article)
                self._insert_passages(key, passages, vectors, generation)

    def _insert(self, article: Article) -> int:
        values = [getattr(article, name) for name in ARTICLE_FIELDS] + [article.fingerprint]
        statement = f"INSERT INTO articles ({', '.join(ARTICLE_FIELDS)}, fingerprint) VALUES ({marks(values)})"
        key = self._connection.execute(statement, values).lastrowid
        assert key is not None
        return key

    def _insert_passages(self, key: int, passages: Sequence[Passage], vectors: np.ndarray, generation: int) -> None:
        self._connection.executemany(
            'INSERT INTO passages (article, start, "end", vector, generation) VALUES (?, ?, ?, ?, ?)',
            [
                (key, passage.start, passage.end, vector.astype("<f4").tobytes(), generation)
                for passage, vector in zip(passages, vectors, strict=True)
            ],
        )

    def _fingerprint(self, article_id: str) -> str | None:
        rows = self._connection.execute("SELECT fingerprint FROM articles WHERE id = ?", (article_id,)).fetchall()
        return rows[0][0] if rows else None

    def delete(self, article_ids: Sequence[str]) -> list[str]:
        """Remove articles with all that was made of them, earlier versions too; returns the ids that were there."""
        with self.write() as generation:
            gone = [article_id for article_id in article_ids if self._delete(article_id, generation)]
            self._forget_traces(gone)
        self._empty_log()
        return gone

    def _forget_traces(self, article_ids: Iterable[str]) -> None:
        """Inside ``write``: forget the versions of articles that were removed, and what they were read from."""
        for article_id in article_ids:
            versions.forget(self._connection, article_id)
            self._connection.execute("DELETE FROM unit_articles WHERE article = ?", (article_id,))

    def _empty_log(self) -> None:
        """Move SQLite's write-ahead log, which still holds what was removed, into the file, if no reader is in it."""
        with self._lock, suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _delete(self, article_id: str, generation: int) -> bool:
        rows = self._connection.execute("SELECT key FROM articles WHERE id = ?", (article_id,)).fetchall()
        for (key,) in rows:
            stories.leave(self._connection, key)
            self._connection.execute(
                "INSERT INTO removals SELECT id, ? FROM passages WHERE article = ?", (generation, key)
            )
            self._connection.execute("DELETE FROM articles WHERE key = ?", (key,))
        return bool(rows)

    # --- passages

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages of those ids that are still there, by id."""
        found = {}
        for some in slices(ids):
            rows = self.rows(f'SELECT id, article, start, "end" FROM passages WHERE id IN ({marks(some)})', some)
            texts = self.by_key({row[1] for row in rows})
            for number, key, start, end in rows:
                article = texts.get(key)
                if article is None:  # removed by another process between the two reads
                    continue
                found[number] = Passage(article.id, start, end, article.text[start:end], number)
        return found

    def by_key(self, keys: Iterable[int]) -> dict[int, Article]:
        """Articles by their key; a text is read once however many passages are cut from it."""
        fields = ", ".join(ARTICLE_FIELDS)
        return {
            row[0]: Article(*row[1:])
            for some in slices(sorted(keys))
            for row in self.rows(f"SELECT key, {fields} FROM articles WHERE key IN ({marks(some)})", some)
        }

    def vectors(self, ids: Sequence[int]) -> dict[int, np.ndarray]:
        """The vectors, of shape (dimension,), of those passages that are still there, by id."""
        rows = [
            row
            for some in slices(ids)
            for row in self.rows(f"SELECT id, vector FROM passages WHERE id IN ({marks(some)})", some)
        ]
        return {number: np.frombuffer(vector, "<f4") for number, vector in rows}

    def matching(self, filters: Filters) -> np.ndarray:
        """Ids of the passages whose article passes ``filters``, ascending, int64."""
        conditions, values = ["1"], []
        if filters.publishers:
            conditions.append(f"publisher IN ({marks(filters.publishers)})")
            values += list(filters.publishers)
        if filters.published_from or filters.published_to:
            conditions.append("published BETWEEN ? AND ?")
            values += [filters.published_from or "0001-01-01", filters.published_to or "9999-12-31"]
        rows = self.rows(
            "SELECT passages.id FROM passages JOIN articles ON key = article "
            f"WHERE {' AND '.join(conditions)} ORDER BY passages.id",
            values,
        )
        return np.array([row[0] for row in rows], dtype=np.int64)
