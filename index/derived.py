"""The FAISS and tantivy indexes beside a store: made from it, brought in step with it, and forgotten at will.

They are in step after each write and before each search; what they lack they replay from the store, or derive anew.
They are derived anew too when a file is not as it was written, when they hold another number of passages than the
store does, and when a search in them fails.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from index import seals
from index.errors import LibraryError, first_line
from index.lexical import LexicalIndex
from index.store import Store
from index.vector_base import clear_bases
from index.vectors import VectorIndex

Found = TypeVar("Found")
PURGE_UP_TO = 50_000
"""Passages up to which the words of a removed article leave the disk at once, at ``rebuild`` in a larger library."""


class DamagedIndex(ValueError):
    """A derived index gave what a sound one cannot."""


class DerivedIndexes:
    """Both derived indexes of the store in the folder ``path``; ``writer`` is the library's lock between processes."""

    def __init__(self, path: Path, store: Store, writer: FileLock) -> None:
        self._path, self._store, self._writer = path, store, writer
        self._lock = threading.RLock()
        self._vectors: VectorIndex | None = None
        self._lexical: LexicalIndex | None = None
        self._derived_anew_at = -1

    @property
    def dimension(self) -> int | None:
        """Length of the store's vectors, None before the first."""
        recorded = self._store.meta("embedder_dimension")
        return int(recorded) if recorded else None

    def ask(self, look: Callable[[VectorIndex, LexicalIndex], Found]) -> Found:
        """What ``look`` finds in both; where that fails for a damage, they are derived anew and asked again, once.

        Raises:
            LibraryError: nothing was ever stored, or they cannot be derived now.
        """
        try:
            with self.held() as indexes:
                return look(*indexes)
        except BaseException as error:
            generation = self._store.generation
            if not _is_damage(error) or self._derived_anew_at == generation:
                raise
            self._derived_anew_at = generation
            self._derive_anew(error)
        with self.held() as indexes:
            return look(*indexes)

    def _derive_anew(self, why: BaseException) -> None:
        try:
            with self._lock, self._writer:
                self.forget()
                self.sync()
        except (Timeout, OSError) as error:
            raise LibraryError(
                f"The search indexes in {self._path} are damaged ({first_line(why)}) and cannot be derived anew while "
                "another process writes or the folder cannot be written to; the articles are safe."
            ) from error

    @contextmanager
    def held(self) -> Iterator[tuple[VectorIndex, LexicalIndex]]:
        """Both at the store's generation, and kept there meanwhile; the last one written while another process writes.

        Raises:
            LibraryError: nothing was ever stored, or they cannot be read now.
        """
        with self._lock:
            if self._generation() != self._store.generation:
                self._bring_in_step()
            if self._vectors is None or self._lexical is None:
                if self.dimension is not None:
                    raise LibraryError(
                        f"The search indexes in {self._path} cannot be read: another process is deriving them, or the "
                        "folder cannot be written to. The articles are safe; try again."
                    )
                raise LibraryError(
                    f"The library {self._path} holds no articles yet; 'byline index add FILE…' adds some."
                )
            yield self._vectors, self._lexical

    def _bring_in_step(self) -> None:
        try:
            with self._writer:
                self.sync()
        except (Timeout, OSError):  # another process writes, or this one may not: take what is on disk
            self._load(mending=False)
            if self._vectors is not None:
                self._vectors.catch_up()  # in memory

    def sync(self) -> None:
        """Bring both to the store's generation; the caller holds the writer's lock.

        Raises:
            LibraryError: they cannot be written.
        """
        with self._lock:
            try:
                try:
                    self._replay()
                except BaseException as error:
                    if not _is_damage(error):
                        raise
                    self.forget()
                    self._replay()
            except BaseException as error:  # FAISS and tantivy at a full disk
                if not _is_damage(error):
                    raise
                self._vectors = self._lexical = None  # they may be half way
                self._clear_away()
                raise LibraryError(
                    f"The search indexes in {self._path} could not be written: {first_line(error)}. The articles "
                    "are safe; mend that, and the next search derives the indexes again."
                ) from error

    def _replay(self) -> None:
        before = self._generation()
        self._load()
        if self._vectors is None or self._lexical is None:
            return
        self._vectors.sync()
        self._lexical.sync(self._store)
        if self._generation() == before:
            return
        seals.seal(self._path)
        passages = self._store.counts()[1]
        if (len(self._vectors), len(self._lexical)) != (passages, passages):
            raise DamagedIndex(
                f"{len(self._vectors):,} and {len(self._lexical):,} passages are indexed of {passages:,}"
            )

    def _clear_away(self) -> None:
        """Delete what a write that failed left: on a full disk it is in the way."""
        for partial in self._path.glob("*.partial"):
            partial.unlink(missing_ok=True)

    def forget(self) -> None:
        """Throw both away; the next ``sync`` derives them from the whole store. The caller holds the writer's lock."""
        with self._lock:
            clear_bases(self._path, None)
            self._vectors = None
            if self.dimension is not None:
                self._lexical = LexicalIndex(self._path / "lexical", afresh=True)

    def purge(self) -> None:
        """See that nothing of what was removed stays in the files; the caller holds the writer's lock.

        Tantivy keeps the words of what is deleted until it merges its files, so they are written anew.
        """
        with self._lock:
            if self._lexical is not None and self._store.counts()[1] <= PURGE_UP_TO:
                self._lexical.start_afresh()

    def _generation(self) -> int | None:
        """The generation that both are loaded at, or None."""
        if self._vectors is None or self._lexical is None:
            return None
        return self._vectors.generation if self._vectors.generation == self._lexical.generation else None

    def _load(self, mending: bool = True) -> None:
        """Take what is on disk. ``mending``: what is damaged is thrown away; for the holder of the writer's lock."""
        dimension = self.dimension
        if dimension is None:
            return
        if self._vectors is None or self._vectors.dimension != dimension:
            for path in seals.broken_seals(self._path) if mending else ():
                seals.break_off(path)
            self._vectors = VectorIndex(self._path, self._store, dimension)
        if self._lexical is None:
            folder = self._path / "lexical"
            # While another process writes, files come and go: they are looked at again before they count as damaged.
            sound = any(LexicalIndex.is_sound(folder) for _ in range(1 if mending else 5))
            if sound or mending:
                self._lexical = LexicalIndex(folder, afresh=not sound)


def _is_damage(error: BaseException) -> bool:
    """True for what FAISS and tantivy raise at a damaged file or a full disk: tantivy panics, which is no Exception."""
    return isinstance(error, (OSError, ValueError, RuntimeError)) or type(error).__name__ == "PanicException"
