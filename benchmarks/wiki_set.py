"""The questions over the open Wiki library as a question set, and the library indexed: for ``byline eval run``.

``python -m benchmarks.wiki_set --data ../shared/data --questions report --out .byline/wiki-report.jsonl``, then
``byline eval run .byline/wiki-report.jsonl --library .byline/wiki --out runs/wiki``.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from benchmarks.wiki import wiki_library, wiki_questions


def main() -> None:
    """Index the library and write the set."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.wiki_set",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.wiki_set --data ../shared/data --out .byline/wiki-report.jsonl",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", choices=["development", "report"], default="report")
    parser.add_argument("--library", type=Path, default=Path(".byline/wiki"), help="where the library is kept")
    parser.add_argument("--out", type=Path, required=True, help="the question set to write (JSONL)")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    library = wiki_library(options.data, options.library)
    questions = wiki_questions(options.data, options.questions)
    rows = [
        {
            "id": question.id,
            "question": question.question,
            "answers": question.answers,
            "articles": question.articles,
            "answerable": question.answerable,
            "tags": question.tags,
        }
        for question in questions
    ]
    options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    print(f"{len(questions)} questions in {options.out}; {library.passage_count} passages in {library.path}")


if __name__ == "__main__":
    main()
