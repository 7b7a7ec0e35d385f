"""A file, wherever it lies, to its documents; a large one in parts, which may be read side by side.

A unit is what is read, and read again, as a whole; a file of many articles (.jsonl, .csv, an archive) is one unit.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import BinaryIO

from index.errors import SourceError, first_line
from index.sources import archives, rows
from index.sources.choice import CONTAINERS, Choice, suffix_of
from index.sources.decoding import MAX_FILE_BYTES
from index.sources.document import Document, Problem
from index.sources.metadata import sidecar
from index.sources.parsing import SUFFIXES as PARSED
from index.sources.rows import Span


@dataclass(frozen=True, slots=True)
class StoredFile(ABC):
    """A file.

    Attributes:
        name: where it lies, as it can be shown and stored.
        stamp: size and time of it and its sidecar; the same stamp, the same bytes. Empty where there is no file.
        changed_at: when it was last written, in seconds; 0 when that is not told.
        size: of it alone, in bytes.
    """

    name: str
    stamp: str
    changed_at: float
    size: int
    choice: Choice = field(repr=False)

    @property
    @abstractmethod
    def file_name(self) -> str:
        """Its name without folder."""

    @abstractmethod
    def open(self) -> BinaryIO:
        """It, to be read; OSError when it cannot be."""

    @abstractmethod
    def exists(self) -> bool:
        """True where it can be seen from here."""

    @abstractmethod
    def content(self) -> bytes:
        """All of it; SourceError names it when it is missing, unreadable or too large."""

    @abstractmethod
    def beside(self) -> tuple[str, bytes] | None:
        """Its sidecar's name and bytes, if it has one."""

    def digest(self) -> str:
        """SHA-256 of its bytes and its sidecar's, 64 hexadecimal digits."""
        found = hashlib.sha256()
        try:
            with self.open() as file:
                for block in iter(lambda: file.read(2**20), b""):
                    found.update(block)
            words = self.beside()
        except OSError as error:
            raise SourceError(f"{self.name}: cannot be read: {error.strerror or first_line(error)}.") from error
        return hashlib.sha256(found.digest() + (hashlib.sha256(words[1]).digest() if words else b"")).hexdigest()

    def documents(self) -> Iterator[Document | Problem]:
        """The documents in it: itself, or an archive's members."""
        for part in self.parts():
            yield from part.documents()

    def parts(self) -> list[Part]:
        """All of it, in order: parts of a large .jsonl or .parquet that can be read apart, else one."""
        if self.size <= rows.PART_BYTES:
            return [Part(self)]
        split = {".jsonl": rows.line_spans, ".parquet": rows.group_spans}.get(suffix_of(self.file_name))
        try:
            spans = split(self.open, self.size) if split else []
        except SourceError:
            spans = []  # what is wrong is said when it is read
        return [Part(self, span) for span in spans] or [Part(self)]

    def expected(self) -> int:
        """About how many articles are in it, for a progress bar: the lines of a file of many."""
        try:
            if suffix_of(self.file_name) in (".jsonl", ".csv"):
                with self.open() as file:
                    return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b"")) or 1
        except OSError:
            return 1  # what is wrong is said when it is read
        return 1


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a stretch of it when ``span`` is not None."""

    file: StoredFile
    span: Span | None = None

    @property
    def size(self) -> int:
        """About how many of the file's bytes it has."""
        return self.span.size if self.span else self.file.size

    def documents(self) -> Iterator[Document | Problem]:
        """The documents in it, or what is wrong in their place."""
        file, suffix = self.file, suffix_of(self.file.file_name)
        try:
            if suffix not in file.choice.suffixes and file.exists():
                known = ", ".join(file.choice.suffixes)
                raise SourceError(f"{file.name}: Byline reads {known}, not {suffix or 'files without an ending'}.")
            if suffix in CONTAINERS:
                yield from _unpacked(file, suffix, self.span)
                return
            data = None if self.span else file.content()
            words = file.beside()
            beside = {**(sidecar(words[1], words[0]) if words else {}), **file.choice.given}
            if data is not None:
                yield Document(file.name, suffix, data, beside=beside)
            elif self.span:
                yield from rows.lines(file.name, file.open, self.span, beside)
        except SourceError as error:
            yield error
        except (OSError, ValueError) as error:  # a name too long for the sidecar beside it, for example
            yield SourceError(f"{file.name}: cannot be read: {error}.")


def _unpacked(file: StoredFile, suffix: str, span: Span | None) -> Iterator[Document | Problem]:
    def readable(member: PurePath) -> bool:
        return suffix_of(member.name) in PARSED and file.choice.takes(member)

    read: dict[str, Callable[[], Iterator[Document | Problem]]] = {
        ".zip": lambda: archives.zip_documents(file.name, file.open, readable),
        ".warc": lambda: archives.warc_documents(file.name, file.open, file.choice.takes),
        ".warc.gz": lambda: archives.warc_documents(file.name, file.open, file.choice.takes),
        ".parquet": lambda: rows.parquet(file.name, file.open, span),
    }
    none = True
    for found in read.get(suffix, lambda: archives.tar_documents(file.name, file.open, readable))():
        none = False
        if isinstance(found, Document):
            beside = {**found.beside, **file.choice.given}
            yield Document(found.name, found.suffix, found.data, found.hints, beside, found.charset, found.part)
        else:
            yield found
    if none and not span:
        inside = "rows" if suffix == ".parquet" else f"articles in it; Byline reads {', '.join(PARSED)} in archives"
        yield SourceError(f"{file.name}: no {inside}.")


def too_large(name: str, size: int) -> SourceError | None:
    """What is wrong with a file of that size that is read in one piece."""
    if size <= MAX_FILE_BYTES:
        return None
    return SourceError(f"{name}: {size:,} bytes; the most is {MAX_FILE_BYTES:,}. Split it.")
