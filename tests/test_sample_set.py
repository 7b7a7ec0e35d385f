"""The gate that every change goes through: the sample set, asked whole, against data/questions/gate.toml.

The goal is an F1 of 0.70 and an abstention recall of 0.70; docs/evaluation.md says how far there the reader is.
"""

from __future__ import annotations

import pytest

from qa.assistant import Assistant
from qa.evaluate.gate import failures, load_gate
from qa.evaluate.run_folder import Run
from qa.evaluate.session import chosen, perform
from qa.evaluate.sets import load_set
from tests.conftest import PROJECT

QUESTIONS = PROJECT / "data" / "questions"


@pytest.fixture(scope="module")
def sample_run(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Run:
    found = chosen(load_set(QUESTIONS / "sample.jsonl"), assistant)
    return perform(assistant, found, tmp_path_factory.mktemp("runs") / "sample")


def test_the_set_is_what_its_readme_says(sample_run: Run) -> None:
    summary = sample_run.finished()
    assert summary.questions >= 60
    assert (summary.questions - summary.answerable) / summary.questions >= 1 / 3


def test_the_sample_set_passes_its_gate(sample_run: Run) -> None:
    assert failures(load_gate(QUESTIONS / "gate.toml"), sample_run) == []
