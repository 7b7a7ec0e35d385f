"""Questions in other words than their passage's, as people ask them: training that rests less on the same word twice.

A word that the question shares with its passage gives way to a near one by the embedder (synonym replacement: Wei and
Zou, EDA, EMNLP 2019, with our embedder's neighbours for WordNet). Neighbours are not always synonyms; that noise is the
price, and why only a share of the questions is reworded.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from index.embedder import Embedder
from index.lexical import stem
from training.groups import Group

MOST_WORDS = 14_000
LEAST_COSINE = 0.68
CHOICES = 4
_WORD = re.compile(r"(?<![\w'’-])[a-z]{4,}(?![\w'’-])")
_KEPT = frozenset(
    "before after when where which whose what does first last more most less least many much year years none never "
    "without above below over under during since until that this these those there than other same each some".split()
)
"""Words for which another would make a different question of."""


def near_words(groups: Sequence[Group], embedder: Embedder) -> dict[str, tuple[str, ...]]:
    """For each frequent lower-case word of the groups, the nearest words of another stem, nearest first."""
    counts = Counter(
        word for group in groups for word in set(_WORD.findall(f"{group[0].question} {group[0].context}")) - _KEPT
    )
    words = [word for word, count in counts.most_common(MOST_WORDS) if count > 5 and stem(word)]
    vectors = embedder.encode(words)
    stems = [stem(word) for word in words]
    near = {}
    for place, word in enumerate(words):
        closeness = vectors @ vectors[place]
        nearest = [other for other in np.argsort(-closeness)[:16] if closeness[other] >= LEAST_COSINE]
        near[word] = tuple(words[other] for other in nearest if stems[other] != stems[place])[:CHOICES]
    return {word: others for word, others in near.items() if others}


def reword(groups: Sequence[Group], near: Mapping[str, tuple[str, ...]], share: float, seed: int) -> list[Group]:
    """The same groups, ``share`` of their questions with most words they share with the first passage replaced."""
    rng = random.Random(seed)
    return [_reworded(group, near, rng) if rng.random() < share else group for group in groups]


def _reworded(group: Group, near: Mapping[str, tuple[str, ...]], rng: random.Random) -> Group:
    shared = frozenset(stem(group[0].context))

    def other(match: re.Match[str]) -> str:
        word = match.group()
        if word not in near or not shared & set(stem(word)) or rng.random() < 0.25:
            return word
        return rng.choice(near[word])

    question = _WORD.sub(other, group[0].question)
    return tuple(replace(example, question=question) for example in group)
