"""Scores of a single answer, and of a list of them.

Exact match and F1 follow the official SQuAD 1.1 and 2.0 evaluation (Rajpurkar et al., EMNLP 2016; ACL 2018).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = set(string.punctuation)
_POSSESSIVE = re.compile(r"'s\b", re.IGNORECASE)
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_BREAKS = re.compile(r"[–—…“”«»„]|(?<=\w)-(?=[a-z]*(?:ed|led|born|held|run)\b)")
"""What ends a word and the official normalisation leaves in it, or takes away and so joins two words."""
_TYPED = str.maketrans("‘’‐‑", "''--")
"""A typewriter's apostrophes and hyphens."""
_DASH = re.compile(r"(?<=\d)[-–—](?=\d)")


def normalise_answer(text: str) -> str:
    """Lower case, no ASCII punctuation, no English articles, single spaces: the official SQuAD normalisation."""
    kept = "".join(character for character in text.lower() if character not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def exact_match(given: str, accepted: Sequence[str]) -> float:
    """1.0 when ``given`` equals an accepted answer after normalisation; no accepted answer means abstain ("")."""
    return max(float(normalise_answer(given) == normalise_answer(answer)) for answer in _gold(accepted))


def f1(given: str, accepted: Sequence[str]) -> float:
    """Best token F1 against the accepted answers, 0 to 1; no accepted answer means abstain ("")."""
    return max(_token_f1(given, answer) for answer in _gold(accepted))


def _gold(accepted: Sequence[str]) -> Sequence[str]:
    """The accepted answers that say something once normalised, or the empty one, as the official script has it."""
    return [answer for answer in accepted if normalise_answer(answer)] or [""]


def _token_f1(given: str, answer: str) -> float:
    ours, theirs = normalise_answer(given).split(), normalise_answer(answer).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    if not shared:
        return 0.0
    precision, recall = shared / len(ours), shared / len(theirs)
    return 2 * precision * recall / (precision + recall)


def holds_answer(text: str, accepted: Sequence[str]) -> bool:
    """True when ``text`` has one of the accepted answers in it, word for word after normalisation.

    "Russia" is in "Russia’s army", "Russia—once" and "Russia-backed", "O'Connor" in "O’Connor", "2-1" in "2–1"; "15
    million" is not in "1.5 million".
    """
    typed, answers = text.translate(_TYPED), [answer.translate(_TYPED) for answer in accepted]
    for normalised in (_told_apart, _with_points):
        words = f" {normalised(typed)} "
        if any(f" {told} " in words for answer in answers if (told := normalised(answer))):
            return True
    return False


def _with_points(text: str) -> str:
    """Normalised, but for points and dashes between figures: 1.5 is not 15, and 2-1 is 2–1 and not 21."""
    return normalise_answer(_DASH.sub("‐", _POINT.sub("·", text)))


def _told_apart(text: str) -> str:
    """Normalised, with a possessive's s gone, dashes and quotation marks between words, and decimal points kept."""
    return _with_points(_BREAKS.sub(" ", _POSSESSIVE.sub("", text)))


def first_right(relevant: Sequence[bool]) -> int | None:
    """Rank, from 1, of the first right passage; None when there is none."""
    return next((rank for rank, right in enumerate(relevant, start=1) if right), None)


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Share of questions, 0 to 1, with at least one right passage among the first ``k`` (also called success@k)."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks) if ranks else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of ``values`` do not exceed, by linear interpolation; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; 0 of none."""
    return sum(values) / len(values) if values else 0.0
