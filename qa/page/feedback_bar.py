"""Under the latest answer: was it right? What is said is kept with question and answer, and nothing of who said it."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import BylineError
from qa.answer import Answer
from qa.feedback import LONGEST_CORRECTION, REASONS, Feedback, FeedbackError, Verdict
from qa.page.assets import PRIVATE, read_asset
from qa.page.loading import Loading
from qa.page.markup import escape
from qa.page.turns import ShownTurn
from qa.page.visitor import OWN_PREFIX

logger = logging.getLogger(__name__)

MOST_AN_HOUR = 30
"""Answers that one visitor can judge in an hour."""
MOST_VISITORS = 2000
"""Visitors whose rate is remembered; the longest unheard is forgotten first."""
Given = tuple[int, Answer | None]
"""Number of the entry that says what was thought of an answer, and that answer."""
NOTHING: Given = (0, None)
_THUMB = (
    '<svg viewBox="0 0 24 24" width="17" height="17" aria-hidden="true" fill="none" stroke="currentColor"'
    ' stroke-width="1.8" stroke-linejoin="round"><path d="M3 10.5h4V21H3zM7 11l4-8c1.8 0 2.8 1.3 2.4 3l-.8 3.5H19'
    'c1.3 0 2.2 1.2 1.9 2.4l-1.9 7.5c-.2.9-1 1.6-2 1.6H7"/></svg>'
)


class FeedbackEvents:
    """What happens in the bar. ``clock`` gives seconds that only go forward."""

    def __init__(self, loading: Loading, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._loading, self._most, self._clock = loading, most, clock
        self._lock = threading.Lock()
        self._store: Feedback | None = None
        self._heard: OrderedDict[str, deque[float]] = OrderedDict()

    def offer(self, turns: Sequence[ShownTurn], given: Given) -> tuple[Any, Given]:
        """The bar for the latest answer, or nothing where there is none to judge.

        It stays as it is where that answer has been judged. One that the browser had kept is not judged: without its
        trace, nobody can tell what it was looked for in.
        """
        answer = turns[-1].answer if turns else None
        if not self._most or answer is None or not answer.trace:
            return "", NOTHING
        return (gr.skip(), given) if given[1] == answer else (render_question(), NOTHING)

    def say(
        self, turns: Sequence[ShownTurn], given: Given, event: gr.EventData, request: gr.Request
    ) -> tuple[Any, Given]:
        """Keep what was pressed or sent in the bar; what is said again of the same answer takes the first's place."""
        detail = event._data if isinstance(event._data, Mapping) else {}
        answer = turns[-1].answer if turns else None
        if answer is None or not self._most:
            return "", given
        verdict: Verdict = "up" if detail.get("verdict") == "up" else "down"
        reason, correction = str(detail.get("reason") or ""), str(detail.get("correction") or "")
        try:
            number = given[0] if given[1] == answer else 0
            if not number:
                self._check(answer, request.session_hash or "")
            given = self._kept().save(answer, verdict, reason, correction, number), answer
        except BylineError as error:
            return render_thanks(str(error)), given
        asked = verdict == "down" and not detail.get("sent")
        return (render_why(answer.abstained) if asked else render_thanks()), given

    def _check(self, answer: Answer, session: str) -> None:
        """Refuse what is nobody else's to read, and more than one person says.

        Raises:
            FeedbackError: a sentence for that person.
        """
        if any(article_id.startswith(OWN_PREFIX) for article_id in _named(answer)):
            raise FeedbackError("This answer was looked for in articles that only you have, so nothing of it is kept.")
        now = self._clock()
        with self._lock:
            times = self._heard.setdefault(session, deque(maxlen=MOST_AN_HOUR))
            self._heard.move_to_end(session)
            if len(self._heard) > MOST_VISITORS:
                self._heard.popitem(last=False)
            if len(times) == MOST_AN_HOUR and now - times[0] < 3600:
                raise FeedbackError("That is all the feedback that can be taken from one reader for now. Thank you.")
            times.append(now)

    def _kept(self) -> Feedback:
        path = Path(self._loading.get().library.path)
        with self._lock:
            if self._store is None:
                path.mkdir(parents=True, exist_ok=True)  # of a library in Milvus it is the only thing on this machine
                self._store = Feedback(path, self._most)
            return self._store


def _named(answer: Answer) -> set[str]:
    """Ids of all the articles that an answer or its trace has anything of."""
    others = [one for other in answer.alternatives for one in other.citations]
    named = {one.article_id for one in (*answer.citations, *others)} | {near.article_id for near in answer.closest}
    return named | {str(passage.get("article_id")) for passage in answer.trace.get("passages", ())}


def render_question() -> str:
    """The two thumbs."""
    return (
        '<div class="by-feedback"><span>Is this right?</span>'
        f'<button type="button" data-verdict="up" aria-label="Yes, this is right">{_THUMB}</button>'
        f'<button type="button" data-verdict="down" aria-label="No, this is not right">{_THUMB}</button></div>'
    )


def render_why(abstained: bool) -> str:
    """What to say of an answer that was not right; the reasons are those that can be, for an answer or for none."""
    keys = ("missed", "other") if abstained else ("wrong", "unsupported", "absent", "other")
    radios = "".join(
        f'<label><input type="radio" name="by-reason" value="{key}"> {escape(REASONS[key])}</label>' for key in keys
    )
    return (
        '<form class="by-feedback by-feedback-why"><fieldset><legend>What is wrong?</legend>'
        f"{radios}</fieldset><label>The right answer, if you know it"
        f'<input type="text" name="by-correction" maxlength="{LONGEST_CORRECTION}" autocomplete="off"></label>'
        '<button type="submit">Send</button><p>Kept with the question and the answer, and nothing about you.</p></form>'
    )


def render_thanks(problem: str = "") -> str:
    """That it was kept, or why not."""
    said = problem or "Thank you. This is kept with the question and the answer, and nothing about you."
    return f'<div class="by-feedback"><span role="status">{escape(said)}</span></div>'


def make_feedback_bar() -> gr.HTML:
    """The bar, where the page is being built."""
    return gr.HTML("", elem_id="by-feedback", apply_default_css=False, js_on_load=read_asset("feedback.js"))


def follow_answers(
    bar: gr.HTML, turns: gr.State, events: FeedbackEvents, after: Sequence[gr.events.Dependency]
) -> None:
    """Let ``bar`` ask about the latest of ``turns`` when one of the events ``after`` is done."""
    given = gr.State(NOTHING)
    for done in after:
        done.then(events.offer, [turns, given], [bar, given], concurrency_limit=None, **PRIVATE)
    bar.submit(events.say, [turns, given], [bar, given], trigger_mode="once", **PRIVATE)
