"""Measures of certainty, on cases small enough to reckon by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from qa.evaluate.certainty import area_under_risk_coverage, expected_calibration_error, reliability


def test_calibration_error_is_the_gap_of_each_bin_by_its_size() -> None:
    given = np.array([0.05, 0.05, 0.95, 0.95])
    assert expected_calibration_error(given, np.array([False, False, True, True])) == pytest.approx(0.05)
    assert expected_calibration_error(given, np.array([False, True, True, True])) == pytest.approx(0.25)
    assert expected_calibration_error(np.array([1.0]), np.array([True])) == 0


def test_area_is_smallest_when_the_sure_are_the_right() -> None:
    right = np.array([True, True, False, False])
    best = area_under_risk_coverage(np.array([0.9, 0.8, 0.2, 0.1]), right)
    worst = area_under_risk_coverage(np.array([0.1, 0.2, 0.8, 0.9]), right)
    assert best == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert worst == pytest.approx((1 + 1 + 2 / 3 + 1 / 2) / 4)


ANSWERS = st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans()), min_size=2, max_size=40)


@given_any(ANSWERS)
def test_bins_are_those_of_scikit_learn(answers: list[tuple[float, bool]]) -> None:
    given = np.array([confidence for confidence, _ in answers])
    right = np.array([is_right for _, is_right in answers])
    if np.isclose(given * 10, np.round(given * 10)).any():  # an edge between bins falls to either side
        return
    shares, confidences = calibration_curve(right, given, n_bins=10)
    bins = reliability(given, right)
    assert [one.right for one in bins] == pytest.approx(list(shares))
    assert [one.confidence for one in bins] == pytest.approx(list(confidences))


@given_any(ANSWERS)
def test_area_is_the_mean_of_the_risk_among_the_surest_of_every_number(answers: list[tuple[float, bool]]) -> None:
    answers.sort(key=lambda answer: -answer[0])
    risks = [sum(not is_right for _, is_right in answers[:most]) / most for most in range(1, len(answers) + 1)]
    given, right = np.array([one for one, _ in answers]), np.array([one for _, one in answers])
    assert area_under_risk_coverage(given, right) == pytest.approx(sum(risks) / len(risks))
