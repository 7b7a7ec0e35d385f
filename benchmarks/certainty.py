"""How far certainty can be trusted: ``python -m benchmarks.certainty``, over the Wiki library or small invented ones.

Of the answers given at the least confidence asked for, how many are right, and to what share of the questions they are
given; the same questions of a library from which the answering articles were removed, and how many are then abstained
from; calibration error over both. Choices are made on ``--questions development``, on which the certainty was fitted;
nothing is chosen on the others.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path

import numpy as np

from benchmarks.wiki import wiki_library, wiki_questions
from qa.confidence import FEATURES, Calibration
from qa.evaluate.certainty import area_under_risk_coverage, expected_calibration_error
from qa.reader import SHIPPED, Reader
from qa.retriever import Retriever
from qa.settings import Settings
from training.calibrate import FirstAnswers, Read, first_answers, read_all, read_libraries

DEFAULT = float(Settings.model_fields["min_confidence"].default)


def given(answers: FirstAnswers, calibration: Calibration) -> np.ndarray:
    """The stated probability of each answer, shape (answers,)."""
    return np.array([calibration.probability(dict(zip(FEATURES, row, strict=True))) for row in answers.features])


def asked_of(options: argparse.Namespace) -> list[Read]:
    """The questions that the options name, retrieved and read for."""
    reader = Reader(str(options.reader))
    if options.over == "small":
        return read_libraries(options.most, reader, options.questions)
    library = wiki_library(options.data, options.library)
    questions = wiki_questions(options.data, options.questions)
    if options.most:
        questions = random.Random(0).sample(questions, min(options.most, len(questions)))
    return read_all(questions, Retriever(library, 20), reader)


def main() -> None:
    """Read, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.certainty",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.certainty --data ../shared/data --most 600",
    )
    parser.add_argument("--over", choices=("wiki", "small"), default="wiki", help="small: training/libraries.py")
    parser.add_argument("--data", type=Path, help="folder of the sets (see its README); the small ones need none")
    parser.add_argument("--reader", type=Path, default=SHIPPED, help="folder of a reader with its calibration")
    parser.add_argument("--library", type=Path, default=Path(".byline/wiki"), help="where the Wiki library is kept")
    parser.add_argument("--questions", choices=("development", "report"), default="report", help="which are asked")
    parser.add_argument("--most", type=int, default=0, help="ask this many, at random (small libraries whole); 0: all")
    parser.add_argument(
        "--min-confidence", type=float, default=DEFAULT, help="least confidence of an answer that is given"
    )
    parser.add_argument("--out", type=Path, default=Path(".byline/certainty.json"), help="where the figures go")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    if options.over == "wiki" and not options.data:
        parser.error("the Wiki library is made of the sets: name their folder with --data")
    calibration = Calibration.beside(options.reader)
    reads = asked_of(options)
    answerable = [read for read in reads if read.question.answerable]
    there = first_answers([read.as_asked() for read in answerable], calibration)
    removed = first_answers([read.without_own_paragraph() for read in answerable], calibration)
    near = first_answers([read.as_asked() for read in reads if not read.question.answerable], calibration)
    stated = {name: given(part, calibration) for name, part in (("there", there), ("removed", removed), ("near", near))}

    def at(least: float, digits: int) -> dict[str, float]:
        """What comes of giving the answers of ``least`` confidence and more, as shares."""
        answered = stated["there"] >= least
        shares = {
            "f1": there.f1[answered].sum() / len(answerable),
            "answered": answered.mean(),
            "right_of_answered": there.right[answered].mean(),
            "abstained_articles_removed": (stated["removed"] < least).mean(),
            "abstained_unanswerable": (stated["near"] < least).mean(),
        }
        return {name: round(float(share), digits) for name, share in shares.items()}

    both, right = np.concatenate([stated["there"], stated["removed"]]), np.concatenate([there.right, removed.right])
    figures = {
        "over": options.over,
        "of": options.questions,
        "questions": {"answerable": len(answerable), "unanswerable": len(reads) - len(answerable)},
        "min_confidence": options.min_confidence,
        **at(options.min_confidence, 4),
        "ece_half_removed": round(expected_calibration_error(both, right), 4),
        "area_under_risk_coverage": round(area_under_risk_coverage(both, right), 4),
        "by_min_confidence": [
            {"least": least, **at(least, 3)} for least in (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
        ],
    }
    print(json.dumps(figures, indent=2))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
