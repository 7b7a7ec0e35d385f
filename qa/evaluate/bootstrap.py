"""95% intervals by the percentile bootstrap over questions (Efron and Tibshirani, 1993), seeded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RESAMPLES = 2_000
_AT_ONCE = 100
_TAILS = (2.5, 97.5)


def mean_interval(values: np.ndarray, seed: int, resamples: int = RESAMPLES) -> tuple[float, float]:
    """The interval of the mean of ``values``, shape (questions,), of which NaN is left out of each resample's mean.

    Questions are drawn with replacement, also those whose value is NaN: how many count varies as it would.
    """
    return tails(_means(values[:, None], seed, resamples)[:, 0])


def paired_differences(first: np.ndarray, second: np.ndarray, seed: int, resamples: int = RESAMPLES) -> np.ndarray:
    """Mean of ``second`` less mean of ``first`` in each resample, both of the same questions; shape (resamples,)."""
    means = _means(np.stack([first, second], axis=1), seed, resamples)
    return np.asarray(means[:, 1] - means[:, 0])


def interval_of(
    statistic: Callable[[np.ndarray], float], count: int, seed: int, resamples: int = RESAMPLES // 4
) -> tuple[float, float]:
    """The interval of any ``statistic`` of question places, an int array with repeats; fewer resamples: it is slow."""
    if not count:
        return 0.0, 0.0
    random = np.random.default_rng(seed)
    return tails(np.array([statistic(random.integers(0, count, count)) for _ in range(resamples)]))


def _means(values: np.ndarray, seed: int, resamples: int) -> np.ndarray:
    """Means of each column in each resample, shape (resamples, columns); NaN where a resample has nothing to count."""
    count = len(values)
    if not count:
        return np.full((resamples, values.shape[1]), np.nan)
    random = np.random.default_rng(seed)
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    means = []
    for first in range(0, resamples, _AT_ONCE):
        rows = min(_AT_ONCE, resamples - first)
        times = random.multinomial(count, np.full(count, 1 / count), size=rows).astype(float)
        with np.errstate(invalid="ignore"):
            means.append((times @ filled) / (times @ there))
    return np.concatenate(means)


def tails(found: np.ndarray) -> tuple[float, float]:
    """The 95% interval of resampled values, NaN left out; (0, 0) of none."""
    found = found[~np.isnan(found)]
    if not len(found):
        return 0.0, 0.0
    low, high = np.percentile(found, _TAILS)
    return float(low), float(high)
