"""Spans of all passages become answers, each with its share of what they say together."""

from __future__ import annotations

import math

from index.article import Passage
from qa.confidence import FEATURES, Calibration
from qa.reader import Span
from qa.retriever import Candidate
from qa.selection import Proposal, propose, rank_readings


def proposals(*answers: tuple[str, float], most: int = 4) -> list[Proposal]:
    """What is proposed when each of ``answers`` opens a passage of an article of its own, with its margin."""
    candidates = [
        Candidate(Passage(f"a{place}", 0, len(text), text, place), "", 0.5, 0.5, None)
        for place, text in enumerate(f"{answer} opened the bridge." for answer, _ in answers)
    ]
    spans = [[Span(0, len(answer), margin)] for answer, margin in answers]
    return propose(rank_readings("Who opened the bridge?", candidates, spans, Calibration.default()), most)


def share(proposal: Proposal) -> float:
    return math.exp(proposal.features["share"])


def test_the_shares_of_all_answers_add_up_to_one() -> None:
    found = proposals(("Ann Lee", 2.0), ("Bob May", 1.0), ("Cy Orr", -3.0))
    assert [proposal.best.text for proposal in found] == ["Ann Lee", "Bob May", "Cy Orr"]
    assert math.isclose(sum(map(share, found)), 1.0)
    assert math.isclose(share(found[0]) / share(found[1]), math.e)
    assert set(FEATURES) <= set(found[0].features)


def test_a_passage_that_says_the_same_adds_to_the_share_and_one_that_does_not_takes_from_it() -> None:
    alone, agreed, disputed = (
        proposals(("Ann Lee", 2.0), ("Bob May", 1.0), *more)[0] for more in ([], [("Ann Lee", 1.5)], [("Cy Orr", 1.5)])
    )
    assert share(disputed) < share(alone) < share(agreed)
    assert [reading.candidate.passage.article_id for reading in agreed.readings] == ["a0", "a2"]


def test_answers_beyond_those_proposed_keep_their_share() -> None:
    (best,) = proposals(("Ann Lee", 2.0), ("Bob May", 2.0), most=1)
    assert math.isclose(share(best), 0.5)
    assert propose([]) == []
