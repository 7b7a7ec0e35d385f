"""One state of a store, read only and an article at a time, whatever other processes write meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import numpy as np

from index.article import Article
from index.errors import LibraryError
from index.statements import marks, slices
from index.store import ARTICLE_FIELDS


@dataclass(frozen=True, slots=True)
class RawPassage:
    """A row of ``passages`` as it is stored."""

    id: int
    start: int
    end: int
    vector: bytes
    generation: int


@dataclass(frozen=True, slots=True)
class RawArticle:
    """An article's row with its passages' rows, whatever is in them; ``values`` are the article's fields by name."""

    values: dict[str, str]
    fingerprint: str
    passages: list[RawPassage]

    def article(self) -> Article:
        """The article; SourceError when a field is not as ``Article`` wants it."""
        return Article(**self.values)


class Snapshot:
    """Reads the file ``path`` in one transaction; close it, or use it in a ``with``.

    Raises:
        LibraryError: the file cannot be opened or read; here and from every method.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._connection = _read_only(path)
            self._connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise LibraryError(f"The library's store {path} could not be read: {error}.") from error
        self.rows("SELECT 1 FROM meta")  # the transaction begins to read here

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[tuple]:
        """The rows of a statement, one at a time."""
        try:
            yield from self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise LibraryError(f"The library's store {self.path} could not be read: {error}.") from error

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple]:
        """All rows of a statement."""
        return list(self.stream(statement, values))

    def meta(self) -> dict[str, str]:
        """The library's named values."""
        return dict(self.rows("SELECT name, value FROM meta"))

    def counts(self) -> tuple[int, int]:
        """Numbers of articles and of passages."""
        return self.rows("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)")[0]

    def articles(self) -> Iterator[RawArticle]:
        """Every article by ascending id, with its passages in the order they were cut."""
        names = ", ".join(ARTICLE_FIELDS)
        for key, fingerprint, *values in self.stream(f"SELECT key, fingerprint, {names} FROM articles ORDER BY id"):
            rows = self.rows(
                'SELECT id, start, "end", vector, generation FROM passages WHERE article = ? ORDER BY id', (key,)
            )
            passages = [RawPassage(*row) for row in rows]
            yield RawArticle(dict(zip(ARTICLE_FIELDS, values, strict=True)), fingerprint, passages)

    def passage_ids(self) -> np.ndarray:
        """Ids of all passages, ascending, int64."""
        return np.fromiter((row[0] for row in self.stream("SELECT id FROM passages ORDER BY id")), np.int64)

    def vectors(self, ids: Sequence[int]) -> dict[int, bytes]:
        """Stored vectors by passage id."""
        found: dict[int, bytes] = {}
        for some in slices(ids):
            found |= dict(self.rows(f"SELECT id, vector FROM passages WHERE id IN ({marks(some)})", some))
        return found


def _read_only(path: Path) -> sqlite3.Connection:
    # Opened for writing, though it never writes: the last one to close the file can then put its log away.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)
    connection.execute("PRAGMA query_only = ON")
    connection.text_factory = lossless
    return connection


def lossless(data: bytes) -> str:
    """A stored text as it is: bytes that are no UTF-8 become halves of characters, which no sound text has."""
    return data.decode("utf-8", "surrogateescape")
