"""The questions that the project wrote: answers stand where they say, and no article is on both sides."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from training.examples import Example, hash_text
from training.written import (
    NEWS,
    PASSAGES,
    QUIZ,
    news_library,
    news_questions,
    quiz_questions,
    written_news,
    written_over,
    written_quiz,
)

TOWER, RIVER = "The tower is 30 metres tall.", "The river is 9 km long."


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def to(*rows: dict[str, object]) -> Path:
        path = tmp_path / "written.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return to


def over(contexts: list[str], answer: str | None, start: int | None) -> dict[str, object]:
    return {"contexts": [hash_text(text) for text in contexts], "question": "Q?", "answer": answer, "start": start}


def test_questions_find_their_passages_by_hash_stitched_or_not(write: Callable[..., Path]) -> None:
    path = write(
        over([TOWER], "30 metres", 13),
        over([TOWER, RIVER], "9 km", 42),
        {**over([RIVER], None, None), "round": 2},
        over(["A passage of a set that is not here."], "A", 0),
    )
    rows = [Example(text, "?", f" {text}\n", (), "set", "article") for text in (TOWER, RIVER)]
    tower, both, none = written_over(rows, path)
    assert (tower.context, tower.span, tower.source, tower.group) == (TOWER, (13, 22), "written-passages", "article")
    assert both.context == f"{TOWER} {RIVER}" and both.context[slice(*(both.span or ()))] == "9 km"
    assert none.answers == () and none.context == RIVER and none.source == "written-passages-2"
    assert tower.paragraph != both.paragraph


def test_an_answer_that_does_not_stand_where_it_says_is_named(write: Callable[..., Path]) -> None:
    path = write(over([TOWER], "30 metres", 12))
    with pytest.raises(ValueError, match=r"The answer of written-0, '30 metres', is not at 12\."):
        written_over([Example("1", "?", TOWER, (), "set")], path)


def test_every_shipped_news_answer_stands_in_its_article_and_no_article_is_on_both_sides() -> None:
    trained, kept_back = written_news(development=False), written_news(development=True)
    for example in (*trained, *kept_back):
        assert all(example.context.startswith(answer, start) for answer, start in example.answers)
    assert not {example.context for example in trained} & {example.context for example in kept_back}
    assert not {example.group for example in trained} & {example.group for example in kept_back}
    for side in (trained, kept_back):
        assert 0.2 < sum(not example.answers for example in side) / len(side) < 0.5


def test_every_shipped_quiz_question_is_over_an_article_that_alone_tells_of_its_affair() -> None:
    rows = [json.loads(row) for row in QUIZ.open(encoding="utf-8")]
    alone = {article["id"] for article in map(json.loads, NEWS.open(encoding="utf-8")) if article["alone"]}
    assert {row["article"] for row in rows} <= alone
    trained, kept_back = written_quiz(development=False), written_quiz(development=True)
    assert len(trained) + len(kept_back) == len(rows) and all(example.answers for example in (*trained, *kept_back))
    assert not {example.context for example in trained} & {example.context for example in kept_back}
    assert [question.id for question in quiz_questions()] == [example.id for example in kept_back]
    assert len({row["question"].lower() for row in rows}) == len(rows)


def test_no_shipped_question_is_of_the_sample_set() -> None:
    sample = Path(__file__).parents[2] / "data/questions/sample.jsonl"
    asked = {json.loads(row)["question"].lower() for row in sample.read_text(encoding="utf-8").splitlines()}
    news = [question["question"] for row in NEWS.open(encoding="utf-8") for question in json.loads(row)["questions"]]
    written = [json.loads(row)["question"] for row in PASSAGES.open(encoding="utf-8")]
    quiz = [json.loads(row)["question"] for row in QUIZ.open(encoding="utf-8")]
    assert len(written) > 10_000 and len(news) > 3_000
    assert not asked & {question.lower() for question in (*news, *written, *quiz)}


def test_the_library_of_what_is_kept_back_is_asked_only_what_one_article_settles(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    def article(name: str, development: bool, alone: bool) -> dict[str, object]:
        questions = [
            {"question": f"How tall is {name}?", "answer": "30 metres", "start": 13},
            {"question": f"Who built {name}?", "answer": None, "start": None},
        ]
        told = {"development": development, "alone": alone, "questions": questions}
        return {"id": name, "title": name, "text": f"{TOWER} {name}", **told}

    path = write(article("a-1", True, True), article("a-2", False, True), article("d-1", True, False))
    library = news_library(tmp_path / "library", path)
    assert {article.id for article in library.articles()} == {"a-1", "d-1"}
    library.close()
    whole = news_library(tmp_path / "whole", path, whole=True)
    assert {article.id for article in whole.articles()} == {"a-1", "a-2", "d-1"}
    whole.close()
    tall, built = news_questions(path)
    assert (tall.answers, tall.articles, tall.answerable) == (("30 metres",), ("a-1",), True)
    assert (built.answers, built.articles, built.answerable) == ((), (), False)
