"""Measures of certainty on cases small enough to reckon by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.certainty import THRESHOLDS, area_under_risk_coverage, by_threshold, expected_calibration_error


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


def test_a_threshold_trades_answers_for_abstentions() -> None:
    given, f1 = np.array([0.9, 0.12, 0.45, 0.05]), np.array([1.0, 0.6, 0.0, 0.0])
    rows = by_threshold(given, f1 >= 0.5, f1, np.array([True, True, False, False]))
    by = {row["least"]: row for row in rows}
    assert tuple(by) == THRESHOLDS
    assert (by[0.0]["answered"], by[0.0]["f1"], by[0.0]["abstention_recall"]) == (1, 0.8, 0)
    assert (by[0.1]["answered"], by[0.1]["right"], by[0.1]["abstention_recall"]) == (0.75, 0.667, 0.5)
    assert (by[0.5]["answered"], by[0.5]["f1"], by[0.5]["abstention_recall"]) == (0.25, 0.5, 1)
    assert by[0.5]["score"] == 0.75
