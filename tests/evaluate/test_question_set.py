"""Question sets: what is wrong names its line and field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import QuestionError, SourceError
from qa.evaluate.sets import load_questions

GOOD = {"id": "1", "question": "Who?", "answers": ["Ann"], "articles": ["a"], "answerable": True}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_a_good_set(tmp_path: Path) -> None:
    empty = {"id": "2", "question": "Why?", "answers": [], "articles": [], "answerable": False, "tags": ["why"]}
    first, second = load_questions(write(tmp_path, GOOD, "", empty))
    assert first.answers == ("Ann",) and first.answerable
    assert not second.answerable and second.tags == ("why",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ([1], "line 2: must be a JSON object"),
        ({**GOOD, "id": "1"}, "line 2: id '1' is used"),
        ({**GOOD, "id": ""}, "line 2: id must be"),
        ({**GOOD, "id": "2", "question": 7}, "line 2: question must be"),
        ({**GOOD, "id": "2", "answers": "Ann"}, "line 2: answers must be"),
        ({**GOOD, "id": "2", "answers": []}, "answerable but has no answers"),
        ({**GOOD, "id": "2", "answerable": False}, "not answerable but has answers"),
        ({**GOOD, "id": "2", "answerable": "yes"}, "line 2: answerable must be"),
        ({**GOOD, "id": "2", "anwsers": []}, "unknown field 'anwsers'"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: object, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        load_questions(write(tmp_path, GOOD, line))


def test_an_empty_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no questions"):
        load_questions(write(tmp_path, ""))
    with pytest.raises(SourceError, match="no such file"):
        load_questions(tmp_path / "none.jsonl")
