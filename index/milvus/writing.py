"""Writing to a library in Milvus, which has no transactions: each article changes by one write of its own row.

What is new is written first, under a number of its own (a revision); then the article's row is turned to it, at which
instant it is what answers; then what is old is deleted. A search passes over passages whose revision is not their
article's. A journal says what was begun, and the next to write clears away what a killed one left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import numpy as np

from index.article import Article, Passage
from index.lexical import terms
from index.milvus.connection import Row
from index.milvus.schema import FIELDS, NOTHING, key_of, listed, make_passages
from index.milvus.store import WHOLE, MilvusStore, facts_row, owners, record_row, text_rows
from index.milvus.telling import Telling
from index.store import Along, Cut

_PASSAGES_EACH = 2**20
"""More than the passages of any article: a passage's number is its article's serial times this, and its place."""
_ARTICLES_AT_ONCE = 200
"""Articles that one journal is about (count)."""
_ROWS_AT_ONCE = 800
"""Rows, of articles and of their earlier versions, that one journal is about (count): it holds 65,535 characters."""


class _Entry(NamedTuple):
    """An article's key, its revision before (0: none), and the one it gets (0: none)."""

    key: str
    old: int
    new: int


class MilvusWriter(MilvusStore):
    """The store of a library, and the writing; ``still_ours`` raises LibraryError when another has begun to write."""

    still_ours: Callable[[], None]

    def put(self, cut: Iterable[Cut], along: Along = lambda article: None) -> None:
        """Store articles with their passages and vectors; an earlier text of one is kept as a version.

        An article is replaced whole or not at all; of many, a kill leaves the first replaced. ``along`` is called for
        each before it is there, to write what must not be missing when it is.
        """
        waiting: list[Cut] = []
        for one in cut:
            waiting.append(one)
            if len(waiting) == _ARTICLES_AT_ONCE:
                self._put(waiting, along)
                waiting = []
        if waiting:
            self._put(waiting, along)

    def begin_passages(self, facts: Mapping[str, str]) -> None:
        """Have an empty collection of passages for the embedder that the facts name."""
        name = self._new_passages(int(facts["embedder_dimension"]))
        self._turn_to(name, facts)

    def replace_passages(self, cut: Iterable[Cut], facts: Mapping[str, str]) -> None:
        """Search other passages of the same articles from the end of this call on; stopped before, nothing changed."""
        name = self._new_passages(int(facts["embedder_dimension"]))
        counts: dict[str, int] = {}
        for article, passages, vectors in cut:
            key = key_of(article.id)
            row = self.current([key])[key]
            self.connection.put(name, passage_rows(article, passages, vectors, row["revision"], self._reserve(1)))
            if len(passages) != row["passages"]:
                counts[key] = len(passages)
        self._turn_to(name, facts)
        for first in range(0, len(counts), _ARTICLES_AT_ONCE):
            rows = self.current(list(counts)[first : first + _ARTICLES_AT_ONCE], WHOLE)
            self.connection.put(self.articles_name, [{**row, "passages": counts[key]} for key, row in rows.items()])

    def _new_passages(self, dimension: int) -> str:
        name = f"{self.connection.address.name}_passages_{self._reserve(1)}"
        make_passages(self.connection, name, dimension)
        return name

    def _turn_to(self, name: str, facts: Mapping[str, str]) -> None:
        self.still_ours()
        known = self.facts()
        self.record([facts_row({**known, **facts, "passages": name, "generation": known["generation"] + 1})])
        self.drop_other_passages()

    def drop_other_passages(self) -> None:
        """Drop collections of passages that are not searched: of an embedder before, or of one that was stopped."""
        kept, begins = self.facts()["passages"], f"{self.connection.address.name}_passages_"
        for name in self.connection.call("list_collections"):
            if name.startswith(begins) and name.removeprefix(begins).isdecimal() and name != kept:
                self.connection.call("drop_collection", name)

    # --- articles in

    def _put(self, cut: Sequence[Cut], along: Along) -> None:
        before = self.current([key_of(article.id) for article, _, _ in cut], WHOLE)
        serial = self._reserve(len(cut))
        rows = [_article_row(article, len(passages), serial + n) for n, (article, passages, _) in enumerate(cut)]
        self._begin([_Entry(row["key"], _revision(before.get(row["key"])), row["revision"]) for row in rows])
        passages_name = self.facts()["passages"]
        self.record(
            [part for row, one in zip(rows, cut, strict=True) for part in text_rows(row["revision"], one[0].text)]
        )
        new = [
            one
            for row, (article, passages, vectors) in zip(rows, cut, strict=True)
            for one in passage_rows(article, passages, vectors, row["revision"], row["revision"])
        ]
        self.connection.put(passages_name, new)
        versions = [
            _version_row(before[row["key"]])
            for row in rows
            if row["key"] in before and before[row["key"]]["fingerprint"] != row["fingerprint"]
        ]
        self.connection.put(self.articles_name, versions)
        telling = Telling(self.connection, self.articles_name)
        telling.sign(rows, [article.text for article, _, _ in cut])
        for row in rows:
            if row["key"] in before:
                telling.leave(telling.changed.get(row["key"]) or before[row["key"]])
            telling.join(row)
        for article, _, _ in cut:
            along(article)
        self.still_ours()
        self.connection.put(self.articles_name, [row for row in telling.changed.values() if row])
        self.clear_away()

    # --- articles out

    def delete(self, article_ids: Sequence[str]) -> list[str]:
        """Remove articles with all that was made of them, earlier versions too; returns the ids that were there."""
        wanted, gone = list(dict.fromkeys(article_ids)), []
        for first in range(0, len(wanted), _ARTICLES_AT_ONCE):
            some = wanted[first : first + _ARTICLES_AT_ONCE]
            there = self.current([key_of(one) for one in some], WHOLE)  # who leads a story may just have changed
            if found := [one for one in some if key_of(one) in there]:
                self._delete([there[key_of(one)] for one in found])
                gone += found
        return gone

    def _delete(self, rows: Sequence[Row]) -> None:
        keys = [row["key"] for row in rows]
        every = self.connection.rows(self.articles_name, f"key in {listed(keys)}", ["key", "revision", "current"])
        earlier = [row for row in every if not row["current"]]
        while len(earlier) + len(rows) > _ROWS_AT_ONCE and earlier:  # a page that is corrected all day has thousands
            some = [_Entry(row["key"], row["revision"], 0) for row in earlier[:_ROWS_AT_ONCE]]
            earlier = earlier[_ROWS_AT_ONCE:]
            self._begin(some)
            self.still_ours()
            self.connection.delete(self.articles_name, f"id in {listed([f'{one.key}/{one.old}' for one in some])}")
            self.clear_away()
        left = [*earlier, *(row for row in every if row["current"])]
        self._begin([_Entry(row["key"], row["revision"], 0) for row in left])
        telling = Telling(self.connection, self.articles_name)
        for row in rows:
            telling.leave(telling.changed.get(row["key"]) or row)
        self.still_ours()
        self.connection.put(self.articles_name, [row for row in telling.changed.values() if row])
        self.connection.delete(self.articles_name, f"key in {listed(keys)}")
        self.clear_away()

    # --- the journal

    def _reserve(self, count: int) -> int:
        """The first of so many serials that are never used again."""
        known = self.facts()
        first = int(known["serial"]) + 1
        self.record([facts_row({**known, "serial": first + count - 1})])
        return first

    def _begin(self, entries: Sequence[_Entry]) -> None:
        self.record([record_row("journal", "journal", said=json.dumps(entries))])

    def clear_away(self) -> None:
        """End what the journal says was begun: of each article only what its row stands for is kept."""
        rows = self.connection.few(self.records_name, 'id == "journal"', ["said"])
        entries = [_Entry(*entry) for entry in json.loads(rows[0]["said"] or "[]")] if rows else []
        if not entries:
            return
        self.still_ours()  # taken for dead, a writer touches nothing: what is begun is another's
        now = self.current(sorted({entry.key for entry in entries}), ("key", "revision", "fingerprint"))
        stale = [
            (entry.key, revision)
            for entry in entries
            for revision in (entry.old, entry.new)
            if revision and revision != _revision(now.get(entry.key))
        ]
        known = self.facts()
        if stale and known["passages"]:
            self.connection.delete(
                known["passages"],
                f"key in {listed([key for key, _ in stale])} and revision in {listed([one for _, one in stale])}",
            )
        self._forget_unkept(entries, now, stale)
        done = record_row("journal", "journal", said="[]")
        self.record([done, facts_row({**known, "generation": known["generation"] + 1})])

    def _forget_unkept(
        self, entries: Sequence[_Entry], now: Mapping[str, Row], stale: Sequence[tuple[str, int]]
    ) -> None:
        """Delete versions that did not come to be, texts that no row has, and the traces of what is removed."""
        unturned = [f"{e.key}/{e.old}" for e in entries if e.key in now and now[e.key]["revision"] == e.old]
        removed = sorted({entry.key for entry in entries if entry.key not in now})
        if unturned:
            self.connection.delete(self.articles_name, f"id in {listed(unturned)}")
        ids = [f"{key}/{revision}" for key, revision in stale]
        kept = (
            {row["id"] for row in self.connection.rows(self.articles_name, f"id in {listed(ids)}", ["id"])}
            if ids
            else set()
        )
        texts = [revision for (_, revision), one in zip(stale, ids, strict=True) if one not in kept]
        if texts:
            self.connection.delete(self.records_name, f'kind == "text" and owner in {owners(texts)}')
        if removed:
            self.connection.delete(self.records_name, f'kind == "held" and other in {listed(removed)}')


def _revision(row: Row | None) -> int:
    return int(row["revision"]) if row else 0


def _article_row(article: Article, passages: int, revision: int) -> Row:
    key = key_of(article.id)
    fields: dict[str, Any] = {name: getattr(article, name) for name in FIELDS}
    return {
        **fields,
        "id": key,
        "key": key,
        "article_id": article.id,
        "current": True,
        "revision": revision,
        "fingerprint": article.fingerprint,
        "characters": len(article.text),
        "passages": passages,
        "replaced": "",
        "nothing": NOTHING,
    }


def _version_row(row: Row) -> Row:
    replaced = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        **row,
        "id": f"{row['key']}/{row['revision']}",
        "current": False,
        "leads": False,
        "bands": [],
        "story": 0,
        "replaced": replaced,
    }


def passage_rows(
    article: Article, passages: Sequence[Passage], vectors: np.ndarray, revision: int, serial: int
) -> list[Row]:
    """The rows of an article's passages."""
    spoken = date.fromisoformat(article.published).strftime("%d %B %Y %A").lstrip("0") if article.published else ""
    title = " ".join(terms(article.title))
    about = " ".join(terms(f"{article.publisher} {article.author} {spoken} {article.published}"))
    rows = []
    for place, (passage, vector) in enumerate(zip(passages, vectors, strict=True)):
        words = terms(passage.text)
        rows.append(
            {
                "id": serial * _PASSAGES_EACH + place,
                "key": key_of(article.id),
                "publisher": key_of(article.publisher),
                "revision": revision,
                "start": passage.start,
                "stop": passage.end,
                "day": day(article.published),
                "length": len(words),
                "text": passage.text,
                "words": " ".join(words),
                "title": title,
                "about": about,
                "vector": vector.astype(np.float32).tolist(),
            }
        )
    return rows


def day(published: str) -> int:
    """A date as the number yyyymmdd, 0 for none."""
    return int(published.replace("-", "") or 0)
