"""The process that ``benchmarks.crash`` kills: seeded operations on a library, each in a journal before and after."""

from __future__ import annotations

import json
import mmap
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import IO, Any

from index.article import Article
from index.embedder import Embedder
from index.library import Library

PHASES = ("between", "embedding", "SQLite transaction", "FAISS write", "tantivy commit")
_PASSAGES_AT_ONCE = 3
"""Passages in a transaction here, instead of 512: an operation then has several, and short articles do."""
_MOST_ARTICLES = 100
_PLACES = ("harbour", "market", "school", "station", "library", "theatre", "mill", "bridge")


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of work: article ids with the fingerprint each will have ("" for none), in the order they are stored.

    ``transactions`` says after which of the changes a transaction may end: (count).
    """

    name: str
    changes: list[tuple[str, str]]
    transactions: list[int]
    acknowledged: bool = False

    def applied(self, before: dict[str, str], some: int) -> dict[str, str]:
        """The library's articles after the first ``some`` changes."""
        after = {**before, **dict(self.changes[:some])}
        return {name: fingerprint for name, fingerprint in after.items() if fingerprint}


def read_journal(path: Path) -> list[Operation]:
    """The operations begun, in order; a line cut off by the kill was never acted upon."""
    operations: list[Operation] = []
    for line in path.read_text().split("\n")[:-1] if path.exists() else ():
        row = json.loads(line)
        if row["done"]:
            begun = operations.pop()
            operations.append(Operation(begun.name, begun.changes, begun.transactions, acknowledged=True))
        else:
            changes = [(name, fingerprint) for name, fingerprint in row["changes"]]
            operations.append(Operation(row["name"], changes, row["transactions"]))
    return operations


def write_until_killed(path: Path, embedder: Embedder, journal: Path, seed: int, phases: mmap.mmap) -> None:
    """Work on the library in ``path`` for ever; ``phases`` has a byte for each of ``PHASES``: 1 while in it."""
    import index.library

    index.library._PASSAGES_AT_ONCE = _PASSAGES_AT_ONCE
    _watch(phases)
    rng = random.Random(seed)
    library = Library.open(path, embedder)
    with journal.open("a") as file:
        while True:
            operation, work = _next(library, rng)
            _note(
                file,
                {
                    "done": False,
                    "name": operation.name,
                    "changes": operation.changes,
                    "transactions": operation.transactions,
                },
            )
            work()
            _note(file, {"done": True})


def _note(file: IO[str], row: dict[str, Any]) -> None:
    file.write(json.dumps(row) + "\n")
    file.flush()
    os.fsync(file.fileno())


def _next(library: Library, rng: random.Random) -> tuple[Operation, Callable[[], object]]:
    ids = sorted(summary.id for summary in library.articles())
    name = rng.choices(("add", "update", "remove", "rebuild", "reembed"), (40, 30, 20, 8, 2))[0]
    if len(ids) > _MOST_ARTICLES:
        name = "remove"
    if name == "add" or not ids:
        articles = [_article(f"n{rng.getrandbits(48):x}", rng) for _ in range(rng.randint(1, 8))]
        return _stored("add", articles), lambda: library.add(articles)
    some = rng.sample(ids, min(len(ids), rng.randint(1, 8)))
    if name == "update":
        articles = [_article(article_id, rng) for article_id in some]
        return _stored("update", articles), lambda: library.update(articles)
    if name == "remove":
        return Operation("remove", [(article_id, "") for article_id in some], [len(some)]), lambda: library.remove(some)
    return Operation(name, [], []), library.rebuild if name == "rebuild" else library.reembed


def _stored(name: str, articles: list[Article]) -> Operation:
    """A transaction ends where ``_PASSAGES_AT_ONCE`` passages have come together: here after any article."""
    changes = [(article.id, article.fingerprint) for article in articles]
    return Operation(name, changes, list(range(1, len(articles) + 1)))


def _article(article_id: str, rng: random.Random) -> Article:
    sentences = [
        f"The {rng.choice(_PLACES)} was closed for {rng.randint(2, 99)} days, said number {rng.randint(1, 10**6)}."
        for _ in range(rng.randint(1, 16))
    ]
    return Article(article_id, " ".join(sentences), f"The {rng.choice(_PLACES)}", "The Courier", source="crash")


def _watch(phases: mmap.mmap) -> None:
    """Have the library's parts say when they are at work."""
    from index.lexical import LexicalIndex
    from index.store import Store
    from index.vectors import VectorIndex

    for number, (kind, names) in enumerate(
        ((Embedder, ("encode",)), (Store, ("put", "delete")), (VectorIndex, ("sync",)), (LexicalIndex, ("sync",))), 1
    ):
        for name in names:
            setattr(kind, name, _telling(getattr(kind, name), number, phases))


def _telling(method: Callable[..., Any], number: int, phases: mmap.mmap) -> Callable[..., Any]:
    @wraps(method)
    def told(self: Any, *arguments: Any, **named: Any) -> Any:
        in_step = method.__name__ == "sync" and self.generation == arguments[0].generation
        phases[number] = not in_step
        try:
            return method(self, *arguments, **named)
        finally:
            phases[number] = 0

    return told
