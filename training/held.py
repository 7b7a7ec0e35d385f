"""Which texts share words with the passages that are kept back, however they were cut, joined or spaced.

Sets made of the same articles hold the same sentences in other passages (QAMR asks of single Wikipedia sentences), so
to compare whole passages finds nothing; thirteen words in a row, here twelve, are what is taken for the same text in
checks of this kind (Brown et al., NeurIPS 2020, appendix C).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from training.examples import Example

SHARED_WORDS = 12
"""As many words in a row as are not in two texts by chance."""

_WORD = re.compile(r"\w+")


class HeldBack:
    """The runs of words of the examples kept back for development and report."""

    def __init__(self, held: Iterable[Example]) -> None:
        contexts = {example.context for example in held}
        self._runs = {run for context in contexts for run in _runs(context)}
        self._short = {tuple(words) for context in contexts if len(words := _words(context)) < SHARED_WORDS}

    def shares(self, text: str) -> bool:
        """True when ``text`` has twelve words in a row of a passage kept back, or is a shorter one."""
        return not self._runs.isdisjoint(_runs(text)) or (bool(self._short) and tuple(_words(text)) in self._short)

    def check(self, examples: Iterable[Example]) -> None:
        """Raise ValueError when one of the examples is over a passage that shares words with those kept back."""
        for context, name in {example.context: example.id for example in examples}.items():
            if self.shares(context):
                raise ValueError(f"Training example {name!r} uses a held-back passage.")

    def without(self, examples: Sequence[Example]) -> list[Example]:
        """The examples over passages that share nothing with those kept back."""
        known = {context: self.shares(context) for context in {example.context for example in examples}}
        return [example for example in examples if not known[example.context]]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    words = _words(text)
    return zip(*(words[place:] for place in range(SHARED_WORDS)), strict=False)
