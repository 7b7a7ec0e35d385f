"""Question sets from files: JSONL in Byline's own form, SQuAD JSON, BEIR folders, CSV."""

from __future__ import annotations

from pathlib import Path

from index.errors import QuestionError
from qa.evaluate.question_set import Question, QuestionSet


def load_set(path: Path, keep_going: bool = False) -> QuestionSet:
    """Read the question set at ``path``: a BEIR folder, SQuAD ``.json``, ``.csv`` or ``.tsv``, else JSONL; gzip too.

    With ``keep_going``, broken lines are passed over and named in the set's ``problems``.

    Raises:
        SourceError: the file is missing or cannot be read.
        QuestionError: the first thing that is wrong, with its line and field; or nothing is left to ask.
    """
    found = _read(path)
    if found.problems and not keep_going:
        raise QuestionError(found.problems[0])
    if not found.questions:
        raise QuestionError("\n".join((*found.problems, f"{path}: no questions in it; see docs/evaluating.md.")))
    return found


def load_questions(path: Path) -> list[Question]:
    """The questions of ``load_set``, all of them sound."""
    return list(load_set(path).questions)


def _read(path: Path) -> QuestionSet:
    from qa.evaluate.sets import beir, csv_table, jsonl, squad

    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    if path.is_dir():
        return beir.read(path)
    last = suffixes[-1] if suffixes else ""
    if last == ".json":
        return squad.read(path)
    if last in (".csv", ".tsv"):
        return csv_table.read(path, "\t" if last == ".tsv" else ",")
    return jsonl.read(path)
