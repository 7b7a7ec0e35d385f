"""What each least confidence would do; how good a certainty is stands in ``qa.evaluate.certainty``.

All take ``given``, the stated probabilities, shape (questions,), and ``right``, whether each answer is right, bool.
"""

from __future__ import annotations

import numpy as np

THRESHOLDS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8)


def by_threshold(
    given: np.ndarray, right: np.ndarray, f1: np.ndarray, answerable: np.ndarray
) -> list[dict[str, float]]:
    """For each least confidence: share answered, right among those, F1 of the answerable, abstention recall, and score.

    ``f1`` is each answer's, 0 where nothing answers; ``score`` is the mean over all questions of the F1 of the
    answerable and of the abstentions from the others (Rajpurkar et al., ACL 2018).
    """
    rows = []
    for least in THRESHOLDS:
        answered = given >= least
        rows.append(
            {
                "least": least,
                "answered": round(float(answered.mean()), 3),
                "right": round(float(right[answered].mean()), 3) if answered.any() else 1.0,
                "f1": round(float((f1 * answered)[answerable].mean()), 3),
                "abstention_recall": round(float((~answered)[~answerable].mean()), 3),
                "score": round(float(np.where(answerable, f1 * answered, ~answered).mean()), 3),
            }
        )
    return rows
