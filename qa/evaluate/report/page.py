"""The report of a run: what is in it, and the HTML and Markdown of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from index.errors import QuestionError, first_line
from qa.evaluate.causes import CAUSES
from qa.evaluate.measures import SCORES
from qa.evaluate.report import plots
from qa.evaluate.report.replay import replay_command
from qa.evaluate.report.templates import render
from qa.evaluate.run_folder import Run
from qa.evaluate.score import Scored
from qa.evaluate.summary import Summary, breakdown
from qa.evaluate.tables import peak_memory

MOST_SHOWN = 40
"""Failures of a cause that are shown; the others are in ``rows.jsonl``."""
GROUPED = ("f1", "exact_match", "recall_at_5", "answered", "citation_precision", "abstention_recall")
"""The scores shown by tag, publisher and question word."""
_LEADING = ("f1", "recall_at_5", "citation_precision", "abstention_recall")


@dataclass(frozen=True, slots=True)
class Failures:
    """The questions that failed for one cause: all of them counted, the first of them shown."""

    cause: str
    meaning: str
    count: int
    shown: tuple[tuple[Scored, str], ...]

    @property
    def anchor(self) -> str:
        """What a link in the page calls it."""
        return self.cause.replace(" ", "-")


def report_html(run: Run, most: int = MOST_SHOWN) -> str:
    """One self-contained page; shows at most ``most`` failures of each cause."""
    return render("report.html.j2", plots=_plots(run.rows), **_parts(run, most))


def report_markdown(run: Run, most: int = MOST_SHOWN) -> str:
    """The same in Markdown, without the plots."""
    return render("report.md.j2", **_parts(run, most))


def write_report(run: Run, most: int = MOST_SHOWN) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.md`` into the run's folder; returns where."""
    pages = ((run.path / "report.html", report_html(run, most)), (run.path / "report.md", report_markdown(run, most)))
    for path, text in pages:
        write_page(path, text)
    return pages[0][0], pages[1][0]


def write_page(path: Path, text: str) -> None:
    """Write a page; QuestionError when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise QuestionError(f"{path} cannot be written: {first_line(error)}.") from error


def failures_of(run: Run, most: int) -> list[Failures]:
    """The failures by cause, in the order of the way; causes without any are left out."""
    found = []
    for cause, meaning in CAUSES.items():
        rows = [row for row in run.rows if row.cause == cause]
        if rows:
            shown = tuple((row, replay_command(run, row)) for row in rows[:most])
            found.append(Failures(cause, meaning, len(rows), shown))
    return found


def groups_of(rows: Sequence[Scored]) -> dict[str, dict[str, dict[str, float]]]:
    """Scores by tag, publisher and question word; a way of grouping that names nothing is left out."""
    by = {
        "Question word": breakdown(rows, lambda row: [row.word]),
        "Tag": breakdown(rows, lambda row: row.tags),
        "Publisher": breakdown(rows, lambda row: row.publishers),
    }
    return {name: groups for name, groups in by.items() if groups}


def _parts(run: Run, most: int) -> dict[str, Any]:
    summary = run.finished()
    return {
        "run": run,
        "summary": summary,
        "scores": SCORES,
        "leading": [name for name in _LEADING if name in summary.scores],
        "lead": _lead(summary),
        "failures": failures_of(run, most),
        "groups": groups_of(run.rows),
        "grouped": GROUPED,
        "memory": {stage: f"{held / 2**20:,.0f} MiB" for stage, held in peak_memory(run.resources).items()},
    }


def _lead(summary: Summary) -> str:
    """The run in a sentence or two."""
    failed = sum(summary.causes.values())
    said = f"{summary.questions:,} questions, {summary.answerable:,} of them answerable. "
    worst = max(summary.causes, key=lambda cause: summary.causes[cause]) if failed else ""
    if not failed:
        return said + "None failed."
    return f"{said}{failed:,} failed, most often by: {worst} ({summary.causes[worst]:,})."


def _plots(rows: Sequence[Scored]) -> list[tuple[str, str, Markup]]:
    """Title, what to see in it, and picture."""
    made = (
        ("Risk and coverage", "How often the surest answers are wrong, as more are given.",
         plots.risk_coverage([("this run", rows)])),
        ("Reliability", "Does a stated confidence come true as often as it says?", plots.reliability_diagram(rows)),
        ("Recall by k", "Is a right passage among the first k retrieved?", plots.recall_by_k([("", rows)])),
        ("Time", "How long one answer took, models loaded.", plots.times(rows)),
    )  # fmt: skip
    return [(title, words, picture) for title, words, picture in made if picture is not None]
