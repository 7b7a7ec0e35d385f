"""Scores, against values worked out by hand and the official SQuAD 2.0 evaluation, typed anew from its rules."""

from __future__ import annotations

import collections
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluate.metrics import (
    exact_match,
    f1,
    first_right,
    holds_answer,
    normalise_answer,
    percentile,
    recall_at,
)


@pytest.mark.parametrize(
    ("given", "normal"),
    [("The  Cat!", "cat"), ("U.S.", "us"), ("1,000", "1000"), ("a an the", ""), ("“Overall”", "“overall”")],
)
def test_normalisation_is_the_official_one(given: str, normal: str) -> None:
    assert normalise_answer(given) == normal


def test_exact_match_and_f1() -> None:
    assert exact_match("The Medinsky", ["Vladimir Medinsky", "medinsky."]) == 1
    assert exact_match("Putin", ["Vladimir Medinsky"]) == 0
    assert f1("Vladimir Putin", ["Vladimir Medinsky"]) == pytest.approx(0.5)
    assert f1("in Turkey on Friday", ["Turkey"]) == pytest.approx(2 * 0.25 / 1.25)
    assert f1("one one two", ["one two two"]) == pytest.approx(2 / 3)


def test_no_answer_is_matched_by_no_answer_alone() -> None:
    assert exact_match("", []) == f1("", []) == 1
    assert exact_match("x", []) == f1("x", []) == 0
    assert f1("", ["x"]) == 0


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=3))
def test_scores_stay_between_0_and_1_and_f1_is_the_kinder(given: str, accepted: list[str]) -> None:
    assert 0 <= exact_match(given, accepted) <= f1(given, accepted) <= 1


def test_holding_an_answer_is_word_by_word() -> None:
    assert holds_answer("It was a cat's life in Turkey.", ["Turkey"])
    assert not holds_answer("Turkeys are birds.", ["Turkey"])
    assert not holds_answer("Anything", ["the", ""])


@pytest.mark.parametrize(
    "text", ["Russia’s army", "Russia's army", "In Russia—once", "a Russia-backed force", "“Russia” said", "RUSSIA’S"]
)
def test_a_possessive_a_dash_and_quotation_marks_end_an_answer(text: str) -> None:
    assert holds_answer(text, ["Russia"])
    assert holds_answer(text, ["Russia’s"])


def test_a_decimal_point_tells_figures_apart() -> None:
    assert holds_answer("It cost 1.5 million.", ["1.5 million"]) and holds_answer("It cost 1,500.", ["1500"])
    assert not holds_answer("It cost 1.5 million.", ["15 million"])
    assert not holds_answer("twenty-five men", ["five"])
    assert holds_answer("the U.S. army", ["US"]) and holds_answer("at McDonald's", ["McDonalds"])
    assert holds_answer("in the 1990's", ["1990s"])


def test_what_a_desk_prints_and_what_a_person_types_are_the_same_answer() -> None:
    assert holds_answer("Sinead O’Connor sang.", ["O'Connor"]) and holds_answer("O'Connor sang.", ["O’Connor"])
    assert holds_answer("They won 2–1 there.", ["2-1"]) and holds_answer("They won 2-1 there.", ["2–1"])
    assert holds_answer("From 1990–1995 it ran.", ["1990"]) and holds_answer("a co‑pilot", ["co-pilot"])
    assert not holds_answer("It was 1–5 there.", ["15"]) and not holds_answer("It was 1-5 there.", ["15"])


def test_ranks_and_recall() -> None:
    assert first_right([False, True, True]) == 2 and first_right([False]) is None
    assert recall_at([1, 3, None, 6], 1) == 0.25 and recall_at([1, 3, None, 6], 5) == 0.5
    assert recall_at([], 5) == 0


def test_percentiles() -> None:
    assert percentile([4, 1, 3, 2], 0.5) == 2.5 and percentile([1, 2, 3], 1) == 3 and percentile([], 0.5) == 0


# --- the official evaluation, step by step as its authors describe it, to compare with


def official_tokens(text: str) -> list[str]:
    lowered = text.lower()
    for mark in string.punctuation:
        lowered = lowered.replace(mark, "")
    return re.sub(r"\b(a|an|the)\b", " ", lowered).split()


def official_scores(prediction: str, answers: list[str]) -> tuple[int, float]:
    """Exact match and F1 of one question; gold answers that are empty once normalised are dropped."""
    golds = [gold for gold in answers if official_tokens(gold)] or [""]
    exact = max(int(official_tokens(gold) == official_tokens(prediction)) for gold in golds)
    best = 0.0
    for gold in golds:
        gold_tokens, tokens = official_tokens(gold), official_tokens(prediction)
        common = sum((collections.Counter(gold_tokens) & collections.Counter(tokens)).values())
        if not gold_tokens or not tokens:
            best = max(best, float(gold_tokens == tokens))
        elif common:
            precision, recall = 1.0 * common / len(tokens), 1.0 * common / len(gold_tokens)
            best = max(best, (2 * precision * recall) / (precision + recall))
    return exact, best


WORDS = st.lists(st.sampled_from("the a cat Cat! sat, on mat U.S. 1,000 – “x” an".split()), max_size=7).map(" ".join)


@given(WORDS, st.lists(WORDS, max_size=4))
def test_scores_are_those_of_the_official_evaluation_to_the_last_digit(prediction: str, answers: list[str]) -> None:
    assert (exact_match(prediction, answers), f1(prediction, answers)) == official_scores(prediction, answers)


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=3))
def test_scores_of_any_text_are_those_of_the_official_evaluation(prediction: str, answers: list[str]) -> None:
    assert (exact_match(prediction, answers), f1(prediction, answers)) == official_scores(prediction, answers)
