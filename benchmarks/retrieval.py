"""Recall of dense, lexical and fused retrieval over the Wiki library, in one table.

``python -m benchmarks.retrieval --data ../shared/data --questions development``: choices are made on the development
questions; ``report`` prints the figures that the documents give.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tqdm import tqdm

from benchmarks.wiki import wiki_library, wiki_questions
from index.fusion import Ranking, fuse
from index.searching import DEPTH, Mode
from qa.evaluate.metrics import first_right, holds_answer, percentile, recall_at

Ks = (1, 5, 20)


def main() -> None:
    """Print the table and write it as JSON beside the library."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.retrieval",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.retrieval --data ../shared/data --questions report",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", choices=["development", "report"], default="development")
    parser.add_argument("--library", type=Path, default=Path(".byline/wiki"), help="where the library is kept")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    library = wiki_library(options.data, options.library)
    questions = [question for question in wiki_questions(options.data, options.questions) if question.answerable]
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
            ranks[name].append(first_right([number in right for number, _ in way(dense, lexical)[: max(Ks)]]))
    table = {name: {f"recall@{k}": round(recall_at(found, k), 4) for k in Ks} for name, found in ranks.items()}
    print(f"{len(questions)} {options.questions} questions, {library.passage_count} passages")
    for name, row in table.items():
        print(f"{name:24}" + "".join(f"  {measure} {value:.3f}" for measure, value in row.items()))
    speeds = {name: {"p50": percentile(spent, 0.5), "p95": percentile(spent, 0.95)} for name, spent in times.items()}
    for mode_name, row in speeds.items():
        print(f"{mode_name:24}  p50 {row['p50']:.2f} ms  p95 {row['p95']:.2f} ms, from the question's text")
    result = {"questions": options.questions, "count": len(questions), "recall": table, "milliseconds": speeds}
    (options.library / f"retrieval-{options.questions}.json").write_text(json.dumps(result, indent=2) + "\n")


def _ways() -> dict[str, Callable[[Ranking, Ranking], Ranking]]:
    return {
        "dense": lambda dense, lexical: dense[:DEPTH],
        "lexical": lambda dense, lexical: lexical,
        "fused by ranks": partial(fuse, method="ranks"),
        **{f"fused by scores, {weight}": partial(fuse, dense_weight=weight) for weight in (0.3, 0.4, 0.5, 0.6, 0.7)},
    }


if __name__ == "__main__":
    main()
