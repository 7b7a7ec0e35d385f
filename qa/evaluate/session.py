"""A question set asked from its beginning, or from where it was stopped, to a finished run on disk."""

from __future__ import annotations

import hashlib
import platform
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from index.embedder import Embedder, file_sha256
from index.errors import QuestionError
from index.opening import open_library
from index.version import byline_version
from qa.assistant import Assistant
from qa.confidence import CALIBRATION_FILE
from qa.evaluate.question_set import Question, QuestionSet
from qa.evaluate.run_folder import Run, RunWriter
from qa.evaluate.runner import ask
from qa.evaluate.score import Scored
from qa.evaluate.summary import summarise, time_scores
from qa.settings import Settings

ANSWERING = (
    "embedder", "reader", "reranker", "precision", "candidates", "passages_read", "read_share", "dense_weight",
    "min_confidence", "question_characters", "passage_characters",
)  # fmt: skip
"""The settings that decide an answer, which a run writes down; the others may hold what is nobody's business."""
Progress = Callable[[int, int], object]
"""Called with the number of questions done and of all, after each, and once before the first."""


def open_assistant(
    found: QuestionSet, settings: Settings, own_library: str | Path, indexed: Progress | None = None
) -> Assistant:
    """The assistant to ask: over the library of ``settings``, or over the set's own articles.

    A set that brings its articles has them indexed into ``own_library``; those that are there already are left alone.
    """
    if found.articles is None:
        return Assistant.from_settings(settings, create=False)
    embedder = Embedder(settings.embedder, settings.precision)
    library = open_library(own_library, embedder, settings.passage_characters, milvus=settings.milvus)
    articles = list(found.articles())
    done = 0

    def count(stored: int, _: int) -> None:
        nonlocal done
        done += stored
        if indexed:
            indexed(done, len(articles))

    # Two articles of a set that read the same are asked of by their own names.
    before = set(library.ids())
    refused = library.add(articles, count, stands_for=lambda _: False).refused
    if others := [one for one in refused if one[0] in before]:
        article_id, why = others[0]
        raise QuestionError(
            f"{found.path}: article {article_id!r} cannot be put into {library.address}: {why}. "
            "Choose another folder with --library."
        )
    return Assistant(library, settings)


def chosen(
    found: QuestionSet, assistant: Assistant, keep_going: bool = False, most: int = 0, seed: int = 0
) -> QuestionSet:
    """The questions of a set that can be asked, or ``most`` of them drawn by ``seed``, in their order.

    Raises:
        QuestionError: a question names an article that is not in the library, or is too long, and ``keep_going`` is
            false; or none is left.
    """
    found = found.known_to(assistant.library.ids(), keep_going).short_enough(
        assistant.settings.question_characters, keep_going
    )
    if not found.questions:
        raise QuestionError("\n".join((*found.problems, f"{found.path}: no question is left to ask.")))
    if 0 < most < len(found.questions):
        places = sorted(random.Random(seed).sample(range(len(found.questions)), most))
        found = replace(found, questions=tuple(found.questions[place] for place in places))
    return found


def perform(
    assistant: Assistant,
    found: QuestionSet,
    out: Path,
    seed: int = 0,
    as_of: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Ask what a run in ``out`` has not asked yet, writing each row as it comes; then the summary.

    A run that is finished already is read back as it is.

    Raises:
        QuestionError: ``out`` holds another run.
    """
    say = progress or (lambda done, of: None)
    with RunWriter(out, began_with(assistant, found, seed, as_of)) as writer:
        writer.note(found.problems)
        left = [question for question in found.questions if question.id not in writer.done]
        done = len(found.questions) - len(left)
        say(done, len(found.questions))
        if not left and (out / "summary.json").exists():
            return Run.read(out)
        memory = {"library opened": peak_memory()}
        begun = time.perf_counter()
        assistant.warm_up()
        loading = time.perf_counter() - begun
        memory["models loaded"] = peak_memory()
        begun = time.perf_counter()
        for question in left:
            writer.write(ask(assistant, question, as_of))
            done += 1
            say(done, len(found.questions))
        asking = time.perf_counter() - begun
        memory["questions asked"] = peak_memory()
        rows = Run.read(out).rows
        resources = _resources(rows, len(left), loading, asking, memory, seed)
        writer.finish(summarise(rows, seed), resources)
    return Run.read(out)


def peak_memory() -> int | None:
    """The most memory this process has held so far, in bytes; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def settings_written(settings: Settings) -> dict[str, Any]:
    """The settings that decide an answer, with the hash of all."""
    return {"hash": settings.hash, **{name: getattr(settings, name) for name in ANSWERING}}


def began_with(assistant: Assistant, found: QuestionSet, seed: int, as_of: bool = False) -> dict[str, Any]:
    """What ``run.json`` says: settings, models, library, set, seed; the same for the same run, but for ``began``."""
    library, reader = assistant.library, assistant.reader
    calibration = Path(reader.source).expanduser() / CALIBRATION_FILE
    return {
        "byline": byline_version(),
        "set_path": str(found.path),
        "set": {"kind": found.kind, "questions": len(found.questions), "sha256": _digest(found.questions)},
        "settings": settings_written(assistant.settings),
        "models": {
            "embedder": library.embedder.name,
            "embedder_hash": library.embedder.hash,
            "reader": reader.name,
            "reader_hash": reader.hash,
            "calibration_hash": file_sha256(calibration) if calibration.is_file() else "",
            "reranker": assistant.settings.reranker,
        },
        "library_path": library.address,
        "library": {
            "articles": library.article_count,
            "passages": library.passage_count,
            "generation": library.generation,
        },
        "seed": seed,
        "as_of": as_of,
        "began": time.strftime("%Y-%m-%d %H:%M:%S"),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, torch {version('torch')}",
    }


def _digest(questions: Sequence[Question]) -> str:
    return hashlib.sha256(repr([(*_parts(question),) for question in questions]).encode()).hexdigest()


def _parts(question: Question) -> list[object]:
    """What makes a question what it is: all but where it stands in its file."""
    return [
        sorted(value.items()) if isinstance(value, dict) else value
        for value in (getattr(question, name) for name in question.__dataclass_fields__ if name != "line")
    ]


def _resources(
    rows: Sequence[Scored], asked: int, loading: float, asking: float, memory: dict[str, int | None], seed: int
) -> dict[str, Any]:
    return {
        "questions": len(rows),
        "ask_seconds": round(sum(row.milliseconds for row in rows) / 1000, 2),
        "last_session": {
            "questions": asked,
            "loading_seconds": round(loading, 2),
            "wall_seconds": round(asking, 2),
            "questions_per_second": round(asked / asking, 2) if asking and asked else None,
        },
        "peak_memory_bytes": memory,
        "milliseconds": time_scores(rows, seed),
    }
