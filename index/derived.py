"""The FAISS and tantivy indexes beside a store: made from it, brought in step with it, and forgotten at will.

They are in step after each write and before each search; what they lack they replay from the store, or derive anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import LibraryError, first_line
from index.lexical import LexicalIndex
from index.store import Store
from index.vectors import VectorIndex

PURGE_UP_TO = 50_000
"""Passages up to which the words of a removed article leave the disk at once, at ``rebuild`` in a larger library."""


class DerivedIndexes:
    """Both derived indexes of the store in the folder ``path``; ``writer`` is the library's lock between processes."""

    def __init__(self, path: Path, store: Store, writer: FileLock) -> None:
        self._path, self._store, self._writer = path, store, writer
        self._lock = threading.RLock()
        self._vectors: VectorIndex | None = None
        self._lexical: LexicalIndex | None = None

    @property
    def dimension(self) -> int | None:
        """Length of the store's vectors, None before the first."""
        recorded = self._store.meta("embedder_dimension")
        return int(recorded) if recorded else None

    @contextmanager
    def held(self) -> Iterator[tuple[VectorIndex, LexicalIndex]]:
        """Both at the store's generation, and kept there meanwhile; the last one written while another process writes.

        Raises:
            LibraryError: nothing was ever stored.
        """
        with self._lock:
            try:
                if self._generation() != self._store.generation:
                    with self._writer:
                        self.sync()
            except (Timeout, OSError):  # another process writes, or this one may not: take what is on disk
                self._load()
            if self._vectors is None or self._lexical is None:
                raise LibraryError(
                    f"The library {self._path} holds no articles yet; 'byline index add FILE…' adds some."
                )
            yield self._vectors, self._lexical

    def sync(self) -> None:
        """Bring both to the store's generation; the caller holds the writer's lock.

        Raises:
            LibraryError: they cannot be written.
        """
        with self._lock:
            self._load()
            if self._vectors is not None and self._lexical is not None:
                try:
                    self._vectors.sync(self._store)
                    self._lexical.sync(self._store)
                except (OSError, ValueError, RuntimeError) as error:  # FAISS and tantivy at a full disk
                    raise LibraryError(
                        f"The search indexes in {self._path} could not be written: {first_line(error)}. The articles "
                        "are safe; mend that, and the next search derives the indexes again."
                    ) from error

    def forget(self) -> None:
        """Throw both away; the next ``sync`` derives them from the whole store. The caller holds the writer's lock."""
        with self._lock:
            for path in self._path.glob("vectors.*.faiss"):
                path.unlink()
            self._vectors = None
            if self._lexical is None:
                self._load()
            if self._lexical is not None:
                self._lexical.start_afresh()

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

    def _load(self) -> None:
        dimension = self.dimension
        if dimension is not None:
            if self._vectors is None or self._vectors.dimension != dimension:
                self._vectors = VectorIndex(self._path, dimension)
            if self._lexical is None:
                self._lexical = LexicalIndex(self._path / "lexical")
