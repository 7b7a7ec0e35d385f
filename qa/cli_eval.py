"""``byline eval …``: run, report, compare, sweep; the sets themselves in a file beside."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa.cli_options import ASKING, settings_of, takes, tell
from qa.cli_sets import FILE, SETS

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.evaluate.gate import Rule
    from qa.evaluate.question_set import QuestionSet
    from qa.evaluate.run_folder import Run
    from qa.evaluate.session import Progress

FOLDER = click.Path(path_type=Path, file_okay=False)
_seed = partial(click.option, "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N")


class _RunByDefault(click.Group):
    """A group that takes anything but the name of one of its commands for the set that ``run`` is to ask."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group("eval", cls=_RunByDefault)
def evaluate() -> None:
    """Ask a scripted question set and say how good the answers are.

    'byline eval SET' is short for 'byline eval run SET'.

    \b
    Example:
      byline eval data/questions/sample.jsonl
      byline eval report runs/sample-20250517-093000
    """


for command in SETS:
    evaluate.add_command(command)


@evaluate.command("run")
@click.argument("question_set", metavar="SET", type=FILE)
@takes(*ASKING)
@click.option("--out", type=FOLDER, metavar="FOLDER", help="The run's folder. [default: a new one in runs/]")
@click.option("--most", type=click.IntRange(min=0), default=0, metavar="N", help="Ask N of them, drawn by the seed.")
@click.option("--only", multiple=True, metavar="ID", help="Ask this question only; may be repeated.")
@_seed(help="Of the draw and of the intervals.")
@click.option("--as-of", is_flag=True, help="Search only articles up to the date that a question was asked on.")
@click.option("--keep-going", is_flag=True, help="Pass over broken lines, name them, exit 2 when the rest is done.")
@click.option("--gate", type=FILE, metavar="FILE", help="Exit 1 when the run fails a rule of this file (TOML).")
@click.option("--json", "as_json", is_flag=True, help="Print the scores and each question's outcome as JSON.")
def run_set(
    question_set: Path,
    out: Path | None,
    most: int,
    only: tuple[str, ...],
    seed: int,
    as_of: bool,
    keep_going: bool,
    gate: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Ask every question of SET; write a run's folder, print the scores.

    SET is JSONL in Byline's form ('byline eval validate' checks it), CSV, SQuAD JSON, or a BEIR folder. The last two
    bring their articles, which are indexed into the run's folder, or into --library where that is given. Run again
    with the same --out after Ctrl-C, a kill or a crash, it goes on where it was.

    \b
    Example:
      byline eval run data/questions/sample.jsonl --out runs/today
      byline eval run dev-v2.0.json --most 200 --library .byline/squad
    """
    from qa.evaluate.gate import load_gate, without_baseline
    from qa.evaluate.session import perform
    from qa.evaluate.sets import load_set
    from qa.evaluate.tables import run_lines

    rules = without_baseline(load_gate(gate)) if gate else ()
    folder = out or Path("runs") / f"{question_set.name.split('.')[0]}-{time.strftime('%Y%m%d-%H%M%S')}"
    found = load_set(question_set, keep_going)
    if only:
        found = found.only(only)
    with _going_on(f"byline eval run {question_set} --out {folder}"):
        assistant, found = _ready(found, folder, flags, most, seed, keep_going)
        with _bar("question") as asked:
            run = perform(assistant, found, folder, seed, as_of, asked)
    if as_json:
        click.echo(json.dumps(_as_json(run), ensure_ascii=False))
    else:
        click.echo("\n".join(run_lines(run)))
    _exit(run, rules, found.problems)


def _ready(
    found: QuestionSet, folder: Path, flags: dict[str, Any], most: int, seed: int, keep_going: bool = False
) -> tuple[Assistant, QuestionSet]:
    """An assistant over what the set is asked of, indexed if need be, and the questions that are drawn."""
    from qa.evaluate.session import chosen, open_assistant

    with _bar("article", "indexing") as indexed:
        assistant = open_assistant(found, settings_of(flags), flags["library"] or folder / "library", indexed)
    return assistant, chosen(found, assistant, keep_going, most, seed)


def _exit(run: Run, rules: Sequence[Rule], problems: Sequence[str]) -> None:
    """Exit 1 when a rule of the gate fails, 2 when lines were passed over."""
    from qa.evaluate.gate import failures

    tell([f"passed over: {problem}" for problem in problems])
    _gated(failures(rules, run), len(rules))
    if problems:
        sys.exit(2)


def _gated(failed: Sequence[str], rules: int) -> None:
    """Say what a gate of so many rules found; exit 1 when something failed."""
    for failure in failed:
        click.echo(failure, err=True)
    if failed:
        sys.exit(1)
    if rules:
        click.echo(f"gate passed: {rules} rules.", err=True)


def _as_json(run: Run) -> dict[str, Any]:
    return {
        "run": str(run.path),
        "report": run.finished().as_dict(),
        "resources": run.resources,
        "questions": [{**row.as_row(), "milliseconds": row.milliseconds} for row in run.rows],
    }


@contextmanager
def _going_on(again: str) -> Iterator[None]:
    """Ctrl-C says which command goes on: without --out the folder is named after the time."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"Stopped; what was done is kept. '{again}', with the same flags, goes on.", err=True)
        sys.exit(130)


@contextmanager
def _bar(unit: str, what: str = "") -> Iterator[Progress]:
    """A progress bar with rate and time left, which appears once there is something to do."""
    from tqdm import tqdm

    bar: tqdm[Any] | None = None

    def progress(done: int, of: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=of, initial=done, unit=unit, desc=what or None, disable=None)
        bar.update(done - bar.n)

    try:
        yield progress
    finally:
        if bar is not None:
            bar.close()


@evaluate.command()
@click.argument("run", metavar="RUN", type=FOLDER)
@click.option(
    "--failures",
    "most",
    type=click.IntRange(min=0),
    default=40,
    show_default=True,
    metavar="N",
    help="Failures shown of each cause.",
)
def report(run: Path, most: int) -> None:
    """Write report.html and report.md into the folder RUN: scores, plots, and why answers failed.

    \b
    Example:
      byline eval report runs/today
    """
    from qa.evaluate.report.page import write_report
    from qa.evaluate.run_folder import Run

    for path in write_report(Run.read(run), most):
        click.echo(str(path))


@evaluate.command("compare")
@click.argument("first", metavar="A", type=FOLDER)
@click.argument("second", metavar="B", type=FOLDER)
@click.option(
    "--gate", type=FILE, metavar="FILE", help="Exit 1 when B fails a rule of this file (TOML); A is the baseline."
)
@click.option("--html", type=FILE, metavar="FILE", help="Where the page goes. [default: compare.html in B]")
@_seed(help="Of the intervals.")
def compare_runs(first: Path, second: Path, gate: Path | None, html: Path | None, seed: int) -> None:
    """Compare the runs A and B: each score's paired difference, the questions won and lost, an HTML page.

    \b
    Example:
      byline eval compare runs/before runs/after --gate gate.toml
    """
    from qa.evaluate.compare import compare
    from qa.evaluate.gate import compared_failures, load_gate
    from qa.evaluate.report.comparison import comparison_lines, write_comparison
    from qa.evaluate.run_folder import Run

    rules = load_gate(gate) if gate else ()
    found = compare(Run.read(first), Run.read(second), seed)
    failed = compared_failures(rules, found)
    click.echo("\n".join(comparison_lines(found)))
    click.echo(str(write_comparison(found, html or second / "compare.html", failed)))
    _gated(failed, len(rules))


@evaluate.command("sweep")
@click.argument("grid", metavar="GRID", type=FILE)
@takes(*ASKING)
@click.option("--out", type=FOLDER, metavar="FOLDER", help="Where the runs go. [default: a new folder in runs/]")
@click.option("--most", type=click.IntRange(min=0), default=0, metavar="N", help="Ask N questions, drawn by the seed.")
@_seed(help="Of the draw and of the intervals.")
def sweep_grid(grid: Path, out: Path | None, most: int, seed: int, **flags: Any) -> None:
    """Ask a set under every combination of the settings in GRID (TOML); one table and plot, a run for each.

    GRID names the set, from its own folder on, and lists of values: set = "questions.jsonl", then under [settings]
    candidates, passages_read, read_share, dense_weight, min_confidence, reader. Searching and reading are shared
    wherever they come out the same.

    \b
    Example:
      byline eval sweep grid.toml --out runs/sweep
    """
    from qa.evaluate.report.sweep_page import sweep_lines, write_sweep
    from qa.evaluate.sets import load_set
    from qa.evaluate.sweep import load_grid, sweep

    wanted = load_grid(grid)
    folder = out or Path("runs") / f"sweep-{time.strftime('%Y%m%d-%H%M%S')}"
    found = load_set(wanted.question_set)
    with _going_on(f"byline eval sweep {grid} --out {folder}"):
        assistant, found = _ready(found, folder, flags, most, seed)
        with _bar("question") as asked:
            cells = sweep(found, assistant.library, assistant.settings, wanted.cells, folder, seed, asked)
    click.echo("\n".join(sweep_lines(cells)))
    click.echo(str(write_sweep(cells, folder)))
