"""Question sets: JSONL, one question a line. The schema is ``QUESTION_FIELDS``; a broken line names itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import QuestionError
from index.sources.decoding import decode, read_bytes

QUESTION_FIELDS = {
    "id": "text, unique in the set",
    "question": "text, not empty",
    "answers": "list of accepted answers (text); empty when not answerable",
    "articles": "list of the ids of the articles that say it; empty when not answerable",
    "answerable": "true or false",
    "tags": "list of text, optional",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set; ``answers`` and ``articles`` are empty exactly when it is not ``answerable``."""

    id: str
    question: str
    answers: tuple[str, ...]
    articles: tuple[str, ...]
    answerable: bool
    tags: tuple[str, ...] = ()


def load_questions(path: Path) -> list[Question]:
    """Read a question set.

    Raises:
        SourceError: the file is missing or cannot be read.
        QuestionError: the first broken line, with its number, its field and what is wrong.
    """
    questions: dict[str, Question] = {}
    try:
        text = decode(read_bytes(path), path)
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            question = _parse(line, f"{path} line {number}")
            if question.id in questions:
                raise QuestionError(f"{path} line {number}: id {question.id!r} is used by an earlier line.")
            questions[question.id] = question
    except RecursionError as error:
        raise QuestionError(f"{path}: nested too deeply to be a question set.") from error
    if not questions:
        raise QuestionError(f"{path}: no questions in it; one JSON object a line with {', '.join(QUESTION_FIELDS)}.")
    return list(questions.values())


def _parse(line: str, where: str) -> Question:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise QuestionError(f"{where}: not JSON: {error}.") from error
    if not isinstance(row, dict):
        raise QuestionError(f"{where}: must be a JSON object.")
    unknown = [name for name in row if name not in QUESTION_FIELDS]
    if unknown:
        raise QuestionError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(QUESTION_FIELDS)}.")
    question = Question(
        id=_text(row, "id", where),
        question=_text(row, "question", where),
        answers=_texts(row, "answers", where),
        articles=_texts(row, "articles", where),
        answerable=_truth(row, where),
        tags=_texts(row, "tags", where),
    )
    if question.answerable != bool(question.answers):
        wrong = "is answerable but has no answers" if question.answerable else "is not answerable but has answers"
        raise QuestionError(f"{where}: question {question.id!r} {wrong}.")
    return question


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise QuestionError(f"{where}: {name} must be {QUESTION_FIELDS[name]}.")
    return value.strip()


def _texts(row: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = row.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise QuestionError(f"{where}: {name} must be a {QUESTION_FIELDS[name]}.")
    return tuple(value)


def _truth(row: dict[str, Any], where: str) -> bool:
    value = row.get("answerable", True)
    if not isinstance(value, bool):
        raise QuestionError(f"{where}: answerable must be true or false.")
    return value
