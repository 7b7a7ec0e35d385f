"""Byline's own question sets: JSONL, one question a line, as ``question.schema.json`` has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qa.evaluate.question_set import QuestionSet
from qa.evaluate.sets.reading import Collector, json_lines
from qa.evaluate.sets.row import parse_row


def read(path: Path) -> QuestionSet:
    """Read a set; what is wrong with a line is among its ``problems``."""
    found = Collector(path)
    for number, row, wrong in json_lines(path):
        if wrong:
            found.wrong(number, [wrong])
            continue
        question, problems = parse_row(row)
        found.wrong(number, problems)
        if question is not None:
            found.take(replace(question, line=number))
    return QuestionSet(path, "jsonl", found.questions, tuple(found.problems))
