"""A sweep as a table for a terminal, and as one self-contained HTML page with a table and a plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from qa.evaluate.measures import SCORES
from qa.evaluate.report.charts import PERCENT, Axis, Line, chart, nice_ticks
from qa.evaluate.report.page import write_page, write_report
from qa.evaluate.report.templates import render
from qa.evaluate.sweep import Cell, label

SHOWN = {
    "f1_all": "F1, all",
    "f1": "F1",
    "exact_match": "exact",
    "recall_at_5": "recall@5",
    "citation_precision": "cites",
    "answered": "answered",
    "right_of_answered": "right",
    "abstention_recall": "abstains",
}
"""The scores of the table, and what they are called in it."""
_BY = "f1_all"
"""What the best cell is best by, and what is plotted: it counts answers and abstentions alike."""
_STYLES = ("main", "second", "third", "fourth", "fifth")


def sweep_lines(cells: Sequence[Cell]) -> Iterator[str]:
    """A line a combination, and the best."""
    wide = max(len(label(cell.settings)) for cell in cells)
    yield f"{'':{wide}}  " + "  ".join(f"{short:>8}" for short in SHOWN.values())
    for cell in cells:
        scores = cell.run.finished().scores
        values = (f"{scores[name].value:8.3f}" if name in scores else f"{'–':>8}" for name in SHOWN)
        yield f"{label(cell.settings):{wide}}  " + "  ".join(values)
    best = best_of(cells)
    if best is not None:
        yield f"best by {SCORES[_BY].label}: {label(best.settings)} ({best.run.path})"


def best_of(cells: Sequence[Cell]) -> Cell | None:
    """The cell with the best score over all questions, the first of equals; None where nothing is judged."""
    judged = [cell for cell in cells if _BY in cell.run.finished().scores]
    return max(judged, key=lambda cell: cell.run.finished().scores[_BY].value) if judged else None


def write_sweep(cells: Sequence[Cell], out: Path) -> Path:
    """Write ``sweep.html`` into ``out``, and each run's report, which it links to."""
    for cell in cells:
        write_report(cell.run)
    text = render(
        "sweep.html.j2", cells=cells, best=best_of(cells), shown=SHOWN, scores=SCORES, by=SCORES[_BY].label,
        picture=sweep_plot(cells), names=list(cells[0].settings), set_path=cells[0].run.began_with["set_path"],
    )  # fmt: skip
    path = out / "sweep.html"
    write_page(path, text)
    return path


def sweep_plot(cells: Sequence[Cell]) -> Markup | None:
    """The score along the numeric setting with the most values, a line for each combination of the others."""
    along = _longest(cells)
    if along is None:
        return None
    lines: dict[tuple[Any, ...], list[tuple[float, float]]] = {}
    for cell in cells:
        others = tuple((name, value) for name, value in cell.settings.items() if name != along)
        score = cell.run.finished().scores.get(_BY)
        if score is not None:
            lines.setdefault(others, []).append((float(cell.settings[along]), score.value))
    ends = [place for points in lines.values() for place, _ in points]
    if not ends:
        return None
    ticks = [tick for tick in nice_ticks(max(ends) or 1) if min(ends) <= tick <= max(ends)]
    drawn = [
        Line(label(dict(others)) if number < len(_STYLES) else "", sorted(points),
             _STYLES[number] if number < len(_STYLES) else "faint", dots=True)
        for number, (others, points) in enumerate(lines.items())
    ]  # fmt: skip
    return chart(
        f"{SCORES[_BY].label} by {along}",
        Axis(along.replace("_", " "), min(ends), max(ends), ticks, "g"),
        Axis(SCORES[_BY].label, 0, 1, PERCENT),
        drawn,
    )


def _longest(cells: Sequence[Cell]) -> str | None:
    values = {name: {cell.settings[name] for cell in cells} for name in cells[0].settings}
    numeric = {
        name: len(found)
        for name, found in values.items()
        if len(found) > 1 and all(isinstance(value, int | float) for value in found)
    }
    return max(numeric, key=lambda name: numeric[name]) if numeric else None
