"""Intervals: seeded, around the value, as wide as theory has it, narrower for differences of pairs."""

from __future__ import annotations

import numpy as np
import pytest

from qa.evaluate.bootstrap import interval_of, mean_interval, paired_differences, tails

COIN = np.array([1.0, 0.0] * 200)


def test_the_interval_of_a_mean_is_about_that_of_the_normal_approximation() -> None:
    low, high = mean_interval(COIN, seed=1)
    assert low == pytest.approx(0.5 - 1.96 * 0.5 / 20, abs=0.01) and high == pytest.approx(
        0.5 + 1.96 * 0.5 / 20, abs=0.01
    )


def test_the_same_seed_gives_the_same_interval_and_another_does_not() -> None:
    assert mean_interval(COIN, seed=1) == mean_interval(COIN, seed=1) != mean_interval(COIN, seed=2)


def test_questions_without_a_part_do_not_count() -> None:
    values = np.array([1.0, np.nan, 1.0, np.nan])
    assert mean_interval(values, seed=0) == (1, 1)
    assert mean_interval(np.array([]), seed=0) == mean_interval(np.array([np.nan]), seed=0) == (0, 0)


def test_a_general_statistic_has_the_interval_of_the_mean_when_it_is_the_mean() -> None:
    low, high = interval_of(lambda places: float(COIN[places].mean()), len(COIN), seed=3, resamples=2000)
    assert (low, high) == pytest.approx(mean_interval(COIN, seed=1), abs=0.01)


def test_pairs_that_differ_alike_differ_surely() -> None:
    assert tails(paired_differences(COIN, COIN, seed=0)) == (0, 0)
    assert tails(paired_differences(COIN, COIN - 0.25, seed=0)) == pytest.approx((-0.25, -0.25))
