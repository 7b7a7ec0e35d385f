"""Text files, gzip or not, and lines of JSON: what the readers of question sets share."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from index.article import clean_text
from index.errors import QuestionError, SourceError
from index.sources.decoding import decode, read_bytes
from qa.evaluate.question_set import Question


def read_text(path: Path) -> str:
    """The text of a file, unpacked when its name ends in ``.gz``; SourceError when it cannot be read."""
    data = read_bytes(path)
    if path.suffix.lower() == ".gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(f"{path}: not a whole gzip file ({error}).") from error
    return decode(data, path)


def source_of(path: Path) -> str:
    """What the articles of a set's file are stored as read from; with its folder: "dev.json" is in many a one."""
    return f"{path.resolve().parent.name}/{path.name}"


def json_lines(path: Path) -> Iterator[tuple[int, Any, str]]:
    """Number from 1, value, and what is wrong ('' for nothing) of each line that is not blank."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            value, wrong = parse_json(line)
            yield number, value, wrong


def parse_json(text: str) -> tuple[Any, str]:
    """The value and '', or None and what is wrong."""
    try:
        return _cleaned(json.loads(text)), ""
    except ValueError as error:
        return None, f"not JSON: {error}."
    except RecursionError:
        return None, "not JSON: nested too deeply."


def _cleaned(value: Any) -> Any:
    """The same with every text as it can be stored: a set may hold half characters (``\\ud800``)."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {clean_text(key): _cleaned(one) for key, one in value.items()}
    return value


def json_file(path: Path) -> Any:
    """The value of a JSON file; QuestionError when it is none."""
    value, wrong = parse_json(read_text(path))
    if wrong:
        raise QuestionError(f"{path}: {wrong}")
    return value


class Collector:
    """Takes questions and problems in the order of their lines; an id that is used twice is a problem."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self._questions: dict[str, Question] = {}

    def take(self, question: Question) -> None:
        """Keep a question whose id is new."""
        if question.id in self._questions:
            earlier = self._questions[question.id].line
            by = f"line {earlier}" if earlier else "an earlier question"
            self.wrong(question.line, [f"id {question.id!r} is used by {by}."])
        else:
            self._questions[question.id] = question

    def wrong(self, line: int, what: Iterable[str]) -> None:
        """Note what is wrong with a line."""
        where = f"{self.path} line {line}" if line else str(self.path)
        self.problems += [f"{where}: {one}" for one in what]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What was kept."""
        return tuple(self._questions.values())
