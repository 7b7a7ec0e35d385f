"""Measures of rankings, against ir-measures (trec_eval) on random ones."""

from __future__ import annotations

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from qa.evaluate.metrics import first_right, recall_at
from qa.evaluate.ranking import distinct, ndcg, recall, reciprocal_rank

ARTICLES = [f"a{number}" for number in range(25)]
RANKED = st.permutations(ARTICLES).flatmap(lambda order: st.integers(1, 25).map(lambda count: order[:count]))
GRADES = st.dictionaries(st.sampled_from(ARTICLES), st.integers(0, 3), min_size=1, max_size=25).filter(
    lambda grades: any(grades.values())
)


@settings(max_examples=150, deadline=None)
@given(RANKED, GRADES)
def test_rankings_score_as_ir_measures_has_it(ranked: list[str], grades: dict[str, int]) -> None:
    judged = [ir_measures.Qrel("q", article, grade) for article, grade in grades.items()]
    run = [ir_measures.ScoredDoc("q", article, float(100 - place)) for place, article in enumerate(ranked)]
    theirs = ir_measures.calc_aggregate([nDCG @ 10, R @ 5, R @ 10, RR, Success @ 5], judged, run)
    first = first_right([grades.get(article, 0) > 0 for article in ranked])
    assert ndcg(ranked, grades, 10) == pytest.approx(theirs[nDCG @ 10], abs=1e-9)
    assert recall(ranked, grades, 5) == pytest.approx(theirs[R @ 5], abs=1e-9)
    assert recall(ranked, grades, 10) == pytest.approx(theirs[R @ 10], abs=1e-9)
    assert reciprocal_rank(first) == pytest.approx(theirs[RR], abs=1e-9)
    assert recall_at([first], 5) == theirs[Success @ 5]


def test_a_ranking_of_passages_names_each_article_once() -> None:
    assert distinct(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


def test_nothing_relevant_is_no_score() -> None:
    assert ndcg(["a"], {"a": 0}, 10) == recall(["a"], {}, 10) == reciprocal_rank(None) == 0
