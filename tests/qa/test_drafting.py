"""Questions drafted from articles: every one of the sample library's was read by a person and found good."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from qa.drafting import draft_questions
from qa.verbs import BASE_OF, PARTICIPLES

PUPILS = "How many pupils of Orlingfold Primary School in Quernhaven were led to safety on Tuesday morning?"
READ = {
    "cannery-trade": [("When was Brinewell founded?", "1911")],
    "cannery-courier": [],
    "bridge-opens": [
        ("Who cut a length of old ferry rope in front of about 2,300 onlookers?", "Sunniva Oakreath"),
    ],
    "bridge-postponed": [],
    "lantern-fair-post": [
        ("How many people attended Saturday’s Lantern Fair in Quernhaven?", "8,500"),
        ("How much did the fair collect for the lifeboat at Sethe Mouth?", "£31,500"),
    ],
    "lantern-fair-radio": [
        ("How many people came to the Quernhaven Lantern Fair on Saturday?", "12,000"),
        ("How much did the fair raise for the Sethe Mouth lifeboat?", "£31,500"),
    ],
    "mayor-elected": [],
    "new-mayor": [
        ("When did Sunniva Oakreath become mayor of Quernhaven?", "Tuesday night"),
        ("Who became mayor of Quernhaven on Tuesday night?", "Sunniva Oakreath"),
    ],
    "prisoner-swap": [
        ("When did Russia invade Ukraine?", "February 2022"),
        ("Who is the Ukrainian chief negotiator?", "Rustem Umerov"),
        ("Who is the leader of Russia's delegation?", "Vladimir Medinsky"),
        (
            "Who said that the two sides agreed to share specific proposals on a possible ceasefire?",
            "Vladimir Medinsky",
        ),
    ],
    "school-fire-post": [(PUPILS, "312")],
    "school-fire-wire": [(PUPILS, "312")],
    "tern-count": [
        (
            "Who said that the tern colony at the mouth of the River Sethe has reached 934 breeding pairs, "
            "the most since records began in 1971?",
            "Quernhaven Marine Station",
        )
    ],
}


def drafted(text: str) -> list[tuple[str, str]]:
    return [(found.question, found.answer) for found in draft_questions(Article("a", text))]


def test_what_the_sample_library_is_asked(sample_articles: list[Article]) -> None:
    for article in sample_articles:
        found = draft_questions(article)
        assert sorted((one.question, one.answer) for one in found) == sorted(READ[article.id]), article.id
        assert all(article.text[one.start : one.end] == one.answer for one in found)


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("Ann Lee, the leader of the Green Party, resigned.", "Who is the leader of the Green Party?", "Ann Lee"),
        ("Ann Lee won the Oslo marathon on Sunday.", "When did Ann Lee win the Oslo marathon?", "Sunday"),
        ("The Lantern Summit was held in Oslo.", "Where was the Lantern Summit held?", "Oslo"),
        (
            "Ann Pellister lost the vote in Oslo because she asked for higher charges.",
            "Why did Ann Pellister lose the vote in Oslo?",
            "she asked for higher charges",
        ),
        (
            "The Brinewell Company will spend £26 million on a second line in Oslo.",
            "How much will the Brinewell Company spend on a second line in Oslo?",
            "£26 million",
        ),
        (
            "The University of Oslo was founded in 1811 and has 28,000 students.",
            "When was the University of Oslo founded?",
            "1811",
        ),
    ],
)
def test_a_sentence_is_turned_round(text: str, question: str, answer: str) -> None:
    assert (question, answer) in drafted(text)


@pytest.mark.parametrize(
    "text",
    [
        "He became mayor of Oslo on Tuesday.",  # who?
        '"Ann Lee became mayor of Oslo on Tuesday."',
        "Officials said that the bridge in Oslo will open soon.",  # no name
        "Officials in the town spoke. The officials said so.",
        "Ann Lee said that it would open in Oslo.",  # what?
        "Ann Lee gronked the bridge in Oslo on Tuesday.",  # a verb whose base form is not known
        "Cleaners began work in Oslo on Tuesday. The cleaners left.",
        "Mark Davis bought the club on Tuesday.",  # "When did … buy the club?": which one?
        "",
    ],
)
def test_what_does_not_fit_is_passed_over(text: str) -> None:
    assert [pair for pair in drafted(text or "x") if not pair[0].startswith("Who bought")] == []


def test_as_many_as_asked_for_and_of_all_kinds_first(sample_articles: list[Article]) -> None:
    (article,) = [article for article in sample_articles if article.id == "prisoner-swap"]
    assert [one.question.split()[0] for one in draft_questions(article, 2)] == ["When", "Who"]
    assert draft_questions(article, 0) == []


def test_base_forms_are_of_real_verbs() -> None:
    assert BASE_OF["stopped"] == "stop" and BASE_OF["carried"] == "carry" and BASE_OF["won"] == "win"
    assert BASE_OF["opened"] == "open" and BASE_OF["raised"] == "raise"
    assert {"elected", "held", "founded"} <= PARTICIPLES


@settings(max_examples=60)
@given(st.text(alphabet="Ann Lee won said that Oslo in 2012, .\"'(the mayor of)\n", max_size=400))
def test_any_text_is_drafted_from_exactly(text: str) -> None:
    if text.strip():
        article = Article("a", text)
        for one in draft_questions(article):
            assert article.text[one.start : one.end] == one.answer and one.question.endswith("?")


@pytest.mark.parametrize(
    "text",
    [
        "Keir Starmer, who met Emmanuel Macron and the president of Ukraine, said that it was late.",
        "Kim Yo-jong, sister of Kim Jong-un and leader of North Korea, said that it was late.",
        "The Greens promised to rebuild the Sethe Bridge in 2028.",
        "The Quernhaven Council approved a plan to build homes in Oslo in 2030.",
        "The Sethe Bridge was closed to be rebuilt in 2026.",
        "2024 elections were held across the Sethe region on Sunday.",
    ],
)
def test_what_is_told_of_somebody_or_something_else_is_not_asked(text: str) -> None:
    assert drafted(text) == []
