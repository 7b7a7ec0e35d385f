"""Fit the certainty of answers: ``python -m training.calibrate --data ../shared/data --reader FOLDER``.

Asks the development questions of the open Wiki library, none of whose articles the reader was trained on: those that it
answers in their own words and, where that changes them, in others (``training.reworded``), most of them twice, as the
library stands and with the question's own paragraph taken away; and the unanswerable ones of SQuAD 2.0. Likewise those
written over invented news (``training.written``), of a library of that, and as a quiz asks, of a larger one. Half have
an answer there. Then all as if the library were small, and those asked of small libraries of one affair each. Fits how
spans are ranked (on questions asked of long articles too, ``training.libraries``), then a logistic model (Platt, 1999)
of "this answer is right" (without those). Writes ``calibration.json`` beside the weights.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from benchmarks.wiki import wiki_library, wiki_questions
from index.embedder import Embedder
from index.library import Library
from qa.confidence import CALIBRATION_FILE, FEATURES, RANK_FEATURES, Calibration
from qa.evaluate.certainty import area_under_risk_coverage, expected_calibration_error
from qa.evaluate.metrics import f1, mean
from qa.evaluate.question_set import Question
from qa.evaluate.score import RIGHT_F1
from qa.reader import Reader, Span
from qa.retriever import Candidate, Retriever, worth_reading
from qa.selection import propose, rank_readings
from qa.settings import Settings
from training.certainty import by_threshold
from training.examples import split_wikipedia
from training.libraries import Use, long_news, written_libraries
from training.plot import plot_certainty
from training.reworded import near_words, reword
from training.written import quiz_news, short_news

READ = int(Settings.model_fields["passages_read"].default)
SHARE = float(Settings.model_fields["read_share"].default)
SPARE = 3
"""Passages read besides, to take the place of a question's own paragraph when that is taken away."""
FEW = 5
"""Passages of a small library, besides a question's own paragraph."""
SMALL = 3
"""Questions asked of small libraries for each one that is asked of a large one at most: most people's are small."""
SEED = 20261123
PENALTY = 0.0005
"""Weight of the squared length of the ranking's weights."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """A question with what was retrieved and read for it."""

    question: Question
    candidates: Sequence[Candidate]
    spans: Sequence[Sequence[Span]]

    def as_asked(self) -> Read:
        """The same with those passages that are read for a question."""
        count = len(worth_reading(self.candidates, READ, SHARE))
        return Read(self.question, self.candidates[:count], self.spans[:count])

    def without_own_paragraph(self) -> Read:
        """The same, unanswerable, as if its own paragraph were not in the library: the next passages move up."""
        asked = self.question
        return self._with(
            Question(asked.id, asked.question, (), (), False), [not own for own in self._own()]
        ).as_asked()

    def of_few(self) -> Read:
        """The same as if the library held, besides its own paragraph, only the ``FEW`` that match it least."""
        own = self._own()
        others = [place for place, ours in enumerate(own) if not ours][-FEW:]
        return self._with(self.question, [ours or place in others for place, ours in enumerate(own)])

    def _own(self) -> list[bool]:
        return [candidate.passage.article_id in self.question.articles for candidate in self.candidates]

    def _with(self, question: Question, kept: Sequence[bool]) -> Read:
        return Read(question, list(compress(self.candidates, kept)), list(compress(self.spans, kept)))


def drawn(from_all: Sequence[T], most: int = 0) -> list[T]:
    """Up to ``most`` of them, all for 0, in a random order that is the same in every run."""
    shuffled = list(from_all)
    random.Random(SEED).shuffle(shuffled)
    return shuffled[: most or None]


def read_all(questions: Sequence[Question], retriever: Retriever, reader: Reader) -> list[Read]:
    """Retrieve and read for every question, ``SPARE`` passages more than an assistant reads."""
    done = []
    for question in tqdm(questions, unit="question", desc="reading"):
        candidates = retriever.retrieve([question.question])[: READ + SPARE]
        spans = reader.read(question.question, [candidate.passage.text for candidate in candidates])
        done.append(Read(question, candidates, spans))
    return done


def read_news(opened: Callable[[Path], tuple[Library, list[Question]]], most: int, reader: Reader) -> list[Read]:
    """Likewise for up to ``most`` questions, drawn at random, of a library that ``opened`` makes in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        library, questions = opened(Path(folder) / "library")
        done = read_all(drawn(questions, most), Retriever(library, 20), reader)
        library.close()
    return done


def read_libraries(most: int, reader: Reader, use: Use = "development") -> list[Read]:
    """Likewise for the questions of the small libraries of one use, whole ones until ``most`` (0: all) are read."""
    done: list[Read] = []
    for written in drawn(written_libraries(use)):
        if most and len(done) >= most:
            break
        with tempfile.TemporaryDirectory() as folder:
            library = written.open(Path(folder) / "library")
            done += read_all(written.questions, Retriever(library, 20), reader)
            library.close()
    return done


def in_other_words(questions: Sequence[Question], data: Path, embedder: Embedder) -> list[Question]:
    """Those of ``questions`` that can be put in other words than their passage's, so put; the ids stay the same."""
    split = split_wikipedia(data)
    near = near_words([(example,) for example in (*split.train, *split.development)], embedder)
    asked = {example.id: example for example in split.development}
    reworded = reword([(asked[question.id],) for question in questions], near, 1.0, SEED)
    others = [replace(one, question=group[0].question) for one, group in zip(questions, reworded, strict=True)]
    return [other for one, other in zip(questions, others, strict=True) if other.question != one.question]


def fit_ranking(reads: Sequence[Read]) -> dict[str, float]:
    """Weights that rank a right span first: softmax over a question's spans (ListNet, Cao et al., ICML 2007).

    Right are the accepted words in an article known to give the answer: elsewhere they mostly say another thing.
    """
    from scipy.optimize import minimize

    rows: list[list[float]] = []
    right: list[bool] = []
    firsts: list[int] = []
    for read in reads:
        readings = rank_readings(read.question.question, read.candidates, read.spans, Calibration.default())
        asked = read.question
        found = [
            f1(reading.text, asked.answers) >= RIGHT_F1 and reading.candidate.passage.article_id in asked.articles
            for reading in readings
        ]
        if any(found) and not all(found):
            firsts.append(len(rows))
            rows += [[reading.features[name] for name in RANK_FEATURES] for reading in readings]
            right += found
    features, chosen = np.array(rows), np.array(right)
    counts = np.add.reduceat(chosen.astype(int), firsts)
    firsts_right = np.cumsum(counts) - counts

    def loss(weights: np.ndarray) -> float:
        scores = features @ weights
        over_all = np.logaddexp.reduceat(scores, firsts)
        fits = over_all - np.logaddexp.reduceat(scores[chosen], firsts_right)
        return float(np.mean(fits) + PENALTY * weights @ weights)

    best = minimize(loss, np.zeros(len(RANK_FEATURES)), method="L-BFGS-B")
    return {name: round(float(weight), 5) for name, weight in zip(RANK_FEATURES, best.x, strict=True)}


def first_f1(reads: Sequence[Read], ranking: Calibration) -> float:
    """Mean F1 of the first answer over answerable questions."""
    scores = []
    for read in reads:
        readings = rank_readings(read.question.question, read.candidates, read.spans, ranking)
        scores.append(f1(readings[0].text if readings else "", read.question.answers))
    return round(mean(scores), 4)


def half_answerable(reads: Sequence[Read]) -> list[Read]:
    """``reads`` as asked, and some of the answerable without their paragraph besides, so that half have an answer.

    What share of people's questions a library answers is not known; half favours neither error.
    """
    asked = [read.as_asked() for read in reads]
    answerable = [read for read in reads if read.question.answerable]
    count = max(0, 2 * len(answerable) - len(reads))
    return asked + [read.without_own_paragraph() for read in random.Random(SEED).sample(answerable, count)]


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """First answers: their features (answers, ``FEATURES``), their F1 and whether there was one to find (answers,).

    ``question`` numbers what was asked: the answers to one question, with and without its paragraph, share it.
    """

    features: np.ndarray
    f1: np.ndarray
    answerable: np.ndarray
    question: np.ndarray

    @property
    def right(self) -> np.ndarray:
        """Which are right, bool, (answers,)."""
        return self.f1 >= RIGHT_F1


def first_answers(reads: Sequence[Read], ranking: Calibration) -> FirstAnswers:
    """The first answer to each question that has any, ranked by ``ranking``."""
    rows, scores, answerable, asked = [], [], [], []
    numbers: dict[str, int] = {}
    for read in reads:
        for proposal in propose(rank_readings(read.question.question, read.candidates, read.spans, ranking))[:1]:
            rows.append([proposal.features[name] for name in FEATURES])
            scores.append(f1(proposal.best.text, read.question.answers) if read.question.answers else 0.0)
            answerable.append(read.question.answerable)
            asked.append(numbers.setdefault(read.question.id, len(numbers)))
    return FirstAnswers(np.array(rows), np.array(scores), np.array(answerable), np.array(asked))


def fit(first: FirstAnswers, plot: Path | None = None) -> dict[str, object]:
    """The logistic model over the features of first answers, with cross-validated calibration error (and its plot)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict

    model, labels, folds = LogisticRegression(max_iter=5000), first.right, GroupKFold(10)
    given = cross_val_predict(model, first.features, labels, groups=first.question, cv=folds, method="predict_proba")
    held = given[:, 1]
    model.fit(first.features, labels)
    if plot:
        plot_certainty(held, labels, plot)
    return {
        "weights": {name: round(float(weight), 5) for name, weight in zip(FEATURES, model.coef_[0], strict=True)},
        "bias": round(float(model.intercept_[0]), 5),
        "fitted_on": {"questions": len(labels), "right": int(labels.sum()), "right_from_f1": RIGHT_F1},
        "cross_validated": {
            "ece": round(expected_calibration_error(held, labels), 4),
            "area_under_risk_coverage": round(area_under_risk_coverage(held, labels), 4),
            "by_threshold": by_threshold(held, labels, first.f1, first.answerable),
        },
    }


def main() -> None:
    """Read, choose, fit, write."""
    parser = argparse.ArgumentParser(
        prog="python -m training.calibrate",
        description=__doc__.splitlines()[0],
        epilog="example: python -m training.calibrate --data ../shared/data --reader .byline/reader/model",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets (see its README)")
    parser.add_argument("--reader", type=Path, default=Path(".byline/reader/model"), help="folder of the reader")
    parser.add_argument("--library", type=Path, default=Path(".byline/wiki"), help="where the Wiki library is kept")
    parser.add_argument("--plot", type=Path, help="draw risk against coverage, and the reliability, here (SVG)")
    parser.add_argument(
        "--most", type=int, default=0, help="questions of each large library, at random; of small ones thrice; 0: all"
    )
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    library = wiki_library(options.data, options.library)
    questions = drawn(wiki_questions(options.data, "development"), options.most)
    questions += in_other_words(
        [question for question in questions if question.answerable], options.data, library.embedder
    )
    reader = Reader(str(options.reader))
    reads = read_all(questions, Retriever(library, 20), reader)
    reads += read_news(short_news, options.most, reader) + read_news(quiz_news, options.most, reader)
    of_long, of_small = read_news(long_news, options.most, reader), read_libraries(SMALL * options.most, reader)
    answerable = [read.as_asked() for read in (*reads, *of_long, *of_small) if read.question.answerable]
    ranking = Calibration(fit_ranking(answerable), {})
    asked = half_answerable(reads) + half_answerable([read.of_few() for read in reads]) + half_answerable(of_small)
    fitted = {
        "rank_weights": ranking.rank_weights,
        **fit(first_answers(asked, ranking), options.plot),
        "first_answer_f1": {
            "by margin and retrieval": first_f1(answerable, Calibration.default()),
            "by all features": first_f1(answerable, ranking),
        },
    }
    print(json.dumps(fitted, indent=2))
    (options.reader / CALIBRATION_FILE).write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
