"""Whether a library in Milvus is sound: each article with its text, its passages once, what they are searched by.

Milvus answers for its own files and indexes; here its rows are held against each other. Nothing is written but the
claim to be the one that writes, so that nobody else does meanwhile. What can be derived 'byline index rebuild --embed'
mends: it cuts and embeds every article anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import numpy as np

from index.article import Article, Passage
from index.check import CheckReport, Problem, Progress, article_problems
from index.errors import SourceError
from index.made_by import embedder_fault
from index.milvus.address import parse_address
from index.milvus.connection import Connection, MilvusOptions, Row
from index.milvus.lease import Lease
from index.milvus.schema import FIELDS
from index.milvus.store import ARTICLE, MilvusStore
from index.milvus.writing import passage_rows
from index.snapshot import RawArticle, RawPassage

_SEARCHED = ("key", "publisher", "length", "day", "text", "words", "title", "about")
"""Fields of a passage's row that follow from its article and its place."""


def check(address: str, options: MilvusOptions, progress: Progress = lambda articles, of: None) -> CheckReport:
    """Check the library at ``address``; nothing of it is changed.

    Raises:
        LibraryError: there is no library, Milvus is away, or another process keeps writing to it.
    """
    store = MilvusStore(Connection(parse_address(address), options))
    with closing(store.connection), store.connection.reading_strong():
        store.open(create=False)
        lease = Lease(store)
        lease.take()
        try:
            return _check(store, progress)
        finally:
            lease.give_back()


def _check(store: MilvusStore, progress: Progress) -> CheckReport:
    facts = store.facts()
    report = CheckReport(*store.counts(), int(facts["generation"]))
    fault = embedder_fault(facts) if report.passages else None
    if fault:
        report.problems.append(Problem(fault, "none"))
    rows = store.connection.rows(store.articles_name, "", ["current", *ARTICLE])
    sound = 0
    for row in sorted(rows, key=lambda row: (row["article_id"], row["revision"])):
        if row["current"]:
            passages = _passages(store, facts, row)
            sound += len(passages)
            report.problems += _article_problems(store, facts, row, passages)
            progress(1, report.articles)
        elif store.text(row["revision"], row["characters"]) is None:
            what = f"The text of an earlier version of article {row['article_id']!r} is not whole."
            report.problems.append(Problem(what, "none", row["article_id"]))
    report.problems += _leftovers(store, report.passages - sound, {str(row["revision"]) for row in rows})
    return report


def _passages(store: MilvusStore, facts: Mapping[str, Any], row: Row) -> list[Row]:
    """An article's passages in the order they were cut."""
    if not facts["passages"]:
        return []
    where = f'key == "{row["key"]}" and revision == {row["revision"]}'
    fields = ["id", "start", "stop", "vector", *_SEARCHED]
    return sorted(store.connection.rows(facts["passages"], where, fields), key=lambda one: int(one["id"]))


def _article_problems(
    store: MilvusStore, facts: Mapping[str, Any], row: Row, passages: Sequence[Row]
) -> Iterator[Problem]:
    name = row["article_id"]
    text = store.text(row["revision"], row["characters"])
    if text is None:
        yield Problem(f"The text of article {name!r} is not whole; remove it, then add it again.", "none", name)
        return
    vectors = [np.asarray(one["vector"], "<f4") for one in passages]
    raw = RawArticle(
        {"id": name, "text": text, **{field: row[field] for field in FIELDS}},
        row["fingerprint"],
        [
            RawPassage(one["id"], one["start"], one["stop"], vector.tobytes(), row["revision"])
            for one, vector in zip(passages, vectors, strict=True)
        ],
    )
    for problem in article_problems(raw, int(facts.get("embedder_dimension") or 0)):
        yield replace(problem, mend="embed" if problem.mend == "cut" else "none")
    if row["passages"] != len(passages):
        what = f"Article {name!r} was cut into {row['passages']} passages and has {len(passages)}."
        yield Problem(what, "embed", name)
    with suppress(SourceError):  # said already
        yield from _unlike(raw.article(), passages, vectors)


def _unlike(article: Article, passages: Sequence[Row], vectors: Sequence[np.ndarray]) -> Iterator[Problem]:
    """Passages whose rows are not what their article makes of them: they would be found by other words or limits."""
    cut = [Passage(article.id, one["start"], one["stop"], article.text[one["start"] : one["stop"]]) for one in passages]
    for row, wanted in zip(passages, passage_rows(article, cut, np.asarray(vectors), 0, 0), strict=True):
        wrong = [field for field in _SEARCHED if row[field] != wanted[field]]
        if wrong:
            yield Problem(
                f"Passage {row['id']} of article {article.id!r} is not searched by what it says ({', '.join(wrong)}).",
                "embed",
                article.id,
                row["id"],
            )


def _leftovers(store: MilvusStore, passages: int, revisions: set[str]) -> Iterator[Problem]:
    """What belongs to no article: of a write that was cut off, or of none that is known."""
    connection, name = store.connection, store.records_name
    begun = connection.few(name, 'id == "journal"', ["said"])
    if begun and json.loads(begun[0]["said"] or "[]"):
        yield Problem("A write was cut off; the next to write clears it away, or 'byline index rebuild' does.", "none")
        return
    if passages:
        yield Problem(f"{passages:,} passages are of no article as it stands.", "embed")
    texts = {row["owner"] for row in connection.rows(name, 'kind == "text"', ["owner"])} - revisions
    if texts:
        yield Problem(f"{len(texts):,} texts are of no article; they are not searched and only take room.", "none")
