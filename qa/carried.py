"""Who else carries a cited sentence: the earliest of an article's copies that has it, and the other outlets' names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.article import Article
from index.lexical import stem
from index.passages import sentence_spans
from qa.evaluate.metrics import normalise_answer

_ALIKE = 0.6
"""Share of common words from which two copies' sentences are the same one, edited (Jaccard)."""
_NAMED = 2
"""Outlets that are named, the others counted."""
_NOT_WITHIN, _NOR_BEFORE_MORE = r"(?<!\w)(?<!\d[.,])", r"(?!\w)(?![.,]\d)"
"""Around an answer that is not a part of another word or figure: 4 is not in 14, nor in 4.5."""
_NOT = re.compile(r"n't\b", re.IGNORECASE)
_TURNS = frozenset("not no nor never without against cannot".split())
"""Words that turn a sentence into another; where only one of two alike has one, they do not say the same."""
_TELLS = frozenset(stem("said says told tells added stated according reported announced"))
"""Stems that one desk puts for another's without saying another thing."""
_STRAIGHT = str.maketrans("“”‘’–—−\u00a0", "\"\"''--- ")
"""Character for character: places in the one text are places in the other."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence of an article and the answer in it, as character offsets into the article's text."""

    article: Article
    start: int
    end: int
    answer_start: int
    answer_end: int


def earliest(read: Cited, copies: Iterable[Article]) -> tuple[Cited, tuple[str, ...]]:
    """The sentence in the earliest of the article and its copies that carry it, and who else does.

    A copy carries it when a sentence of its own has the answer as often, letter for letter but for the kind of
    quotation marks, and most of the words, and no telling word in another's place: prices that fell did not rise.
    Articles without a date come last; of those that appeared on a day, the one that was read.

    Returns:
        what to cite, and the publishers of the others (or their ids, where no publisher is known), each once.
    """
    told = _telling(read)
    found = [one for copy in copies if (one := carried(read, copy))]
    carrying = [read, *(one for one in found if told <= (theirs := _telling(one)) or theirs <= told)]
    first = min(carrying, key=lambda cited: (not cited.article.published, cited.article.published))
    own = first.article.publisher
    names = (cited.article.publisher or cited.article.id for cited in carrying if cited.article.id != first.article.id)
    return first, tuple(name for name in dict.fromkeys(names) if name != own)


def also_in(names: Sequence[str]) -> str:
    """The outlets that carry a sentence too, in words: ``also in A, B and 3 others``; empty for none."""
    if not names:
        return ""
    shown, more = list(names[:_NAMED]), len(names) - _NAMED
    if more > 0:
        shown.append("one other" if more == 1 else f"{more} others")
    *before, last = shown
    return f"also in {', '.join(before)} and {last}" if before else f"also in {last}"


def straight(text: str) -> str:
    """The text with typewriter quotation marks, hyphens and spaces, each character in its place."""
    return text.translate(_STRAIGHT)


def carried(read: Cited, copy: Article) -> Cited | None:
    """The sentence of a copy that is the one read, edited or not, if it is there."""
    text, own = straight(copy.text), straight(read.article.text)
    answer = own[read.answer_start : read.answer_end]
    if answer not in text:
        return None
    before = _NOT_WITHIN if re.compile(_NOT_WITHIN).match(own, read.answer_start) else ""
    after = _NOR_BEFORE_MORE if re.compile(_NOR_BEFORE_MORE).match(own, read.answer_end) else ""
    apart = re.compile(f"{before}{re.escape(answer)}{after}")
    own_places = [match.start() for match in apart.finditer(own, read.start, read.end)]
    if read.answer_start not in own_places:
        return None
    words, which = _words(read.article.text[read.start : read.end]), own_places.index(read.answer_start)
    found = []
    for start, end in sentence_spans(copy.text):
        places = [match.start() for match in apart.finditer(text, start, end)]
        if (
            len(places) == len(own_places)
            and (alike := _alike(words, theirs := _words(copy.text[start:end]))) >= _ALIKE
            and not _turned(words, theirs)
        ):
            found.append((alike, -start, Cited(copy, start, end, places[which], places[which] + len(answer))))
    return max(found)[2] if found else None


def _words(text: str) -> frozenset[str]:
    return frozenset(normalise_answer(_NOT.sub(" not", straight(text))).split())


def _telling(cited: Cited) -> frozenset[str]:
    """The stems of what a sentence says."""
    return frozenset(stem(_NOT.sub(" not", straight(cited.article.text[cited.start : cited.end])))) - _TELLS


def _turned(one: frozenset[str], other: frozenset[str]) -> bool:
    """True when what only one of two sentences has makes it say another thing: a negation, or a figure for a figure."""
    ours, theirs = one - other, other - one
    figures = [any(any(sign.isdigit() for sign in word) for word in words) for words in (ours, theirs)]
    return bool((ours | theirs) & _TURNS) or all(figures)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))
