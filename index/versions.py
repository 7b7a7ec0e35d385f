"""Earlier versions of corrected articles: kept with the article, never searched, gone when it is removed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from index.article import Article

if TYPE_CHECKING:
    from index.store import Store

_KEPT = ("text", "title", "publisher", "author", "published", "url", "source", "updated", "language", "fingerprint")


@dataclass(frozen=True, slots=True)
class Version:
    """What an article was.

    Attributes:
        number: 1 for the first that was stored.
        article: as it stood.
        replaced: when the next one took its place, ISO date and time in UTC.
    """

    number: int
    article: Article
    replaced: str


def keep(connection: sqlite3.Connection, article_id: str) -> None:
    """Keep the stored article of that id as an earlier version, before it is replaced."""
    fields = ", ".join(_KEPT)
    connection.execute(
        f"INSERT INTO versions (article, number, replaced, {fields}) "
        "SELECT id, 1 + (SELECT count(*) FROM versions WHERE article = articles.id), ?, "
        f"{fields} FROM articles WHERE id = ?",
        (datetime.now(UTC).isoformat(timespec="seconds"), article_id),
    )


def forget(connection: sqlite3.Connection, article_id: str) -> None:
    """Forget every earlier version of a removed article."""
    connection.execute("DELETE FROM versions WHERE article = ?", (article_id,))


def versions_of(store: Store, article_id: str) -> list[Version]:
    """Earlier versions of an article, the first one first."""
    fields = ", ".join(_KEPT[:-1])
    rows = store.rows(
        f"SELECT number, replaced, article, {fields} FROM versions WHERE article = ? ORDER BY number", (article_id,)
    )
    return [Version(number, Article(*fields), replaced) for number, replaced, *fields in rows]
