"""Articles that visitors of a public page bring along: each visitor's in a library of their own, gone with the visit.

A visitor is a browser tab's session. Nobody else's question is ever asked of their library, and it is in a temporary
folder that is removed some minutes after the tab is closed, after a time without a question, and when the page stops.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.article import Article
from index.errors import LibraryError
from index.joined import JoinedLibrary
from index.library import Library, Progress
from qa.assistant import Assistant
from qa.settings import Settings

AWAY_SECONDS = 300.0
"""How long a visitor's articles outlive the closed tab: a phone cuts a tab in the background off, and comes back."""
SWEEP_SECONDS = 30.0
"""How often visits that are over are looked for."""
OWN_PREFIX = "yours-"
"""What the id of a visitor's article begins with."""


@dataclass(slots=True)
class _Visit:
    """A visitor's library, and when it ends on the clock."""

    library: Library
    ends: float


class Visitors:
    """The libraries of all visitors at present. Safe to use from several threads.

    Args:
        settings: how many visitors, how many articles, how much text, for how long.
        clock: seconds that only go forward.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._visits: dict[str, _Visit] = {}
        self._lock = threading.RLock()
        self._folder: Path | None = None

    def own(self, session: str) -> Library | None:
        """The library of that visitor, if they have one; asking for it keeps it for longer."""
        with self._lock:
            self.sweep()
            visit = self._visits.get(session)
            if visit is None:
                return None
            visit.ends = self._clock() + 60 * self.settings.visitor_minutes
            return visit.library

    def assistant(self, session: str, shared: Assistant) -> Assistant:
        """What answers that visitor: ``shared``, over their own articles too if they have any."""
        own = self.own(session)
        if own is None or not own.article_count:
            return shared
        return shared.with_library(JoinedLibrary(shared.library, own))

    def add(
        self, session: str, shared: Library, articles: Sequence[Article], progress: Progress | None = None
    ) -> tuple[list[str], list[str]]:
        """Add a visitor's articles, as far as they fit; returns their ids, and a sentence for each that is not added.

        Raises:
            LibraryError: as many visitors have articles as may.
        """
        own = self.own(session) or self._begin(session, shared)
        room = self.settings.visitor_articles - own.article_count
        characters = self.settings.visitor_characters - sum(summary.characters for summary in own.articles())
        fitting, problems = [], []
        for article in articles:
            if not room:
                problems.append(f"“{article.title}” was not added: you may have {self._most_articles} here.")
            elif len(article.text) > characters:
                problems.append(
                    f"“{article.title}” was not added: your articles may have {self.settings.visitor_characters:,} "
                    f"characters together, it has {len(article.text):,} and there is room for {characters:,}."
                )
            else:
                room, characters = room - 1, characters - len(article.text)
                fitting.append(replace(article, id=f"{OWN_PREFIX}{article.fingerprint[:16]}"))
        report = own.add(fitting, progress)
        problems += [f"An article was not added: {why}." for _, why in report.refused]
        return [*report.added, *report.updated, *report.unchanged], problems

    def leave(self, session: str) -> None:
        """The visitor's tab was closed, or lost its connection: their articles go soon, unless it comes back."""
        with self._lock:
            if visit := self._visits.get(session):
                visit.ends = min(visit.ends, self._clock() + AWAY_SECONDS)

    def sweep(self) -> None:
        """Remove what belongs to visits that are over."""
        with self._lock:
            now = self._clock()
            for session in [session for session, visit in self._visits.items() if visit.ends <= now]:
                visit = self._visits.pop(session)
                visit.library.close()
                shutil.rmtree(visit.library.path, ignore_errors=True)

    def close(self) -> None:
        """End every visit."""
        with self._lock:
            for visit in self._visits.values():
                visit.ends = self._clock()
            self.sweep()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    @property
    def _most_articles(self) -> str:
        count = self.settings.visitor_articles
        return f"{count} article{'' if count == 1 else 's'} of your own"

    def _begin(self, session: str, shared: Library) -> Library:
        with self._lock:
            if session in self._visits:
                return self._visits[session].library
            if len(self._visits) >= self.settings.visitors:
                raise LibraryError(
                    "Too many visitors have articles of their own here just now; please try again later."
                )
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="byline-visitors-"))  # of this user alone
                atexit.register(self.close)
                threading.Thread(target=self._sweep_always, name="byline-visitors", daemon=True).start()
            folder = tempfile.mkdtemp(dir=self._folder)
            library = Library.open(folder, shared.embedder, shared.passage_characters)
            self._visits[session] = _Visit(library, self._clock() + 60 * self.settings.visitor_minutes)
            return library

    def _sweep_always(self) -> None:
        while self._folder is not None:
            time.sleep(SWEEP_SECONDS)
            self.sweep()
