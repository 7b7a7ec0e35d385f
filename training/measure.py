"""Measure a reader on the report-only sets: ``python -m training.measure --data ../shared/data --reader FOLDER``.

Reading: each question over its own paragraph. Writes the figures as ``measured.json`` beside the weights, for
the model card. No choice is made here.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from qa.evaluate.metrics import exact_match, f1, mean
from qa.reader import Reader
from training.examples import Example, split_wikipedia

_AT_ONCE = 64


def read_own_paragraphs(examples: Sequence[Example], reader: Reader, quiet: bool = False) -> list[tuple[str, float]]:
    """The best span of each question's own paragraph and its margin over no answer; ``quiet`` shows no progress."""
    by_length = sorted(range(len(examples)), key=lambda place: len(examples[place].context))
    found: dict[int, tuple[str, float]] = {}
    with tqdm(total=len(examples), unit="question", disable=quiet) as bar:
        for first in range(0, len(by_length), _AT_ONCE):
            places = by_length[first : first + _AT_ONCE]
            chosen = [examples[place] for place in places]
            spans = reader.read_pairs([row.question for row in chosen], [row.context for row in chosen], most=1)
            for place, row, best in zip(places, chosen, spans, strict=True):
                found[place] = (row.context[best[0].start : best[0].end], best[0].margin) if best else ("", -1e9)
            bar.update(len(places))
    return [found[place] for place in range(len(examples))]


def with_no_answer(examples: Sequence[Example], found: Sequence[tuple[str, float]]) -> dict[str, float]:
    """EM and F1 by the SQuAD 2.0 rule at the threshold of the margin that is best for F1 on this very set."""
    rows = []
    for example, (text, margin) in zip(examples, found, strict=True):
        accepted = [answer for answer, _ in example.answers]
        given = exact_match(text, accepted), f1(text, accepted)
        abstained = float(not accepted)
        rows.append((margin, *given, abstained))
    rows.sort(key=lambda row: -row[0])
    exact, score = sum(row[3] for row in rows), sum(row[3] for row in rows)
    best = (score, exact, rows[0][0] + 1)
    for margin, row_exact, row_f1, abstained in rows:
        exact, score = exact + row_exact - abstained, score + row_f1 - abstained
        best = max(best, (score, exact, margin))
    return {
        "exact_match": round(best[1] / len(rows), 4),
        "f1": round(best[0] / len(rows), 4),
        "best_threshold": round(best[2], 2),
    }


def measure(examples: Sequence[Example], reader: Reader) -> dict[str, object]:
    """EM and F1 over the answerable, and with no-answer where the set has unanswerable questions."""
    found = read_own_paragraphs(examples, reader)
    answerable = [(row, text) for row, (text, _) in zip(examples, found, strict=True) if row.answers]
    accepted = [([answer for answer, _ in row.answers], text) for row, text in answerable]
    figures: dict[str, object] = {
        "questions": len(examples),
        "answerable": {
            "questions": len(answerable),
            "exact_match": round(mean([exact_match(text, answers) for answers, text in accepted]), 4),
            "f1": round(mean([f1(text, answers) for answers, text in accepted]), 4),
        },
    }
    if len(answerable) < len(examples):
        figures["with_no_answer"] = with_no_answer(examples, found)
    return figures


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m training.measure",
        description=__doc__.splitlines()[0],
        epilog="example: python -m training.measure --data ../shared/data --reader qa/weights/reader",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets (see its README)")
    parser.add_argument("--reader", type=Path, default=Path(".byline/reader/model"), help="folder of the reader")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    split = split_wikipedia(options.data)
    reader = Reader(str(options.reader))
    sets = {
        "squad2-dev": [example for example in split.report if example.source == "squad2-dev"],
        "new_wiki, last 10 articles": [example for example in split.report if example.source != "squad2-dev"],
    }
    figures = {name: measure(examples, reader) for name, examples in sets.items()}
    print(json.dumps(figures, indent=2))
    (options.reader / "measured.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
