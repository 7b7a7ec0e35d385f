"""What happens when a question is asked, on the page and through the API. No HTML is made here, and no answer."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import gradio as gr

from index.article import clean_text
from index.errors import BylineError, QuestionError
from index.filters import Filters
from qa.answer import Answer
from qa.conversation import Turn
from qa.page.asked import Asked
from qa.page.desk import DESK, Asking, Step, Stopped
from qa.page.filters import render_filters
from qa.page.loading import Loading
from qa.page.markup import escape
from qa.page.records import record_of, restored
from qa.page.render import (
    count_words,
    render_conversation,
    render_status,
    render_suggestions,
    render_turn,
    render_welcome,
)
from qa.page.sources import render_empty, render_sources
from qa.page.suggesting import Suggesting
from qa.page.turns import ALL_ARTICLES, ShownTurn, answered, with_what_holds

logger = logging.getLogger(__name__)

STREAM_STEPS = 12
"""Most pieces in which an answer's words are sent."""
STREAM_PAUSE = 0.02
"""Seconds between two pieces: the whole answer takes a quarter of a second to unfold."""
LONGEST_TURN = 2000
"""Most characters taken of an earlier question or answer."""
OPENING = "Opening the library…"
SEARCHING = "Searching the articles…"
UNEXPECTED = "Something went wrong inside Byline, and it is noted in the log. Please try again."

Turns = tuple[ShownTurn, ...]
Shown = tuple[Any, Any, Any, Any, Any, Any]
"""Values for the conversation, the sources, the remembered turns, the question box, the history, the suggestions."""


class Chat:
    """The page's events and the ``/chat`` endpoint, over one assistant."""

    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._suggesting = Suggesting(loading.get)
        self._asking: dict[str, Asking[ShownTurn]] = {}
        self._suggesting_for: dict[str, object] = {}

    async def ask(
        self, typed: str, sent: str, turns: Turns, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Shown]:
        """Answer what was typed, or the question that was clicked, showing each step as it is reached."""
        keep = gr.skip()
        clicked = _detail(event).get("question")
        question = clicked if isinstance(clicked, str) else typed
        box = keep if isinstance(clicked, str) else ""  # a half-typed question outlives a click on another
        try:
            asked = Asked.read(sent)
            earlier = turns[:-1] if turns and asked.replace == len(turns) - 1 else turns
            filters = asked.filters
        except BylineError as error:
            asked, earlier, filters = Asked(), turns, ALL_ARTICLES
            problem: ShownTurn | None = ShownTurn(question, notice=str(error), verbatim=asked.verbatim)
        else:
            problem = None
        session = request.session_hash or ""
        asking = Asking(DESK, lambda step: self._answer(question, earlier, filters, asked.verbatim, step, session))
        self._asking[session] = asking
        turn = problem
        try:
            yield self._conversation(earlier, render_status(question, self._first_step)), keep, keep, box, keep, ""
            try:
                if turn is None:
                    async for reached in asking.steps():
                        if isinstance(reached, ShownTurn):
                            turn = reached
                        else:
                            shown = self._conversation(earlier, render_status(question, reached))
                            yield shown, keep, keep, keep, keep, keep
            except QuestionError as error:
                turn = ShownTurn(question, notice=str(error), filters=filters, verbatim=asked.verbatim)
            if asking.abandoned:
                yield keep, keep, keep, keep, keep, keep  # what came last is shown once more at the end
                return
            if turn is None:  # stopped: as before it was asked, the question back in the box
                again = (keep, keep) if box is keep else (question, _meant(asked, turns))
                yield self._conversation(turns), keep, keep, *again, keep
                return
            if turn.answer is None and turns and turns[-1].answer is not None:
                earlier = turns  # what could not be asked takes no answer's place
            now = (*earlier, turn)
            panel = self._panel(now, len(now) - 1, session)
            for words in _unfold(turn):
                part = render_turn(turn, len(now) - 1, words)
                yield self._conversation(earlier, part), panel, keep, keep, keep, keep
                panel = keep
                await asking.pause(STREAM_PAUSE)
                if asking.abandoned:
                    yield keep, keep, keep, keep, keep, keep
                    return
            place = {"index": len(now) - 1, "earlier": len(turns)}
            kept = json.dumps({**place, "turn": record_of(turn), "at": time.time()})
            yield self._conversation(now), panel, now, keep, gr.HTML(record=kept), keep
        finally:
            if self._asking.get(session) is asking:
                del self._asking[session]

    def stop(self, request: gr.Request) -> None:
        """Stop the question of this visitor that is being answered, if there is one."""
        asking = self._asking.get(request.session_hash or "")
        if asking is not None:
            asking.stop()

    def open(self, event: gr.EventData, request: gr.Request) -> tuple[Any, Any, Turns, Any, str]:
        """Show the conversation that the browser kept, or a new one; what was being answered is let go."""
        session = request.session_hash or ""
        asking = self._asking.get(session)
        if asking is not None:
            asking.stop(abandoned=True)
        kept = _detail(event).get("kept")
        turns: Turns = ()
        if isinstance(kept, str) and kept:
            try:
                turns = restored(kept, self._loading.get(session).library.article)
            except BylineError as error:
                turns = (ShownTurn("", notice=str(error)),)
        panel = self._panel(turns, len(turns) - 1, session) if turns else render_empty()
        return (
            self._conversation(turns),
            panel,
            turns,
            gr.HTML(opened=f"{_detail(event).get('id', '')} {time.time()}"),
            "",
        )

    async def suggest(self, turns: Turns, request: gr.Request) -> Any:
        """Questions to ask next, once they have been checked; nothing when something else was asked meanwhile."""
        session = request.session_hash or ""
        mine = self._suggesting_for[session] = object()

        def wanted() -> bool:
            return self._suggesting_for.get(session) is mine and session not in self._asking

        try:
            questions = await self._suggesting.questions(turns, wanted)
        except BylineError:  # holdings() and the next answer say what is wrong
            questions = []
        if not wanted():
            return gr.skip()
        del self._suggesting_for[session]
        return render_suggestions(questions, "Ask next" if turns else "Questions to try")

    def show_source(self, turns: Turns, event: gr.EventData, request: gr.Request) -> Any:
        """The panel for a citation clicked in an earlier turn."""
        detail = _detail(event)
        number, key = detail.get("turn"), detail.get("key")
        if not isinstance(number, int) or not 0 <= number < len(turns):
            return gr.skip()
        return self._panel(turns, number, request.session_hash or "", str(key), chosen=True)

    def welcome(self) -> str:
        """The conversation before the first question."""
        return self._conversation(())

    def holdings(self, request: gr.Request) -> str:
        """How much there is to ask, in a line; waits for the library to be open."""
        try:
            library = self._loading.get(request.session_hash or "").library
            articles, passages = library.article_count, library.passage_count
        except BylineError as error:
            return escape(str(error))
        except Exception:  # the page's edge: whatever went wrong, the reader gets a sentence, the log the rest
            logger.exception("The library could not be opened")
            return UNEXPECTED
        return f"{articles:,} article{'' if articles == 1 else 's'}, {passages:,} passages"

    def filters(self, request: gr.Request) -> Any:
        """The filters beside the question: the library's publishers and the days of its articles."""
        try:
            return render_filters(self._loading.get(request.session_hash or "").library.publishers())
        except Exception:  # holdings() says what is wrong with the library; a question can be asked without filters
            logger.exception("The publishers could not be listed")
            return gr.skip()

    async def api(
        self,
        question: str,
        history: Sequence[Mapping[str, str]] | None = None,
        publishers: Sequence[str] | None = None,
        published_from: str = "",
        published_to: str = "",
    ) -> dict[str, Any]:
        """An answer as a JSON-ready dict; raises gr.Error with one sentence for the caller."""
        try:
            said = [_turn_of(item) for item in _listed(history)]
            filters = Filters(tuple(publisher_names(publishers)), published_from, published_to)
            future, _ = DESK.take(lambda: self._held(question, said, filters))
            return (await asyncio.wrap_future(future)).as_dict()
        except BylineError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def _held(self, question: str, history: Sequence[Turn], filters: Filters) -> Answer:
        """The answer from the library that all share, with what still holds of it."""
        assistant = self._loading.get()
        answer, _ = with_what_holds(assistant.ask(question, history, filters), assistant.library.article)
        return answer

    @property
    def _first_step(self) -> str:
        return SEARCHING if self._loading.ready else OPENING

    def _answer(
        self, question: str, turns: Turns, filters: Filters, verbatim: bool, step: Step, session: str
    ) -> ShownTurn:
        """The turn to show for a question; whatever goes wrong becomes its notice."""
        try:
            step(self._first_step)
            assistant = self._loading.get(session)
            history = () if verbatim else _history(turns)
            answer = assistant.ask(question, history, filters, step=step)
            return answered(answer, assistant.library.article, filters, verbatim)
        except Stopped:
            raise
        except BylineError as error:
            return ShownTurn(question, notice=str(error), filters=filters, verbatim=verbatim)
        except BaseException:  # the page's edge, and the thread's: a panic in a library must not leave one waiting
            logger.exception("A question could not be answered")
            return ShownTurn(question, notice=UNEXPECTED, filters=filters, verbatim=verbatim)

    def _panel(self, turns: Turns, number: int, session: str, key: str = "", chosen: bool = False) -> str:
        turn = turns[number]
        if turn.answer is None:
            return render_empty()
        return render_sources(turn, number, self._loading.get(session).library.article, key, chosen)

    def _conversation(self, turns: Turns, pending: str = "") -> str:
        return render_conversation(turns, render_welcome(), pending)


def _detail(event: gr.EventData) -> Mapping[str, Any]:
    """What the page's scripts sent with the event; empty for an event of Gradio's own."""
    return event._data if isinstance(event._data, Mapping) else {}


def _meant(asked: Asked, turns: Turns) -> Any:
    """For the browser: how a stopped question was meant, once it is back in the box."""
    replace = asked.replace if asked.replace == len(turns) - 1 else None
    return gr.HTML(stopped=json.dumps({"replace": replace, "verbatim": asked.verbatim, "at": time.time()}))


def _history(turns: Turns) -> list[Turn]:
    """The turns so far that got an answer or an abstention, which follow-ups are understood from."""
    return [Turn(turn.answer.understood_as, turn.answer.short) for turn in turns if turn.answer is not None]


def _listed(history: Sequence[Mapping[str, str]] | None) -> Sequence[Mapping[str, str]]:
    if history is not None and not isinstance(history, list):
        raise QuestionError("history must be a list of turns, oldest first.")
    return history or []


def publisher_names(publishers: Sequence[str] | None) -> Sequence[str]:
    """The names that a caller gave; QuestionError when they are no list of names."""
    named = publishers or []
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise QuestionError("publishers must be a list of names, as the library has them.")
    return named


def _turn_of(item: Mapping[str, str]) -> Turn:
    if not isinstance(item, Mapping) or not all(isinstance(item.get(key), str) for key in ("question", "answer")):
        raise QuestionError('Each turn of history must be {"question": "…", "answer": "…"}, oldest first.')
    return Turn(clean_text(item["question"])[:LONGEST_TURN], clean_text(item["answer"])[:LONGEST_TURN])


def _unfold(turn: ShownTurn) -> Iterator[int]:
    """How many words are shown at each step of the streaming; nothing for what is shown at once."""
    if turn.answer is None or turn.answer.abstained:
        return
    words = count_words(turn.answer)
    step = max(1, math.ceil(words / STREAM_STEPS))
    yield from range(step, words, step)
