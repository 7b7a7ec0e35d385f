"""What happens in the library tab: the owner changes the library, a visitor only articles of their own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from index.article import Article
from index.errors import BylineError, LibraryError
from index.library import Library
from index.store import ArticleSummary
from qa.page.adding import Say, in_steps, pasted, read_uploads
from qa.page.chat import OPENING, UNEXPECTED
from qa.page.library_render import render_article, render_busy, render_done, render_list, render_nothing_open
from qa.page.listing import FALLING_FIRST, SORTS, View, listed
from qa.page.loading import Loading
from qa.page.visitor import Visitors

logger = logging.getLogger(__name__)

Removed = tuple[Article, ...]
Shown = tuple[Any, Any, Any, Any, Any]
"""Values for the status line, the list, the open article, the view and what can be put back."""
LONGEST_SEARCH = 200


class LibraryEvents:
    """The events of the library tab, for the owner of the library or for visitors with articles of their own."""

    def __init__(self, loading: Loading, visitors: Visitors, owner: bool) -> None:
        self._loading, self._visitors, self.owner = loading, visitors, owner
        self.settings = visitors.settings
        self._summaries: tuple[int, list[ArticleSummary]] = (-1, [])

    @property
    def addable(self) -> bool:
        """True when whoever opens the page may add articles, for everyone or for themselves."""
        return self.owner or self.settings.visitors > 0

    def show(self, view: View, request: gr.Request) -> tuple[Any, Any]:
        """The list and the open article as they are now."""
        try:
            return self._list(view, _session(request)), self._pane(view, _session(request))
        except BylineError as error:
            return render_done("", [str(error)]), render_nothing_open()

    def find(self, words: str, view: View, request: gr.Request) -> tuple[Any, View]:
        """The list of the articles that have the words, from its first page."""
        view = replace(view, search=words[:LONGEST_SEARCH], page=0)
        return self.show(view, request)[0], view

    def act(self, view: View, removed: Removed, event: gr.EventData, request: gr.Request) -> Shown:
        """What a press in the tab asks for: sort, turn the page, open, remove, put back."""
        detail = event._data if isinstance(event._data, Mapping) else {}
        word, value = next(((str(key), str(value)) for key, value in detail.items()), ("", ""))
        session, keep = _session(request), gr.skip()
        try:
            if word == "remove":
                return self._remove(view, value, session)
            if word == "undo":
                return self._put_back(view, removed, session)
            view = _turned(view, word, value)
            if word in ("open", "part"):
                return keep, self._list(view, session), self._pane(view, session), view, keep
            return keep, self._list(view, session), keep, view, keep
        except BylineError as error:
            return render_done("", [str(error)]), self._list(view, session), keep, view, keep

    def add_files(self, paths: Sequence[str] | None, view: View, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Read what was dropped and add it, saying how far it is; empties the place to drop files on."""

        def work(say: Say) -> tuple[list[str], list[str]]:
            articles, problems = read_uploads(paths or [], say)
            return self._add(articles, problems, _session(request), say)

        first = True
        for status, shown in self._adding(work, view, _session(request)) if paths else ():
            yield status, shown, (None if first else gr.skip())
            first = False

    def add_pasted(
        self, text: str, title: str, publisher: str, date: str, view: View, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Add pasted text as an article; empties the fields when it is there."""

        def work(say: Say) -> tuple[list[str], list[str]]:
            return self._add([pasted(text, title, publisher, date)], [], _session(request), say)

        for status, shown in self._adding(work, view, _session(request)):
            done = "by-lib-done" in status
            yield (status, shown, *(("" if done else gr.skip(),) * 4))

    def leave(self, request: gr.Request) -> None:
        """The tab of the browser was closed."""
        self._visitors.leave(_session(request))

    # --- what is whose

    def _writable(self, session: str) -> Library | None:
        """The library that this person may change; None for a visitor who has none yet."""
        return self._loading.get().library if self.owner else self._visitors.own(session)

    def _all(self, session: str) -> tuple[list[ArticleSummary], set[str], set[str]]:
        """What this person sees, the ids that they may remove, and those that only they have."""
        library = self._loading.get().library
        if self._summaries[0] != library.generation:
            self._summaries = (library.generation, library.articles())
        shared = self._summaries[1]
        if self.owner:
            return shared, {summary.id for summary in shared}, set()
        own = self._visitors.own(session)
        mine = own.articles() if own is not None else []
        ids = {summary.id for summary in mine}
        return [*mine, *shared], ids, ids

    def _list(self, view: View, session: str) -> str:
        summaries, changeable, own = self._all(session)
        return render_list(listed(summaries, view, own), view, changeable, own)

    def _pane(self, view: View, session: str) -> str:
        if not view.opened:
            return render_nothing_open()
        library = self._loading.get(session).library
        try:
            return render_article(library.article(view.opened), view.part)
        except LibraryError:
            return render_nothing_open()

    # --- changing it

    def _add(
        self, articles: Sequence[Article], problems: list[str], session: str, say: Say
    ) -> tuple[list[str], list[str]]:
        """Add to what this person may change; the ids, and a sentence for each that is not added."""
        shared = self._loading.get().library
        done = 0

        def progress(count: int, _: int) -> None:
            nonlocal done
            done += count
            say(f"Adding: {done:,} of {len(articles):,} articles…")

        if not articles:
            return [], problems
        say(f"Adding {len(articles):,} article{'' if len(articles) == 1 else 's'}…")
        if not self.owner:
            ids, refused = self._visitors.add(session, shared, articles, progress)
            return ids, [*problems, *refused]
        report = shared.add(articles, progress)
        refused = [f"Article {article_id!r} was not added: {why}." for article_id, why in report.refused]
        return [*report.added, *report.updated, *report.unchanged], [*problems, *refused]

    def _adding(
        self, work: Callable[[Say], tuple[list[str], list[str]]], view: View, session: str
    ) -> Iterator[tuple[str, Any]]:
        """Status and list, step by step, while ``work`` adds articles."""
        yield render_busy("Reading…" if self._loading.ready else OPENING), gr.skip()
        try:
            for reached in in_steps(work):
                if isinstance(reached, str):
                    yield render_busy(reached), gr.skip()
                elif isinstance(reached, BylineError):
                    yield render_done("", [str(reached)]), gr.skip()
                else:
                    ids, problems = reached
                    count = len(ids)
                    line = f"{count:,} article{'' if count == 1 else 's'} added. You can ask about "
                    line += ("it" if count == 1 else "them") + ("." if self.owner else " until you close this page.")
                    yield render_done(line if count else "", problems), self._list(view, session)
        except Exception:  # the page's edge: whatever went wrong, the reader gets a sentence, the log the rest
            logger.exception("Articles could not be added")
            yield render_done("", [UNEXPECTED]), gr.skip()

    def _remove(self, view: View, article_id: str, session: str) -> Shown:
        library = self._writable(session)
        if library is None:
            raise LibraryError("There is nothing of yours to remove.")
        article = library.article(article_id)
        library.remove([article_id])
        if view.opened == article_id:
            view = replace(view, opened="", part=0)
        line = f"Removed “{article.title or 'Untitled article'}”."
        shown = self._list(view, session)
        return render_done(line, undo=True), shown, self._pane(view, session), view, (article,)

    def _put_back(self, view: View, removed: Removed, session: str) -> Shown:
        library = self._writable(session)
        if library is None or not removed:
            raise LibraryError("There is nothing to put back.")
        library.add(removed)
        line = f"“{removed[0].title or 'Untitled article'}” is back."
        return render_done(line), self._list(view, session), gr.skip(), view, ()


def _turned(view: View, word: str, value: str) -> View:
    """The view after a press that changes nothing else."""
    if word == "sort" and value in SORTS:
        falling = not view.falling if view.sort == value else value in FALLING_FIRST
        return replace(view, sort=value, falling=falling, page=0)
    if word == "page" and value.lstrip("-").isdecimal() and len(value) < 9:
        return replace(view, page=int(value))
    if word == "part" and value.lstrip("-").isdecimal() and len(value) < 9:
        return replace(view, part=int(value))
    if word == "open":
        return replace(view, opened=value, part=0)
    return view


def _session(request: gr.Request) -> str:
    return request.session_hash or ""
