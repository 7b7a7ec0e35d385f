"""A dozen of the sample questions, asked once for all tests of what is made of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.evaluate.run_folder import Run
from qa.evaluate.session import perform
from qa.evaluate.sets import load_set
from qa.settings import Settings
from tests.conftest import PROJECT

SAMPLE_SET = PROJECT / "data" / "questions" / "sample.jsonl"


def write_set(path: Path, *rows: object) -> Path:
    """Write rows as JSONL; a text is a line as it stands."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every ninth of the sample questions."""
    lines = SAMPLE_SET.read_text(encoding="utf-8").splitlines()[::9]
    return write_set(tmp_path_factory.mktemp("set") / "small.jsonl", *lines)


@pytest.fixture(scope="session")
def small_run(assistant: Assistant, small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The small set asked as it comes."""
    return perform(assistant, load_set(small_set), tmp_path_factory.mktemp("runs") / "before")


@pytest.fixture(scope="session")
def worse_run(assistant: Assistant, small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The small set asked of one passage each: a deliberate regression."""
    worse = Assistant(assistant.library, Settings.checked({"candidates": 1}))
    worse.reader = assistant.reader
    return perform(worse, load_set(small_set), tmp_path_factory.mktemp("runs") / "worse")
