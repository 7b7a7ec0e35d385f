"""Who says it: a question for what somebody said is not answered by words that another is named as the speaker of.

"What did Zelensky say?" and a sentence that names Zelensky and reports another's words look alike to a reader that
matches words. Whose words they are, ``qa.speech`` tells; where that is not known, nothing is said against the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Passage
from index.library import Library
from index.passages import sentence_spans, touched
from qa.bodies import is_body, speaks_through_others
from qa.carried import straight
from qa.compose import Sources
from qa.selection import Reading
from qa.speech import ADVERB, NO_PERSON, said_by

_WORD = r"[^\W\d_][\w.'’-]*"
_TOLD = (
    r"(?:say|said|tell|told|think|explain|suggest|complain|call|describe|respond|react|reply|comment|add|warn|argue|"
    r"insist|mention|recall|remark|stress|conclude|predict)"
)
_ASKED = (
    re.compile(
        rf"\b(?:did|does|do|has|have|had)\s+(?P<name>{_WORD}(?:\s+{_WORD}){{0,4}}?)\s+{ADVERB}{_TOLD}(?:ed|d)?\b", re.I
    ),
    re.compile(rf"\baccording to (?P<name>{_WORD}(?:\s+{_WORD}){{0,3}}?)(?=[,?!.]|$)", re.I),
    re.compile(
        rf"\b(?:is|are|was|were) (?P<name>{_WORD}(?:\s+{_WORD}){{0,3}}?)['’]s? "
        r"(?:response|reaction|reply|comment|answer|explanation|argument|view|opinion|statement|word|remark|position)s?\b",
        re.I,
    ),
)
_WHO_SAID = re.compile(
    rf"^\W*(?:and |but )?who(?: else)? (?:has |have |had )?{ADVERB}(?:sa(?:id|ys?)|told (?:the|a|reporters|parliament)"
    r"|warn(?:ed|s)|argue[ds]|insist(?:ed|s)|predict(?:ed|s)|suggest(?:ed|s)|state[ds]|add(?:ed|s)|replied|remark(?:ed|s)"
    r"|complain(?:ed|s)|explain(?:ed|s)|comment(?:ed|s))\b",
    re.I,
)
_LONG_QUOTE = re.compile(r'"(\S+(?: \S+){2,}?)[.,!?]?"')
_BEFORE = 1500
"""Characters of the article before a passage that are looked at for whom "he" or "she" stands for."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """Of ranked readings, those that cannot be the answer, being another's words, and those that are his or hers."""

    others: Sequence[Reading] = ()
    own: Sequence[Reading] = ()


def attributed(question: str, readings: Sequence[Reading], library: Library) -> Attributed:
    """Whose words the readings are, when ``question`` asks what somebody said, or who said something.

    Asked who said it, a name is another's if it is not of the speaker of its sentence, or if the words that the
    question quotes stand elsewhere.
    """
    name, who = speaker_asked(question), bool(_WHO_SAID.search(question))
    if name is None and not who:
        return Attributed()
    places = _Places(library)
    quoted = _LONG_QUOTE.search(straight(question)) if who else None
    near = [reading for reading in readings if places.near(reading, quoted[1])] if quoted else []
    there = near or readings
    said = [(reading, places.spoken(reading, name or reading.text)) for reading in there]
    if name:
        said = [(one, None if own is False and places.through_others(one, name) else own) for one, own in said]
    elsewhere = [reading for reading in readings if reading not in there]
    others = [*elsewhere, *(reading for reading, its_own in said if its_own is False or (who and _owns(reading)))]
    return Attributed(others, [reading for reading, its_own in said if its_own] if name else ())


def _owns(reading: Reading) -> bool:
    """True for a name with an ending of possession: what is said, if anything, somebody of it says."""
    rest = reading.candidate.passage.text[reading.span.end :]
    return straight(rest[:2]) == "'s"


class _Places:
    """Readings in their articles: each passage with some of what is before it, and its sentences."""

    def __init__(self, library: Library) -> None:
        self._sources = Sources(library)
        self._texts: dict[int, tuple[str, int, list[tuple[int, int]]]] = {}

    def spoken(self, reading: Reading, name: str) -> bool | None:
        """Whether the reading is of what ``name`` says; None: not known."""
        text, at, sentences = self._around(reading.candidate.passage)
        return said_by(name, text, sentences, at + reading.span.start, at + reading.span.end)

    def through_others(self, reading: Reading, name: str) -> bool:
        """True when the article tells whose chief or the like somebody is: ``name`` is a body's."""
        return speaks_through_others(name, self._around(reading.candidate.passage)[0])

    def near(self, reading: Reading, quote: str) -> bool:
        """True when ``quote`` stands in the reading's sentence, in the next two, or in the one before."""
        text, at, sentences = self._around(reading.candidate.passage)
        start, end = at + reading.span.start, at + reading.span.end
        own = touched(sentences, start, end)
        around = sentences[max(0, own.start - 1) : own.stop + 2] if own else []
        return bool(around) and quote.lower() in straight(text[around[0][0] : around[-1][1]]).lower()

    def _around(self, passage: Passage) -> tuple[str, int, list[tuple[int, int]]]:
        if passage.id not in self._texts:
            text, at = self._with_what_is_before(passage)
            self._texts[passage.id] = text, at, sentence_spans(text)
        return self._texts[passage.id]

    def _with_what_is_before(self, passage: Passage) -> tuple[str, int]:
        """The text of a passage with some of its article's before it, and where the passage starts in that."""
        article = self._sources.article_of(passage)
        if article is None:
            return passage.text, 0
        first = max(0, passage.start - _BEFORE)
        return article.text[first : passage.end], passage.start - first


def speaker_asked(question: str) -> str | None:
    """The name, as typed, of whom the question asks what they said; None if it asks for no one's words.

    The words of a body are spoken by people of other names, so "the council" and the like are no one.
    """
    found = next((found for pattern in _ASKED if (found := pattern.search(question))), None)
    if not found:
        return None
    words = [word.strip("'’.") for word in found["name"].split()]
    if any(word.lower() in NO_PERSON for word in words):
        return None
    if is_body(" ".join(words).title() if question.isupper() else " ".join(words)):
        return None
    typed_small = question[1:] == question[1:].lower()
    return " ".join(words) if typed_small or words[-1][:1].isupper() else None
