"""Ask a set's questions and score the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from index.errors import QuestionError
from index.filters import Filters
from qa.assistant import Assistant
from qa.conversation import Turn, understand
from qa.evaluate.question_set import Question
from qa.evaluate.score import Scored, score

Done = Callable[[Scored], object]


def run(
    assistant: Assistant, questions: Iterable[Question], done: Done | None = None, as_of: bool = False
) -> list[Scored]:
    """Ask every question, in order, and score each; ``done`` is called with each as it is scored.

    ``ask`` is timed whole, the models loaded before. With ``as_of`` only articles up to the date a question was asked
    on are searched, where it has one.
    """
    assistant.warm_up()
    scored = []
    for question in questions:
        outcome = ask(assistant, question, as_of)
        scored.append(outcome)
        if done:
            done(outcome)
    return scored


def ask(assistant: Assistant, question: Question, as_of: bool = False) -> Scored:
    """Ask one question after its turns, and score the answer; only the last ``ask`` is timed.

    Raises:
        QuestionError: Byline does not take the question; names it.
    """
    filters = Filters(published_to=question.asked) if as_of and question.asked else None
    try:
        history = _history(assistant, question, filters)
        begun = time.perf_counter()
        answer = assistant.ask(question.question, history, filters)
        milliseconds = (time.perf_counter() - begun) * 1000
    except QuestionError as error:
        raise QuestionError(f"Question {question.id!r}: {error}") from error
    return score(question, answer, assistant.library, milliseconds, [(turn.question, turn.answer) for turn in history])


def _history(assistant: Assistant, question: Question, filters: Filters | None) -> list[Turn]:
    """The turns before it: as scripted, or asked now where no answer is written down."""
    history: list[Turn] = []
    for turn in question.turns:
        if turn.answer is None:
            answer = assistant.ask(turn.question, history, filters)
            history.append(Turn(answer.understood_as, answer.short))
        else:
            history.append(Turn(understand(turn.question, history).question, turn.answer))
    return history
