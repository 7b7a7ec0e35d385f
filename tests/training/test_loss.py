"""The loss of several passages together, against the sums written out."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from training.loss import TAUGHT, span_loss

CLS, QUESTION = 0, 1
"""The tokens of every row: CLS, one of the question, three of the passage."""


def saying(starts: list[list[float]]) -> Any:
    """A model whose logits are these, for starts and for ends."""
    logits = torch.tensor(starts)
    return lambda **_: SimpleNamespace(start_logits=logits, end_logits=logits)


def loss_of(starts: list[list[float]], right: list[int], group: list[int], teachers: Sequence[Any] = ()) -> float:
    """The loss when both logits are ``starts`` and the right token of each row is ``right`` (0: no answer)."""
    logits = torch.tensor(starts)
    answerable = torch.ones_like(logits, dtype=torch.bool)
    answerable[:, QUESTION] = False
    target = torch.nn.functional.one_hot(torch.tensor(right), logits.shape[1]).bool()
    batch = {"answerable": answerable, "starts": target, "ends": target, "group": torch.tensor(group)}
    batch |= dict.fromkeys(("input_ids", "attention_mask", "token_type_ids"), torch.zeros(1))
    return float(span_loss(saying(starts), batch, teachers))


def share(logits: list[float], right: int) -> float:
    """Minus the log share of one of ``logits``."""
    return float(-torch.tensor(logits).log_softmax(0)[right])


def test_a_single_passage_is_the_plain_loss_over_its_tokens_and_the_cls() -> None:
    row = [0.5, 9.0, 1.0, 3.0, -1.0]
    assert loss_of([row], [3], [0]) == pytest.approx(share([0.5, 1.0, 3.0, -1.0], 2), abs=1e-5)
    assert loss_of([row], [0], [0]) == pytest.approx(share([0.5, 1.0, 3.0, -1.0], 0), abs=1e-5)


def test_passages_of_a_question_are_normalised_together_with_one_no_answer() -> None:
    right, wrong = [0.5, 9.0, 1.0, 3.0, -1.0], [-1.0, 9.0, 2.0, 0.0, 0.0]
    alone = (share([0.5, 1.0, 3.0, -1.0], 2) + share([-1.0, 2.0, 0.0, 0.0], 0)) / 2
    relative = [0.0, 0.5, 2.5, -1.5, 3.0, 1.0, 1.0]
    assert loss_of([right, wrong], [3, 0], [0, 0]) == pytest.approx((alone + share(relative, 2)) / 2, abs=1e-5)
    assert loss_of([right, wrong], [0, 0], [0, 0]) > loss_of([right, wrong], [0, 0], [0, 1]) > 0


def test_another_passage_that_looks_better_costs_more_the_better_it_looks() -> None:
    right = [0.0, 9.0, 1.0, 3.0, -1.0]
    costs = [loss_of([right, [0.0, 9.0, high, 0.0, 0.0]], [3, 0], [0, 0]) for high in (-5.0, 1.0, 8.0)]
    assert costs[0] < costs[1] < costs[2]


def test_teachers_add_the_cross_entropy_to_the_mean_of_what_they_think() -> None:
    row, one, other = [0.5, 9.0, 1.0, 3.0, -1.0], [0.0, 9.0, 0.0, 2.0, 0.0], [4.0, 9.0, 0.0, 0.0, 0.0]
    theirs = sum(torch.tensor([said[0], *said[2:]]).softmax(0) for said in (one, other)) / 2
    taught = float(-(theirs * torch.tensor([0.5, 1.0, 3.0, -1.0]).log_softmax(0)).sum())
    expected = (1 - TAUGHT) * loss_of([row], [3], [0]) + TAUGHT * taught
    assert loss_of([row], [3], [0], [saying([one]), saying([other])]) == pytest.approx(expected, abs=1e-5)


def test_a_student_of_one_teacher_can_do_no_better_than_agree() -> None:
    teacher = [1.0, 9.0, 0.0, 2.0, 0.0]
    agreeing, sure, unsure = (
        loss_of([row], [3], [0], [saying([teacher])]) - (1 - TAUGHT) * loss_of([row], [3], [0])
        for row in (teacher, [0.0, 9.0, 0.0, 9.0, 0.0], [0.0, 9.0, 0.0, 0.0, 0.0])
    )
    assert agreeing < sure and agreeing < unsure
