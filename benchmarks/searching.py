"""How soon a library of news opens and finds: median and p95 of dense, lexical and fused search, one at a time.

``python -m benchmarks.searching --data ../shared/data --library .byline/news`` after ``benchmarks.indexing``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import get_args

import numpy as np

from benchmarks.news import news_questions
from index.embedder import Embedder
from index.library import Library
from index.searching import Mode


def main() -> None:
    """Open, search, print the figures and write them as JSON beside the library."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.searching",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.searching --data ../shared/data",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--library", type=Path, default=Path(".byline/news"), help="where the library is kept")
    parser.add_argument("--most", type=int, default=300, help="questions asked (count)")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    embedder = Embedder()
    embedder.encode(["warm"])
    begun = time.perf_counter()
    library = Library.open(options.library, embedder, create=False)
    library.search("warm", mode="lexical")
    figures: dict[str, float] = {"passages": library.passage_count, "open_ms": _ms(time.perf_counter() - begun)}
    questions = [question.question for question in news_questions(options.data)][: options.most]
    for mode in get_args(Mode):
        spent = [_timed(library, question, mode) for question in questions]
        figures |= {f"{mode}_median_ms": _ms(np.median(spent)), f"{mode}_p95_ms": _ms(np.quantile(spent, 0.95))}
    figures |= {name: value for name, value in library.info().items() if isinstance(value, int | float)}
    print("\n".join(f"{name:24} {value:,}" for name, value in figures.items()))
    (options.library / "searching.json").write_text(json.dumps(figures, indent=2) + "\n")


def _timed(library: Library, question: str, mode: Mode) -> float:
    """Seconds from the question's text to its hits."""
    begun = time.perf_counter()
    library.search(question, 20, mode=mode)
    return time.perf_counter() - begun


def _ms(seconds: float) -> float:
    return round(float(seconds) * 1000, 1)


if __name__ == "__main__":
    main()
