"""How long one ``ask`` takes, and how much of a core, over so many passages of the news, one question at a time.

``python -m benchmarks.asking --data ../shared/data --passages 10000``: the first articles of the library of news
(``benchmarks.indexing`` makes it) are copied, vectors and all, into a library of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from benchmarks.copied import cuts_of
from benchmarks.news import news_questions
from index.library import Library
from index.store import Cut
from qa.assistant import Assistant
from qa.evaluate.metrics import percentile
from qa.settings import Settings

_WARM = 5


def main() -> None:
    """Ask, and print the figures as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.asking",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.asking --data ../shared/data --passages 10000 --read 5",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets (see its README)")
    parser.add_argument("--library", type=Path, default=Path(".byline/news"), help="the library copied from")
    parser.add_argument("--passages", type=int, default=10_000, help="about how many are copied (count)")
    parser.add_argument("--questions", type=int, default=200, help="questions asked (count)")
    parser.add_argument(
        "--read", type=int, default=Settings.model_fields["passages_read"].default, help="passages read"
    )
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    questions = [question.question for question in news_questions(options.data)][: options.questions]
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(folder)
        library.take(_first(options.library, options.passages))
        assistant = Assistant(library, Settings.checked({"passages_read": options.read}))
        print(json.dumps({"passages": library.passage_count, "read": options.read, **asked(assistant, questions)}))
        library.close()


def asked(assistant: Assistant, questions: list[str]) -> dict[str, float]:
    """Milliseconds of one ``ask``, median and p95, and of its stages in the median; processor seconds of each."""
    for question in questions[:_WARM]:
        assistant.ask(question)
    spent, stages, processor = [], [], time.process_time()
    for question in tqdm(questions, unit="question"):
        begun = time.perf_counter()
        answer = assistant.ask(question)
        spent.append((time.perf_counter() - begun) * 1000)
        stages.append(answer.trace["milliseconds"])
    processor = time.process_time() - processor
    return {
        "median_ms": round(percentile(spent, 0.5), 1),
        "p95_ms": round(percentile(spent, 0.95), 1),
        "processor_s": round(processor / len(questions), 3),
        **{f"{name}_ms": round(percentile([one[name] for one in stages], 0.5), 1) for name in stages[0]},
    }


def _first(folder: Path, most: int) -> Iterator[Cut]:
    """The first articles of a library with their passages and vectors."""
    count = 0
    for cut in cuts_of(Library.open(folder, create=False)):
        yield cut
        count += len(cut[1])
        if count >= most:
            return


if __name__ == "__main__":
    main()
