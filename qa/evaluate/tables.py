"""What a run comes to, as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qa.evaluate.measures import SCORES
from qa.evaluate.run_folder import Run

_WIDTH = 24
_SHOWN = (
    "exact_match", "f1", "f1_all", "recall_at_1", "recall_at_5", "recall_at_20", "mrr", "ndcg_at_10",
    "citation_precision", "citation_recall", "quotes_exact", "answered", "right_of_answered", "abstention_precision",
    "abstention_recall", "risk_coverage_area", "calibration_error",
)  # fmt: skip


def run_lines(run: Run) -> Iterator[str]:
    """The scores with their intervals, the times, why answers failed, and where the run is."""
    summary = run.finished()
    yield f"{'questions':{_WIDTH}} {summary.questions} ({summary.answerable} answerable)"
    for name in _SHOWN:
        if name in summary.scores:
            score = summary.scores[name]
            yield f"{SCORES[name].label:{_WIDTH}} {score.value:.3f}   {score.low:.3f} to {score.high:.3f}"
    yield f"{'quotes checked / wrong':{_WIDTH}} {summary.quotes_checked} / {summary.quotes_wrong}"
    yield from resource_lines(run.resources)
    failed = {cause: count for cause, count in summary.causes.items() if count}
    if failed:
        yield f"{'failed':{_WIDTH}} {', '.join(f'{cause} {count}' for cause, count in failed.items())}"
    yield f"{'run':{_WIDTH}} {run.path} ('byline eval report {run.path}' explains it)"


def resource_lines(resources: dict[str, Any]) -> Iterator[str]:
    """Times by stage, the rate of the last session, and peak memory."""
    times = resources.get("milliseconds", {})
    if "ask" in times:
        yield f"{'answer time':{_WIDTH}} median {times['ask']['median']:.0f} ms, p95 {times['ask']['p95']:.0f} ms"
        parts = ", ".join(f"{stage} {spent['median']:.1f}" for stage, spent in times.items() if stage != "ask")
        yield f"{'median by stage, ms':{_WIDTH}} {parts}"
    last = resources.get("last_session", {})
    if last.get("questions_per_second"):
        yield (
            f"{'last session':{_WIDTH}} {last['questions']} questions in {last['wall_seconds']:.1f} s, "
            f"{last['questions_per_second']:.2f} a second"
        )
    memory = [f"{bytes_ / 2**20:,.0f} MiB when {stage}" for stage, bytes_ in peak_memory(resources).items()]
    if memory:
        yield f"{'peak memory':{_WIDTH}} {', '.join(memory)}"


def peak_memory(resources: dict[str, Any]) -> dict[str, int]:
    """Peak memory in bytes by what had been done, where the system says."""
    return {stage: held for stage, held in resources.get("peak_memory_bytes", {}).items() if held}
