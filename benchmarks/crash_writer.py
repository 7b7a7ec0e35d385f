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
from index.sources import read_source
from index.sources.web import Web
from index.sync import Sync
from index.sync_plan import Source, plan

PHASES = ("between", "embedding", "SQLite transaction", "FAISS write", "tantivy commit")
_PASSAGES_AT_ONCE = 3
"""Passages in a transaction here, instead of 512: an operation then has several, and short articles do."""
_MOST_ARTICLES = 100
_SOURCE = "crash"
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
    import index.taking

    index.taking._PASSAGES_AT_ONCE = _PASSAGES_AT_ONCE
    _watch(phases)
    rng = random.Random(seed)
    library = Library.open(path, embedder)
    with journal.open("a") as file:
        while True:
            operation, work = _next(library, path.with_name("articles"), rng)
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


def _next(library: Library, folder: Path, rng: random.Random) -> tuple[Operation, Callable[[], object]]:
    ids = sorted(summary.id for summary in library.articles() if summary.source == _SOURCE)
    name = rng.choices(("add", "update", "remove", "sync", "rebuild", "reembed"), (35, 25, 15, 17, 6, 2))[0]
    if len(ids) > _MOST_ARTICLES:
        name = "remove"
    if name == "sync":
        return _sync(library, folder, rng)
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


def _sync(library: Library, folder: Path, rng: random.Random) -> tuple[Operation, Callable[[], object]]:
    """Change some files of a folder, then bring the library in step with it."""
    folder.mkdir(exist_ok=True)
    (folder / "always.txt").write_text("A folder that holds nothing withdraws nothing.")
    for _ in range(rng.randint(1, 5)):
        path = folder / f"s{rng.randint(0, 19)}.txt"
        if path.exists() and rng.random() < 0.4:
            path.unlink()
        else:
            path.write_text(_article("of no matter", rng).text)
    articles = [found for found in read_source(folder) if isinstance(found, Article)]
    there = {
        summary.id: library.article(summary.id).fingerprint
        for summary in library.articles()
        if summary.source != _SOURCE
    }
    changed = [(one.id, one.fingerprint) for one in articles if there.get(one.id) != one.fingerprint]
    gone = [(article_id, "") for article_id in sorted(there.keys() - {one.id for one in articles})]
    ends = sorted({*range(1, len(changed) + 1), len(changed) + len(gone)})
    source = Source(str(folder))
    return Operation("sync", changed + gone, ends), lambda: Sync(library).carry_out(plan(library, source, Web()))


def _stored(name: str, articles: list[Article]) -> Operation:
    """A transaction ends where ``_PASSAGES_AT_ONCE`` passages have come together: here after any article."""
    changes = [(article.id, article.fingerprint) for article in articles]
    return Operation(name, changes, list(range(1, len(articles) + 1)))


def _article(article_id: str, rng: random.Random) -> Article:
    sentences = [
        f"The {rng.choice(_PLACES)} was closed for {rng.randint(2, 99)} days, said number {rng.randint(1, 10**6)}."
        for _ in range(rng.randint(1, 16))
    ]
    return Article(article_id, " ".join(sentences), f"The {rng.choice(_PLACES)}", "The Courier", source=_SOURCE)


def _watch(phases: mmap.mmap) -> None:
    """Have the library's parts say when they are at work."""
    import index.vectors
    from index.lexical import LexicalIndex
    from index.store import Store

    watched: tuple[tuple[Any, str, int], ...] = (
        (Embedder, "encode", 1),
        (Store, "put", 2),
        (Store, "delete", 2),
        (index.vectors, "write_base", 3),
        (LexicalIndex, "start_afresh", 4),
        (LexicalIndex, "sync", 4),
    )
    for owner, name, number in watched:
        setattr(owner, name, _telling(getattr(owner, name), number, phases))


def _telling(method: Callable[..., Any], number: int, phases: mmap.mmap) -> Callable[..., Any]:
    @wraps(method)
    def told(*arguments: Any, **named: Any) -> Any:
        in_step = method.__name__ == "sync" and arguments[0].generation == arguments[1].generation
        phases[number] = not in_step
        try:
            return method(*arguments, **named)
        finally:
            phases[number] = 0

    return told
