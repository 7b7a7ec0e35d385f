"""Question sets as a table: a header line with the names of fields, lists parted by ``|``."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from index.errors import QuestionError
from qa.evaluate.question_set import QuestionSet
from qa.evaluate.sets.reading import Collector, read_text
from qa.evaluate.sets.row import fields, parse_row

_LISTS = ("answers", "articles", "quotes", "tags")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NOT_IN_A_TABLE = "turns"


def read(path: Path, separator: str = ",") -> QuestionSet:
    """Read a table; ``id`` may be left out (the line then names a question), and ``answerable`` follows the answers."""
    found = Collector(path)
    rows = csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip() for name in rows.fieldnames or []]
        known = [name for name in fields() if name != _NOT_IN_A_TABLE]
        unknown = [name for name in names if name not in known]
        if "question" not in names or unknown:
            wrong = f"unknown column {unknown[0]!r}" if unknown else "no column 'question'"
            raise QuestionError(f"{path} line 1: {wrong}; known are {', '.join(known)}.")
        rows.fieldnames = names
        for row in rows:
            line = rows.line_num
            question, problems = parse_row(_as_json(row, line))
            found.wrong(line, problems)
            if question is not None:
                found.take(replace(question, line=line))
    except csv.Error as error:
        found.wrong(rows.line_num + 1, [f"not a row of a table: {error}."])
    return QuestionSet(path, "csv", found.questions, tuple(found.problems))


def _as_json(row: dict[str, str | None], line: int) -> dict[str, object]:
    values: dict[str, object] = {"id": f"line-{line}"}
    for name, text in row.items():
        if name is None:
            values["(a column without a name)"] = text
        elif name in _LISTS:
            values[name] = [part.strip() for part in (text or "").split("|") if part.strip()]
        elif name == "answerable":
            values[name] = _TRUTH.get((text or "").strip().lower(), text)
        elif (text or "").strip():
            values[name] = text
    if not str(values.get("answerable") or "").strip() and values.get("answerable") is not False:
        values["answerable"] = bool(values.get("answers"))
    return values
