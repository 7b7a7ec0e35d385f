"""Questions with their key name, number or date changed, so that the passage no longer answers them.

As in SQuAD 2.0's crowd-written unanswerable questions (Rajpurkar et al., ACL 2018, table 2: entity swap, number swap),
made by rule: the passage's own names and numbers take each other's place.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from training.examples import Example, without_answers

_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d|(?<![\w.,])\d(?![\w.,]*\d)")
_NAME = re.compile(r"(?<=[a-z,;] )(?!I\b)[A-Z][\w’-]+(?: [A-Z][\w’-]+)*")
"""Capitalised words inside a sentence: at its beginning any word has a capital."""


def altered(example: Example, rng: random.Random) -> Example | None:
    """The same passage with the question changed in one name or number that the passage holds, and no answer.

    None when the question has nothing to change or the passage nothing to put in its place.
    """
    asked, context = example.question, example.context
    accepted = [answer.lower() for answer, _ in example.answers]
    changes: list[tuple[re.Match[str], list[str]]] = []
    for pattern in (_NUMBER, _NAME):
        others = sorted({match.group() for match in pattern.finditer(context)})
        for match in pattern.finditer(asked):
            old = match.group()
            if match.start() and old in context:
                fits = [new for new in others if _differs(old, new, asked) and not _within(new.lower(), accepted)]
                changes += [(match, fits)] if fits else []
    if not changes:
        return None
    match, fits = rng.choice(changes)
    question = asked[: match.start()] + rng.choice(fits) + asked[match.end() :]
    return replace(without_answers(example, context, example.paragraph), id=f"{example.id}-altered", question=question)


def _differs(old: str, new: str, asked: str) -> bool:
    """No word in common: "Mr Lee" for "Lee" changes nothing; and not said by the question already."""
    if new in asked or old[:1].isdigit() != new[:1].isdigit():
        return False
    if old.isdigit() and (len(old) == 4) != (len(new) == 4):  # a year for a year
        return False
    return not set(old.lower().split()) & set(new.lower().split())


def _within(new: str, accepted: Sequence[str]) -> bool:
    return any(new in answer or answer in new for answer in accepted)
