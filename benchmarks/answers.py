"""Whole answers over the Wiki library: EM, F1, recall, abstention, quotes checked, and the time of one ``ask``.

``python -m benchmarks.answers --data ../shared/data --questions report --most 200``
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path

from tqdm import tqdm

from benchmarks.wiki import wiki_library, wiki_questions
from qa.assistant import Assistant
from qa.evaluate.metrics import mean, percentile
from qa.evaluate.runner import run
from qa.evaluate.score import RIGHT_F1, Scored
from qa.evaluate.summary import summarise
from qa.settings import Settings


def main() -> None:
    """Ask, print the scores, write them as JSON beside the library."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.answers",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.answers --data ../shared/data --questions report --most 200",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", choices=["development", "report"], default="report")
    parser.add_argument("--most", type=int, default=0, help="ask this many, drawn at random; 0 for all")
    parser.add_argument("--reader", default="", help="folder of a reader instead of the shipped one")
    parser.add_argument("--candidates", type=int, default=Settings.model_fields["candidates"].default)
    parser.add_argument("--library", type=Path, default=Path(".byline/wiki"), help="where the library is kept")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    settings = Settings.checked({"reader": options.reader, "candidates": options.candidates})
    assistant = Assistant(wiki_library(options.data, options.library), settings)
    questions = wiki_questions(options.data, options.questions)
    if options.most:
        questions = random.Random(0).sample(questions, min(options.most, len(questions)))
    with tqdm(total=len(questions), unit="question") as bar:
        scored = run(assistant, questions, lambda _: bar.update())
    report = {**summarise(scored).as_dict(), **_answered(scored)}
    print("\n".join(f"{name:24} {value}" for name, value in report.items()))
    (options.library / f"answers-{options.questions}.json").write_text(json.dumps(report, indent=2) + "\n")


def _answered(scored: list[Scored]) -> dict[str, float]:
    """How many of all questions were answered, and how many of those answers were right (F1 of at least 0.5)."""
    given = [outcome for outcome in scored if not outcome.abstained]
    return {
        "coverage": round(len(given) / len(scored), 4),
        "right_of_answered": round(mean([float(outcome.f1 >= RIGHT_F1) for outcome in given]), 4),
        "fastest_milliseconds": percentile([outcome.milliseconds for outcome in scored], 0),
    }


if __name__ == "__main__":
    main()
