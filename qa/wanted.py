"""What shape of answer a question wants: a few words, or the sentences that say it."""

from __future__ import annotations

import re
from enum import StrEnum


class Wanted(StrEnum):
    """``WORDS``: a name, number, time, place. ``SENTENCES``: a reason, description, list. ``A_SENTENCE``: yes or no."""

    WORDS = "words"
    SENTENCES = "sentences"
    A_SENTENCE = "a sentence"


_SAID = "say|said|think|claim|argue|propose|announce|promise|demand|warn|explain|suggest|complain|conclude"
_REASON = r"why\b|how come\b|(?:for )?what (?:was|were|is|are) the (?:main )?(?:reasons?|grounds)\b|for what reason"
_DESCRIPTION = (
    r"how (?:did|do|does|was|were|is|are|has|have|had|can|could|will|would|should)\b|what (?:has |have )?happen|"
    r"describe\b|explain\b|summari[sz]e\b|tell (?:me|us) (?:about|how|why|what)\b|what do we know\b|"
    rf"what (?:did|does|do|has|have|had) .+ (?:{_SAID})(?:ed|d)?\b"
)
_LIST = (
    r"(?:list|name|give) (?:all|the|some|every|two|three|four|five)\b|what (?:are|were) the\b|"
    r"which .+ (?:are|were) there\b"
)
_SENTENCES = re.compile(rf"^\W*(?:and |but |so |then )?(?:{_REASON}|{_DESCRIPTION}|{_LIST})", re.IGNORECASE)
_MEASURED = re.compile(
    r"^\W*(?:and )?how (?:is|are|was|were|do|does|did) .+ (?:called|named|spelt|spelled)\b", re.IGNORECASE
)
_YES_OR_NO = re.compile(
    r"^\W*(?:and |but |so )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
    r"(?:n't|n’t)?\b(?! be\b)",
    re.IGNORECASE,
)
_EITHER = re.compile(r"^(?!.*\bany).*\bor\b", re.IGNORECASE | re.DOTALL)
_POLITE = re.compile(
    r"^\W*(?:(?:so|ok(?:ay)?|well|hi|hello|please)\b[,\s]+)*"
    r"(?:(?:can|could|would|will|do) you (?:please )?(?:tell (?:me|us)|know|say)\s+"
    r"(?=(?:who|whom|whose|what|when|where|which|why|how)\b)"
    r"|(?:can|could|would|will) you (?:please )?(?=(?:explain|describe|list|name|give|summari[sz]e|tell)\b))?",
    re.IGNORECASE,
)
"""What goes before the question itself."""


def wanted(question: str) -> Wanted:
    """The shape of answer that ``question`` (English) asks for, by its first words."""
    question = _POLITE.sub("", question, count=1)
    if _SENTENCES.search(question) and not _MEASURED.search(question):
        return Wanted.SENTENCES
    if _YES_OR_NO.search(question) and not _EITHER.search(question):
        return Wanted.A_SENTENCE
    return Wanted.WORDS
