"""Two runs side by side: paired differences of every score, and what each wins and loses, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.errors import QuestionError
from qa.evaluate.bootstrap import RESAMPLES, paired_differences, tails
from qa.evaluate.measures import CURVES, MEASURES, SCORES, certainty_of, mean_of
from qa.evaluate.run_folder import Run
from qa.evaluate.score import Scored
from qa.evaluate.summary import summarise

_PLACES = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """A score of both runs on the questions they share, and the second less the first with its 95% interval.

    ``verdict`` is ``better``, ``worse`` or ``no clear difference`` (the interval holds 0), or ``the same``.
    """

    name: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Change:
    """A question that the runs do not do equally well on; ``gain`` is the second's credit less the first's."""

    first: Scored
    second: Scored
    gain: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What ``compare`` found; ``only_first`` and ``only_second`` count the questions that the other run has not.

    ``first_shared`` and ``second_shared`` are the runs as if they had asked only the questions that both have.
    """

    first: Run
    second: Run
    first_shared: Run
    second_shared: Run
    shared: int
    only_first: int
    only_second: int
    differences: tuple[Difference, ...]
    wins: tuple[Change, ...]
    losses: tuple[Change, ...]


def compare(first: Run, second: Run, seed: int = 0) -> Comparison:
    """Compare two finished runs on the questions that are the same in both (id, words, accepted answers).

    Raises:
        QuestionError: one is not finished, or they share no question.
    """
    for run in (first, second):
        run.finished()
    theirs = {_key(row): row for row in second.rows}
    pairs = [(row, theirs[_key(row)]) for row in first.rows if _key(row) in theirs]
    if not pairs:
        raise QuestionError(f"The runs {first.path} and {second.path} have no question in common.")
    changes = [Change(one, other, round(credit(other) - credit(one), _PLACES)) for one, other in pairs]
    ordered = sorted(changes, key=lambda change: -abs(change.gain))
    return Comparison(
        first,
        second,
        _only(first, [one for one, _ in pairs], seed),
        _only(second, [other for _, other in pairs], seed),
        len(pairs),
        len(first.rows) - len(pairs),
        len(second.rows) - len(pairs),
        tuple(_differences([one for one, _ in pairs], [other for _, other in pairs], seed)),
        tuple(change for change in ordered if change.gain > 0),
        tuple(change for change in ordered if change.gain < 0),
    )


def _only(run: Run, rows: Sequence[Scored], seed: int) -> Run:
    if len(rows) == len(run.rows):
        return run
    return replace(run, rows=tuple(rows), summary=summarise(rows, seed))


def credit(row: Scored) -> float:
    """What a question counts, 0 to 1: its F1, an abstention where nothing answers 1; else its reciprocal rank."""
    if row.judged:
        return row.f1
    return 1 / row.rank if row.rank else 0.0


def _key(row: Scored) -> tuple[object, ...]:
    return row.id, row.question, row.expected, row.articles


def _differences(first: Sequence[Scored], second: Sequence[Scored], seed: int) -> list[Difference]:
    found = []
    for measure in MEASURES:
        ours, theirs = measure.values(first), measure.values(second)
        before, after = mean_of(ours), mean_of(theirs)
        if before is not None and after is not None:
            interval = tails(paired_differences(ours, theirs, seed))
            found.append(_difference(measure.name, before, after, interval))
    (given, right), (given_then, right_then) = certainty_of(first), certainty_of(second)
    random = np.random.default_rng(seed)
    draws = [random.integers(0, len(given), len(given)) for _ in range(RESAMPLES // 4)] if len(given) else []
    for curve in CURVES if draws else ():
        resampled = [
            curve.statistic(given_then[places], right_then[places]) - curve.statistic(given[places], right[places])
            for places in draws
        ]
        values = curve.statistic(given, right), curve.statistic(given_then, right_then)
        found.append(_difference(curve.name, *values, tails(np.array(resampled))))
    return found


def _difference(name: str, first: float, second: float, interval: tuple[float, float]) -> Difference:
    low, high = (round(edge, _PLACES) for edge in interval)
    if first == second and low == high == 0:
        verdict = "the same"
    elif low <= 0 <= high:
        verdict = "no clear difference"
    else:
        verdict = "better" if (second > first) == SCORES[name].higher_is_better else "worse"
    return Difference(
        name, round(first, _PLACES), round(second, _PLACES), round(second - first, _PLACES), low, high, verdict
    )
