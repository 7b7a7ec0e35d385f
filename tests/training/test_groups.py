"""Groups as a library would show them, and questions that a change makes unanswerable."""

from __future__ import annotations

import random

import pytest

from index.embedder import Embedder
from training.altered import altered
from training.examples import Example
from training.groups import nearest_first, own_passage, with_retrieved

TOWER = "The tower of Oslo was finished in 1931 by Ann Lee."


def asked(question: str, context: str, answer: str | None, paragraph: str = "s/1") -> Example:
    answers = ((answer, context.index(answer)),) if answer else ()
    return Example("q1", question, context, answers, "s", "Towers", paragraph)


def test_a_question_is_read_over_its_own_passage_and_near_ones_that_do_not_answer() -> None:
    pool = [
        asked("When was the tower of Oslo finished?", TOWER, "1931"),
        asked("?", "The tower of Bergen was never finished.", None, "s/2"),
        asked("?", "In 1931 the tower of Oslo was painted.", None, "s/3"),
        asked("?", "Cats sleep all day.", None, "s/4"),
    ]
    (group,) = with_retrieved(pool[:1], pool, Embedder(), random.Random(1), 1)
    assert group[0] == pool[0]
    assert [(row.context, row.answers) for row in group[1:]] == [(pool[1].context, ())]
    assert len({row.paragraph for row in group}) == len(group)


def test_the_own_passage_of_a_long_context_holds_the_answer_where_it_says() -> None:
    context = " ".join(f"Sentence number {number} says rather little about anything." for number in range(40))
    row = own_passage(asked("Which?", context, "number 33"), random.Random(1))
    assert len(row.context) <= 800 < len(context)
    assert [row.context[start : start + len(text)] for text, start in row.answers] == ["number 33"]
    assert own_passage(asked("Which?", context, context[100:1500]), random.Random(1)).context == context


def test_the_nearest_is_always_among_the_chosen() -> None:
    chosen = nearest_first(list("abcdefgh"), 3, random.Random(2))
    assert chosen[0] == "a" and len(set(chosen)) == 3 and set(chosen) <= set("abcdefgh")
    assert nearest_first([], 3, random.Random(2)) == nearest_first(["a"], 0, random.Random(2)) == []


@pytest.mark.parametrize(
    ("question", "context", "changed"),
    [
        ("Who won in 1931?", "In 1931 Ann Lee won; in 1940, nobody.", "Who won in 1940?"),
        ("What did Ann Lee open?", "There Ann Lee met Bo Dahl and opened a bridge.", "What did Bo Dahl open?"),
    ],
)
def test_a_name_or_number_gives_way_to_another_of_the_passage(question: str, context: str, changed: str) -> None:
    row = altered(asked(question, context, None), random.Random(1))
    assert row is not None and row.question == changed and row.context == context and not row.answers


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Who finished the tower of Oslo?", "Ann Lee"), ("Why?", None), ("When was the Oslo tower finished?", "1931")],
)
def test_nothing_is_changed_into_the_answer_or_without_another(question: str, answer: str | None) -> None:
    row = altered(asked(question, "The tower of Oslo was finished in 1931 by Ann Lee.", answer), random.Random(1))
    assert row is None or (answer or "") not in row.question
