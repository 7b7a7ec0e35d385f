"""The store's schema as numbered steps: a file made by an older Byline is brought up to date when it is opened."""

from __future__ import annotations

import sqlite3

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE articles (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        text TEXT NOT NULL,
        title TEXT NOT NULL,
        publisher TEXT NOT NULL,
        author TEXT NOT NULL,
        published TEXT NOT NULL,
        url TEXT NOT NULL,
        source TEXT NOT NULL,
        fingerprint TEXT NOT NULL
    );
    CREATE INDEX articles_fingerprint ON articles (fingerprint);
    CREATE INDEX articles_published ON articles (published);
    CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        article INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        vector BLOB NOT NULL,
        generation INTEGER NOT NULL
    );
    CREATE INDEX passages_article ON passages (article);
    CREATE INDEX passages_generation ON passages (generation);
    CREATE TABLE removals (passage INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
    CREATE INDEX removals_generation ON removals (generation);
    INSERT INTO meta VALUES ('generation', '0');
    """,
    """
    ALTER TABLE articles ADD COLUMN updated TEXT NOT NULL DEFAULT '';
    ALTER TABLE articles ADD COLUMN language TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE versions (
        article TEXT NOT NULL,
        number INTEGER NOT NULL,
        text TEXT NOT NULL,
        title TEXT NOT NULL,
        publisher TEXT NOT NULL,
        author TEXT NOT NULL,
        published TEXT NOT NULL,
        url TEXT NOT NULL,
        source TEXT NOT NULL,
        updated TEXT NOT NULL,
        language TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        replaced TEXT NOT NULL,
        PRIMARY KEY (article, number)
    ) WITHOUT ROWID;
    CREATE TABLE units (
        source TEXT NOT NULL,
        name TEXT NOT NULL,
        stamp TEXT NOT NULL,
        digest TEXT NOT NULL,
        etag TEXT NOT NULL,
        last_modified TEXT NOT NULL,
        problem TEXT NOT NULL,
        PRIMARY KEY (source, name)
    ) WITHOUT ROWID;
    CREATE TABLE unit_articles (
        source TEXT NOT NULL,
        unit TEXT NOT NULL,
        article TEXT NOT NULL,
        PRIMARY KEY (source, unit, article)
    ) WITHOUT ROWID;
    CREATE INDEX unit_articles_article ON unit_articles (article);
    ALTER TABLE articles ADD COLUMN story INTEGER;
    ALTER TABLE articles ADD COLUMN signature BLOB;
    CREATE INDEX articles_story ON articles (story);
    CREATE TABLE bands (
        band INTEGER NOT NULL,
        article INTEGER NOT NULL,
        PRIMARY KEY (band, article)
    ) WITHOUT ROWID;
    CREATE INDEX bands_article ON bands (article);
    """,
    "CREATE INDEX articles_publisher ON articles (publisher, published, id)",
)


def migrate(connection: sqlite3.Connection) -> None:
    """Run the steps that the file has not had, each in a transaction of its own."""
    while connection.execute("PRAGMA user_version").fetchone()[0] < len(MIGRATIONS):  # read: one may be writing
        connection.execute("BEGIN IMMEDIATE")  # two that open a new library at once: the second finds it made
        done = connection.execute("PRAGMA user_version").fetchone()[0]
        if done < len(MIGRATIONS):
            for statement in MIGRATIONS[done].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {done + 1}")
        connection.execute("COMMIT")
