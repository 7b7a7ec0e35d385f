"""Plots of a training run and of certainty: ``python -m training.plot .byline/reader/log.jsonl --out log.svg``."""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.evaluate.certainty import reliability, risk_by_coverage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMOOTHED_OVER = 20
"""Logged losses that a point of the line is the mean of."""
_STYLES = ("o", "s", "^", "x")
"""Marks of the development sets, in the order of the log."""


def plot_log(log: Path, out: Path) -> None:
    """Draw the loss and the development scores of every run in a trainer's ``log.jsonl``, one after the other."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    figure, axes = _figure(1)
    first, scores = 0, axes[0].twinx()
    for number, run in enumerate(_runs(lines), 1):
        steps, losses = zip(*((line["step"], line["loss"]) for line in run if "loss" in line), strict=True)
        window = max(1, min(SMOOTHED_OVER, len(losses) // 4))
        smooth = np.convolve(losses, np.ones(window) / window, mode="valid")
        axes[0].plot([first + step for step in steps[window - 1 :]], smooth, label=f"loss, run {number}")
        for name, style in zip(
            dict.fromkeys(line["development"] for line in run if "f1" in line), _STYLES, strict=False
        ):
            scored = [line for line in run if line.get("development") == name]
            at = [first + line["step"] for line in scored]
            scores.plot(at, [line["f1"] for line in scored], f"k{style}-", label=f"{name}, F1")
            scores.plot(at, [line["f1_with_no_answer"] for line in scored], f"k{style}--", label=f"{name}, no-answer")
        first += run[-1]["step"]
    axes[0].set(xlabel="step", ylabel="loss")
    scores.set(ylabel="development F1", ylim=(0, 1))
    found = zip(*(ax.get_legend_handles_labels() for ax in (axes[0], scores)), strict=True)
    handles, labels = (list(itertools.chain(*both)) for both in found)
    unique = dict(zip(labels, handles, strict=True))
    axes[0].legend(unique.values(), unique.keys(), loc="center right", fontsize="small")
    _save(figure, out)


def plot_certainty(probability: np.ndarray, right: np.ndarray, out: Path) -> None:
    """Draw the risk-coverage curve and how reliable ``probability`` is, against ``right``; both of shape (answers,)."""
    figure, (curve, bins) = _figure(2)
    risk = risk_by_coverage(probability, right)
    curve.plot(np.arange(1, len(risk) + 1) / len(risk), risk)
    curve.set(xlabel="share of questions answered", ylabel="share of answers wrong", xlim=(0, 1), ylim=(0, 1))
    found = reliability(probability, right)
    bins.plot([0, 1], [0, 1], "k:", linewidth=1)
    bins.plot([one.confidence for one in found], [one.right for one in found], "o-")
    bins.set(xlabel="stated confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    _save(figure, out)


def _runs(lines: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The log parted where another run begins or the steps begin again."""
    starts = [
        place
        for place, line in enumerate(lines)
        if not place or line["run"] != lines[place - 1]["run"] or line["step"] < lines[place - 1]["step"]
    ]
    return [list(lines[one:next_]) for one, next_ in itertools.pairwise([*starts, len(lines)])]


def _figure(columns: int) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5 * max(columns, 1.6), 3.4), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def _save(figure: Figure, out: Path) -> None:
    import matplotlib

    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "byline"}):
        figure.savefig(out, format="svg", metadata={"Date": None})


def main() -> None:
    """Draw a log."""
    parser = argparse.ArgumentParser(
        prog="python -m training.plot",
        description=__doc__.splitlines()[0],
        epilog="example: python -m training.plot .byline/reader/log.jsonl --out .byline/reader/log.svg",
    )
    parser.add_argument("log", type=Path, help="the trainer's log.jsonl")
    parser.add_argument("--out", type=Path, default=Path("log.svg"), help="where the plot goes (SVG)")
    options = parser.parse_args()
    plot_log(options.log, options.out)


if __name__ == "__main__":
    main()
