"""A question and what was said before to stand-alone queries: what it must be understood as to be searched alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LEAD_IN = re.compile(r"^(?:and|but|so|then|ok(?:ay)?|well)[\s,]+", re.IGNORECASE)
_INSTEAD = re.compile(r"^(?:what|how) about\s+(.+?)\??$", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|she|him|they|them)\b", re.IGNORECASE)
_OWNER = re.compile(r"\b(?:his|her|their)\b", re.IGNORECASE)
_THING = re.compile(r"\b(?:it|its|that|this|those|these|there|then)\b", re.IGNORECASE)
_ONE = re.compile(r"\bones?\b(?=\s*(?:\?|$))", re.IGNORECASE)
_THAT_CLAUSE = re.compile(r"\b(?:that|this|those|these|there)\s+\w+", re.IGNORECASE)
_SHORT = 3
"""Words up to which a question without a name ("Why?", "When was that?") leans on the one before."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question, as it was understood, and its short answer ('' when the articles did not say)."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Understood:
    """``question`` is what the reader is asked; ``queries`` what is searched for, the first the most telling."""

    question: str
    queries: tuple[str, ...]


def understand(question: str, history: Sequence[Turn] = ()) -> Understood:
    """Resolve a follow-up by the turn before it; any other question is understood as it stands.

    Pronouns for people become the last answer where that reads as a name, "one" the thing last asked about; a question
    that leans on the last one otherwise carries it along in brackets.
    """
    words = " ".join(question.split())
    if not history:
        return Understood(words, (words,))
    before = history[-1]
    bare = _LEAD_IN.sub("", words)
    resolved = _resolve(bare, before)
    if resolved is None:
        return Understood(bare, (bare,))
    return Understood(resolved, (resolved, f"{before.question} {bare}"))


def _resolve(question: str, before: Turn) -> str | None:
    """The question with its references filled in, or None when it has none."""
    earlier = before.question.rstrip("?. ")
    instead = _INSTEAD.match(question)
    if instead:
        return f"{instead[1]} ({earlier})?"
    if _ONE.search(question):
        thing = earlier.split()[-1] if earlier else ""
        return _ONE.sub(lambda _: thing, question) if thing else None
    named = before.answer[:1].isupper() and len(before.answer.split()) <= 5
    if named and (_PERSON.search(question) or _OWNER.search(question)) and not _names(question):
        filled = _PERSON.sub(lambda _: before.answer, question)
        return _OWNER.sub(lambda _: f"{before.answer}'s", filled)
    leans = _PERSON.search(question) or _OWNER.search(question) or _THING.search(_THAT_CLAUSE.sub("", question))
    short = len(question.split()) <= _SHORT
    if (leans or short) and not _names(question):
        return f"{question.rstrip('?. ')} ({earlier})?"
    return None


def _names(question: str) -> bool:
    """True when a word after the first begins with a capital: the question names what it is about."""
    return any(word[:1].isupper() and word != "I" for word in question.split()[1:])
