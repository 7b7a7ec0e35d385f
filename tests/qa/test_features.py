"""What speaks for a span besides the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.features import Asked, stems


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("How many people came?", "12,000", "the fair committee"),
        ("When did it open?", "Friday, April 26", "the bridge"),
        ("In what year was it built?", "1989", "the council"),
        ("Who led the talks?", "Vladimir Medinsky", "on the bridge"),
        ("Why was it late?", "because of storms", "300"),
    ],
)
def test_the_kind_of_answer_asked_for(question: str, right: str, wrong: str) -> None:
    asked = Asked.of(question)
    assert asked.matches(right) == 1 and asked.matches(wrong) == -1


def test_a_question_of_no_kind_asks_for_none() -> None:
    assert Asked.of("What did the mayor cut?").matches("a rope") == 0


def test_a_long_question_says_more_than_a_short_one_up_to_a_point() -> None:
    short, long, longest = (
        "Who won?",
        "Which Alpine resort banned motor sledges?",
        " ".join(f"word{n}" for n in range(40)),
    )
    assert Asked.of(short).weight < Asked.of(long).weight < Asked.of(longest).weight == 2


def test_coverage_is_by_stem_and_leaves_out_what_only_asks() -> None:
    asked = Asked.of("How many pupils were led to safety from the burning school?")
    assert asked.stems == stems("pupil led safety burn school")
    assert asked.coverage("A pupil of the schools") == pytest.approx(2 / 5)
    assert asked.coverage("A pupil", "safety, led: burned schools") == 1


def test_an_answer_that_repeats_the_question_echoes() -> None:
    asked = Asked.of("Who designed the Sethe Swing Bridge?")
    assert asked.echo("Sethe Swing Bridge") == 1 and asked.echo("Ann Lee") == 0 and asked.echo("...") == 0


@given(st.text(max_size=80), st.text(max_size=80))
def test_shares_stay_between_0_and_1(question: str, answer: str) -> None:
    asked = Asked.of(question)
    assert 0 <= asked.coverage(answer) <= 1 and 0 <= asked.echo(answer) <= 1 and asked.matches(answer) in (-1, 0, 1)


@pytest.mark.parametrize(
    "text",
    [
        "QUERNHAVEN - The bridge is late.",
        "QUERNHAVEN (SVW) — The bridge is late.",
        "NEW YORK, May 3 (Reuters) - The bridge is late.",
        "ST. OSYTH'S — The bridge is late.",
    ],
)
def test_a_dateline_answers_only_where_and_when(text: str) -> None:
    assert not Asked.of("Which company builds the bridge?").takes(text, 0, 8)
    assert Asked.of("Where is the bridge?").takes(text, 0, 8)
    start = text.index("bridge")
    assert Asked.of("Which company builds the bridge?").takes(text, start, start + 6)


def test_words_that_say_nothing_are_no_answer_and_numbers_are() -> None:
    text = "They had four boats in 2008, NATO said - and so on."
    asked = Asked.of("Who was there?")
    assert not asked.takes(text, 0, 4) and not asked.takes(text, text.index("and"), text.index("and") + 3)
    assert asked.takes(text, text.index("four"), text.index("four") + 4)
    assert asked.takes(text, text.index("NATO"), text.index("NATO") + 4)


def test_a_name_that_is_a_stop_word_elsewhere_is_an_answer() -> None:
    text = "They heard The Who play, and who else was there is not known. Who was it?"
    asked = Asked.of("Which band played?")
    start = text.index("The Who")
    assert asked.takes(text, start, start + 7) and asked.takes(text, start + 4, start + 7)
    assert not asked.takes(text, text.index("who"), text.index("who") + 3)
    assert not asked.takes(text, text.rindex("Who"), text.rindex("Who") + 3), "a sentence begins with it"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MAYOR ANN LEE - A FORMER TEACHER - RESIGNED ON MONDAY.\nThe row is about a bridge.", "ANN LEE"),
        ("DR SARAH OAKES - The lake is safe to swim in.", "SARAH OAKES"),
    ],
)
def test_a_headline_or_a_speaker_in_capitals_is_no_dateline(text: str, name: str) -> None:
    start = text.index(name)
    assert Asked.of("Who resigned or said so?").takes(text, start, start + len(name))


def test_an_aside_between_dashes_is_no_dateline() -> None:
    assert Asked.of("Who found water?").takes("NASA – the US space agency – found water.", 0, 4)


def test_the_kind_asked_for_is_that_of_the_first_word_that_asks() -> None:
    asked = Asked.of("Who was mayor of Oslo when the bridge opened?")
    assert asked.matches("Ann Lee") == 1 and asked.matches("in april") == -1 and not asked.place_or_time
    asked = Asked.of("Where was Ann Lee when she was arrested?")
    assert asked.matches("Oslo") == 1 and asked.place_or_time
    assert Asked.of("In which city was the man who fled?").place_or_time


def test_all_is_an_answer_to_how_many_and_to_nothing_else() -> None:
    assert Asked.of("How many of the crew were saved?").takes("All of them were saved.", 0, 11)
    assert not Asked.of("Who was saved?").takes("All of them were saved.", 0, 11)
