"""How good a certainty is: calibration error, and risk against coverage.

All take ``given``, the stated probabilities, shape (questions,), and ``right``, whether each answer is right, bool.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence: how many, their mean confidence, and the share of them that is right."""

    count: int
    confidence: float
    right: float


def reliability(given: np.ndarray, right: np.ndarray, bins: int = BINS) -> list[Bin]:
    """The answers in ``bins`` equal bins of confidence, lowest first; a bin that nothing falls into is left out."""
    places = np.minimum((given * bins).astype(int), bins - 1)
    inside = [places == place for place in range(bins)]
    return [Bin(int(at.sum()), float(given[at].mean()), float(right[at].mean())) for at in inside if at.any()]


def expected_calibration_error(given: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Mean gap of confidence and share right over ``bins`` equal bins, by their size (Guo et al., ICML 2017)."""
    if not len(given):
        return 0.0
    return sum(abs(one.confidence - one.right) * one.count for one in reliability(given, right, bins)) / len(given)


def risk_by_coverage(given: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Share of wrong answers among the surest 1, 2, …, all: the risk-coverage curve, shape (questions,)."""
    wrong = ~right[np.argsort(-given, kind="stable")]
    return np.asarray(wrong.cumsum() / np.arange(1, len(wrong) + 1))


def area_under_risk_coverage(given: np.ndarray, right: np.ndarray) -> float:
    """Mean risk over every coverage (Geifman and El-Yaniv, NeurIPS 2017); 0 is best."""
    return float(risk_by_coverage(given, right).mean()) if len(given) else 0.0
