"""Every score of a run: its name, what it means, and each question's part in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluate.certainty import area_under_risk_coverage, expected_calibration_error
from qa.evaluate.metrics import mean
from qa.evaluate.ranking import reciprocal_rank
from qa.evaluate.score import RIGHT_F1, Scored

Value = Callable[[Scored], float | None]


@dataclass(frozen=True, slots=True)
class Measure:
    """A score that is a mean over questions: ``value`` gives a question's part, None where it has none."""

    name: str
    label: str
    meaning: str
    value: Value
    higher_is_better: bool = True

    def values(self, scored: Sequence[Scored]) -> np.ndarray:
        """Each question's part, float64, NaN where it has none; shape (questions,)."""
        parts = (self.value(outcome) for outcome in scored)
        return np.array([np.nan if part is None else part for part in parts], dtype=float)


def mean_of(values: np.ndarray) -> float | None:
    """The mean of those that are there, added up in their order as the official SQuAD script does; None of none."""
    there = [value for value in values.tolist() if value == value]  # NaN alone is not itself
    return mean(there) if there else None


@dataclass(frozen=True, slots=True)
class Curve:
    """A score that is reckoned from all questions' confidence and whether their likeliest answer is right."""

    name: str
    label: str
    meaning: str
    statistic: Callable[[np.ndarray, np.ndarray], float]
    higher_is_better: bool = False


def _of_answerable(value: Callable[[Scored], float]) -> Value:
    return lambda row: value(row) if row.answerable and row.judged else None


def _of_retrievable(value: Callable[[Scored], float]) -> Value:
    return lambda row: value(row) if row.answerable else None


def _found_within(k: int) -> Value:
    return _of_retrievable(lambda row: float(row.rank is not None and row.rank <= k))


def _of_answered(value: Callable[[Scored], float]) -> Value:
    return lambda row: value(row) if row.answerable and row.judged and not row.abstained else None


MEASURES = (
    Measure("exact_match", "exact match", "answer equals an accepted one, of the answerable",
            _of_answerable(lambda row: row.exact_match)),
    Measure("f1", "F1", "words shared with the nearest accepted answer, of the answerable",
            _of_answerable(lambda row: row.f1)),
    Measure("exact_match_all", "exact match, all", "the same over all; abstaining is right where none answers",
            lambda row: row.exact_match if row.judged else None),
    Measure("f1_all", "F1, all", "the same over all; abstaining is right where none answers",
            lambda row: row.f1 if row.judged else None),
    Measure("recall_at_1", "recall@1", "a right passage is the first retrieved", _found_within(1)),
    Measure("recall_at_5", "recall@5", "a right passage is among the first 5", _found_within(5)),
    Measure("recall_at_20", "recall@20", "a right passage is among the first 20", _found_within(20)),
    Measure("mrr", "MRR", "1 over the rank of the first right passage",
            _of_retrievable(lambda row: reciprocal_rank(row.rank))),
    Measure("ndcg_at_10", "nDCG@10", "graded gain of the first 10 articles, of the best possible",
            lambda row: row.ndcg_at_10),
    Measure("article_recall_at_10", "article recall@10", "share of the relevant articles among the first 10",
            lambda row: row.article_recall_at_10),
    Measure("citation_precision", "citation precision", "citations whose quote holds an accepted answer",
            _of_answered(lambda row: sum(one["right"] for one in row.citations) / len(row.citations))),
    Measure("answer_citation", "answer's own citation", "answers whose own quote holds an accepted one",
            _of_answered(lambda row: float(row.cited_right))),
    Measure("citation_recall", "citation recall", "sentences of answers that have a citation",
            lambda row: row.sentences_cited / row.sentences if row.sentences else None),
    Measure("quotes_exact", "quotes exact", "questions all of whose quotes stand at their characters",
            lambda row: float(not row.quotes_wrong) if row.quotes else None),
    Measure("answered", "answered", "share of questions that are answered",
            lambda row: float(not row.abstained)),
    Measure("right_of_answered", "right of the answered", f"answers given that are right (F1 of at least {RIGHT_F1})",
            lambda row: float(row.answerable and row.f1 >= RIGHT_F1) if row.judged and not row.abstained else None),
    Measure("abstention_precision", "abstention precision", "abstentions that were from what is not answerable",
            lambda row: float(not row.answerable) if row.abstained else None),
    Measure("abstention_recall", "abstention recall", "the not answerable that were abstained from",
            lambda row: float(row.abstained) if not row.answerable else None),
)  # fmt: skip

CURVES = (
    Curve("risk_coverage_area", "risk-coverage area", "mean share of wrong answers over every coverage; 0 is best",
          area_under_risk_coverage),
    Curve("calibration_error", "calibration error", "mean gap of confidence and share right, in ten bins; 0 is best",
          expected_calibration_error),
)  # fmt: skip

SCORES: dict[str, Measure | Curve] = {score.name: score for score in (*MEASURES, *CURVES)}
"""Every score by its name, in the order they are shown."""


def certainty_of(scored: Sequence[Scored]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence, float64, and whether the likeliest answer is right, bool, of every judged question.

    A withheld answer counts as it would have been given; no answer is right where the articles have none.
    """
    judged = [row for row in scored if row.judged]
    given = np.array([row.confidence for row in judged], dtype=float)
    right = np.array([row.answerable and row.best_f1 >= RIGHT_F1 for row in judged], dtype=bool)
    return given, right
