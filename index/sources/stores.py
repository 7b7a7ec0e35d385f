"""An object store's address to units: ``s3://bucket/folder``, ``gs://…``, ``file://…``, whatever fsspec knows.

Keys and passwords are never in an address: each store's client finds them where it always does (environment, profile).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from index.article import clean_text
from index.errors import SourceError, first_line
from index.sources.choice import Choice
from index.sources.document import Empty, Problem
from index.sources.metadata import SIDECAR_SUFFIX
from index.sources.opened import StoredFile, too_large

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_CHECKSUMS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "crc32c", "generation")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
Info = Mapping[str, Any]


def is_store(source: str) -> bool:
    """True for ``PROTOCOL://…`` other than the web's."""
    return bool(_ADDRESS.match(source)) and not source.lower().startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class StoreUnit(StoredFile):
    """A file in an object store; ``name`` is its address. ``words`` is its sidecar's address, or empty."""

    words: str = field(default="", repr=False)

    @property
    def file_name(self) -> str:
        """Its name without folder."""
        return self.name.rsplit("/", 1)[-1]

    def open(self) -> BinaryIO:
        """It, to be read; OSError when it cannot be."""
        system, path = _system(self.name)
        try:
            opened: BinaryIO = system.open(path, "rb")
        except OSError:
            raise
        except Exception as error:  # a store's client raises what it likes
            raise OSError(first_line(error)) from error
        return opened

    def exists(self) -> bool:
        """True where it can be seen from here."""
        system, path = _system(self.name)
        try:
            return bool(system.exists(path))
        except Exception as error:
            raise SourceError(f"{self.name}: cannot be read: {first_line(error)}.") from error

    def content(self) -> bytes:
        """All of it; SourceError names it when it is missing, unreadable or too large."""
        problem = too_large(self.name, self.size)
        if problem:
            raise problem
        return _bytes(self.name)

    def beside(self) -> tuple[str, bytes] | None:
        """Its sidecar's name and bytes, if it has one."""
        return (self.words, _bytes(self.words)) if self.words else None


def _bytes(address: str) -> bytes:
    system, path = _system(address)
    try:
        found: bytes = system.cat_file(path)
    except FileNotFoundError as error:
        raise SourceError(f"{address}: no such file.") from error
    except Exception as error:
        raise SourceError(f"{address}: cannot be read: {first_line(error)}.") from error
    return found


def store_units(address: str, choice: Choice) -> Iterator[StoreUnit | Problem]:
    """The units of a file or a folder (recursively, in order of name), or what is wrong in their place."""
    try:
        system, path = _system(address)
        infos = _listed(system, path, address)
    except SourceError as error:
        yield error
        return
    if set(infos) == {path}:
        beside = _sidecar_of(path)
        if system.exists(beside):
            infos[beside] = system.info(beside)
        yield _unit(system, path, infos, choice)
        return
    none = True
    for name in sorted(infos):
        if choice.reads(PurePosixPath(name.removeprefix(path).strip("/"))):
            none = False
            yield _unit(system, name, infos, choice)
    if none:
        shown = clean_text(address)
        yield Empty(f"{shown}: no articles in this folder; Byline reads {', '.join(choice.suffixes)}.")


def _system(address: str) -> tuple[AbstractFileSystem, str]:
    """The store's client, and the address as it has it."""
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(address)
    except ImportError as error:  # fsspec itself, or the client of this store, which the message names
        raise SourceError(f"{clean_text(address)}: this kind of store needs another package: {error}.") from error
    except Exception as error:
        raise SourceError(f"{clean_text(address)}: cannot be opened: {first_line(error)}.") from error
    return system, str(path)


def _listed(system: AbstractFileSystem, path: str, address: str) -> dict[str, Info]:
    """What is known of each file, by path."""
    try:
        system.invalidate_cache()
        found = system.find(path, detail=True)
    except Exception as error:
        raise SourceError(f"{clean_text(address)}: cannot be read: {first_line(error)}.") from error
    if not found:
        raise Empty(f"{clean_text(address)}: no such file or folder, or an empty one.")
    return dict(found)


def _unit(system: AbstractFileSystem, path: str, infos: Mapping[str, Info], choice: Choice) -> StoreUnit:
    beside = _sidecar_of(path)
    parts = [infos[one] for one in (path, beside) if one in infos]
    words = clean_text(system.unstrip_protocol(beside)) if beside in infos else ""
    stamp = " ".join(_stamp(info) for info in parts)
    changed = max(_time(info) for info in parts)
    name = clean_text(system.unstrip_protocol(path))
    return StoreUnit(name, stamp, changed, int(infos[path].get("size") or 0), choice, words)


def _stamp(info: Info) -> str:
    """Size, checksum and time, as far as the store tells them."""
    checksum = next((str(info[name]).strip('"') for name in _CHECKSUMS if info.get(name)), "")
    when = _when(info)
    return f"{info.get('size')}:{checksum}:{when.isoformat() if isinstance(when, datetime) else when or ''}"


def _when(info: Info) -> Any:
    return next((info[name] for name in _TIMES if info.get(name)), None)


def _time(info: Info) -> float:
    when = _when(info)
    return when.timestamp() if isinstance(when, datetime) else float(when) if isinstance(when, int | float) else 0.0


def _sidecar_of(path: str) -> str:
    head, _, tail = path.rpartition("/")
    return f"{head}/{PurePosixPath(tail).stem}{SIDECAR_SUFFIX}"
