"""The same questions over the same articles in SQLite and in Milvus: recall, scores and times, in one table.

``python -m benchmarks.backends --data ../shared/data --milvus milvus://localhost:19530/wiki``. The Milvus library is
filled from the SQLite one, with its vectors, the first time; ``milvus-lite:PATH.db`` runs without a server, slowly.
"Fused here" is what ``index/fusion.py`` makes of the two rankings that Milvus gives, beside its own fusing of them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.wiki import wiki_library, wiki_questions
from index.article import Passage
from index.fusion import fuse
from index.library import Library
from index.opening import open_library
from index.searching import DEPTH, Hit
from index.together import by_article
from index.transfer import Export, export, import_
from qa.evaluate.metrics import first_right, holds_answer, percentile, recall_at
from qa.evaluate.question_set import Question

KS = (1, 5, 20)


def main() -> None:
    """Print the table and write it as JSON beside the SQLite library."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.backends",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.backends --data ../shared/data --milvus milvus-lite:.byline/wiki.db",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--milvus", required=True, metavar="ADDRESS", help="the library in Milvus, made if it is not there"
    )
    parser.add_argument("--questions", type=int, default=250, help="how many of the report questions are asked")
    parser.add_argument("--library", type=Path, default=Path(".byline/wiki"), help="where the SQLite library is kept")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    sqlite = wiki_library(options.data, options.library)
    milvus = filled(options.milvus, sqlite, options.library)
    questions = [question for question in wiki_questions(options.data, "report") if question.answerable]
    questions = random.Random(0).sample(questions, min(options.questions, len(questions)))
    result = compare(questions, sqlite, milvus)
    print(json.dumps(result, indent=2))
    (options.library / "backends.json").write_text(json.dumps(result, indent=2) + "\n")


def filled(address: str, source: Library, folder: Path) -> Library:
    """The library in Milvus, with the articles and vectors of ``source``."""
    library = open_library(address, source.embedder)
    if library.article_count < source.article_count:
        moved = folder / "moved.jsonl.gz"
        export(source, str(moved), vectors=True)
        with tqdm(total=source.article_count, unit="article", desc="filling Milvus") as bar:
            import_(library, Export(moved), lambda articles, _: bar.update(articles))
        moved.unlink()
        library.rebuild()
    return library


def compare(questions: Sequence[Question], sqlite: Library, milvus: Library) -> dict[str, object]:
    """Recall and times by way, and how far the two libraries agree passage by passage."""
    ways: dict[str, Callable[[str], list[Passage]]] = {
        "SQLite": lambda query: [hit.passage for hit in sqlite.search(query, max(KS))],
        "Milvus, fused by Milvus": lambda query: [hit.passage for hit in milvus.search(query, max(KS))],
        "Milvus, fused here": lambda query: _fused_here(milvus, query),
    }
    ranks: dict[str, list[int | None]] = {name: [] for name in ways}
    times: dict[str, list[float]] = {name: [] for name in ways}
    apart: list[tuple[float, float, float]] = []
    first_same = 0
    for question in tqdm(questions, unit="question"):
        for name, way in ways.items():
            begun = time.perf_counter()
            found = way(question.question)
            times[name].append((time.perf_counter() - begun) * 1000)
            ranks[name].append(first_right([_right(passage, question) for passage in found]))
        one, other = (_by_place(library.search(question.question, max(KS))) for library in (sqlite, milvus))
        first_same += next(iter(one), None) == next(iter(other), None)
        apart += [_apart(one[place], other[place]) for place in one.keys() & other.keys()]
    dense, lexical, fused = np.abs(np.array(apart)).T
    return {
        "questions": len(questions),
        "passages": sqlite.passage_count,
        "recall": {name: {f"recall@{k}": round(recall_at(found, k), 4) for k in KS} for name, found in ranks.items()},
        "milliseconds": {
            name: {"p50": percentile(some, 0.5), "p95": percentile(some, 0.95)} for name, some in times.items()
        },
        "same first passage": round(first_same / len(questions), 4),
        "of the first 20, in both": round(len(apart) / (max(KS) * len(questions)), 4),
        "scores apart, mean and p95": {
            name: [round(float(values.mean()), 4), round(float(np.percentile(values, 95)), 4)]
            for name, values in (("dense", dense), ("lexical", lexical), ("fused", fused))
        },
    }


def _fused_here(library: Library, query: str) -> list[Passage]:
    dense, lexical = library.rankings(query, DEPTH)
    ranking = fuse(dense, lexical)
    found = library.passages([number for number, _ in ranking[:DEPTH]])
    again = by_article(query, ranking, found)[: max(KS)]
    return [found[number] for number, _ in again if number in found]


def _right(passage: Passage, question: Question) -> bool:
    return passage.article_id in question.articles and holds_answer(passage.text, question.answers)


def _by_place(hits: Sequence[Hit]) -> dict[tuple[str, int, int], Hit]:
    return {(hit.passage.article_id, hit.passage.start, hit.passage.end): hit for hit in hits}


def _apart(one: Hit, other: Hit) -> tuple[float, float, float]:
    return (
        (one.dense or 0) - (other.dense or 0),
        (one.lexical or 0) - (other.lexical or 0),
        one.score - other.score,
    )


if __name__ == "__main__":
    main()
