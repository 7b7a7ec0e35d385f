"""What speaks for a span besides the reader's margin: its place speaks of what was asked, it is of the kind asked for.

All are cheap, need no model, and are weighted by what was fitted on development questions (``qa/confidence.py``).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from index.lexical import STOP_WORDS, stem

_DATELINE = re.compile(
    r"\A(?=[^\n]*[a-z])(?!(?:DR|PROF|MR|MRS|MS|SIR|LORD|LADY)\b)[A-Z][A-Z .,'’&-]{1,40}?"
    r"(?:, \w+\.? \d{1,2})? ?(?:\([^)\n]{1,30}\) ?)?[-–—]{1,2}\s(?![a-z])"
)
"""How a wire report begins: ``LONDON, May 3 (Reuters) - ``; a line all in capitals or a speaker's name is none."""
_PLACE_OR_TIME = re.compile(r"\b(?:where|when|(?:what|which) (?:city|town|place|country|date|day|month))\b")
_INSIDE = re.compile(r"\w ")
"""Before a word that is not its sentence's first."""
_WORD = re.compile(r"\w+")
_ASKING = frozenset("many much name kind type year date day month time long exactly please tell".split())
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twice|once|half|thirds?|quarters?|"
    r"twenty|thirty|forty|fifty|hundreds?|thousands?|millions?|billions?|all|none|no|several|many|few)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|mon|tues|wednes|"
    r"thurs|fri|satur|sun)(?:day)?\b|\b(?:spring|summer|autumn|winter|morning|evening|night|noon|midnight|today|tomorrow|"
    r"yesterday|week|month|year|decade|century|before|after|during|until|since|when)",
    re.IGNORECASE,
)
_CAUSE = re.compile(r"\b(?:because|to|due|for|as|so|after|since|in order|lack|over|by)\b|\w+ing\b", re.IGNORECASE)
_KINDS = (
    (re.compile(r"\bhow (?:many|much|long|old|far|tall|heavy|high|big|large|often|deep|wide|fast)\b"), _NUMBER),
    (re.compile(r"\b(?:when|what (?:year|date|day|month|time|century|decade))\b"), _TIME),
    (re.compile(r"\bwhich (?:year|date|day|month|century)\b"), _TIME),
    (
        re.compile(r"\b(?:who|whom|whose)\b"),
        re.compile(r"[A-Z]|\b(?:man|woman|people|officials?|members?|he|she|they)\b"),
    ),
    (re.compile(r"\bwhere\b"), re.compile(r"[A-Z]|\b(?:in|at|on|near|from|the)\b")),
    (re.compile(r"\bwhy\b"), _CAUSE),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question made ready to compare with: the stems of its telling words, and the pattern of its kind of answer."""

    stems: frozenset[str]
    kind: re.Pattern[str] | None
    place_or_time: bool

    @classmethod
    def of(cls, question: str) -> Asked:
        """Take a question apart."""
        lowered = question.lower()
        asked = [(found.start(), kind) for words, kind in _KINDS if (found := words.search(lowered))]
        first, kind = min(asked, key=lambda one: one[0], default=(len(lowered), None))
        place_or_time = _PLACE_OR_TIME.search(lowered)
        return cls(stems(question), kind, place_or_time is not None and place_or_time.start() <= first)

    def takes(self, text: str, start: int, end: int) -> bool:
        """False for a span that can be no answer: without a telling word, or in the dateline that ``text`` begins with.

        A dateline is an answer only to where or when.
        """
        dateline = _DATELINE.match(text)
        if dateline and start < dateline.end() and not self.place_or_time:
            return False
        words = _WORD.findall(text[start:end])
        if self.kind is _NUMBER and words and words[0].lower() == "all":
            return True
        if any(word.lower() not in STOP_WORDS or (word.isupper() and len(word) > 1) for word in words):
            return True
        inside = _INSIDE.fullmatch(text, max(0, start - 2), start) is not None  # a capital there is a name's
        return any(word[0].isupper() and len(word) > 1 for word in words[0 if inside else 1 :])

    @property
    def weight(self) -> float:
        """How much it says: its telling words, at most 16 of them, over 8."""
        return min(len(self.stems), 16) / 8

    def coverage(self, *texts: str) -> float:
        """Share, 0 to 1, of the question's telling words that ``texts`` hold together."""
        if not self.stems:
            return 0.0
        return len(self.stems & frozenset(stem for text in texts for stem in stems(text))) / len(self.stems)

    def echo(self, answer: str) -> float:
        """Share, 0 to 1, of the answer's telling words that are the question's own."""
        words = stems(answer)
        return len(words & self.stems) / len(words) if words else 0.0

    def matches(self, answer: str) -> float:
        """1 when the answer is of the kind asked for (a number, a time, a name), -1 when not, 0 if none is asked."""
        if self.kind is None:
            return 0.0
        return 1.0 if self.kind.search(answer) else -1.0


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """The English stems of the words of ``text`` that carry meaning and are not there just to ask."""
    return frozenset(stem(text, leave_out=_ASKING))


def length(answer: str) -> float:
    """Logarithm of the number of words."""
    return math.log(max(1, len(answer.split())))
