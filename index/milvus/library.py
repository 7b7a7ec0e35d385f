"""``Library`` on Milvus: the same door, for a library that several machines read and that one machine cannot hold.

Everything is in Milvus: articles, texts, versions, what sync read, vectors and stems. Nothing is kept on this machine
but the feedback of readers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from index.article import Article
from index.embedder import Embedder
from index.errors import LibraryError
from index.filters import Filters
from index.fusion import DENSE_WEIGHT, Method, Ranking
from index.library import Library, Progress
from index.made_by import embedder_facts, refuse_another
from index.milvus.address import parse_address
from index.milvus.connection import Connection, MilvusAway, MilvusOptions
from index.milvus.lease import Lease
from index.milvus.ledger import MilvusLedger
from index.milvus.searching import MilvusSearcher
from index.milvus.snapshot import MilvusSnapshot
from index.milvus.writing import MilvusWriter
from index.searching import Hit, Mode
from index.versions import Version

if TYPE_CHECKING:
    from index.ledger import Ledger
    from index.snapshot import Snapshot
    from index.store import Store


class MilvusLibrary(Library):
    """A library in Milvus. Make one with ``index.opening.open_library``. Safe to use from several threads.

    One process writes at a time, on whichever machine (``index/milvus/lease.py``). What ``add`` returned for is in
    Milvus. A kill, or Milvus going away, leaves each article either as it was or as it was to be.
    """

    def __init__(
        self,
        address: str,
        embedder: Embedder,
        passage_characters: int,
        options: MilvusOptions | None = None,
        create: bool = True,
    ) -> None:
        parsed = parse_address(address)
        self.address, self.path = parsed.said, parsed.beside
        self.embedder, self.passage_characters = embedder, passage_characters
        self._rows = MilvusWriter(Connection(parsed, options or MilvusOptions()))
        self._rows.open(create)
        self._store = cast("Store", self._rows)  # has the methods of it that a library calls
        self._lease = Lease(self._rows)
        self._rows.still_ours = self._lease.check
        self._writing_here, self._depth = threading.RLock(), 0
        self.ledger = cast("Ledger", MilvusLedger(self._rows))
        self._milvus = MilvusSearcher(self._rows, self._embedder_of)

    def close(self) -> None:
        """Let the connection go."""
        self._rows.connection.close()

    # --- reading

    def info(self) -> dict[str, str | int | float]:
        """What the library holds and how: counts, generation, embedder, where and how new what is read is."""
        articles, passages = self._rows.counts()
        facts = self._rows.facts()
        return {
            "path": self.address,
            "articles": articles,
            "passages": passages,
            "generation": int(facts["generation"]),
            "embedder": str(facts.get("embedder_name", "")),
            "embedder_hash": str(facts.get("embedder_hash", "")),
            "dimension": int(facts.get("embedder_dimension", 0)),
            "index": "Milvus",
            "consistency": self._rows.connection.options.consistency,
            "timeout_seconds": self._rows.connection.options.timeout,
        }

    def search(
        self,
        query: str,
        k: int = 20,
        filters: Filters | None = None,
        mode: Mode = "fused",
        method: Method = "scores",
        dense_weight: float = DENSE_WEIGHT,
    ) -> list[Hit]:
        """As ``Library.search``; Milvus itself fuses what is asked for as fused by scores."""
        return self._milvus.search(query, k, filters, mode, method, dense_weight)

    def rankings(
        self, query: str, depth: int, filters: Filters | None = None, mode: Mode = "fused"
    ) -> tuple[Ranking, Ranking]:
        """As ``Library.rankings``."""
        return self._milvus.rankings(query, depth, filters, mode)

    def copies(self, article_id: str, most: int | None = None) -> list[Article]:
        """The other articles that tell the same story (wire copy with small edits), the earliest published first.

        With ``most``, no more than so many, the earliest.
        """
        return self._rows.copies(article_id, most)

    def stories(self) -> list[list[str]]:
        """Ids of the articles of each story that more than one tell, the largest story first."""
        return self._rows.told_by_many()

    def versions(self, article_id: str) -> list[Version]:
        """Earlier versions of an article, the first one first; they are never searched."""
        return self._rows.versions(article_id)

    def snapshot(self) -> Snapshot:
        """Everything, to be read through: each article whole, though not all of one instant, which Milvus lacks."""
        return cast("Snapshot", MilvusSnapshot(self._rows))

    # --- writing

    def remove(self, article_ids: Sequence[str]) -> list[str]:
        """Remove articles, their passages, vectors, terms and versions; returns the ids that were there."""
        with self.writing():
            return self._rows.delete(article_ids)

    def rebuild(self) -> None:
        """Have Milvus write what is in memory to its files and put those in order; nothing is embedded again."""
        with self.writing():
            self._rows.drop_other_passages()
            for name in (self._rows.articles_name, self._rows.records_name, self._rows.facts()["passages"]):
                if name:
                    self._rows.connection.call("flush", name)
                    self._rows.connection.call("compact", name)

    def reembed(self, progress: Progress | None = None) -> None:
        """Split and embed every article anew with this library's embedder and passage length.

        The new passages are a collection of their own, which is searched from the end on: stopped half way, the
        library is as it was.
        """
        with self.writing():
            self._rows.replace_passages(self._cut_and_embed_all(progress), embedder_facts(self.embedder))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one that writes, over several calls, and read what is newest; what a killed one left is cleared away.

        Raises:
            LibraryError: another process is writing, or Milvus is away.
        """
        with self._writing_here, self._rows.connection.reading_strong():
            if self._depth == 0:
                self._lease.take()
            self._depth += 1
            try:
                if self._depth == 1:
                    self._rows.clear_away()
                yield
            except MilvusAway:  # what was begun is cleared away by the next to write; to ask for more would only wait
                if self._depth == 1:
                    self._lease.let_go()
                raise
            finally:
                self._depth -= 1
                if self._depth == 0 and self._lease.held:
                    self._end_writing()

    def _end_writing(self) -> None:
        """Clear away what was interrupted and let others write; when Milvus is away, the next writer does it."""
        try:
            with suppress(LibraryError):
                self._rows.clear_away()
        finally:
            with suppress(LibraryError):
                self._lease.give_back()

    # --- whose vectors these are

    def _record_embedder(self) -> None:
        facts, ours = self._rows.facts(), embedder_facts(self.embedder)
        new = any(facts.get(name) != value for name, value in ours.items()) or not facts["passages"]
        if new and not self._rows.counts()[0]:
            self._rows.begin_passages(ours)
        self._checked_embedder()

    def _checked_embedder(self) -> Embedder:
        return self._embedder_of(self._rows.facts())

    def _embedder_of(self, facts: dict[str, Any]) -> Embedder:
        refuse_another(self.address, self.embedder, facts.get("embedder_name"), facts.get("embedder_hash"))
        return self.embedder
