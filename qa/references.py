"""What the pronouns of a follow-up stand for, by rule: "one", "he", "it", "their" filled in from earlier turns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.bodies import is_body
from qa.phrases import Phrase, dates, is_name, names, things

IS_ONE = re.compile(r"\b(?:the )?((?:\w+ )?)ones?\b(?=\s*(?:[?.!]|$|of\b|in\b|on\b|for\b))", re.IGNORECASE)
_PERSON = re.compile(
    r"\b(?:he|she|him|her(?=\s*(?:[?.!,]|$|(?:in|on|at|for|to|with|after|before|about|from|by|when|say|as)\b)))\b",
    re.IGNORECASE,
)
_HE, _SHE = re.compile(r"\b(?:he|him|his)\b", re.IGNORECASE), re.compile(r"\b(?:she|her|hers)\b", re.IGNORECASE)
_ASKS_NO_ONE = re.compile(
    r"\W*(?:(?:and|but|so) )?(?:(?:in|on|at|to|from|for|by|of) )?"
    r"(?:where|when|why|how (?!is\b|was\b)|what (?:did|does|do|has|have|had|will|would)\b|(?:which|what) (?:\w+ )?"
    r"(?:party|city|town|village|place|country|state|region|island|river|street|club|team|company|firm|bank|newspaper"
    r"|paper|channel|station|language|day|month|year|school|university|hospital|museum|hotel|band|film|book|song|ship"
    r"|prize|award|title|position|religion|law)s?(?=\s+(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could)\b|\W*$))",
    re.IGNORECASE,
)
"""Questions whose answers are no persons, though they may be names."""
_OWNER = re.compile(r"\b(?:his|her)\b(?=\s+\w)", re.IGNORECASE)
_GROUP = re.compile(r"\b(?:they|them)\b", re.IGNORECASE)
_GROUPS = re.compile(r"\btheir\b(?=\s+\w)", re.IGNORECASE)
_MANY = re.compile(
    r"(?:delegation|team|council|government|company|police|party|crew|union|club|board|committee|group|family|court"
    r"|army|ministry|station|firm|commission|parliament|people|[a-z]{3,}[^s\W]s)",
    re.IGNORECASE,
)
"""Heads of what "they" may stand for."""
_ASKS_WHAT_THING = re.compile(
    r"(?:which|what) (?:\w+ )?(?:company|firm|bank|film|book|song|ship|band|app|charity|newspaper|bill|law|treaty)\b"
    r"(?!.*\bthe\b)",
    re.IGNORECASE,
)
_IS_THAT = re.compile(
    r"^(?:is|was|are|were) (?:that|this|those|these|it)\b(?! (?:true|possible|clear|likely) )", re.IGNORECASE
)
_IT = re.compile(r"\b[Ii]t\b(?!(?<=\bdo it)\W*$)(?!\s+(?i:take|true|possible|clear|likely|raining|snowing|called)\b)")
_ITS = re.compile(r"\bits\b(?=\s+\w)", re.IGNORECASE)
_THAT = re.compile(
    r"\b(?:that|this|those|these)\b(?=\s*(?:[?.!]|$|(?:cost|mean|happen|take|last|lead|cause|change|start|end|begin"
    r"|affect|go|come|make|help|work)\b))",
    re.IGNORECASE,
)
_THAT_THING = re.compile(
    r"\b(?:that|this|those|these)\s+(?!(?:is|was|are|were|has|had|did)\b)([a-z]\w+)", re.IGNORECASE
)
_THERE = re.compile(r"(?<!^is )(?<!^are )(?<!^was )(?<!^were )\b(?:there|then)\b(?=\s*(?:[?.!]|$))", re.IGNORECASE)
_PLACED = re.compile(r"\b(?:in|on|at|near|of|by|from)\s$", re.IGNORECASE)
"""What stands before a thing that only says where or whose another one is."""
_BACK = 4
"""Turns that are looked back for whom "he" or "she" may be."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question, as it was understood, and its short answer ('' when the articles did not say)."""

    question: str
    answer: str


def fill(question: str, history: Sequence[Turn]) -> str:
    """``question`` with what it refers to by a pronoun in its place; as it is where nothing was found."""
    filled = fill_one(question, history[-1])
    filled = _people_filled(filled, history)
    return _things_filled(filled, history[-1])


def refers(question: str) -> bool:
    """True when a pronoun in ``question`` stands for something said before it."""
    rules = (_PERSON, _OWNER, _GROUP, _GROUPS, _IT, _ITS, _THAT, _THERE, _IS_THAT)
    return any(rule.search(question) for rule in rules) and not _named_before(question)


def fill_one(question: str, before: Turn) -> str:
    """ "the Ukrainian one" becomes "the Ukrainian delegation", the thing last asked about."""
    last = _topic(before, names_too=False)
    kind = last.head if last else _last_noun(earlier_of(before))
    if not kind:
        return question
    return IS_ONE.sub(lambda found: re.sub(r"\bones?$", kind, found[0], flags=re.IGNORECASE), question)


def _people_filled(question: str, history: Sequence[Turn]) -> str:
    if _named_before(question) or not (_PERSON.search(question) or _OWNER.search(question)):
        return question
    if _HE.search(question) and _SHE.search(question):  # two people, and which is which is not known
        return question
    recent = list(history)[: -_BACK - 1 : -1]  # a name of one word may be a party's or a firm's
    who = next((name for alone in (False, True) for turn in recent if (name := _person(turn, alone))), "")
    if not who:
        return question
    owner = f"{who}’" if who.endswith("s") else f"{who}'s"
    return _OWNER.sub(lambda _: owner, _PERSON.sub(lambda _: who, question))


def _things_filled(question: str, before: Turn) -> str:
    topic = _topic(before)
    if topic is None or _named_before(question):
        return question
    thing = _the(topic.text)
    if (named := _THAT_THING.search(question)) and named[1].lower() == topic.head:
        return question[: named.start()] + thing + question[named.end() :]
    if _MANY.fullmatch(topic.head):
        owners = f"{thing}’" if thing.endswith("s") else f"{thing}'s"
        question = _GROUP.sub(lambda _: thing, _GROUPS.sub(lambda _: owners, question), count=1)
    question = _ITS.sub(lambda _: f"{thing}'s", question)
    return _THAT.sub(lambda _: thing, _IT.sub(lambda _: thing, question))


def _named_before(question: str) -> bool:
    """True when a name stands before the first pronoun: the question says itself whom it means."""
    places = [
        found.start()
        for rule in (_PERSON, _OWNER, _GROUP, _GROUPS, _IT, _ITS, _THAT)
        if (found := rule.search(question))
    ]
    return bool(places) and any(name.end <= min(places) for name in names(question))


def _person(turn: Turn, alone: bool) -> str:
    """Whom "he" or "she" may be after a turn: its answer where that may be a person, else the last name asked about.

    Of one word only if ``alone``.
    """
    if is_name(turn.answer) and not _ASKS_NO_ONE.match(turn.question):
        return turn.answer
    named = [
        name.text
        for name in names(turn.question)
        if (len(name.text.split()) > 1 or (alone and not is_body(name.text))) and not _place_of(turn, name)
    ]
    return re.sub(r"['’]s?$", "", named[-1]) if named else ""


def _place_of(turn: Turn, name: Phrase) -> bool:
    """True when a name stands after "in", "the" and the like, and so is hardly a person's."""
    return re.search(r"\b(?:in|at|the|of|from|near|to)\s$", turn.question[: name.start].lower()) is not None


def _topic(turn: Turn, names_too: bool = True) -> Phrase | None:
    """What "it" is after a turn: a thing that was the answer to "what", else the last thing asked about."""
    answer = re.split(r",| (?:that|which|who) ", short_answer(turn.answer))[0]
    if (
        answer
        and re.match(r"(?:what|which)\b", turn.question, re.IGNORECASE)
        and (re.match(r"(?:the|a|an) ", answer, re.I) or (is_name(answer) and _ASKS_WHAT_THING.match(turn.question)))
    ):
        return Phrase(answer, 0, len(answer))
    found = things(earlier_of(turn))
    if not names_too:
        found = [one for one in found if one.text.split()[0].lower() in ("the", "a", "an", "this", "that")]
    asked = [one for one in found if not _PLACED.search(earlier_of(turn)[: one.start])]
    likely = asked or found
    return likely[-1] if likely else None


def _last_noun(earlier: str) -> str:
    words = [word.strip(",.;") for word in earlier.split()]
    return next((word for word in reversed(words) if word.isalpha() and not dates(word)), "")


def _the(text: str) -> str:
    """ "a bridge", once spoken of, is "the bridge"."""
    return re.sub(r"^(?:an?|this|that|these|those)\s+", "the ", text, flags=re.IGNORECASE)


def short_answer(answer: str) -> str:
    """An answer that can stand inside a question: at most eight words, no sentence of its own."""
    stripped = answer.strip().rstrip(".")
    return stripped if 0 < len(stripped.split()) <= 8 else ""


def earlier_of(before: Turn) -> str:
    """The question of a turn, without its mark; of one that carried another along in brackets, that other."""
    bare = before.question.strip().rstrip("?.! ")
    carried = re.search(r" \((\S+(?: \S+)+)\)$", bare)
    return carried[1] if carried else bare
