"""What each least confidence would do, on cases small enough to reckon by hand."""

from __future__ import annotations

import numpy as np

from training.certainty import THRESHOLDS, by_threshold


def test_a_threshold_trades_answers_for_abstentions() -> None:
    given, f1 = np.array([0.9, 0.12, 0.45, 0.05]), np.array([1.0, 0.6, 0.0, 0.0])
    rows = by_threshold(given, f1 >= 0.5, f1, np.array([True, True, False, False]))
    by = {row["least"]: row for row in rows}
    assert tuple(by) == THRESHOLDS
    assert (by[0.0]["answered"], by[0.0]["f1"], by[0.0]["abstention_recall"]) == (1, 0.8, 0)
    assert (by[0.1]["answered"], by[0.1]["right"], by[0.1]["abstention_recall"]) == (0.75, 0.667, 0.5)
    assert (by[0.5]["answered"], by[0.5]["f1"], by[0.5]["abstention_recall"]) == (0.25, 0.5, 1)
    assert by[0.5]["score"] == 0.75
