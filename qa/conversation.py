"""A question and what was said before to stand-alone queries: what it must be understood as to be searched alone.

By rule, so that the same words are always understood in the same way, in microseconds. A question that refers to
nothing is never changed; what a follow-up was understood as is shown with its answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.phrases import MONTHS, Phrase, dates, names, things
from qa.references import IS_ONE, Turn, earlier_of, fill, fill_one, refers, short_answer

_LEAD_IN = re.compile(r"^(?:and|but|so|then|ok(?:ay)?|well|also)\b[\s,]+(?:also\b\s*)?", re.IGNORECASE)
_INSTEAD = re.compile(r"^(?:what|how) about\s+(.+?)\s*[?.!]*$", re.IGNORECASE)
_ASKS = re.compile(
    r"^(?:(?:in|at|on|by|for|from|to|with|since|until|under|of) )?(?:who|whom|whose|what|which|when|where|why|how|is"
    r"|are|was|were|did|do|does|has|have|had|will|would|can|could|should|may(?!\s*[?.!]*$)|might|tell|name|list|give)\b"
    r"(?<!in may)(?<!since may)(?<!until may)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^(when|where|why|how)(?: (?:exactly|come|so))?"
    r"(?: (?:was|is|did|does|has|will|would) (?:(?:that|this)(?: (?:happen|happened|be|so|take place|come about))?"
    r"|it (?:happen|happened|take place|come about)))?"
    r"\s*[?.!]*$",
    re.IGNORECASE,
)
_ELSE = re.compile(r"^(who|what|where|when|why) else\s*[?.!]*$", re.IGNORECASE)
_FRAME = re.compile(
    r"^((?:in |at |on )?(?:who|whom|what|which|when|where|why|how)\b.*?)\s+"
    r"(did|does|do|was|were|is|are|has|have|had|will|would|can|could|should)\s+(.+)$",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"^(?:when|where|why|how(?: long| often| far)?)$", re.IGNORECASE)
_SUBJECT = re.compile(r"^(?:who|what|which(?: \w+)?|how many(?: \w+)?)\s+(?=\w)", re.IGNORECASE)

_NO_QUESTION = re.compile(
    r"^(?:really|thanks?|thank you|ok(?:ay)?|yes|no|hello|hi|sure|great)\b[\w ]*[?.!]*$", re.IGNORECASE
)
_RELATIVE = re.compile(r"\b(?:before|after|earlier|later|ago|then|now|next|previous)\b", re.IGNORECASE)
_MONTH = re.compile(rf"(?:\d{{1,2}} )?(?:{'|'.join(MONTHS)})\b", re.IGNORECASE)
_YEAR = re.compile(r"\b\d{4}\b")
_HOW_MANY = re.compile(r"how many (?:were|are|have|had|did|died|came)\b", re.IGNORECASE)
_SHORT = 3
"""Words up to which a question without a name ("Who won?", "How many?") leans on the one before."""


@dataclass(frozen=True, slots=True)
class Understood:
    """``question`` is what the reader is asked; ``queries`` what is searched for, the first the most telling."""

    question: str
    queries: tuple[str, ...]


def understand(question: str, history: Sequence[Turn] = ()) -> Understood:
    """Resolve a follow-up by the turns before it; any other question is understood as it stands.

    "What about X?" puts X in the place of its like in the last question; "Why?" and "When was that?" ask so of it;
    "one", "he", "it" and "there" become what they stand for. What leans on the last question in another way carries
    it along in brackets.
    """
    words = " ".join(question.split())
    if not history:
        return Understood(words, (words,))
    bare = _LEAD_IN.sub("", words) or words
    resolved = _resolve(bare, history, led_in=bare != words)
    if resolved is None:
        return Understood(bare[:1].upper() + bare[1:], (bare,)) if bare != words else Understood(words, (words,))
    resolved = resolved[:1].upper() + resolved[1:]
    return Understood(resolved, (resolved, f"{history[-1].question} {bare}"))


def _resolve(question: str, history: Sequence[Turn], led_in: bool) -> str | None:
    """The question with its references filled in, or None when it has none."""
    before = history[-1]
    if _NO_QUESTION.match(question):
        return None
    if bare := _BARE.match(question):
        return _asked_so(bare[1], before)
    if other := _ELSE.match(question):
        return _asked_anew(f"{other[1]} else", before)
    instead = _INSTEAD.match(question)
    if instead or (not _ASKS.match(question) and (led_in or _stands_for_one(question))):
        said = instead[1] if instead else question.rstrip("?.! ")
        if re.match(r"(?:his|her|their|its) \w", said, re.IGNORECASE):
            return _of_whom(said, history)
        return _instead(said, before)
    filled = fill(question, history)
    if filled != question:
        return filled
    if _leans(question, before):
        return f"{question.rstrip('?. ')} ({earlier_of(before)})?"
    return None


def _of_whom(said: str, history: Sequence[Turn]) -> str:
    """ "his wife" in the place of him, where he was asked about; else who she is, or the last question along."""
    filled, earlier = fill(said, history), earlier_of(history[-1])
    owner = re.sub(r"['’]s?$", "", filled[: len(filled) - len(said.split(maxsplit=1)[1]) - 1])
    place = re.search(rf"\b{re.escape(owner)}\b", earlier)
    if filled != said and place:
        return _put(earlier, Phrase(owner, place.start(), place.end()), filled)
    if filled != said and re.match(r"who (?:is|was)\b", earlier, re.IGNORECASE):
        return f"Who is {filled}?"
    return f"{filled} ({earlier})?"


def _stands_for_one(question: str) -> bool:
    """True for a short "The Ukrainian one?" or "In 2024?", which asks the last question of something else."""
    few = len(question.split()) <= _SHORT + 1
    return few and bool(re.match(r"(?:the|a|an)\b", question, re.IGNORECASE) or dates(question))


def _leans(question: str, before: Turn) -> bool:
    """True when a question cannot stand alone, though nothing was found to fill it with."""
    if names(question) or dates(question):
        return False
    if _HOW_MANY.match(question) and re.match(r"how many\b", earlier_of(before), re.IGNORECASE):
        return not things(question)
    return refers(question) or len(question.split()) <= _SHORT


# --- the last question asked in another way


def _asked_so(how: str, before: Turn) -> str:
    """ "Why?" after "What did Ukraine demand?" and its answer: "Why did Ukraine demand a ceasefire?"."""
    earlier = earlier_of(before)
    answer = _counted(short_answer(before.answer), earlier)
    frame = _FRAME.match(earlier)
    if frame and (not _SUBJECT.match(earlier) or _inverted(frame[1])):
        asked, verb, rest = frame[1], frame[2], frame[3]
        be = verb.lower() in ("is", "are", "was", "were")
        if _ADVERB.match(asked) or not (answer or be):
            return f"{how} {verb} {rest}?"
        if be and answer:
            return f"{how} {verb} {answer} {rest}?"
        if answer:
            return f"{how} {verb} {rest} {answer}?"
    elif answer and _SUBJECT.match(earlier):
        return f"{how} was it that {_SUBJECT.sub(f'{answer} ', earlier, count=1)}?"
    return f"{how} ({earlier})?"


def _counted(answer: str, earlier: str) -> str:
    """ "1,000" of "How many prisoners …?" is "1,000 prisoners"."""
    many = re.match(r"how many (\w+)\b", earlier, re.IGNORECASE)
    bare = many is not None and re.fullmatch(r"[\d.,]+(?: (?:million|billion|thousand))?|[a-z]+", answer)
    return f"{answer} {many[1]}" if many and bare else answer


def _inverted(asked: str) -> bool:
    """True for a question phrase with its auxiliary right after it: "who", "what cost", not "who led the team that"."""
    return len(asked.split()) <= 3


def _asked_anew(how: str, before: Turn) -> str:
    earlier = earlier_of(before)
    same = re.match(rf"{re.escape(how.split()[0])}\b", earlier, re.IGNORECASE)
    return f"{how}{earlier[same.end() :]}?" if same else f"{how} ({earlier})?"


def _instead(wanted: str, before: Turn) -> str:
    """The last question with ``wanted`` in the place of its like: a date, a thing of the same kind, a name, a thing."""
    earlier = earlier_of(before)
    linked = re.match(r"(?:in|on|at|by|since|during|for|from|to|about|with|against)\s+(?=.)", wanted, re.IGNORECASE)
    said = re.sub(r"^(?:The|An?)\b", lambda the: the[0].lower(), wanted[linked.end() :] if linked else wanted)
    if IS_ONE.fullmatch(said):
        said = fill_one(said, before)
    if _RELATIVE.search(said):
        return f"{wanted} ({earlier})?"
    if (old := dates(earlier)) and (dates(wanted) or (dates(f"in {said}") and _MONTH.match(old[-1].text))):
        year = _YEAR.search(old[-1].text)
        if year and _MONTH.fullmatch(said):
            said = f"{said} {year[0]}"
        return _put(earlier, old[-1], said)
    if linked:
        linking = re.compile(rf"\b{re.escape(linked[0].strip())} ((?:the )?)$", re.IGNORECASE)
        same = [(one, found) for one in names(earlier) if (found := linking.search(earlier[: one.start]))]
        if not same or not names(said):
            return f"{earlier} {wanted}?"
        name, found = same[-1]
        return _put(earlier, Phrase(earlier[found.start(1) : name.end], found.start(1), name.end), said)
    if place := _like(said, earlier):
        return _put(earlier, place, said)
    return f"{said} ({earlier})?"


def _like(said: str, earlier: str) -> Phrase | None:
    """The phrase of the last question that ``said`` takes the place of, or None."""
    there = things(earlier)
    head = said.split()[-1].lower() if said.split() else ""
    if same := [one for one in there if one.head == head]:
        return same[-1]
    determined = re.match(r"(?:the|a|an|his|her|their|its)\b", said, re.IGNORECASE) is not None
    named = names(earlier)
    if not determined and named:
        return named[-1]
    whole = [one for one in there if one.text.split()[0].lower() in ("the", "a", "an")]
    likely = (whole or there) if determined or len(there) == 1 else []
    return likely[-1] if likely else None


def _put(earlier: str, place: Phrase, said: str) -> str:
    return f"{earlier[: place.start]}{said}{earlier[place.end :]}?"
