"""Why an answer is wrong: the first step of its way that went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa.answer import Answer, Citation
from qa.evaluate.question_set import Question

NOT_RETRIEVED = "not retrieved"
NOT_READ = "retrieved but not read"
WRONG_SPAN = "wrong span"
ABSTAINED_WRONGLY = "abstained wrongly"
SHOULD_HAVE_ABSTAINED = "should have abstained"

CAUSES = {
    NOT_RETRIEVED: "No passage that answers the question was among those retrieved.",
    NOT_READ: "A passage that answers it was retrieved, but the answer was taken from another one.",
    WRONG_SPAN: "The answer was taken from a passage that answers the question, but from the wrong words of it.",
    ABSTAINED_WRONGLY: "The likeliest answer was right, and was withheld as too uncertain.",
    SHOULD_HAVE_ABSTAINED: "The articles do not answer the question, and an answer was given.",
}
"""Each cause and what it means, in the order of the way."""


def cause_of(question: Question, answer: Answer, passages: Sequence[dict[str, Any]], best_is_right: bool) -> str:
    """Why ``answer`` failed, one of ``CAUSES``; '' when it did not.

    ``passages`` are those retrieved, with ``right`` and the ``rank`` (score) of the best span of each. An abstention
    whose withheld answer was wrong is put down to what made that answer wrong, as abstaining from it was not.
    """
    if not question.answerable:
        return "" if answer.abstained else SHOULD_HAVE_ABSTAINED
    if not question.answers:
        return "" if any(passage["right"] for passage in passages) else NOT_RETRIEVED
    if best_is_right:
        return ABSTAINED_WRONGLY if answer.abstained else ""
    if not any(passage["right"] for passage in passages):
        return NOT_RETRIEVED
    source = source_of(answer, passages)
    return WRONG_SPAN if source is not None and source["right"] else NOT_READ


def own_citation(answer: Answer) -> Citation | None:
    """The citation that the short answer stands in, the first of them; None of an abstention."""
    holding = (
        citation
        for citation in answer.citations
        if citation.quote[citation.answer_start - citation.start : citation.answer_end - citation.start] == answer.short
    )
    return next(holding, answer.citations[0] if answer.citations else None)


def source_of(answer: Answer, passages: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The passage that the likeliest answer was taken from; a right one where passages overlap there; None of none."""
    first = own_citation(answer)
    if first is not None:
        holding = [
            passage
            for passage in passages
            if passage["article_id"] == first.article_id
            and passage["start"] <= first.answer_start
            and first.answer_end <= passage["end"]
        ]
        return next((passage for passage in holding if passage["right"]), holding[0] if holding else None)
    read = [passage for passage in passages if passage.get("rank") is not None]
    return max(read, key=lambda passage: float(passage["rank"])) if read else None
