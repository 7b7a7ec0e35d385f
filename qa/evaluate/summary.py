"""The scores of a run, each with its 95% interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa.evaluate.bootstrap import interval_of, mean_interval
from qa.evaluate.causes import CAUSES
from qa.evaluate.measures import CURVES, MEASURES, certainty_of, mean_of
from qa.evaluate.metrics import percentile
from qa.evaluate.score import Scored

_PLACES = 4


@dataclass(frozen=True, slots=True)
class Score:
    """A score, its 95% interval, and the number of questions it is of."""

    value: float
    low: float
    high: float
    questions: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A set's scores by name (``qa.evaluate.measures.SCORES``); one that no question has a part in is left out."""

    questions: int
    answerable: int
    quotes_checked: int
    quotes_wrong: int
    scores: dict[str, Score]
    causes: dict[str, int]

    def value(self, name: str) -> float:
        """A score by name; 0 where no question has a part in it."""
        return self.scores[name].value if name in self.scores else 0.0

    def as_dict(self) -> dict[str, Any]:
        """A JSON-ready dict: the counts, each score's value under its name, its interval under ``intervals``."""
        return {
            "questions": self.questions,
            "answerable": self.answerable,
            **{name: score.value for name, score in self.scores.items()},
            "quotes_checked": self.quotes_checked,
            "quotes_wrong": self.quotes_wrong,
            "causes": self.causes,
            "intervals": {name: [score.low, score.high] for name, score in self.scores.items()},
            "of": {name: score.questions for name, score in self.scores.items()},
        }

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> Summary:
        """The summary that ``as_dict`` wrote down."""
        scores = {
            name: Score(float(found[name]), float(low), float(high), int(found["of"][name]))
            for name, (low, high) in found["intervals"].items()
        }
        return cls(
            questions=int(found["questions"]),
            answerable=int(found["answerable"]),
            quotes_checked=int(found["quotes_checked"]),
            quotes_wrong=int(found["quotes_wrong"]),
            scores=scores,
            causes=dict(found["causes"]),
        )


def summarise(scored: Sequence[Scored], seed: int = 0) -> Summary:
    """Every score over a set; the same ``seed`` gives the same intervals."""
    scores = {}
    for measure in MEASURES:
        values = measure.values(scored)
        value = mean_of(values)
        if value is not None:
            count = int((~np.isnan(values)).sum())
            scores[measure.name] = _rounded(value, mean_interval(values, seed), count)
    given, right = certainty_of(scored)
    for curve in CURVES:
        if len(given):
            interval = interval_of(_resampled(curve.statistic, given, right), len(given), seed)
            scores[curve.name] = _rounded(curve.statistic(given, right), interval, len(given))
    causes = Counter(row.cause for row in scored)
    return Summary(
        questions=len(scored),
        answerable=sum(row.answerable for row in scored),
        quotes_checked=sum(row.quotes for row in scored),
        quotes_wrong=sum(row.quotes_wrong for row in scored),
        scores=scores,
        causes={cause: causes[cause] for cause in CAUSES},
    )


def breakdown(scored: Sequence[Scored], keys: Callable[[Scored], Sequence[str]]) -> dict[str, dict[str, float]]:
    """Count and plain means by key (a tag, a publisher, a question word), the most frequent key first."""
    groups: dict[str, list[Scored]] = {}
    for row in scored:
        for key in keys(row):
            groups.setdefault(key, []).append(row)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return {key: {"questions": len(rows), **_means(rows)} for key, rows in ordered}


def time_scores(scored: Sequence[Scored], seed: int = 0) -> dict[str, Any]:
    """Median and 95th percentile, in milliseconds, of each stage of ``ask`` and of the whole, with their intervals."""
    stages: dict[str, list[float]] = {}
    for row in scored:
        for stage, spent in (*row.stages, ("ask", row.milliseconds)):
            stages.setdefault(stage, []).append(spent)
    return {stage: _time(np.array(spent), seed) for stage, spent in stages.items()}


def _time(spent: np.ndarray, seed: int) -> dict[str, Any]:
    found: dict[str, Any] = {"mean": round(float(spent.mean()), 2)}
    for name, share in (("median", 0.5), ("p95", 0.95)):

        def at(places: np.ndarray, share: float = share) -> float:
            return float(np.quantile(spent[places], share))

        found[name] = round(percentile(list(spent), share), 2)
        found[f"{name}_interval"] = [round(edge, 2) for edge in interval_of(at, len(spent), seed)]
    return found


def _means(rows: Sequence[Scored]) -> dict[str, float]:
    means = {}
    for measure in MEASURES:
        value = mean_of(measure.values(rows))
        if value is not None:
            means[measure.name] = round(value, _PLACES)
    return means


def _resampled(
    statistic: Callable[[np.ndarray, np.ndarray], float], given: np.ndarray, right: np.ndarray
) -> Callable[[np.ndarray], float]:
    return lambda places: statistic(given[places], right[places])


def _rounded(value: float, interval: tuple[float, float], questions: int) -> Score:
    return Score(value, round(interval[0], _PLACES), round(interval[1], _PLACES), questions)
