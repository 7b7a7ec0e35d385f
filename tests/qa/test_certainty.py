"""Measures of certainty, on cases small enough to reckon by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from qa.evaluate.certainty import area_under_risk_coverage, expected_calibration_error


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
