"""Measures of a ranking of articles against the grades they were judged with, as trec_eval reckons them.

``ranked`` holds article ids, best first, each once; ``grades`` the judged ones, a grade above 0 meaning relevant.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence


def distinct(ids: Iterable[str]) -> list[str]:
    """Each id once, where it first stands: the ranking of articles that a ranking of passages gives."""
    return list(dict.fromkeys(ids))


def recall(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Share of the relevant articles that are among the first ``k`` (trec_eval's recall_k); 0 when none is."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(first: int | None) -> float:
    """1 over the rank of the first right one, 0 when there is none; its mean is MRR (Voorhees, TREC-8, 1999)."""
    return 1 / first if first else 0.0


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Normalised discounted cumulative gain of the first ``k`` (Järvelin and Kekäläinen, TOIS 2002).

    The gain is the grade, the discount log2(rank + 1), as in trec_eval's ndcg_cut; 0 when nothing is relevant.
    """
    ideal = _gain(sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k])
    return _gain([max(grades.get(name, 0), 0) for name in ranked[:k]]) / ideal if ideal else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
