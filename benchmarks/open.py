"""Open question answering, way by way, in one table: ``python -m benchmarks.open --data ../shared/data --over wiki``.

Recall@1, @5 and @20 of dense and lexical retrieval alone, fused, fused and then ordered by the reader, and of txtai's
hybrid search over the same passages and vectors; EM and F1 of the first answer, never abstaining. ``--unread`` leaves
the reader out: searching alone is quick enough for every question. The Wiki library has ``development`` questions (for
choices) and ``report`` ones; the News library is for figures alone, and is asked those of its questions of which it
holds a right article.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.news import news_questions
from benchmarks.news_library import news_library
from benchmarks.peers import Search, txtai_hybrid
from benchmarks.wiki import wiki_library, wiki_questions
from index.fusion import fuse
from index.library import Library
from index.searching import DEPTH
from index.together import by_article
from qa.assistant import Assistant
from qa.evaluate.metrics import exact_match, f1, first_right, holds_answer, mean, percentile, recall_at
from qa.evaluate.question_set import Question
from qa.selection import rank_readings
from qa.settings import Settings
from training.libraries import long_news

KS = (1, 5, 20)


@dataclass
class Outcomes:
    """What came of the questions: ranks of the first right passage by way, and the first answers' scores.

    ``holding`` has the ranks of the first passage of any article that holds an accepted answer (as Karpukhin et al.,
    EMNLP 2020, count): where the right articles are those that some search returned, others may answer as well.
    """

    ranks: dict[str, list[int | None]] = field(default_factory=dict)
    holding: dict[str, list[int | None]] = field(default_factory=dict)
    exact: list[float] = field(default_factory=list)
    f1: list[float] = field(default_factory=list)
    milliseconds: dict[str, list[float]] = field(default_factory=dict)


def table(by_way: Mapping[str, Sequence[int | None]]) -> dict[str, dict[str, float]]:
    """Recall by way."""
    return {way: {f"recall@{k}": round(recall_at(ranks, k), 4) for k in KS} for way, ranks in by_way.items()}


def ask_all(questions: Sequence[Question], assistant: Assistant, peer: Search, reading: bool) -> Outcomes:
    """Ask every question in every way; without ``reading``, in those that only search."""
    outcomes = Outcomes()
    for question in tqdm(questions, unit="question"):
        found = _searched(question.question, assistant.library, peer, outcomes)
        if reading:
            found["fused and read"] = _read(question, assistant, found["fused"], outcomes)
        _rank(question, assistant.library, found, outcomes)
    return outcomes


def _searched(asked: str, library: Library, peer: Search, outcomes: Outcomes) -> dict[str, list[int]]:
    """The ids of the passages that each way of searching finds, best first."""
    dense, lexical = library.rankings(asked, DEPTH)
    alone = fuse(dense, lexical)
    together = by_article(asked, alone, library.passages([number for number, _ in alone[:DEPTH]]))
    found = {
        "lexical": [number for number, _ in lexical],
        "dense": [number for number, _ in dense[:DEPTH]],
        "passage by passage": [number for number, _ in alone],
        "fused": [number for number, _ in together],
    }
    with _timed(outcomes, "txtai hybrid"):
        found["txtai hybrid"] = peer(asked, max(KS))
    return found


def _read(question: Question, assistant: Assistant, fused: Sequence[int], outcomes: Outcomes) -> list[int]:
    """The passages in the order of their best answers, then the rest as they were found; scores the first answer."""
    asked = question.question
    with _timed(outcomes, "retrieve"):
        candidates = assistant.retriever.retrieve([asked])
    with _timed(outcomes, "read"):
        spans = assistant.reader.read(asked, [candidate.passage.text for candidate in candidates])
    readings = rank_readings(asked, candidates, spans, assistant.calibration)
    given = readings[0].text if readings else ""
    outcomes.exact.append(exact_match(given, question.answers))
    outcomes.f1.append(f1(given, question.answers))
    read = list(dict.fromkeys(reading.candidate.passage.id for reading in readings))
    return [*read, *(number for number in fused if number not in read)]


def _rank(question: Question, library: Library, found: dict[str, list[int]], outcomes: Outcomes) -> None:
    """Note where each way has its first right passage, and its first that holds an accepted answer."""
    passages = library.passages(list({number for ids in found.values() for number in ids[: max(KS)]}))
    holding = {number for number, passage in passages.items() if holds_answer(passage.text, question.answers)}
    right = {number for number in holding if passages[number].article_id in question.articles}
    for way, ids in found.items():
        first = ids[: max(KS)]
        outcomes.ranks.setdefault(way, []).append(first_right([number in right for number in first]))
        outcomes.holding.setdefault(way, []).append(first_right([number in holding for number in first]))


class _timed:
    """Notes the milliseconds that its block takes."""

    def __init__(self, outcomes: Outcomes, name: str) -> None:
        self._into = outcomes.milliseconds.setdefault(name, [])

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._into.append((time.perf_counter() - self._begun) * 1000)


def _library_and_questions(options: argparse.Namespace) -> tuple[Library, list[Question]]:
    if options.over == "news":
        library = news_library(options.data, options.library or Path(".byline/news"))
        held = {summary.id for summary in library.articles()}
        return library, [question for question in news_questions(options.data) if held.intersection(question.articles)]
    if options.over == "long":
        folder = options.library or Path(f".byline/long-{options.questions}")
        library, questions = long_news(folder, options.questions)
    else:
        library = wiki_library(options.data, options.library or Path(".byline/wiki"))
        questions = wiki_questions(options.data, options.questions)
    return library, [question for question in questions if question.answerable]


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.open",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.open --data ../shared/data --over wiki --questions report --most 600",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets (see its README)")
    parser.add_argument("--over", choices=["wiki", "news", "long"], default="wiki", help="long: invented news")
    parser.add_argument("--questions", choices=["development", "report"], default="development")
    parser.add_argument("--most", type=int, default=0, help="ask this many, drawn at random; 0 for all")
    parser.add_argument("--unread", action="store_true", help="search alone, read nothing")
    parser.add_argument("--reader", default="", help="folder of a reader instead of the shipped one")
    parser.add_argument("--candidates", type=int, default=Settings.model_fields["candidates"].default)
    parser.add_argument("--library", type=Path, help="where the library is kept [default: .byline/OVER]")
    parser.add_argument("--out", type=Path, default=Path(".byline/open.json"), help="where the figures go")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    library, questions = _library_and_questions(options)
    if options.most:
        questions = random.Random(0).sample(questions, min(options.most, len(questions)))
    settings = Settings.checked({"reader": options.reader, "candidates": options.candidates})
    assistant = Assistant(library, settings)
    assistant.warm_up()
    outcomes = ask_all(questions, assistant, txtai_hybrid(library), not options.unread)
    recalls = {"recall": table(outcomes.ranks), "holds an answer, any article": table(outcomes.holding)}
    result: dict[str, Any] = {
        "over": options.over,
        "questions": len(questions),
        "articles": library.article_count,
        "passages": library.passage_count,
        "candidates": settings.candidates,
        "milliseconds": {
            name: {"p50": round(percentile(spent, 0.5), 1), "p95": round(percentile(spent, 0.95), 1)}
            for name, spent in outcomes.milliseconds.items()
        },
    }
    if outcomes.f1:
        result["first answer"] = {"exact_match": round(mean(outcomes.exact), 4), "f1": round(mean(outcomes.f1), 4)}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({**result, **recalls}, indent=2) + "\n", encoding="utf-8")
    for name, rows in recalls.items():
        print(f"{name}:")
        for way, row in rows.items():
            print(f"  {way:18}" + "".join(f"  {measure} {value:.3f}" for measure, value in row.items()))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
