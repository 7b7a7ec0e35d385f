"""The plots of a run: risk against coverage, reliability, recall by k, time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from qa.evaluate.certainty import BINS, reliability, risk_by_coverage
from qa.evaluate.measures import certainty_of
from qa.evaluate.metrics import percentile, recall_at
from qa.evaluate.report.charts import PERCENT, Axis, Bar, Line, Mark, chart, nice_ticks, thinned
from qa.evaluate.score import Scored

_TIME_BARS = 24


def risk_coverage(runs: Sequence[tuple[str, Sequence[Scored]]]) -> Markup | None:
    """Share of wrong answers among the surest, of each named run; None where nothing is judged."""
    lines = []
    marks = []
    for number, (name, rows) in enumerate(runs):
        given, right = certainty_of(rows)
        if not len(given):
            continue
        risk = risk_by_coverage(given, right)
        points = [((place + 1) / len(risk), float(value)) for place, value in enumerate(risk)]
        lines.append(Line(name, thinned(points), ("main", "second")[number]))
        if len(runs) == 1:
            best = np.sort(~right).cumsum() / np.arange(1, len(right) + 1)
            ideal = [((place + 1) / len(best), float(value)) for place, value in enumerate(best)]
            lines.append(Line("the best order there could be", thinned(ideal), "faint"))
            marks.append(Mark(float(np.mean([not row.abstained for row in rows if row.judged])), "answered"))
    if not lines:
        return None
    return chart(
        "Risk against coverage",
        Axis("share answered, surest first", 0, 1, PERCENT),
        Axis("share of them wrong", 0, 1, PERCENT),
        lines,
        marks=marks,
    )


def reliability_diagram(rows: Sequence[Scored]) -> Markup | None:
    """Share right by stated confidence; on the diagonal, a confidence means what it says."""
    given, right = certainty_of(rows)
    if not len(given):
        return None
    bars = []
    for one in reliability(given, right):
        place = min(int(one.confidence * BINS), BINS - 1)
        words = f"{one.count} questions, mean confidence {one.confidence:.0%}, {one.right:.0%} right"
        bars.append(Bar(place / BINS, (place + 1) / BINS, one.right, words))
    return chart(
        "Reliability of the stated confidence",
        Axis("stated confidence", 0, 1, PERCENT),
        Axis("share right", 0, 1, PERCENT),
        [Line("a confidence that means what it says", [(0, 0), (1, 1)], "faint")],
        bars,
    )


def recall_by_k(runs: Sequence[tuple[str, Sequence[Scored]]]) -> Markup | None:
    """Share of answerable questions with a right passage among the first k, for every k that was read."""
    lines = []
    most = max((len(row.passages) for _, rows in runs for row in rows), default=0)
    for number, (name, rows) in enumerate(runs):
        ranks = [row.rank for row in rows if row.answerable]
        if ranks and most:
            points = [(float(k), recall_at(ranks, k)) for k in range(1, most + 1)]
            lines.append(Line(name, points, ("main", "second")[number], dots=most <= 30))
    if not lines:
        return None
    ticks = [float(k) for k in sorted({1, *range(5, most + 1, max(5, most // 6 // 5 * 5))})]
    return chart(
        "Recall by number of passages retrieved",
        Axis("passages retrieved, k", 1, max(most, 2), ticks, ".0f"),
        Axis("recall@k", 0, 1, PERCENT),
        lines,
        legend_below=True,
    )


def times(rows: Sequence[Scored]) -> Markup | None:
    """How long an answer took: the number of questions by milliseconds, to the 99th percentile."""
    spent = [row.milliseconds for row in rows if row.milliseconds]
    if not spent:
        return None
    end = max(percentile(spent, 0.99), 1.0)
    counts, edges = np.histogram(np.minimum(spent, end), bins=_TIME_BARS, range=(0, end))
    bars = [
        Bar(float(left), float(right), int(count), f"{left:.0f} to {right:.0f} ms: {count} questions")
        for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True)
        if count
    ]
    ups = nice_ticks(float(counts.max()))
    return chart(
        "Time of an answer",
        Axis("milliseconds", 0, end, [tick for tick in nice_ticks(end) if tick <= end], ".0f"),
        Axis("questions", 0, ups[-1], ups, ".0f"),
        bars=bars,
        marks=[Mark(percentile(spent, 0.5), "median")],
    )
