"""A path to units: a file, or each file that can be read in a folder. Names of files are only ever shown.

A unit is what is read, and read again, as a whole; a file of many articles (.jsonl, .csv, an archive) is one unit.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from index.errors import SourceError
from index.sources import archives
from index.sources.decoding import MAX_FILE_BYTES, read_bytes, shown
from index.sources.document import Document, Problem
from index.sources.metadata import SIDECAR_SUFFIX, sidecar
from index.sources.parsing import SUFFIXES as PARSED

ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar", ".warc", ".warc.gz")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which files of a folder or an archive are read: shell patterns (``*.md``, ``2025/*``) on name or path.

    Attributes:
        include: only what matches one of these; empty for all that can be read.
        exclude: nothing that matches one of these.
        given: fields that go before what the documents say.
        archives: open archives too; not for files of people one does not know, which may unpack to gigabytes.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    archives: bool = True

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings that are read."""
        return (*PARSED, *ARCHIVES) if self.archives else PARSED

    def takes(self, path: PurePath) -> bool:
        """True for a file, named from its folder or archive on, that is chosen; hidden ones never are."""
        if any(part.startswith(".") for part in path.parts) or path.name.lower() == "readme.md":
            return False
        return (not self.include or _matches(path, self.include)) and not _matches(path, self.exclude)


def _matches(path: PurePath, patterns: tuple[str, ...]) -> bool:
    whole = path.as_posix()
    return any(fnmatch.fnmatch(whole, pattern) or fnmatch.fnmatch(path.name, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class FileUnit:
    """A file.

    Attributes:
        name: its full path, as it can be shown and stored.
        stamp: size and time of it and its sidecar; the same stamp, the same bytes.
        changed_at: when it was last written, in seconds.
    """

    name: str
    stamp: str
    changed_at: float
    path: Path = field(repr=False)
    choice: Choice = field(repr=False)

    def digest(self) -> str:
        """SHA-256 of its bytes and its sidecar's, 64 hexadecimal digits."""
        found = hashlib.sha256()
        try:
            for path in (self.path, _beside(self.path)):
                if path.is_file():
                    with path.open("rb") as file:
                        found.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise SourceError(f"{self.name}: cannot be read: {error.strerror}.") from error
        return found.hexdigest()

    def documents(self) -> Iterator[Document | Problem]:
        """The documents in it: itself, or an archive's members."""
        try:
            suffix = suffix_of(self.path.name)
            if suffix not in self.choice.suffixes and self.path.exists():
                known = ", ".join(self.choice.suffixes)
                raise SourceError(f"{self.name}: Byline reads {known}, not {suffix or 'files without an ending'}.")
            if suffix in ARCHIVES:
                yield from _unpacked(self.path, suffix, self.choice)
            else:
                data = read_bytes(self.path)
                beside = _beside(self.path)
                fields = sidecar(read_bytes(beside), shown(beside)) if beside.is_file() else {}
                yield Document(self.name, suffix, data, beside={**fields, **self.choice.given})
        except SourceError as error:
            yield error
        except (OSError, ValueError) as error:  # a name too long for the sidecar beside it, for example
            yield SourceError(f"{self.name}: cannot be read: {error}.")

    def expected(self) -> int:
        """About how many articles are in it, for a progress bar: the lines of a file of many."""
        try:
            if suffix_of(self.path.name) in (".jsonl", ".csv") and self.path.stat().st_size <= MAX_FILE_BYTES:
                with self.path.open("rb") as file:
                    return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b"")) or 1
        except OSError:
            return 1  # what is wrong is said when it is read
        return 1


def _unpacked(path: Path, suffix: str, choice: Choice) -> Iterator[Document | Problem]:
    def readable(member: PurePath) -> bool:
        return suffix_of(member.name) in PARSED and choice.takes(member)

    read: dict[str, Callable[[], Iterator[Document | Problem]]] = {
        ".zip": lambda: archives.zip_documents(path, readable),
        ".warc": lambda: archives.warc_documents(path),
        ".warc.gz": lambda: archives.warc_documents(path),
    }
    none = True
    for found in read.get(suffix, lambda: archives.tar_documents(path, readable))():
        none = False
        if isinstance(found, Document):
            beside = {**found.beside, **choice.given}
            yield Document(found.name, found.suffix, found.data, found.hints, beside, found.charset)
        else:
            yield found
    if none:
        yield SourceError(f"{shown(path)}: no articles in it; Byline reads {', '.join(PARSED)} in archives.")


def suffix_of(name: str) -> str:
    """The ending that says what a file is, in lower case: ``.tar.gz`` in one piece."""
    lower = name.lower()
    return next((suffix for suffix in (".tar.gz", ".warc.gz") if lower.endswith(suffix)), PurePath(lower).suffix)


def _beside(path: Path) -> Path:
    return path.with_name(path.stem + SIDECAR_SUFFIX)


def file_units(start: Path, choice: Choice) -> Iterator[FileUnit | Problem]:
    """The units of a file or of a folder (recursively, in order of name), or what is wrong in their place."""
    try:
        if not start.is_dir():
            yield _unit(start, start.resolve(), choice)
            return
        os.scandir(start).close()  # a folder that may not be read says so, where the walk passes over it
        none = True
        closed: list[OSError] = []
        whole = start.resolve()
        for path in _walk(start, closed):
            relative = path.relative_to(start)
            if suffix_of(path.name) in choice.suffixes and choice.takes(relative):
                none = False
                yield _unit(path, whole / relative, choice)
    except (OSError, ValueError) as error:
        yield SourceError(f"{shown(start)}: cannot be read: {error}.")
        return
    yield from (SourceError(f"{shown(Path(str(one.filename)))}: cannot be read: {one.strerror}.") for one in closed)
    if none and not closed:
        yield SourceError(f"{shown(start)}: no articles in this folder; Byline reads {', '.join(choice.suffixes)}.")


def _walk(folder: Path, closed: list[OSError]) -> list[Path]:
    """The files in a folder; ``closed`` gets what is wrong with folders in it that cannot be listed."""
    found = []
    for root, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root, name) for name in files if not name.startswith(".")]
    return sorted(path for path in found if path.is_file())


def _unit(path: Path, whole: Path, choice: Choice) -> FileUnit:
    stamps, newest = [], 0.0
    for part in (path, _beside(path)) if path.name and len(os.fsencode(path.name)) < 240 else (path,):
        try:
            stat = part.stat()
        except OSError:  # what is wrong is said when it is read
            continue
        stamps.append(f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}")  # a copy may keep the time of its words
        newest = max(newest, stat.st_mtime, stat.st_ctime)
    return FileUnit(shown(whole), " ".join(stamps), newest, path, choice)
