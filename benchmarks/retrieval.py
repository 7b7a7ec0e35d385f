"""Recall of dense, lexical and fused retrieval, in one table, over the Wiki library or invented news.

``python -m benchmarks.retrieval --data ../shared/data --questions development``: choices are made on the development
questions; ``report`` prints the figures that the documents give. ``--over`` asks the development questions of long
invented articles, as a quiz asks, or of short ones.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from benchmarks.wiki import wiki_library, wiki_questions
from index.article import Passage
from index.fusion import Ranking, fuse
from index.library import Library
from index.searching import DEPTH, Mode
from index.together import by_article
from qa.evaluate.metrics import first_right, holds_answer, percentile, recall_at
from qa.evaluate.question_set import Question
from training.libraries import long_news
from training.written import quiz_news, short_news

Ks = (1, 5, 12, 20)
NEWS = {"long": long_news, "quiz": quiz_news, "news": short_news}
Way = Callable[[str, Ranking, Ranking, Mapping[int, Passage]], Ranking]
"""A query, its dense and lexical rankings and their passages to one ranking."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.retrieval",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.retrieval --data ../shared/data --questions report",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", choices=["development", "report"], default="development")
    parser.add_argument("--over", choices=["wiki", *NEWS], default="wiki", help="wiki, or invented news of development")
    parser.add_argument("--library", type=Path, help="where the library is kept [default: .byline/wiki or a new one]")
    options = parser.parse_args()
    if options.over != "wiki" and options.questions != "development":
        parser.error("--questions report is of --over wiki; 'benchmarks.open --over long' has the long ones' report")
    os.environ["HF_HUB_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        if options.over == "wiki":
            library = wiki_library(options.data, options.library or Path(".byline/wiki"))
            asked = wiki_questions(options.data, options.questions)
        else:
            library, asked = NEWS[options.over](options.library or Path(folder) / "library")
        _measure(library, [question for question in asked if question.answerable])


def _measure(library: Library, questions: Sequence[Question]) -> None:
    ways = _ways()
    ranks: dict[str, list[int | None]] = {name: [] for name in ways}
    times: dict[Mode, list[float]] = {"dense": [], "lexical": [], "fused": []}
    for question in tqdm(questions, unit="question", disable=None):
        for mode, spent in times.items():
            begun = time.perf_counter()
            dense, lexical = library.rankings(question.question, DEPTH, mode=mode)
            spent.append((time.perf_counter() - begun) * 1000)
        found = library.passages([number for number, _ in [*dense, *lexical]])
        right = {
            number
            for number, passage in found.items()
            if passage.article_id in question.articles and holds_answer(passage.text, question.answers)
        }
        for name, way in ways.items():
            ranking = way(question.question, dense, lexical, found)
            ranks[name].append(first_right([number in right for number, _ in ranking[: max(Ks)]]))
    table = {name: {f"recall@{k}": round(recall_at(found, k), 4) for k in Ks} for name, found in ranks.items()}
    print(f"{len(questions)} questions, {library.passage_count} passages")
    for name, row in table.items():
        print(f"{name:24}" + "".join(f"  {measure} {value:.3f}" for measure, value in row.items()))
    speeds = {name: {"p50": percentile(spent, 0.5), "p95": percentile(spent, 0.95)} for name, spent in times.items()}
    for mode_name, row in speeds.items():
        print(f"{mode_name:24}  p50 {row['p50']:.2f} ms  p95 {row['p95']:.2f} ms, from the question's text")


def _ways() -> dict[str, Way]:
    return {
        "dense": lambda _, dense, lexical, __: dense[:DEPTH],
        "lexical": lambda _, dense, lexical, __: lexical,
        "fused by ranks": lambda _, dense, lexical, __: fuse(dense, lexical, "ranks"),
        **{f"fused by scores, {weight}": _by_scores(weight) for weight in (0.3, 0.4, 0.5, 0.6, 0.7)},
        **{f"fused, article {weight}": _together(weight) for weight in (0.1, 0.2, 0.25, 0.3, 0.5)},
    }


def _by_scores(dense_weight: float) -> Way:
    return lambda _, dense, lexical, __: fuse(dense, lexical, dense_weight=dense_weight)


def _together(weight: float) -> Way:
    def way(query: str, dense: Ranking, lexical: Ranking, passages: Mapping[int, Passage]) -> Ranking:
        ranking = fuse(dense, lexical)
        first = {number: passages[number] for number, _ in ranking[:DEPTH] if number in passages}
        return by_article(query, ranking, first, weight)

    return way


if __name__ == "__main__":
    main()
