"""Follow-ups are searched as what they mean, other questions as they stand."""

from __future__ import annotations

import pytest

from qa.conversation import Turn, understand

TALKS = Turn("Who led the Russian delegation?", "Vladimir Medinsky")


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("And who led the Ukrainian one?", "who led the Ukrainian delegation?"),
        ("What did he say?", "What did Vladimir Medinsky say?"),
        ("What was his role?", "What was Vladimir Medinsky's role?"),
        ("When was that?", "When was that (Who led the Russian delegation)?"),
        ("Why?", "Why (Who led the Russian delegation)?"),
        ("What about the Ukrainian delegation?", "the Ukrainian delegation (Who led the Russian delegation)?"),
    ],
)
def test_follow_ups(question: str, understood: str) -> None:
    found = understand(question, [TALKS])
    assert found.question == understood
    assert found.queries[0] == understood and TALKS.question in found.queries[1]


@pytest.mark.parametrize(
    "question",
    ["How many came to the Lantern Fair?", "Is there a school in Quernhaven?", "Who is the mayor of Orlingfold?"],
)
def test_a_question_with_a_name_stands_alone(question: str) -> None:
    assert understand(question, [TALKS]).queries == (question,)


def test_without_history_nothing_is_changed_but_white_space() -> None:
    assert understand("  And   why? ").queries == ("And why?",)


def test_after_an_abstention_a_pronoun_leans_on_the_question() -> None:
    assert understand("What did he say?", [Turn("Who is the mayor?", "")]).question == (
        "What did he say (Who is the mayor)?"
    )
