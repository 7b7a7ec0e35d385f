"""Gates: rules that are read, never run; a regression is caught, an unchanged run passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import QuestionError
from qa.evaluate.compare import compare
from qa.evaluate.gate import NAMES, failures, load_gate, parse_rule, value_of, without_baseline
from qa.evaluate.run_folder import Run
from qa.evaluate.summary import summarise
from tests.evaluate.conftest import Killed

STRICT = [parse_rule(rule) for rule in ("recall_at_5 >= baseline - 0.01", "f1 >= baseline - 0.3", "quotes_wrong <= 0")]


def test_an_unchanged_run_passes(small_run: Run, killed_run: Killed) -> None:
    again = killed_run.run
    same = [parse_rule(f"{name} >= baseline") for name in again.finished().scores]
    assert failures([*STRICT, *same], again, small_run) == []


def test_a_regression_is_caught(small_run: Run, worse_run: Run) -> None:
    (failed,) = failures(STRICT[:1], worse_run, small_run)
    assert failed.startswith("gate failed: recall_at_5 >= baseline - 0.01: recall_at_5 is 0.")
    assert failures(STRICT[:1], small_run, worse_run) == []


@pytest.mark.parametrize(
    ("rule", "value", "baseline", "holds"),
    [
        ("f1 >= 0.5", 0.5, None, True),
        ("f1 >= 0.5", 0.49, None, False),
        ("f1>baseline", 0.5, 0.5, False),
        ("f1 >= baseline - 0.1", 0.2, 0.3, True),  # 0.3 - 0.1 is a hair more than 0.2
        ("f1 >= baseline + 0.05 - 0.02", 0.53, 0.5, True),
        ("calibration_error <= baseline + 0.01", 0.12, 0.1, False),
        ("quotes_wrong <= 0", 1, None, False),
        ("median_milliseconds < 500", 499.0, None, True),
    ],
)
def test_a_rule_compares(rule: str, value: float, baseline: float | None, holds: bool) -> None:
    assert parse_rule(rule).holds(value, baseline) == holds


@pytest.mark.parametrize(
    "rule",
    [
        "__import__('os').system('true') >= 0",
        "f1 >= __import__('os')",
        "f1 >= baseline * 2",
        "f1 >= (1)",
        "f1 >= 1e9",
        "f1 == 1",
        "f1",
        "",
        "f1 >= 0.5 and f1 <= 1",
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(QuestionError, match="is no rule"):
        parse_rule(rule)


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(QuestionError, match="'f2': did you mean 'f1'"):
        parse_rule("f2 >= 1")


def test_every_name_has_a_value(small_run: Run) -> None:
    missing = [name for name in NAMES if value_of(small_run, name) is None]
    assert missing == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules = [", "not TOML"),
        ("rules = []", "a gate is rules"),
        ("rules = [1]", "a gate is rules"),
        ('rule = ["f1 >= 1"]', "unknown key 'rule'"),
        ('rules = ["f1 = 1"]', "'f1 = 1' is no rule"),
    ],
)
def test_a_broken_gate_is_said_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(text)
    with pytest.raises(QuestionError, match=said):
        load_gate(path)


def test_a_baseline_is_needed_where_a_rule_speaks_of_it(small_run: Run) -> None:
    with pytest.raises(QuestionError, match="needs another run"):
        without_baseline(tuple(STRICT))
    assert len(failures(STRICT, small_run)) == 2


def test_a_baseline_is_of_the_questions_that_both_were_asked(small_run: Run) -> None:
    """A harder set before makes no worse answer pass."""
    right = [row for row in small_run.rows if row.judged and row.f1 == 1][:1]
    poor = [replace(row, f1=0.0) for row in small_run.rows if row not in right]
    before = replace(small_run, rows=(*right, *poor), summary=summarise([*right, *poor]))
    worse = [replace(right[0], f1=0.5)]
    after = replace(small_run, rows=tuple(worse), summary=summarise(worse))
    rules = (parse_rule("f1 >= baseline - 0.01"),)
    assert not failures(rules, after, before), "over all that each was asked it looks better"
    found = compare(before, after)
    assert failures(rules, found.second_shared, found.first_shared)
