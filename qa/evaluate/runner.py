"""Run a question set against an assistant and score it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from index.library import Library
from qa.answer import Answer
from qa.assistant import Assistant
from qa.evaluate.metrics import exact_match, f1, first_right, holds_answer, mean, percentile, recall_at
from qa.evaluate.question_set import Question


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's outcome.

    ``rank`` is that of the first right passage retrieved (None: none); a passage is right when it is of one of the
    question's articles and holds an accepted answer. ``cited_right``: the first citation is of such an article and its
    quote holds an accepted answer. ``quotes_wrong`` counts citations whose quote is not at their characters.
    """

    id: str
    question: str
    answerable: bool
    expected: tuple[str, ...]
    given: str
    abstained: bool
    confidence: float
    exact_match: float
    f1: float
    rank: int | None
    cited_right: bool
    quotes: int
    quotes_wrong: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """A set's scores, all 0 to 1 but counts and times; see ``docs/evaluation.md`` for each definition."""

    questions: int
    answerable: int
    exact_match: float
    f1: float
    recall_at_1: float
    recall_at_5: float
    recall_at_20: float
    citation_precision: float
    abstention_precision: float
    abstention_recall: float
    quotes_checked: int
    quotes_wrong: int
    median_milliseconds: float
    p95_milliseconds: float

    def as_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}


def run(
    assistant: Assistant, questions: Iterable[Question], done: Callable[[Scored], object] | None = None
) -> list[Scored]:
    """Ask every question, in order, and score each; ``done`` is called with each as it is scored.

    ``ask`` is timed whole, the models loaded before.
    """
    assistant.warm_up()
    scored = []
    for question in questions:
        begun = time.perf_counter()
        answer = assistant.ask(question.question)
        outcome = score(question, answer, assistant.library, (time.perf_counter() - begun) * 1000)
        scored.append(outcome)
        if done:
            done(outcome)
    return scored


def score(question: Question, answer: Answer, library: Library, milliseconds: float) -> Scored:
    """Compare an answer with what was expected; an abstention counts as the empty answer."""
    right = [
        passage["article_id"] in question.articles
        and holds_answer(
            library.article(passage["article_id"]).text[passage["start"] : passage["end"]], question.answers
        )
        for passage in answer.trace["passages"]
    ]
    citations = [*answer.citations, *(citation for other in answer.alternatives for citation in other.citations)]
    wrong = sum(not citation.holds_in(library.article(citation.article_id)) for citation in citations)
    first = answer.citations[0] if answer.citations else None
    return Scored(
        id=question.id,
        question=question.question,
        answerable=question.answerable,
        expected=question.answers,
        given=answer.short,
        abstained=answer.abstained,
        confidence=round(answer.confidence, 4),
        exact_match=exact_match(answer.short, question.answers),
        f1=f1(answer.short, question.answers),
        rank=first_right(right),
        cited_right=first is not None
        and first.article_id in question.articles
        and holds_answer(first.quote, question.answers),
        quotes=len(citations),
        quotes_wrong=wrong,
        milliseconds=round(milliseconds, 2),
    )


def summarise(scored: Sequence[Scored]) -> Report:
    """Scores over a set.

    EM, F1 and recall@k are over the answerable questions (an abstention scores 0); citation precision over the answers
    given to them; abstention precision and recall count the unanswerable as the positives.
    """
    answerable = [outcome for outcome in scored if outcome.answerable]
    answered = [outcome for outcome in answerable if not outcome.abstained]
    unanswerable = [outcome for outcome in scored if not outcome.answerable]
    abstained = [outcome for outcome in scored if outcome.abstained]
    ranks = [outcome.rank for outcome in answerable]
    times = [outcome.milliseconds for outcome in scored]
    return Report(
        questions=len(scored),
        answerable=len(answerable),
        exact_match=mean([outcome.exact_match for outcome in answerable]),
        f1=mean([outcome.f1 for outcome in answerable]),
        recall_at_1=recall_at(ranks, 1),
        recall_at_5=recall_at(ranks, 5),
        recall_at_20=recall_at(ranks, 20),
        citation_precision=mean([float(outcome.cited_right) for outcome in answered]),
        abstention_precision=mean([float(not outcome.answerable) for outcome in abstained]),
        abstention_recall=mean([float(outcome.abstained) for outcome in unanswerable]),
        quotes_checked=sum(outcome.quotes for outcome in scored),
        quotes_wrong=sum(outcome.quotes_wrong for outcome in scored),
        median_milliseconds=percentile(times, 0.5),
        p95_milliseconds=percentile(times, 0.95),
    )
