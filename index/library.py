"""The one door to stored articles: open, add, update, remove, search.

SQLite holds everything; the FAISS and tantivy indexes beside it are derived (``index/derived.py``). What ``add``
returned for is in SQLite, whatever happens afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock

from index.article import Article, Passage
from index.derived import DerivedIndexes
from index.embedder import Embedder
from index.embedding import embedded_texts
from index.errors import LibraryError, SourceError, first_line, no_library
from index.filters import Filters
from index.fusion import DENSE_WEIGHT, Method, Ranking
from index.holder import holding
from index.intake import AddReport, Intake, MayReplace, StandsFor, newer_state
from index.ledger import Ledger
from index.made_by import embedder_facts, refuse_another
from index.passages import split_article
from index.salvage import refuse_emptied
from index.searching import DEPTH, Hit, Mode, Searcher
from index.snapshot import Snapshot
from index.store import Along, ArticleSummary, Cut, PublisherSummary, Store
from index.stories import copies_of, join_unsigned, told_by_many
from index.taking import Progress, Taking
from index.versions import Version, versions_of


class Library:
    """A folder of articles that can be searched. Make one with ``Library.open``.

    ``address`` names it to people and commands; ``path`` is the folder, in which other files may be kept too.

    Safe to use from several threads. One process writes at a time; others see what it wrote at their next search.
    """

    def __init__(self, path: Path, embedder: Embedder, passage_characters: int) -> None:
        self.path, self.embedder, self.passage_characters = path, embedder, passage_characters
        self.address = str(path)
        self._writer = FileLock(path / "writer.lock", timeout=0)
        self._writing_here = threading.RLock()
        self._store = Store(path / "library.sqlite")
        self._derived = DerivedIndexes(path, self._store, self._writer)
        self.ledger = Ledger(self._store)
        self._searcher = Searcher(self._store, self._derived, self._checked_embedder)
        self._embedder_checked_at = -1

    @classmethod
    def open(
        cls, path: str | Path, embedder: Embedder | None = None, passage_characters: int = 800, create: bool = True
    ) -> Library:
        """Open the library in the folder ``path``, making an empty one if there is none and ``create``.

        Raises:
            LibraryError: there is none, the folder cannot be written, or its store is damaged.
        """
        try:
            folder = Path(path).expanduser()
            if not create and not (folder / "library.sqlite").exists():
                raise no_library(folder)
            folder.mkdir(parents=True, exist_ok=True)
            refuse_emptied(folder)
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: the home of nobody
            raise LibraryError(f"The library's folder {path} cannot be used: {first_line(error)}.") from error
        return cls(folder, embedder or Embedder(), passage_characters)

    def close(self) -> None:
        """Close the store; the library cannot be used afterwards."""
        self._store.close()

    # --- reading

    @property
    def article_count(self) -> int:
        """Number of articles."""
        return self._store.counts()[0]

    @property
    def passage_count(self) -> int:
        """Number of passages."""
        return self._store.counts()[1]

    @property
    def generation(self) -> int:
        """How many writes the library has seen."""
        return self._store.generation

    def article(self, article_id: str) -> Article:
        """The article of that id; LibraryError if there is none."""
        article = self._store.article(article_id)
        if article is None:
            raise LibraryError(f"There is no article {article_id!r} in {self.address}; 'byline index list' shows them.")
        return article

    def articles(self) -> list[ArticleSummary]:
        """Every article without its text, newest first."""
        return self._store.summaries()

    def ids(self) -> list[str]:
        """Ids of all articles, in the order they were stored in."""
        return self._store.ids()

    def publishers(self) -> list[PublisherSummary]:
        """Every publisher with how many articles it has and from when to when, by name."""
        return self._store.publishers()

    def newest(self, most: int) -> list[str]:
        """Ids of up to ``most`` articles, the newest first: one of each publisher, then the others."""
        return self._store.newest(most)

    def info(self) -> dict[str, str | int | float]:
        """What the library holds and how: counts, generation, embedder, the vector index and its measured recall."""
        articles, passages = self._store.counts()
        recorded = {name: self._store.meta(f"embedder_{name}") or "" for name in ("name", "hash", "dimension")}
        searched: dict[str, str | int | float] = {}
        if recorded["dimension"]:
            searched = self._derived.ask(lambda vectors, _: vectors.facts())
        size = sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())
        return {
            "path": str(self.path),
            "articles": articles,
            "passages": passages,
            "generation": self.generation,
            "embedder": recorded["name"],
            "embedder_hash": recorded["hash"],
            "dimension": int(recorded["dimension"] or 0),
            **searched,
            "bytes": size,
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
        """The ``k`` best passages for ``query``, best first; what several articles carry word for word is there once.

        ``mode`` asks one index alone or both; ``method`` and ``dense_weight`` say how ``index.fusion`` merges them.
        """
        dense, lexical = self.rankings(query, max(k, DEPTH), filters, mode)
        return self._searcher.merged(query, dense, lexical, k, mode, method, dense_weight)

    def rankings(
        self, query: str, depth: int, filters: Filters | None = None, mode: Mode = "fused"
    ) -> tuple[Ranking, Ranking]:
        """The dense and the lexical hits of a query, best first; in the mode ``fused`` every hit has a cosine."""
        return self._searcher.rankings(query, depth, filters, mode)

    def copies(self, article_id: str, most: int | None = None) -> list[Article]:
        """The other articles that tell the same story (wire copy with small edits), the earliest published first.

        With ``most``, no more than so many, the earliest.
        """
        return copies_of(self._store, article_id, most)

    def stories(self) -> list[list[str]]:
        """Ids of the articles of each story that more than one tell, the largest story first."""
        return told_by_many(self._store)

    def versions(self, article_id: str) -> list[Version]:
        """Earlier versions of an article, the first one first; they are never searched."""
        return versions_of(self._store, article_id)

    def titles(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Titles by article id, of those that are still there."""
        return self._store.titles(sorted(set(article_ids)))

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """Passages by id, those that are still there."""
        return self._store.passages(ids)

    def fingerprint_heads(self) -> np.ndarray:
        """The first 64 bits of each article's fingerprint, ascending, uint64: eight bytes an article."""
        return self._store.fingerprint_heads()

    def snapshot(self) -> Snapshot:
        """Everything as it stands now, to be read through; close it, or use it in a ``with``."""
        return Snapshot(self.path / "library.sqlite")

    # --- writing

    def add(
        self,
        articles: Iterable[Article],
        progress: Progress | None = None,
        may_replace: MayReplace = newer_state,
        stands_for: StandsFor = lambda _: True,
        along: Along = lambda _: None,
    ) -> AddReport:
        """Store articles that are not there yet.

        An article that reads the same as a stored one changes nothing, unless that does not ``stands_for`` it. One
        whose id is taken by another text is refused, unless it ``may_replace`` it: both came from the same ``source``.
        """
        with self.writing():
            self._record_embedder()
            return self._taking(progress, may_replace, stands_for, along).take(articles, self.embedder)

    def update(self, articles: Iterable[Article], progress: Progress | None = None) -> AddReport:
        """Store articles, each replacing the one of the same id whatever its source, which is kept as a version."""
        return self.add(articles, progress, may_replace=lambda *_: True)

    def restore(self, cut: Iterable[Cut], embed: bool, progress: Progress | None = None) -> AddReport:
        """Store articles of another library that are not there yet, also those that read as one of another id.

        What is there is kept, whatever the other library has under its id: that may be the older.

        With ``embed`` they are cut and embedded here; else the passages and vectors are taken as this library's
        embedder made them before, and the caller answers for their being sound (``index.soundness``).
        """
        taking = self._taking(progress, may_replace=lambda *_: False, stands_for=lambda _: False)
        with self.writing():
            self._record_embedder()
            if embed:
                return taking.take((article for article, _, _ in cut), self.embedder)
            return taking.take_cut(cut, self.embedder)

    def take(self, cut: Iterable[Cut], progress: Progress | None = None) -> AddReport:
        """Store articles as ``add`` does that were cut and embedded elsewhere, by the same embedder and passage length.

        One that comes without passages is cut and embedded here, unless it is there already.
        """
        with self.writing():
            self._record_embedder()
            return self._taking(progress).take_cut(cut, self.embedder)

    def remove(self, article_ids: Sequence[str]) -> list[str]:
        """Remove articles, their passages, vectors, terms and versions; returns the ids that were there."""
        with self.writing():
            gone = self._store.delete(article_ids)
            if gone:
                self._derived.purge()
            return gone

    def rebuild(self) -> None:
        """Derive the FAISS and tantivy indexes anew from SQLite; nothing is embedded again."""
        with self.writing():
            self._derived.forget()

    def reembed(self, progress: Progress | None = None) -> None:
        """Split and embed every article anew with this library's embedder and passage length.

        One transaction: stopped half way, the library is as it was.
        """
        with self.writing():
            self._store.put(self._cut_and_embed_all(progress), embedder_facts(self.embedder))
            self._derived.forget()

    def _taking(
        self,
        progress: Progress | None,
        may_replace: MayReplace = newer_state,
        stands_for: StandsFor = lambda _: True,
        along: Along = lambda _: None,
    ) -> Taking:
        intake = Intake(self._store, self.passage_characters, may_replace, stands_for)
        return Taking(self._store, intake, progress, along)

    def _cut_and_embed_all(self, progress: Progress | None) -> Iterator[Cut]:
        for article_id in self._store.ids():
            article = self.article(article_id)
            passages = split_article(article, self.passage_characters)
            yield article, passages, self.embedder.encode(embedded_texts([(article, passages)]))
            if progress:
                progress(1, len(passages))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one that writes, over several calls; the derived indexes are in step at the end, also if interrupted.

        Raises:
            LibraryError: another process is writing.
        """
        with self._writing_here, holding(self._writer, self.path, then="try again"):
            try:
                self._in_step()  # a store that was put back from a copy must not be written past what is derived
                join_unsigned(self._store)
                yield
            finally:
                self._derived.sync()

    def _in_step(self) -> None:
        """Derive what is lacking; where an article cannot be read, all anew at the end: till then it can be removed."""
        try:
            self._derived.sync()
        except SourceError:
            self._derived.forget()

    # --- whose vectors these are

    def _record_embedder(self) -> None:
        """Write down the embedder of an empty library; refuse one that is not the library's."""
        if self._derived.dimension is None or not self.article_count:
            self._store.put([], embedder_facts(self.embedder))
            self._derived.forget()
        self._checked_embedder()

    def _checked_embedder(self) -> Embedder:
        if self._embedder_checked_at != self._store.generation:  # another process may have embedded it anew
            recorded = self._store.meta("embedder_name"), self._store.meta("embedder_hash")
            refuse_another(self.address, self.embedder, *recorded)
            self._embedder_checked_at = self._store.generation
        return self.embedder
