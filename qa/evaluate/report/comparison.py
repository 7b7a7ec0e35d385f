"""A comparison as lines for a terminal, and as one self-contained HTML page beside the reports of both runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from qa.evaluate.compare import Change, Comparison
from qa.evaluate.measures import SCORES
from qa.evaluate.report import plots
from qa.evaluate.report.page import write_page, write_report
from qa.evaluate.report.templates import render
from qa.terminal import plain

_WIDTH = 24
_LISTED = 10


def comparison_lines(found: Comparison, listed: int = _LISTED) -> Iterator[str]:
    """Every score of both with the difference, then the questions won and lost, the largest first."""
    yield f"{found.shared:,} questions in both; {found.only_first:,} only in A, {found.only_second:,} only in B."
    yield f"A {found.first.path}"
    yield f"B {found.second.path}"
    yield f"{'':{_WIDTH}} {'A':>7} {'B':>7} {'B - A':>8}   95% interval"
    for one in found.differences:
        interval = f"{one.low:+.3f} to {one.high:+.3f}"
        verdict = "" if one.verdict == "the same" else one.verdict
        label = SCORES[one.name].label
        values = f"{one.first:7.3f} {one.second:7.3f} {one.difference:+8.3f}"
        yield f"{label:{_WIDTH}} {values}   {interval}  {verdict}".rstrip()
    for name, changes in (("won", found.wins), ("lost", found.losses)):
        yield f"{len(changes):,} questions {name} by B" + (":" if changes else ".")
        yield from (f"  {plain(_change(change))}" for change in changes[:listed])
        if len(changes) > listed:
            yield f"  … and {len(changes) - listed:,} more, in the HTML"


def write_comparison(found: Comparison, out: Path, failed: Sequence[str] = ()) -> Path:
    """Write the page to ``out``, and ``report.html`` into the folders of both runs, which it links to."""
    reports = [write_report(run)[0] for run in (found.first, found.second)]
    links = [_link(report, out) for report in reports]
    text = render(
        "compare.html.j2",
        found=found,
        scores=SCORES,
        links=links,
        failed=failed,
        settings=_settings(found),
        plots=[
            ("Recall by k", "Is a right passage among the first k retrieved?",
             plots.recall_by_k([("A", found.first.rows), ("B", found.second.rows)])),
            ("Risk and coverage", "How often the surest answers are wrong, as more are given.",
             plots.risk_coverage([("A", found.first.rows), ("B", found.second.rows)])),
        ],
    )  # fmt: skip
    write_page(out, text)
    return out


def _link(report: Path, page: Path) -> str:
    """``report`` as a link from where ``page`` lies."""
    return quote(Path(os.path.relpath(report.resolve(), page.resolve().parent)).as_posix())


def _settings(found: Comparison) -> list[tuple[str, object, object]]:
    """What the runs were begun with that differs: settings, models, library."""
    differing = []
    for part in ("settings", "models", "library"):
        first, second = found.first.began_with[part], found.second.began_with[part]
        for name in first:
            if first[name] != second.get(name):
                differing.append((name.replace("_", " "), first[name], second.get(name)))
    return differing


def _change(change: Change) -> str:
    gave, gives = (row.given or "(abstained)" for row in (change.first, change.second))
    expected = " / ".join(change.second.expected) or "(nothing)"
    return (
        f"{change.gain:+.2f} {change.second.id} {change.second.question}  A: {gave}  B: {gives}  expected: {expected}"
    )
