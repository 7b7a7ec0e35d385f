"""Which files are read: by their endings and by patterns."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from index.sources.parsing import SUFFIXES as PARSED

CONTAINERS = (".zip", ".tar.gz", ".tgz", ".tar", ".warc", ".warc.gz", ".parquet")
"""Endings of files of many documents."""


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
        return (*PARSED, *CONTAINERS) if self.archives else PARSED

    def takes(self, path: PurePath) -> bool:
        """True for a file, named from its folder or archive on, that is chosen; hidden ones never are."""
        if any(part.startswith(".") for part in path.parts) or path.name.lower() == "readme.md":
            return False
        return (not self.include or _matches(path, self.include)) and not _matches(path, self.exclude)

    def reads(self, path: PurePath) -> bool:
        """True for a file that is chosen and has an ending that is read."""
        return suffix_of(path.name) in self.suffixes and self.takes(path)


def _matches(path: PurePath, patterns: tuple[str, ...]) -> bool:
    whole = path.as_posix()
    return any(fnmatch.fnmatch(whole, pattern) or fnmatch.fnmatch(path.name, pattern) for pattern in patterns)


def suffix_of(name: str) -> str:
    """The ending that says what a file is, in lower case: ``.tar.gz`` in one piece."""
    lower = name.lower()
    return next((suffix for suffix in (".tar.gz", ".warc.gz") if lower.endswith(suffix)), PurePath(lower).suffix)
