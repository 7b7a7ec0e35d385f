"""What certainty is fitted on: what is read as asked, the same with its paragraph gone, folds that part no question."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from index.article import Passage
from qa.confidence import FEATURES, Calibration
from qa.evaluate.question_set import Question
from qa.reader import Span
from qa.retriever import READ_AT_LEAST, Candidate
from training.calibrate import FEW, READ, FirstAnswers, Read, first_answers, fit, fit_ranking, half_answerable

ASKED = Question("q", "Who finished the tower?", ("Ann Lee",), ("own",), True)


def read(articles: list[str], scores: list[float]) -> Read:
    texts = [f"{'Ann Lee' if name == 'own' else 'Bob May'} finished the tower." for name in articles]
    candidates = [
        Candidate(Passage(name, 0, len(text), text, place), "", score, 0.5, None)
        for place, (name, text, score) in enumerate(zip(articles, texts, scores, strict=True), start=1)
    ]
    return Read(ASKED, candidates, [[Span(0, 7, 9.0 - place)] for place in range(len(candidates))])


def names(found: Read) -> list[str]:
    return [candidate.passage.article_id for candidate in found.candidates]


def test_as_much_is_read_as_an_assistant_reads() -> None:
    everything = read([f"a{place}" for place in range(READ + 3)], [1.0] * (READ + 3))
    assert len(everything.as_asked().candidates) == len(everything.as_asked().spans) == READ
    few = read(list("abcde"), [1.0, 0.2, 0.2, 0.2, 0.2])
    assert names(few.as_asked()) == list("abc") and READ_AT_LEAST == 3


def test_without_its_own_paragraph_the_next_move_up_and_nothing_answers() -> None:
    gone = read(["own", "b", "own", "c", "d"], [1.0, 0.5, 0.5, 0.5, 0.4]).without_own_paragraph()
    assert names(gone) == ["b", "c", "d"]  # 0.4 is enough now that 0.5 is the best
    assert [span.margin for (span,) in gone.spans] == [8.0, 6.0, 5.0]
    assert not gone.question.answerable and gone.question.id == ASKED.id


def test_first_answers_know_which_belong_to_the_same_question() -> None:
    found = read(["own", "b"], [1.0, 0.9])
    first = first_answers([found.as_asked(), found.without_own_paragraph()], Calibration.default())
    assert first.right.tolist() == [True, False] == first.answerable.tolist()
    assert first.question.tolist() == [0, 0]
    assert first.features.shape == (2, len(FEATURES))


def test_the_same_words_in_another_article_are_not_right_for_the_ranking() -> None:
    elsewhere = read(["other", "own"], [0.1, 0.9])
    passages = [replace(one.passage, text="Ann Lee finished the tower.") for one in elsewhere.candidates]
    same = [replace(one, passage=passage) for one, passage in zip(elsewhere.candidates, passages, strict=True)]
    weights = fit_ranking([replace(elsewhere, candidates=same)])
    assert weights["margin"] < 0 < weights["retrieval"]  # the other's margin is higher, its retrieval lower


def test_no_question_is_judged_by_a_model_that_was_fitted_on_it() -> None:
    # Twelve questions, each asked twice, right or wrong for no reason: who has seen the one answer knows the other.
    features = np.random.default_rng(1).normal(size=(12, len(FEATURES))) * 3
    right, questions = np.arange(12) % 2 == 0, np.repeat(np.arange(12), 2)
    twice = FirstAnswers(features[questions], right[questions].astype(float), np.tile([True, False], 12), questions)
    found = fit(twice)["cross_validated"]
    assert isinstance(found, dict) and found["area_under_risk_coverage"] > 0.35


def test_of_few_keeps_its_own_paragraph_and_what_matches_least() -> None:
    few = read(["a", "own", *"bcdefg"], [1.0] * 8).of_few()
    assert names(few) == ["own", *"cdefg"] and len(few.spans) == FEW + 1
    assert few.question == ASKED


def test_half_of_what_is_fitted_on_has_an_answer() -> None:
    answerable = read(["own", "b"], [1.0, 0.9])
    near = replace(answerable, question=Question("n", "Who finished the bridge?", (), (), False))
    fitted = half_answerable([answerable, answerable, answerable, near])
    assert [one.question.answerable for one in fitted] == [True] * 3 + [False] * 3
