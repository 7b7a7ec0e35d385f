"""What an article's passages hold of a query together: one sentence seldom has all that a long question tells of."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from index.article import Passage
from index.fusion import Ranking
from index.lexical import query_words, terms

ARTICLE_WEIGHT = 0.25
"""Of the article's share, for each of the passage's own score: see ``docs/evaluation.md``."""


def by_article(
    query: str, ranking: Ranking, passages: Mapping[int, Passage], weight: float = ARTICLE_WEIGHT
) -> Ranking:
    """``ranking`` of fused scores (about 0 to 1) anew, by what each passage's article holds of the query besides.

    That is the share, 0 to 1, of the query's telling stems that ``passages`` of the article, those found, hold
    together; a stem counts as BM25's does, by how few of ``passages`` hold it. A number that is not among ``passages``
    has no share. Scores stay about 0 to 1; ties keep the order of the ids.
    """
    words = query_words(query)
    asked = frozenset(words)
    held = {number: asked.intersection(terms(passage.text)) for number, passage in passages.items()}
    together: dict[str, set[str]] = {}
    for number, found in held.items():
        together.setdefault(passages[number].article_id, set()).update(found)
    holding = Counter(word for found in held.values() for word in found)
    tells = {word: math.log(1 + len(held) / (1 + holding[word])) for word in words}
    most = sum(tells.values()) or 1.0
    share = {article_id: sum(tells[word] for word in sorted(found)) / most for article_id, found in together.items()}

    def score(number: int, own: float) -> float:
        passage = passages.get(number)
        return (own + weight * (share[passage.article_id] if passage else 0.0)) / (1 + weight)

    again = [(number, score(number, own)) for number, own in ranking]
    return sorted(again, key=lambda hit: (-hit[1], hit[0]))
