"""The names, noun phrases and dates of a short English question, found by rule: what a follow-up can refer to."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPLIT = re.compile(r"[\w'’&.-]*\w[.]?|[?,;:!()“”\"]")
_DETERMINERS = set("the a an this that these those his her their its our".split())
_JOINERS = set("of de la van von der al bin and & the".split())
_ENDS = set(
    "of in on at by for to from with within during after before since until about against between into over under and "
    "or but that who which when where while was were is are be been being has have had did do does will would can "
    "could should may might must now then there it he she they not so as if than".split()
)
_QUESTION_WORDS = set(
    "who whom whose what which when where why how is are was were did do does has have had will would can could should "
    "may might and but so in on at by for from with to since until during after before about the a an i "
    "tell give name list show describe explain summarise summarize please any under".split()
)
_DO = set("did do does will would can could should may might must".split())
_VERBS = set(
    "open close start begin end stop happen cost say tell cut win lose die lead take last leave come go get give make "
    "meet move pay plan reopen return rise fall run sell buy sign speak spread stay visit want work use vote need ask "
    "agree demand offer call hold keep find build break burn drive fly grow help hire join kill know live look mean "
    "play put reach read resign say see send show sink sit spend stand switch talk think try turn wait walk "
    "write".split()
)
MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow".split()
_DATE = re.compile(
    rf"\b(?:(?:\d{{1,2}} )?(?:{'|'.join(MONTHS)})(?: \d{{1,2}}\b(?!\d))?(?:,? \d{{4}})?|(?:1[89]|20)\d\d"
    rf"|{'|'.join(_WEEKDAYS)}|(?:last|this|next) (?:year|month|week|night|summer|winter|spring|autumn))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of a question, its characters from ``start`` to ``end``, and its last word in lower case."""

    text: str
    start: int
    end: int

    @property
    def head(self) -> str:
        """The word that says what it is: the last one."""
        return self.text.split()[-1].lower()


def dates(question: str) -> list[Phrase]:
    """Years, months with or without a day, week days, "last year"; "May" alone only where "in", "since" … is before."""
    found = [Phrase(match[0], *match.span()) for match in _DATE.finditer(question)]
    return [
        one
        for one in found
        if one.text.lower() != "may"
        or re.search(r"\b(?:in|since|until|by|of|last|next)\s$", question[: one.start].lower())
    ]


def names(question: str) -> list[Phrase]:
    """Runs of capitalised words that are no question word at the start and no date: "Lantern Fair", "Ann Lee"."""
    words = _words(question)
    taken = dates(question)
    found: list[Phrase] = []
    place = 0
    while place < len(words):
        if not _is_name(words, place) or any(one.start <= words[place].start < one.end for one in taken):
            place += 1
            continue
        last = place
        while last + 1 < len(words):
            if _is_name(words, last + 1):
                last += 1
            else:
                after = last + 1
                while after < len(words) and words[after].head in _JOINERS:
                    after += 1
                if after == last + 1 or after == len(words) or not _is_name(words, after):
                    break
                last = after
        start, end = words[place].start, words[last].end
        for one in taken:  # a date right after a name is no part of it
            if start < one.start < end:
                end = start + len(question[start : one.start].rstrip())
        found.append(Phrase(question[start:end], start, end))
        place = last + 1
    return found


def things(question: str) -> list[Phrase]:
    """Noun phrases with a determiner ("the Russian delegation") and names by themselves, in the question's order."""
    words = _words(question)
    asked = [word.head for word in words[:3]]
    found: list[Phrase] = []
    for place, word in enumerate(words):
        if word.head not in _DETERMINERS or (found and word.start < found[-1].end):
            continue
        last = place
        while last + 1 < len(words) and words[last + 1].head not in _ENDS and words[last + 1].text[0].isalnum():
            last += 1
        last = _without_verb(words, place, last, any(one in _DO for one in asked))
        if last > place and not dates(question[word.start : words[last].end]):
            found.append(Phrase(question[word.start : words[last].end], word.start, words[last].end))
    alone = [
        name for name in names(question) if not any(one.start < name.end and name.start < one.end for one in found)
    ]
    return sorted([*found, *alone], key=lambda one: one.start)


def is_name(text: str) -> bool:
    """True for what reads as a name: one to five words, each capitalised but for "of", "the" and the like."""
    words = text.split()
    capitals = [word[:1].isupper() for word in words if word.lower() not in _JOINERS]
    return 0 < len(words) <= 5 and bool(capitals) and all(capitals) and not dates(text)


def _words(question: str) -> list[Phrase]:
    return [Phrase(match[0], *match.span()) for match in _SPLIT.finditer(question)]


def _is_name(words: list[Phrase], place: int) -> bool:
    word = words[place].text
    plain = re.sub(r"(?:n['’]t|['’](?:s|re|ve|d|ll))$", "", word.lower())
    if place == 0 and plain in _QUESTION_WORDS | {"ca", "wo"}:
        return False
    if not word[0].isupper() or (word.lower() in _QUESTION_WORDS and (place == 0 or word == "I")):
        return False
    return place > 0 or len(words) == 1 or word.lower() not in _QUESTION_WORDS


def _without_verb(words: list[Phrase], first: int, last: int, do: bool) -> int:
    """The last word of the noun phrase: without the verb that "did" and its like leave at its end."""
    capitals = [place for place in range(first + 1, last + 1) if words[place].text[0].isupper()]
    if capitals and capitals[-1] < last and (do or words[last].head in _VERBS):
        return capitals[-1]
    ends_question = last + 1 == len(words) or not words[last + 1].text[0].isalnum()
    if do and last > first + 1 and (words[last].head in _VERBS or (ends_question and _no_verb_after(words, first))):
        return last - 1
    return last


def _no_verb_after(words: list[Phrase], first: int) -> bool:
    """True when the phrase is the subject: the auxiliary stands right before it, so its verb ends the question."""
    return first > 0 and words[first - 1].head in _DO
