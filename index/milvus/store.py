"""What a library in Milvus holds, read: articles, texts, versions, stories, and what is known of the library itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from index.article import Article, Passage, fingerprint_head
from index.errors import LibraryError, no_library
from index.milvus.connection import AT_ONCE, Connection, Row
from index.milvus.schema import FIELDS, NOTHING, PART_CHARACTERS, key_of, listed, make_articles, make_records
from index.store import ArticleSummary, PublisherSummary, merged
from index.versions import Version

FORMAT = 1
ARTICLE = ("key", "article_id", "revision", "story", "characters", "passages", "fingerprint", "replaced", *FIELDS)
WHOLE = (*ARTICLE, "id", "current", "leads", "signature", "bands", "nothing")
"""Every field of an article's row, to write it again."""


class MilvusStore:
    """The rows of one library, with the methods of ``index.store.Store`` that a library reads by."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        name = connection.address.name
        self.articles_name, self.records_name = f"{name}_articles", f"{name}_records"

    def open(self, create: bool) -> None:
        """Look whether the library is there, and make an empty one if not and ``create``; LibraryError otherwise."""
        if self.connection.call("has_collection", self.records_name):
            facts = self._facts()
            if facts.get("format", FORMAT) > FORMAT:
                where = self.connection.address.said
                raise LibraryError(f"{where} was made by a newer Byline (format {facts['format']}); update Byline.")
            if facts:
                return
        if not create:
            raise no_library(self.connection.address.said)
        make_articles(self.connection, self.articles_name)
        make_records(self.connection, self.records_name)
        self.record([facts_row({"format": FORMAT, "generation": 0, "serial": 0, "passages": ""})])

    # --- what is known of the library itself

    def facts(self) -> dict[str, Any]:
        """What is known of the library, by name; LibraryError when it is there no more."""
        facts = self._facts()
        if not facts:
            raise no_library(self.connection.address.said)
        return facts

    def _facts(self) -> dict[str, Any]:
        rows = self.connection.few(self.records_name, 'id == "facts"', ["said"])
        return dict(json.loads(rows[0]["said"])) if rows else {}

    def meta(self, name: str) -> str | None:
        """A named value, or None."""
        value = self.facts().get(name)
        return None if value is None else str(value)

    @property
    def generation(self) -> int:
        """How many writes the library has seen."""
        return int(self.facts().get("generation", 0))

    def counts(self) -> tuple[int, int]:
        """Numbers of articles and of passages."""
        passages = self.facts().get("passages")
        articles = self.connection.count(self.articles_name, "current == true")
        return articles, self.connection.count(passages) if passages else 0

    def record(self, rows: Sequence[Row]) -> None:
        """Write records over those of the same ids."""
        self.connection.put(self.records_name, rows)

    # --- articles

    def current(self, keys: Sequence[str], fields: Sequence[str] = ARTICLE) -> dict[str, Row]:
        """Rows of the articles with those keys, as they stand, by key."""
        found: dict[str, Row] = {}
        for first in range(0, len(keys), AT_ONCE):
            where = f"id in {listed(list(keys[first : first + AT_ONCE]))}"
            found |= {row["key"]: row for row in self.connection.few(self.articles_name, where, [*fields])}
        return found

    def article(self, article_id: str) -> Article | None:
        """The article of that id, or None."""
        key = key_of(article_id)
        for _ in range(2):  # it may be replaced between the two reads
            row = self.current([key]).get(key)
            if row is None:
                return None
            text = self.text(row["revision"], row["characters"])
            if text is not None:
                return article_of(row, text)
        raise LibraryError(
            f"The text of article {article_id!r} is not whole in {self.connection.address.said}; remove it, then "
            "add it again."
        )

    def text(self, revision: int, characters: int) -> str | None:
        """The text of a revision, None when a part of it is missing."""
        read = self.connection.few if characters < AT_ONCE * PART_CHARACTERS // 2 else self.connection.rows
        rows = read(self.records_name, f'kind == "text" and owner == "{revision}"', ["number", "said"])
        text = "".join(row["said"] for row in sorted(rows, key=lambda row: row["number"]))
        return text if len(text) == characters else None

    def ids(self) -> list[str]:
        """Ids of all articles, in the order they were stored in."""
        rows = self.connection.rows(self.articles_name, "current == true", ["article_id", "revision"])
        return [row["article_id"] for row in sorted(rows, key=lambda row: row["revision"])]

    def titles(self, ids: Sequence[str]) -> dict[str, str]:
        """Titles by article id, of those that are still there."""
        rows = self.current([key_of(one) for one in ids], ("key", "article_id", "title")).values()
        return {row["article_id"]: row["title"] for row in rows}

    def summaries(self) -> list[ArticleSummary]:
        """All articles without their texts, newest first, then by id."""
        names = ("title", "publisher", "author", "published", "url", "source", "characters", "passages")
        return [ArticleSummary(row["article_id"], *(row[name] for name in names)) for row in self._newest_first(names)]

    def publishers(self) -> list[PublisherSummary]:
        """Every publisher, '' among them if an article names none, by name."""
        rows = self.connection.rows(self.articles_name, "current == true", ["publisher", "published"])
        return merged(PublisherSummary(row["publisher"], 1, row["published"], row["published"]) for row in rows)

    def newest(self, most: int) -> list[str]:
        """Ids of up to ``most`` articles, the newest first: one of each publisher, then the others."""
        rows = self._newest_first(("publisher", "published"))
        firsts: dict[str, str] = {}
        for row in rows:
            firsts.setdefault(row["publisher"], row["article_id"])
        return list(dict.fromkeys([*firsts.values(), *(row["article_id"] for row in rows)]))[:most]

    def _newest_first(self, names: Sequence[str]) -> list[Row]:
        """Those fields, ``published`` among them, and the id of all articles, newest first, then by id."""
        rows = self.connection.rows(self.articles_name, "current == true", ["article_id", *names])
        rows.sort(key=lambda row: row["article_id"])
        rows.sort(key=lambda row: row["published"], reverse=True)
        return rows

    def reading_the_same(self, fingerprint: str) -> list[str]:
        """Ids of the stored articles that read the same to the letter, the first stored first."""
        where = f'current == true and fingerprint == "{fingerprint}"'
        rows = self.connection.few(self.articles_name, where, ["article_id", "revision"])
        return [row["article_id"] for row in sorted(rows, key=lambda row: row["revision"])]

    def fingerprint_heads(self) -> np.ndarray:
        """The first 64 bits of each article's fingerprint, ascending, uint64."""
        rows = self.connection.rows(self.articles_name, "current == true", ["fingerprint"])
        return np.sort(np.fromiter((fingerprint_head(row["fingerprint"]) for row in rows), np.uint64, len(rows)))

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages of those ids that are still there, by id."""
        name = self.facts().get("passages")
        rows = self.connection.few(name, f"id in {listed(list(ids))}", PASSAGE) if name and ids else []
        return {passage.id: passage for passage in self.sound(rows)}

    def sound(self, rows: Sequence[Row]) -> list[Passage]:
        """The passages of those rows that are of their article as it stands."""
        now = self.current(sorted({row["key"] for row in rows}), ("key", "article_id", "revision"))
        return [
            passage_of(row, now[row["key"]]["article_id"])
            for row in rows
            if row["key"] in now and now[row["key"]]["revision"] == row["revision"]
        ]

    # --- versions and stories

    def versions(self, article_id: str) -> list[Version]:
        """Earlier versions of an article, the first one first."""
        key = key_of(article_id)
        rows = self.connection.rows(self.articles_name, f'key == "{key}"', ("id", "current", *ARTICLE))
        newest = max((row["revision"] for row in rows if row["current"]), default=0)
        earlier = sorted(
            (row for row in rows if not row["current"] and row["revision"] < newest), key=lambda row: row["revision"]
        )
        texts = [self.text(row["revision"], row["characters"]) for row in earlier]
        return [
            Version(number, article_of(row, text), row["replaced"])
            for number, (row, text) in enumerate(zip(earlier, texts, strict=True), 1)
            if text is not None  # the article is being removed
        ]

    def copies(self, article_id: str, most: int | None) -> list[Article]:
        """The (``most`` earliest) other articles of its story, by date of publication, those without one last."""
        row = self.current([key_of(article_id)]).get(key_of(article_id))
        if row is None:
            return []
        where = f'current == true and story == {row["story"]} and key != "{row["key"]}"'
        others = self.connection.rows(self.articles_name, where, ["article_id", "published", "revision"])
        others.sort(key=lambda one: (not one["published"], one["published"], one["revision"]))
        found = (self.article(one["article_id"]) for one in others[:most])
        return [article for article in found if article is not None]

    def told_by_many(self) -> list[list[str]]:
        """Ids of the articles of each story that more than one tell, the largest story first."""
        fields = ["article_id", "published", "revision", "story"]
        told: dict[int, list[str]] = {}
        rows = self.connection.rows(self.articles_name, "current == true", fields)
        for row in sorted(rows, key=lambda row: (row["story"], row["published"], row["revision"])):
            told.setdefault(row["story"], []).append(row["article_id"])
        return sorted((ids for ids in told.values() if len(ids) > 1), key=lambda ids: (-len(ids), ids))


PASSAGE = ("id", "key", "revision", "start", "stop", "text")


def passage_of(row: Row, article_id: str) -> Passage:
    """A row of the passages as a passage."""
    return Passage(article_id, row["start"], row["stop"], row["text"], row["id"])


def article_of(row: Row, text: str) -> Article:
    """A row of the articles, with its text, as an article."""
    return Article(id=row["article_id"], text=text, **{name: row[name] for name in FIELDS})


def text_rows(revision: int, text: str) -> Iterator[Row]:
    """The records that a text is kept in."""
    for number, first in enumerate(range(0, len(text), PART_CHARACTERS)):
        part = text[first : first + PART_CHARACTERS]
        yield record_row(f"text/{revision}/{number}", "text", str(revision), said=part, number=number)


def record_row(id: str, kind: str, owner: str = "", other: str = "", said: str = "", number: int = 0) -> Row:
    """A row of the records."""
    return {"id": id, "nothing": NOTHING, "kind": kind, "owner": owner, "other": other, "number": number, "said": said}


def facts_row(facts: dict[str, Any]) -> Row:
    """The record of what is known of the library."""
    return record_row("facts", "facts", said=json.dumps(facts))


def owners(revisions: Iterable[int]) -> str:
    """Revisions as the owners of texts, for a filter."""
    return listed([str(revision) for revision in revisions])
