"""Two rankings into one: the dense and the lexical hits of a question, fused by score or by rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Ranking = Sequence[tuple[int, float]]
Method = Literal["scores", "ranks"]
RANK_CONSTANT = 60
DENSE_WEIGHT = 0.4
"""Share of the dense score in the fused one: best on the development questions (``benchmarks/retrieval.py``)."""


def fuse(dense: Ranking, lexical: Ranking, method: Method = "scores", dense_weight: float = DENSE_WEIGHT) -> Ranking:
    """Merge two rankings of (passage id, score), best first, into one, weighted ``dense_weight`` to its rest.

    ``scores`` adds the two scores as they are: a cosine, and a share of the BM25 possible, both about 0 to 1 whatever
    the question, so that the better match decides (a convex combination under a theoretical maximum: Bruch,
    Gai and Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023). ``ranks`` is reciprocal rank
    fusion with constant 60 (Cormack, Clarke and Büttcher, SIGIR 2009). A passage missing from one side gets 0 of it.
    Ties keep the order of the ids.
    """
    fused: dict[int, float] = {}
    for ranking, weight in ((dense, dense_weight), (lexical, 1 - dense_weight)):
        for number, score in ranking if method == "scores" else _by_rank(ranking):
            fused[number] = fused.get(number, 0.0) + weight * score
    return sorted(fused.items(), key=lambda item: (-item[1], item[0]))


def _by_rank(ranking: Ranking) -> Ranking:
    return [(number, (RANK_CONSTANT + 1) / (RANK_CONSTANT + place)) for place, (number, _) in enumerate(ranking, 1)]
