"""How far an answer can be trusted, in words: they follow its probability and how many independent sources say it."""

from __future__ import annotations

from dataclasses import dataclass

from qa.answer import Answer
from qa.wanted import Wanted

UNCERTAIN_BELOW = 0.5
"""Calibrated probability below which an answer is more likely wrong than right, and called uncertain."""


@dataclass(frozen=True, slots=True)
class Support:
    """``words`` to show, ``level`` (well, one, uncertain) to colour them by, and the number in a sentence."""

    words: str
    level: str
    number: str


def support_of(answer: Answer) -> Support:
    """The support of an answer that was given."""
    sources = independent_sources(answer)
    if round(answer.confidence, 2) < UNCERTAIN_BELOW:  # the words follow the number that is shown
        words, level = "Uncertain", "uncertain"
    elif sources > 1:
        words, level = "Well supported", "well"
    else:
        words, level = ("One source each" if _together(answer) else "One source"), "one"
    alone = "each sentence is one source's" if _together(answer) else "one source says so"
    agreeing = f"{sources} independent sources say so" if sources > 1 else alone
    number = (
        f"Confidence {answer.confidence:.2f}: about {round(answer.confidence * 100)} in 100 answers like this one are "
        f"right; {agreeing}."
    )
    return Support(words, level, number)


def _together(answer: Answer) -> bool:
    """True where several sentences answer together."""
    return answer.wanted is not Wanted.WORDS and len(answer.citations) > 1


def independent_sources(answer: Answer) -> int:
    """How many sources say it by themselves: as many as there are publishers, and no more than different sentences.

    The same sentence at two publishers is one agency's copy, not two witnesses. Articles that name no publisher
    count as one. Sentences that answer together (reasons, a description, a list) may each say something else.
    """
    if answer.wanted is not Wanted.WORDS:
        return 1
    publishers = {citation.publisher.strip().casefold() for citation in answer.citations}
    quotes = {" ".join(citation.quote.split()).casefold() for citation in answer.citations}
    return min(len(publishers), len(quotes))
