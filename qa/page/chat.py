"""What happens when a question is asked, on the page and through the API. No HTML is made here, and no answer."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from queue import SimpleQueue
from typing import Any

import gradio as gr

from index.article import clean_text
from index.errors import BylineError, QuestionError
from index.filters import Filters
from qa.conversation import Turn
from qa.page.loading import Loading
from qa.page.markup import escape
from qa.page.render import count_words, render_conversation, render_status, render_turn, render_welcome
from qa.page.sources import render_empty, render_sources
from qa.page.turns import ShownTurn, answered, with_what_holds

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
Shown = tuple[Any, Any, Any, Any]
"""Values for the conversation, the sources panel, the remembered turns and the question box."""


class Chat:
    """The page's events and the ``/chat`` endpoint, over one assistant."""

    def __init__(self, loading: Loading, examples: Sequence[str]) -> None:
        self._loading = loading
        self._welcome = render_welcome(examples)

    def ask(self, typed: str, turns: Turns, event: gr.EventData) -> Iterator[Shown]:
        """Answer what was typed, or the example that was clicked, showing each step as it is reached."""
        clicked = _detail(event).get("question")
        question = clicked if isinstance(clicked, str) else typed
        keep = gr.skip()
        emptied = keep if isinstance(clicked, str) else ""  # a half-typed question outlives a click on an example
        for reached in self._answering(question, turns):
            if isinstance(reached, ShownTurn):
                turns = (*turns, reached)
            else:
                yield self._conversation(turns, render_status(question, reached)), keep, keep, emptied
                emptied = keep
        panel = self._panel(turns, len(turns) - 1)
        for words in _unfold(turns[-1]):
            part = render_turn(turns[-1], len(turns) - 1, words)
            yield self._conversation(turns[:-1], part), panel, keep, keep
            panel = keep
            time.sleep(STREAM_PAUSE)
        yield self._conversation(turns), panel, turns, keep

    def show_source(self, turns: Turns, event: gr.EventData) -> Any:
        """The panel for a citation clicked in an earlier turn."""
        detail = _detail(event)
        number, key = detail.get("turn"), detail.get("key")
        if not isinstance(number, int) or not 0 <= number < len(turns):
            return gr.skip()
        return self._panel(turns, number, str(key), chosen=True)

    def welcome(self) -> str:
        """The conversation before the first question."""
        return self._conversation(())

    def holdings(self) -> str:
        """How much there is to ask, in a line; waits for the library to be open."""
        try:
            library = self._loading.get().library
            articles, passages = library.article_count, library.passage_count
        except BylineError as error:
            return escape(str(error))
        except Exception:  # the page's edge: whatever went wrong, the reader gets a sentence, the log the rest
            logger.exception("The library could not be opened")
            return UNEXPECTED
        return f"{articles:,} article{'' if articles == 1 else 's'}, {passages:,} passages"

    def api(
        self,
        question: str,
        history: Sequence[Mapping[str, str]] | None = None,
        publishers: Sequence[str] | None = None,
        published_from: str = "",
        published_to: str = "",
    ) -> dict[str, Any]:
        """An answer as a JSON-ready dict; raises gr.Error with one sentence for the caller."""
        try:
            asked = [_turn_of(item) for item in _listed(history)]
            filters = Filters(tuple(_named(publishers)), published_from, published_to)
            assistant = self._loading.get()
            answer, _ = with_what_holds(assistant.ask(question, asked, filters), assistant.library.article)
        except BylineError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return answer.as_dict()

    def _answering(self, question: str, turns: Turns) -> Iterator[str | ShownTurn]:
        """What is being done, line by line as it begins, and at the end the turn to show."""
        yield SEARCHING if self._loading.ready else OPENING
        reached: SimpleQueue[str | ShownTurn] = SimpleQueue()
        worker = threading.Thread(
            target=lambda: reached.put(self._answer(question, turns, reached.put)), name="byline-asking", daemon=True
        )
        worker.start()
        while True:
            latest = reached.get()
            yield latest
            if isinstance(latest, ShownTurn):
                return

    def _answer(self, question: str, turns: Turns, step: Callable[[str], None]) -> ShownTurn:
        """The turn to show for a question; whatever goes wrong becomes its notice."""
        try:
            assistant = self._loading.get()
            return answered(assistant.ask(question, _history(turns), step=step), assistant.library.article)
        except BylineError as error:
            return ShownTurn(question, notice=str(error))
        except (
            BaseException
        ):  # the page's edge, and the thread's: a panic in a library must not leave the reader waiting
            logger.exception("A question could not be answered")
            return ShownTurn(question, notice=UNEXPECTED)

    def _panel(self, turns: Turns, number: int, key: str = "", chosen: bool = False) -> str:
        turn = turns[number]
        if turn.answer is None:
            return render_empty()
        return render_sources(turn, number, self._loading.get().library.article, key, chosen)

    def _conversation(self, turns: Turns, pending: str = "") -> str:
        return render_conversation(turns, self._welcome, pending)


def _detail(event: gr.EventData) -> Mapping[str, Any]:
    """What page.js sent with the event; empty for an event of Gradio's own."""
    return event._data if isinstance(event._data, Mapping) else {}


def _history(turns: Turns) -> list[Turn]:
    """The turns so far that got an answer or an abstention, which follow-ups are understood from."""
    return [Turn(turn.answer.understood_as, turn.answer.short) for turn in turns if turn.answer is not None]


def _listed(history: Sequence[Mapping[str, str]] | None) -> Sequence[Mapping[str, str]]:
    if history is not None and not isinstance(history, list):
        raise QuestionError("history must be a list of turns, oldest first.")
    return history or []


def _named(publishers: Sequence[str] | None) -> Sequence[str]:
    if publishers is not None and not (
        isinstance(publishers, list) and all(isinstance(one, str) for one in publishers)
    ):
        raise QuestionError("publishers must be a list of names, as the library has them.")
    return publishers or []


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
