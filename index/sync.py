"""Keeping a library in step with its sources: the new is added, the changed read again, the withdrawn removed.

What has been read is written down in the library (``index/ledger.py``): a unit whose stamp is the same is not opened,
one whose bytes are the same is not read. A source that holds nothing, or cannot be listed whole, withdraws nothing: an
empty mount point must not empty a library.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from index.article import Article
from index.errors import LibraryError, SourceError
from index.intake import AddReport, newer_state
from index.ledger import Entry, Reading
from index.library import Library, Progress
from index.sources import Unit
from index.sources.document import is_named_by_source
from index.sources.pages import OF_FEED, PageUnit
from index.sources.reading import read_unit
from index.sources.web import is_address
from index.sync_plan import Plan, Source, settled_stamp_of

_FILES_AT_ONCE, _PAGES_AT_ONCE = 500, 20
"""Units whose reading is written down together: what a kill costs in reading, though not in embedding (count)."""


@dataclass(slots=True)
class SyncReport:
    """What a sync did: ids of articles, counts of units, and what could not be read."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    same: int = 0
    read: int = 0
    kept: int = 0
    problems: list[str] = field(default_factory=list)


class Sync:
    """Carries out plans, one after the other; ``report`` is what was done so far, ``progress`` is told of it.

    Args:
        library: what is kept in step.
        reread: take nothing for known because its bytes are.
    """

    def __init__(self, library: Library, reread: bool = False) -> None:
        self._library, self._reread = library, reread
        self.progress: Progress | None = None
        self.report = SyncReport()

    def carry_out(self, made: Plan) -> None:
        """Read what is new or changed, remove what is withdrawn; stopped half way, the next sync goes on from there.

        Raises:
            LibraryError: another process is writing, or the library cannot be written.
        """
        self.report.problems += made.problems
        self.report.same += made.same
        self.report.kept += made.kept
        if not made.look and not made.withdrawn:
            return
        with self._library.writing():
            leaving = self._library.ledger.articles_of(made.source.name, made.withdrawn)
            units = iter(made.look)
            at_once = _PAGES_AT_ONCE if is_address(made.source.where) else _FILES_AT_ONCE
            while some := list(islice(units, at_once)):
                self._look_at(some, made, leaving)
            self._withdraw(made.source.name, made.withdrawn)

    def drop(self, source: str) -> None:
        """Remove all that came of a source, by its full name, but what another source holds too."""
        names, problems = self.came_of(source)
        self.report.problems += problems
        if names:
            with self._library.writing():
                self._remove(source, names, self._library.ledger.articles_of(source, names))
                self._library.ledger.drop(source, names)

    def came_of(self, source: str) -> tuple[list[str], list[str]]:
        """The files and pages that came of a source, by its full name, or a sentence that nothing did."""
        names = list(self._library.ledger.entries(source))
        known = ", ".join(self._library.ledger.sources()) or "none"
        return names, [] if names else [f"Nothing came of {source}; the sources so far: {known}."]

    def _look_at(self, units: Sequence[Unit], made: Plan, leaving: set[str]) -> None:
        looks = [_Look(unit, made.source, made.known.get(unit.name)) for unit in units]

        def moved(article_id: str) -> bool:
            """True, once, for what is withdrawn in this very sync: a file of another name may hold it now."""
            was_leaving = article_id in leaving
            leaving.discard(article_id)
            return was_leaving

        def may_replace(article: Article, there: Article) -> bool:
            # what moved into an archive has the name of that as its source
            inside = there.source == came_of.get(article.id) and article.source.startswith(f"{there.source}/")
            return newer_state(article, there) or inside or moved(there.id)

        came_of: dict[str, str] = {}
        held = self._library.ledger.held(made.source.name, [look.unit.name for look in looks])

        def named(article: Article) -> Article:
            before = held.get(article.source, [])
            if is_named_by_source(article) and [self._source_of(one) for one in before] == [article.source]:
                return replace(article, id=before[0])  # as it was called before its file was renamed
            return self._under_its_own_id(article, leaving)

        def articles() -> Iterator[Article]:
            for look in looks:
                for article in look.articles(self._reread, named):
                    came_of.setdefault(article.id, look.unit.name)
                    yield article

        def along(article: Article) -> None:
            self._library.ledger.note(made.source.name, came_of[article.id], article.id)

        told = self._library.add(articles(), self.progress, may_replace, moved, along)
        self._library.ledger.unsettle(made.source.name, [look.unit.name for look in looks], told.updated)
        self._tell(told, looks)
        readings = [reading for look in looks if (reading := look.reading(told))]
        self._remove_what_left(made.source.name, readings)
        self._library.ledger.record(made.source.name, readings)
        self._withdraw(made.source.name, [look.unit.name for look in looks if look.gone])

    def _under_its_own_id(self, article: Article, leaving: set[str]) -> Article:
        """The article, under another id where that made of its file's name went elsewhere when the file was renamed."""
        found, number = article, 1
        while is_named_by_source(article) and self._is_taken(found, leaving):
            number += 1
            found = replace(article, id=f"{article.id}-{number}")
        return found

    def _is_taken(self, article: Article, leaving: set[str]) -> bool:
        source = self._source_of(article.id)
        return source is not None and source != article.source and article.id not in leaving

    def _source_of(self, article_id: str) -> str | None:
        """Where a stored article was read from; None if there is none of that id."""
        try:
            return self._library.article(article_id).source
        except LibraryError:
            return None

    def _tell(self, told: AddReport, looks: Sequence[_Look]) -> None:
        self.report.added += told.added
        self.report.updated += told.updated
        self.report.problems += [f"article {article_id!r} not added: {why}." for article_id, why in told.refused]
        self.report.problems += [problem for look in looks for problem in look.problems]
        self.report.same += sum(look.same for look in looks)
        self.report.read += sum(not look.same for look in looks)

    def _remove_what_left(self, source: str, readings: Sequence[Reading]) -> None:
        """Remove the articles that units which were read whole no longer hold."""
        whole = [reading for reading in readings if reading.whole]
        names = [reading.entry.name for reading in whole]
        still = {article for reading in whole for article in reading.articles}
        self._remove(source, names, self._library.ledger.articles_of(source, names) - still)

    def _withdraw(self, source: str, names: Sequence[str]) -> None:
        """Remove the articles of units that are no longer listed, but those that another unit holds too.

        Of a file that is there no longer, other sources that it was read for hold nothing either.
        """
        gone = {name for name in names if Path(name).is_absolute() and not os.path.lexists(name)}
        for vanished in (True, False):
            if some := [name for name in names if (name in gone) is vanished]:
                self._remove(source, some, self._library.ledger.articles_of(source, some), vanished)
                self._library.ledger.drop(source, some)

    def _remove(self, source: str, names: Sequence[str], articles: set[str], vanished: bool = False) -> None:
        """Remove articles of these units, but what another holds too; of what has ``vanished``, another of its name."""
        elsewhere = self._library.ledger.others(source, names, articles, vanished)
        self._library.ledger.moved(elsewhere)
        leaving = sorted(articles - set(elsewhere))
        if leaving:
            self._library.ledger.look_again(source, names)  # killed now, they must not be taken for known
            self.report.removed += self._library.remove(leaving)
            if vanished:
                self._library.ledger.let_go(names, leaving)


class _Look:
    """One unit being looked at: its articles, and how it stands afterwards."""

    def __init__(self, unit: Unit, source: Source, before: Entry | None) -> None:
        self.unit, self._source, self._before = unit, source, before
        self._begun = time.time()
        self._digest = ""
        self._ids: list[str] = []
        self.problems: list[str] = []
        self.same = self.gone = False

    def articles(self, reread: bool, named: Callable[[Article], Article]) -> Iterator[Article]:
        """Its articles, each as ``named`` has it, unless its bytes are those that were read before."""
        try:
            held = self.unit.digest()
            self.gone = isinstance(self.unit, PageUnit) and self.unit.gone
        except SourceError as error:
            self.problems.append(str(error))
            return
        if self.gone:
            if self._before is None and self.unit.name == self._source.name:
                self.problems.append(f"{self.unit.name}: the server says that there is no such page.")
            return
        before = self._before.digest if self._before else ""  # '' too where what was read is to be read again
        if held.startswith(OF_FEED) and before and not before.startswith(OF_FEED):
            self.problems.append(f"{self.unit.name}: the page cannot be had just now; what was read of it is kept.")
            return
        self._digest = f"{held} {self._source.reading}"
        if self._before and not reread and (not held or self._digest == self._before.digest):
            self.same = True
            self.problems += [self._before.problem] if self._before.problem else []
            return
        for found in read_unit(self.unit):
            if isinstance(found, Article):
                article = named(found)
                self._ids.append(article.id)
                yield article
            else:
                self.problems.append(str(found))

    def reading(self, told: AddReport) -> Reading | None:
        """What to write down; None where it was not read, or must be looked at again the next time."""
        refused = {article_id for article_id, _ in told.refused}
        if self.gone or not self._digest or refused & set(self._ids):
            return None
        entry = self._entry()
        if self.same:
            return Reading(entry)
        return Reading(entry, tuple(told.same_as.get(one, one) for one in self._ids), not self.problems)

    def _entry(self) -> Entry:
        stamp = settled_stamp_of(self._source, self.unit, self._begun)
        digest = self._before.digest if self.same and self._before else self._digest
        etag, last_modified = ("", "")
        if isinstance(self.unit, PageUnit):
            etag, last_modified = self.unit.etag, self.unit.last_modified
        return Entry(self.unit.name, stamp, digest, etag, last_modified, " ".join(self.problems))
