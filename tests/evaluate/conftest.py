"""A dozen of the sample questions, asked once for all tests of what is made of a run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.errors import QuestionError
from qa.assistant import Assistant
from qa.evaluate.run_folder import Run
from qa.evaluate.session import perform
from qa.evaluate.sets import load_set
from qa.settings import Settings
from tests.conftest import PROJECT

SMALL = "s001 s003 s008 s010 s020 s029 s037 s040 s050 s056 s070 s096".split()
SAMPLE_SET = PROJECT / "data" / "questions" / "sample.jsonl"


def write_set(path: Path, *rows: object) -> Path:
    """Write rows as JSONL; a text is a line as it stands."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen sample questions; for seven of the nine answerable ones the first passage retrieved is a wrong one."""
    lines = [line for line in SAMPLE_SET.read_text(encoding="utf-8").splitlines() if json.loads(line)["id"] in SMALL]
    return write_set(tmp_path_factory.mktemp("set") / "small.jsonl", *lines)


@pytest.fixture(scope="session")
def small_run(assistant: Assistant, small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The small set asked as it comes."""
    return perform(assistant, load_set(small_set), tmp_path_factory.mktemp("runs") / "before")


@dataclass(frozen=True)
class Killed:
    """A run that was killed, then gone on with: how many were asked before, what was said of progress after."""

    run: Run
    asked: int
    progress: list[tuple[int, int]]


@pytest.fixture(scope="session")
def killed_run(assistant: Assistant, small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """The small set asked by a process that is killed on the way, and to its end by this one."""
    out = tmp_path_factory.mktemp("runs") / "killed"
    command = ["eval", str(small_set), "--library", str(assistant.library.path), "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "qa", *command], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    rows = out / "rows.jsonl"
    until = time.monotonic() + 180
    while not (rows.exists() and rows.read_bytes().count(b"\n") >= 2):
        assert process.poll() is None and time.monotonic() < until, process.stderr and process.stderr.read()
        time.sleep(0.01)
    process.kill()  # SIGKILL: nothing of it can clean up
    process.communicate()
    asked = rows.read_bytes().count(b"\n")
    with pytest.raises(QuestionError, match="is not finished"):
        Run.read(out).finished()
    with rows.open("ab") as file:
        file.write(b'{"id": "torn')  # a line that was being written
    seen: list[tuple[int, int]] = []
    return Killed(
        perform(assistant, load_set(small_set), out, progress=lambda done, of: seen.append((done, of))), asked, seen
    )


@pytest.fixture(scope="session")
def worse_run(assistant: Assistant, small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The small set asked of one passage each: a deliberate regression."""
    worse = Assistant(assistant.library, Settings.checked({"candidates": 1}))
    worse.reader = assistant.reader
    return perform(worse, load_set(small_set), tmp_path_factory.mktemp("runs") / "worse")
