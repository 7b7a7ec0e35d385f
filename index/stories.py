"""Which stored articles tell one story: kept in the store, in the transaction that adds or removes an article.

A story is named by the key of its leader, the first stored of it; only leaders' bands are kept. Articles join the
leader they resemble most. When a leader goes, its story is told again among those that are left, in order of key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from index.article import Article
from index.copies import ALIKE, PERMUTATIONS, bands, likeness, signature
from index.statements import marks, slices

if TYPE_CHECKING:
    from index.store import Store

SAME_TEXT = 0.98
"""Likeness from which two texts are the same whenever they appeared."""
DAYS_APART = 7
"""Most days between two copies that are not the same text: an annual notice resembles last year's (days)."""


def join(connection: sqlite3.Connection, key: int, article: Article) -> None:
    """Find the story of an article that was just stored under ``key``, or begin one."""
    signed = signature(article.text)
    if signed is None:
        connection.execute("UPDATE articles SET story = key WHERE key = ?", (key,))
        return
    connection.execute("UPDATE articles SET signature = ? WHERE key = ?", (signed.tobytes(), key))
    _tell(connection, key, article.published, signed)


def leave(connection: sqlite3.Connection, key: int) -> None:
    """Take an article out of its story, before it is deleted."""
    connection.execute("UPDATE articles SET story = NULL WHERE key = ?", (key,))
    connection.execute("DELETE FROM bands WHERE article = ?", (key,))
    rest = connection.execute(
        "SELECT key, published, signature FROM articles WHERE story = ? ORDER BY key", (key,)
    ).fetchall()
    connection.execute("UPDATE articles SET story = NULL WHERE story = ?", (key,))
    for member, published, signed in rest:
        _tell(connection, member, published, np.frombuffer(signed, "<u4"))


def join_unsigned(store: Store) -> None:
    """Find the stories of a library from before there were any."""
    keys = [key for (key,) in store.rows("SELECT key FROM articles WHERE story IS NULL ORDER BY key")]
    if not keys:
        return
    with store.write():
        for first in range(0, len(keys), 200):
            for key, article in store.by_key(keys[first : first + 200]).items():
                join(store.connection, key, article)


def copies_of(store: Store, article_id: str, most: int | None) -> list[Article]:
    """The (``most`` earliest) other articles of its story, by date of publication, those without one last."""
    keys = store.rows(
        "SELECT others.key FROM articles AS one JOIN articles AS others ON others.story = one.story "
        "WHERE one.id = ? AND others.key != one.key "
        "ORDER BY others.published = '', others.published, others.key LIMIT ?",
        (article_id, -1 if most is None else most),
    )
    found = store.by_key(key for (key,) in keys)
    return [found[key] for (key,) in keys if key in found]


def stories_of(store: Store, passages: Sequence[int]) -> dict[int, int]:
    """The story of each of those passages that has one, by passage id."""
    return {
        passage: story
        for some in slices(passages)
        for passage, story in store.rows(
            "SELECT passages.id, story FROM passages JOIN articles ON key = article "
            f"WHERE story IS NOT NULL AND passages.id IN ({marks(some)})",
            some,
        )
    }


def told_by_many(store: Store) -> list[list[str]]:
    """Ids of the articles of each story that more than one tell, the largest story first."""
    told: dict[int, list[str]] = {}
    statement = (
        "SELECT story, id FROM articles WHERE story IN "
        "(SELECT story FROM articles GROUP BY story HAVING count(*) > 1) ORDER BY story, published, key"
    )
    for story, article_id in store.rows(statement):
        told.setdefault(story, []).append(article_id)
    return sorted(told.values(), key=lambda ids: (-len(ids), ids))


def _tell(connection: sqlite3.Connection, key: int, published: str, signed: np.ndarray) -> None:
    keys = bands(signed)
    story = _leader(connection, keys, published, signed)
    if story is None:
        story = key
        connection.executemany("INSERT INTO bands VALUES (?, ?)", [(band, key) for band in set(keys)])
    connection.execute("UPDATE articles SET story = ? WHERE key = ?", (story, key))


def _leader(connection: sqlite3.Connection, keys: Sequence[int], published: str, signed: np.ndarray) -> int | None:
    """The leader that a text resembles most, or None where none is alike."""
    rows = connection.execute(
        "SELECT key, published, signature FROM articles WHERE key IN "
        f"(SELECT article FROM bands WHERE band IN ({', '.join('?' * len(keys))})) ORDER BY key",
        keys,
    ).fetchall()
    if not rows:
        return None
    alike = likeness(signed, np.frombuffer(b"".join(row[2] for row in rows), "<u4").reshape(-1, PERMUTATIONS))
    best = max(range(len(rows)), key=lambda place: (weighed(alike[place], published, rows[place][1]), -place))
    return int(rows[best][0]) if weighed(alike[best], published, rows[best][1]) else None


def weighed(alike: float, one: str, other: str) -> float:
    """The likeness where it makes two articles one story, else 0."""
    if alike >= SAME_TEXT:
        return alike
    near = not one or not other or abs((date.fromisoformat(one) - date.fromisoformat(other)).days) <= DAYS_APART
    return alike if near and alike >= ALIKE else 0.0
