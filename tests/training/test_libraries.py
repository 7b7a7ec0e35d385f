"""The small libraries that the project wrote: each answer is in its article; what none of them says stays unsaid."""

from __future__ import annotations

import json
import random
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import pytest

from training.libraries import LONG, SOURCE, Use, groups_of, long_news, written_libraries


def told(answer: str, *articles: str) -> list[dict[str, str]]:
    return [{"article": article, "text": answer} for article in articles]


@pytest.fixture
def row() -> dict[str, Any]:
    texts = {
        "a": "The bridge at Orm opened on Monday. Ana Lind cut the ribbon.",
        "b": "Ana Lind opened the bridge at Orm. It cost four million.",
        "c": "The school at Orm burnt. Nobody was hurt. Nobody knows why the school burnt.",
    }
    articles = [
        {"id": name, "title": f"Title {name}", "publisher": "Post", "published": "2020-01-02", "text": text}
        for name, text in texts.items()
    ]
    questions = [
        {"question": "Who opened the bridge at Orm?", "answers": told("Ana Lind", "a", "b")},
        {"question": "Who was hurt at the school?", "answers": told("Nobody", "c")},
        {"question": "Who built the bridge at Orm?", "answers": []},
    ]
    return {"id": "orm", "use": "train", "articles": articles, "questions": questions}


def write(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "libraries.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_library_holds_its_articles_and_its_questions_name_all_that_answer(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    kept_back = {**row, "id": "other", "use": "report"}
    path = write(tmp_path, row, kept_back)
    assert [library.id for library in written_libraries("report", path)] == ["other"]
    (library,) = written_libraries("train", path)
    opened, hurt, built = library.questions
    assert opened.answers == ("Ana Lind",) and opened.articles == ("a", "b") and opened.answerable
    assert hurt.articles == ("c",) and not built.answerable and built.answers == ()
    stored = library.open(tmp_path / "library")
    assert stored.article_count == 3
    assert {hit.passage.article_id for hit in stored.search("bridge at Orm", 2)} == {"a", "b"}
    stored.close()


def test_the_silent_passages_of_a_group_are_of_articles_that_do_not_answer(tmp_path: Path, row: dict[str, Any]) -> None:
    (library,) = written_libraries("train", write(tmp_path, row))
    texts = {article.text: article.id for article in library.articles}
    groups = groups_of(library, 2, random.Random(1))
    (opened, *silent), unanswered = groups
    assert opened.span and opened.context[slice(*opened.span)] == "Ana Lind" and opened.source == SOURCE
    assert [texts[example.context] for example in silent] == ["c"]
    assert sorted(texts[example.context] for example in unanswered) == ["a", "b", "c"]
    assert not any(example.answers for example in (*silent, *unanswered))
    assert "Who was hurt at the school?" not in {group[0].question for group in groups}, (
        "two places: it teaches neither"
    )


def test_an_answer_that_its_article_does_not_hold_is_named(tmp_path: Path, row: dict[str, Any]) -> None:
    row["questions"][0]["answers"] = told("Bo Lind", "a")
    with pytest.raises(ValueError, match="'Bo Lind' is not in the article 'a'"):
        written_libraries("train", write(tmp_path, row))


def test_the_shipped_ones_are_whole_and_none_is_of_two_uses() -> None:
    sides = [written_libraries(use) for use in get_args(Use)]
    texts = [{article.text for library in side for article in library.articles} for side in sides]
    assert all(texts) and not any(one & other for one, other in combinations(texts, 2))
    for side in sides:
        questions = [question for library in side for question in library.questions]
        assert len({question.id for question in questions}) == len(questions)
        assert 0.25 < sum(not question.answerable for question in questions) / len(questions) < 0.4


def test_long_news_is_asked_among_short_news(tmp_path: Path, row: dict[str, Any]) -> None:
    kept_back = {**row, "id": "other", "use": "report"}
    path, news = write(tmp_path, {**row, "use": "development"}, kept_back), tmp_path / "news.jsonl"
    news.write_text(json.dumps({"id": "n", "title": "", "text": "A ferry sank.", "development": False}) + "\n")
    library, questions = long_news(tmp_path / "long", "development", path, news)
    assert sorted(library.ids()) == ["a", "b", "c", "n"]
    assert [question.id for question in questions] == ["orm-0", "orm-1", "orm-2"]
    library.close()


def test_the_shipped_long_ones_are_as_long_as_a_newspaper_s_and_have_one_use_each() -> None:
    by_use = {use: written_libraries(use, LONG) for use in get_args(Use)}
    assert not by_use["train"] and len(by_use["development"]) > len(by_use["report"]) > 0
    affairs = [affair for use in by_use.values() for affair in use]
    articles = [article for affair in affairs for article in affair.articles]
    assert len({article.id for article in articles}) == len(articles) == 8 * len(affairs)
    assert all(550 <= len(article.text.split()) <= 1000 for article in articles)
    for affair in affairs:
        assert sum(not question.answerable for question in affair.questions) == 10
