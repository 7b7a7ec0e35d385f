"""What a sync is to do for a source: its units, as they are now, beside what the ledger has of them. Opens no file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.ledger import Entry
from index.library import Library
from index.sources import Choice, Problem, Unit, units_of
from index.sources.document import Empty
from index.sources.opened import StoredFile
from index.sources.pages import PageUnit
from index.sources.stores import is_store
from index.sources.web import Web, is_address

JUST_CHANGED = 2.0
"""A unit changed so short a time before it was read may change again within the tick of its clock (seconds)."""
_READER = 4
"""Raised when the sources' readers give other text or fields of the same bytes: everything is then read again."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, a folder or an address, and which of its files are read."""

    where: str
    choice: Choice = field(default_factory=Choice)

    @property
    def name(self) -> str:
        """What the ledger calls it: an address as it is, a path in full."""
        if is_address(self.where) or is_store(self.where):
            return self.where
        whole = os.fsencode(Path(self.where).expanduser().resolve())
        return whole.decode("utf-8", errors="backslashreplace")  # so that two such names stay two

    @property
    def reading(self) -> str:
        """Differs when the same bytes would be read otherwise."""
        chosen = self.choice.include, self.choice.exclude  # of an archive's members, which are one unit's
        said = json.dumps([_READER, sorted(self.choice.given.items()), *(chosen if any(chosen) else ())])
        return hashlib.sha256(said.encode()).hexdigest()[:8]


@dataclass(slots=True)
class Plan:
    """What is to be done for a source.

    Attributes:
        same: units that need not be opened (count).
        look: units to open.
        withdrawn: names of units that are no longer there.
        kept: units that are no longer there and yet not withdrawn, as the source may be away (count).
        problems: what is wrong.
    """

    source: Source
    known: dict[str, Entry]
    same: int = 0
    look: list[Unit] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    kept: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def expected(self) -> int:
        """About how many articles are to be read."""
        return sum(unit.expected() for unit in self.look)


def plan(library: Library, source: Source, web: Web, reread: bool = False, allow_empty: bool = False) -> Plan:
    """List a source and compare it with what was read of it; opens no file, but fetches a feed or a sitemap.

    Args:
        library: what is kept in step.
        source: what to list.
        web: how pages are fetched.
        reread: look at every unit, whatever its stamp.
        allow_empty: let a source that holds nothing withdraw all that it held; one that cannot be read never does.
    """
    known = library.ledger.entries(source.name)
    made = Plan(source, known)
    listed: set[str] = set()
    broken = unseen = False
    for unit in units_of(source.where, source.choice, web, {} if reread else _validators(source, known)):
        if isinstance(unit, Problem):
            made.problems.append(str(unit))
            broken, unseen = True, unseen or not isinstance(unit, Empty)
        elif isinstance(unit, StoredFile) and not unit.stamp:
            made.problems.append(f"{unit.name}: no such file.")
        elif unit.name not in listed:
            listed.add(unit.name)
            _sort(unit, made, reread)
        elif not isinstance(unit, PageUnit):
            made.problems.append(f"{unit.name}: another file's name looks the same as this one's; rename it.")
    gone = [] if is_address(source.where) else [name for name in known if name not in listed]
    if gone and not listed and allow_empty and not unseen:
        made.withdrawn, made.problems = gone, []
    elif listed and not broken:
        made.withdrawn = gone
    else:
        made.kept = len(gone)
    return made


def _sort(unit: Unit, made: Plan, reread: bool) -> None:
    before = made.known.get(unit.name)
    if before and unit.stamp and before.stamp == stamp_of(made.source, unit) and not reread:
        made.same += 1
        made.problems += [before.problem] if before.problem else []
        return
    if before and isinstance(unit, PageUnit) and not reread and _was_read_so(before, made.source):
        unit.etag, unit.last_modified = before.etag, before.last_modified
    made.look.append(unit)


def _validators(source: Source, known: Mapping[str, Entry]) -> dict[str, tuple[str, str]]:
    """What a server is asked with, by address, so that it sends only what has changed since it was read in this way."""
    return {name: (entry.etag, entry.last_modified) for name, entry in known.items() if _was_read_so(entry, source)}


def _was_read_so(entry: Entry, source: Source) -> bool:
    return entry.digest.endswith(f" {source.reading}")


def stamp_of(source: Source, unit: Unit) -> str:
    """What the ledger has of a unit that has not changed since, read in this way; empty when that cannot be told."""
    return f"{source.reading} {unit.stamp}" if unit.stamp else ""


def settled_stamp_of(source: Source, unit: Unit, read_at: float) -> str:
    """The stamp to write down of a unit that was read then; empty where it may have changed unseen in that instant."""
    return stamp_of(source, unit) if unit.changed_at < read_at - JUST_CHANGED else ""
