"""Spans of all passages become answers, each weighed against the others."""

from __future__ import annotations

import math

import pytest

from index.article import Passage
from qa.confidence import FEATURES, Calibration
from qa.reader import Span
from qa.retriever import Candidate
from qa.selection import Proposal, Reading, propose, rank_readings, same_answer


def ranked(*answers: tuple[str, float]) -> list[Reading]:
    """The readings when each of ``answers`` opens a passage of an article of its own, with its margin."""
    candidates = [
        Candidate(Passage(f"a{place}", 0, len(text), text, place), "", 0.5, 0.5, None)
        for place, text in enumerate(f"{answer} opened the bridge." for answer, _ in answers)
    ]
    spans = [[Span(0, len(answer), margin)] for answer, margin in answers]
    return rank_readings("Who opened the bridge?", candidates, spans, Calibration.default())


def proposals(*answers: tuple[str, float], most: int = 4) -> list[Proposal]:
    """What is proposed of them."""
    return propose(ranked(*answers), most=most)


def test_the_best_answer_leads_by_what_its_rank_is_over_the_next_and_the_others_lag() -> None:
    best, second, third = proposals(("Ann Lee", 2.0), ("Bob May", 1.0), ("Cy Orr", -3.0))
    assert [one.best.text for one in (best, second, third)] == ["Ann Lee", "Bob May", "Cy Orr"]
    assert [round(one.features["lead"], 3) for one in (best, second, third)] == [1.0, -1.0, -5.0]
    assert set(FEATURES) <= set(best.features)


def test_a_passage_that_says_the_same_is_cited_beside_and_is_no_rival() -> None:
    best, second = proposals(("Ann Lee", 2.0), ("Bob May", 1.0), ("Ann Lee", 1.5))
    assert round(best.features["lead"], 3) == 1.0 and second.best.text == "Bob May"
    assert [reading.candidate.passage.article_id for reading in best.readings] == ["a0", "a2"]


def test_how_many_articles_were_read_and_what_was_retrieved_before_is_known() -> None:
    best, second = proposals(("Bob May", 1.0), ("Ann Lee", 2.0))
    assert best.best.text == "Ann Lee" and second.best.text == "Bob May"
    assert [math.exp(one.features["articles"]) for one in (best, second)] == [2.0, 2.0]
    assert [math.expm1(one.features["before"]) for one in (best, second)] == [1.0, 0.0]


def test_no_more_than_asked_for_are_proposed_and_the_rest_still_count() -> None:
    (best,) = proposals(("Ann Lee", 2.0), ("Bob May", 2.0), most=1)
    assert best.features["lead"] == 0.0
    assert propose([]) == []


def test_what_a_refused_answer_outranks_is_no_surer() -> None:
    readings = ranked(("Ann Lee", 2.0), ("Bob May", 1.0), ("Lee", 0.5))
    best, second = propose(readings)
    (left,) = propose(readings, refused=[reading for reading in readings if "Lee" in reading.text])
    assert left.best.text == second.best.text == "Bob May" and left.features == second.features
    said = [reading for reading in readings if reading.text == "Bob May"]
    (chosen,) = propose(readings, [reading for reading in readings if reading not in said], said)
    assert chosen.features["lead"] > 0 > left.features["lead"]
    (kept, _) = propose(readings, refused=readings[:1])
    assert best.best.text == "Ann Lee" and kept.best.text == "Lee"


def test_what_another_passage_of_the_article_says_speaks_for_a_span_of_it() -> None:
    texts = {
        "a": ("The ferry to Oslo sank in a storm.", "Ann Lee was at the helm."),
        "b": ("Bob May was at the helm.",),
    }
    candidates = [
        Candidate(Passage(article, number * 100, number * 100 + len(text), text, number), "", 0.5, 0.5, None)
        for article, several in texts.items()
        for number, text in enumerate(several)
    ]
    spans = [[], [Span(0, 7, 1.0)], [Span(0, 7, 1.0)]]
    calibration = Calibration({"article_by_words": 1.0}, {})
    first, second = rank_readings("Who was at the helm when the Oslo ferry sank?", candidates, spans, calibration)
    assert (first.text, second.text) == ("Ann Lee", "Bob May")
    assert first.features["passage_by_words"] == second.features["passage_by_words"]
    assert (first.features["article"], second.features["article"]) == (1.0, 0.25)
    assert (first.rank, second.rank) == (1.0 * 4 / 8, 0.25 * 4 / 8)  # four telling words of eight


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1,000", "1000", True),
        ("10%", "10 per cent", True),
        ("12,000", "12,000 people", True),
        ("12,000 workers", "12,000", True),
        ("Ann O’Brien", "Ann O'Brien", True),
        ("Mr Lee", "Lee", True),
        ("South Sudan", "South Sudan", True),
        ("£1.5 million", "£15 million", False),
        ("2-1", "21", False),
        ("5%", "$5", False),
        ("12", "12 May", False),
        ("3", "3 million", False),
        ("3", "3 days", False),
        ("Hundreds", "Hundreds of thousands", False),
        ("Three", "Three hundred", False),
        ("Two", "Two dozen", False),
        ("Mongolia", "Inner Mongolia", False),
        ("Mayor", "Deputy Mayor", False),
        ("Sudan", "South Sudan", False),
        ("York", "New York", False),
        ("Mexico", "Gulf of Mexico", False),
        ("New York", "New York City", True),
        ("King Charles", "King Charles III", True),
        ("Israel", "State of Israel", True),
        ("Donald Trump", "Donald Trump Jr", False),
        ("Guilty", "Not guilty", False),
        ("3°C", "-3°C", False),
        ("-3°C", "−3°C", True),
        ("Ann Lee", "Bob May", False),
        ("", "", False),
    ],
)
def test_answers_that_say_the_same(one: str, other: str, same: bool) -> None:
    assert same_answer(one, other) is same_answer(other, one) is same
