"""A path to units: a file, or each file that can be read in a folder. Names of files are only ever shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from index.errors import SourceError
from index.sources.choice import Choice
from index.sources.decoding import read_bytes, shown
from index.sources.document import Empty, Problem
from index.sources.metadata import SIDECAR_SUFFIX
from index.sources.opened import StoredFile


@dataclass(frozen=True, slots=True)
class FileUnit(StoredFile):
    """A file on this machine; ``name`` is its full path."""

    path: Path = field(repr=False)

    @property
    def file_name(self) -> str:
        """Its name without folder."""
        return self.path.name

    def open(self) -> BinaryIO:
        """It, to be read; OSError when it cannot be."""
        return self.path.open("rb")

    def exists(self) -> bool:
        """True where it can be seen from here."""
        return self.path.exists()

    def content(self) -> bytes:
        """All of it; SourceError names it when it is missing, unreadable or too large."""
        return read_bytes(self.path)

    def beside(self) -> tuple[str, bytes] | None:
        """Its sidecar's name and bytes, if it has one."""
        path = _beside(self.path)
        return (shown(path), read_bytes(path)) if path.is_file() else None


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
            if choice.reads(relative):
                none = False
                yield _unit(path, whole / relative, choice)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        yield SourceError(f"{shown(start)}: cannot be read: {error}.")
        return
    yield from (SourceError(f"{shown(Path(str(one.filename)))}: cannot be read: {one.strerror}.") for one in closed)
    if none and not closed:
        yield Empty(f"{shown(start)}: no articles in this folder; Byline reads {', '.join(choice.suffixes)}.")


def _walk(folder: Path, closed: list[OSError]) -> list[Path]:
    """The files in a folder; ``closed`` gets what is wrong with folders in it that cannot be listed."""
    found = []
    for root, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root, name) for name in files if not name.startswith(".")]
    return sorted(path for path in found if path.is_file())


def _unit(path: Path, whole: Path, choice: Choice) -> FileUnit:
    stamps, newest, size = [], 0.0, 0
    for part in (path, _beside(path)) if path.name and len(os.fsencode(path.name)) < 240 else (path,):
        try:
            stat = part.stat()
        except OSError:  # what is wrong is said when it is read
            continue
        stamps.append(f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}")  # a copy may keep the time of its words
        newest = max(newest, stat.st_mtime, stat.st_ctime)
        size = stat.st_size if part is path else size
    return FileUnit(shown(whole), " ".join(stamps), newest, size, choice, path)
