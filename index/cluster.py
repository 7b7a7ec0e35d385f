"""A library built by many machines: Ray reads, cuts and embeds; this process, the only one that writes, stores.

Ray Data reads the sources in tasks, and embeds with one model a worker; what comes back is stored in the order of the
sources, so that the library is the one that ``index add`` makes. Files that were wholly taken are written down in the
library's ledger as ``index sync`` does; articles that are there already are neither embedded nor stored again.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.article import Article
from index.cluster_joining import Cluster, told
from index.cluster_reading import Embedding, Piece, Reader, unpacked
from index.errors import SourceError
from index.intake import AddReport
from index.ledger import Entry, Reading
from index.library import Library, Progress
from index.sources import Choice
from index.sources.opened import Part, StoredFile
from index.sources.stores import is_store
from index.sources.web import Web, is_address
from index.store import Cut
from index.sync_plan import Source, plan, settled_stamp_of

EMBEDDING_CPUS, READING_CPUS = 0.45, 0.1
"""Of a core, what a worker and a reader ask Ray for: half, so that a lost machine's workers find room on the others."""
_FILES_A_TASK, _BYTES_A_TASK = 64, 8_000_000
"""Small files that one task reads, up to so many bytes."""
_ARTICLES_AT_ONCE = 2_000
"""Articles after which the files that ended are written down and can be searched: what a kill costs in reading."""
_HEARD_WITHIN = 60.0
"""Seconds in which a worker must have sent a batch to be counted."""
_BYTES_A_WORKER = 64 * 2**20
"""What may wait in Ray's object store, for each worker (bytes)."""


@dataclass(slots=True)
class BuildReport:
    """What a build did: counts of articles, of files that were the same, and what could not be read or stored."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    passages: int = 0
    same: int = 0
    problems: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _File:
    """A file on its way: how many parts are still to end, and what came of those that did."""

    unit: StoredFile
    source: Source
    known: bool
    parts: int
    ids: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unseen: bool = False

    def reading(self, stored: AddReport, listed_at: float, held: Sequence[str]) -> Reading | None:
        """What to write down; None where it must be looked at again the next time.

        What it ``held`` before and holds no more is for a sync to withdraw, which then has to open it.
        """
        if self.unseen or {article_id for article_id, _ in stored.refused} & set(self.ids):
            return None
        ids = tuple(stored.same_as.get(one, one) for one in self.ids)
        stamp = settled_stamp_of(self.source, self.unit, listed_at) if set(held) <= set(ids) else ""
        entry = Entry(self.unit.name, stamp, problem=" ".join(self.problems))
        # What a file held before stays among its articles, for a sync to withdraw: a build removes nothing.
        whole = not self.problems and not self.known
        return Reading(entry, ids, whole)


class Build:
    """One build of ``library`` from ``sources``.

    Args:
        library: what is written to, in this process.
        sources: files, folders, addresses of object stores.
        choice: which files are read, and what is said of all.

    The sources are listed at once, but nothing is read before ``run``.

    Attributes:
        report: what was done so far.
        expected: about how many articles are to come, 0 while that is unknown.
        workers: when each worker that sent a batch was last heard of (seconds, monotonic), by its name.
    """

    def __init__(self, library: Library, sources: Sequence[str], choice: Choice) -> None:
        self._library = library
        self.report = BuildReport()
        self.expected = 0
        self.workers: dict[str, float] = {}
        self._left = 0
        self._parts: list[tuple[Part, _File]] = []
        self._listed_at = time.time()
        self._bytes = self._bytes_done = self._bytes_begun = self._articles = 0
        for source in [Source(_in_full(source), choice) for source in sources]:
            self._list(source)

    @property
    def to_read(self) -> int:
        """How many files are new or have changed since they were last read."""
        return self._left

    @property
    def workers_heard(self) -> int:
        """How many workers sent a batch in the last minute."""
        return sum(time.monotonic() - heard < _HEARD_WITHIN for heard in self.workers.values())

    def run(self, cluster: Cluster, progress: Progress | None = None) -> BuildReport:
        """Read what is new or changed, and store it; stopped or killed, another build goes on from there.

        Raises:
            ClusterError: the cluster failed in a way that Ray does not mend.
            LibraryError: another process is writing, or the library cannot be written.
            ModelError: a worker has no embedder, or another.
        """
        if not self._left:
            return self.report
        with self._library.writing():
            cluster.check(self._library.embedder)
            pieces = self._pieces(cluster)
            try:
                while self._left:
                    self._store(pieces, progress)
            finally:
                pieces.close()
        return self.report

    def _list(self, source: Source) -> None:
        made = plan(self._library, source, Web())
        self.report.problems += made.problems
        self.report.same += made.same
        for unit in made.look:
            if isinstance(unit, StoredFile):
                parts = unit.parts()
                file = _File(unit, source, unit.name in made.known, len(parts))
                self._left += 1
                self._parts += [(part, file) for part in parts]
                self._bytes += sum(part.size for part in parts)

    # --- what Ray does

    def _pieces(self, cluster: Cluster) -> Generator[tuple[Piece, Cut | None], None, None]:
        """What the workers send, in the order of the sources."""
        try:
            for row in self._rows(cluster):
                self.workers[row["worker"]] = time.monotonic()
                yield from unpacked(row)
        except Exception as error:
            raise told(error) from error

    def _rows(self, cluster: Cluster) -> Iterator[dict[str, Any]]:
        import ray
        from ray.data import ActorPoolStrategy, TaskPoolStrategy

        workers, embedder = cluster.workers, self._library.embedder
        cluster.limit_memory(_BYTES_A_WORKER * workers)
        tasks = list(self._tasks())
        reader = Reader(ray.put(self._library.fingerprint_heads()), self._library.passage_characters)
        items: Any = ray.data.from_items(tasks, override_num_blocks=len(tasks))
        batches = items.flat_map(
            reader.__call__, compute=TaskPoolStrategy(size=max(2, workers)), num_cpus=READING_CPUS
        ).map(
            Embedding,
            fn_constructor_args=(embedder.full_name, embedder.precision, embedder.hash),
            compute=ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=2),
            num_cpus=EMBEDDING_CPUS,
            num_gpus=1 if cluster.gpus else 0,
        )
        for block in batches.iter_batches(batch_size=None, prefetch_batches=1, batch_format="pyarrow"):
            yield from block.to_pylist()

    def _tasks(self) -> Iterator[dict[str, bytes]]:
        """Parts, numbered, some small ones together."""
        some: list[tuple[int, Part]] = []
        size = 0
        for number, (part, _) in enumerate(self._parts):
            some.append((number, part))
            size += part.size
            if len(some) == _FILES_A_TASK or size >= _BYTES_A_TASK:
                yield {"parts": pickle.dumps(some)}
                some, size = [], 0
        if some:
            yield {"parts": pickle.dumps(some)}

    # --- what this process does

    def _store(self, pieces: Iterator[tuple[Piece, Cut | None]], progress: Progress | None) -> None:
        """Store some thousand articles, to the end of a file; then write down the files that ended."""
        ended: list[_File] = []
        stored = self._library.take(self._cut(pieces, ended), progress)
        self.report.added += len(stored.added)
        self.report.updated += len(stored.updated)
        self.report.unchanged += len(stored.unchanged)
        self.report.passages += stored.passages
        self.report.refused += [f"article {article_id!r} not added: {why}." for article_id, why in stored.refused]
        self.report.problems += [problem for file in ended for problem in file.problems]
        for source in {file.source.name: file.source for file in ended}.values():
            of_it = [file for file in ended if file.source is source]
            self._library.ledger.unsettle(source.name, [file.unit.name for file in of_it], stored.updated)
            held = self._library.ledger.held(source.name, [file.unit.name for file in of_it])
            readings = [
                reading
                for file in of_it
                if (reading := file.reading(stored, self._listed_at, held.get(file.unit.name, ())))
            ]
            self._library.ledger.record(source.name, readings)

    def _cut(self, pieces: Iterator[tuple[Piece, Cut | None]], ended: list[_File]) -> Iterator[Cut]:
        """Articles up to the end of a file after ``_ARTICLES_AT_ONCE`` of them, or of the last file."""
        first = self._articles
        for piece, cut in pieces:
            part, file = self._parts[piece.part]
            file.unseen = file.unseen or piece.unseen
            if piece.problem and piece.problem not in file.problems:
                file.problems.append(piece.problem)
            if cut:
                self._count(part, cut[0])
                file.ids.append(cut[0].id)
                yield cut
            if piece.ended:
                self._bytes_done += part.size
                self._bytes_begun = 0
                file.parts -= 1
            if file.parts == 0:
                file.parts = -1
                ended.append(file)
                self._left -= 1
                if self._articles - first >= _ARTICLES_AT_ONCE:
                    return
        self._left = 0

    def _count(self, part: Part, article: Article) -> None:
        """Tell how many articles are to come by the share of bytes that is behind; of a part at hand, by its texts."""
        self._articles += 1
        self._bytes_begun = min(self._bytes_begun + len(article.text), part.size)
        self.expected = round(self._articles * self._bytes / max(self._bytes_done + self._bytes_begun, 1))


def _in_full(source: str) -> str:
    """A source as a worker elsewhere has to know it.

    Raises:
        SourceError: it is an address of the web.
    """
    if is_address(source):
        raise SourceError(f"{source}: a build reads files; 'byline index add' and 'sync' read pages of the web.")
    return source if is_store(source) else str(Path(source).expanduser().resolve())
