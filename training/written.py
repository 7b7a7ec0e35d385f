"""Questions that the project's sessions wrote for training: ``training/written/``, JSONL, its README has the schema.

``passages.jsonl`` asks over passages of the sets that ``--data`` names, held by their hash alone; ``news.jsonl`` holds
invented articles whole, with their questions; ``quiz.jsonl`` asks over the same articles as a quiz of the week's news
does, at length and by other names. Some of those articles are kept back for development.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from index.article import Article
from index.library import Library
from qa.evaluate.question_set import Question
from training.examples import Example, as_question, hash_text

FOLDER = Path(__file__).parent / "written"
PASSAGES, NEWS, QUIZ = FOLDER / "passages.jsonl", FOLDER / "news.jsonl", FOLDER / "quiz.jsonl"


def written_over(rows: Iterable[Example], path: Path = PASSAGES) -> list[Example]:
    """The questions written over the contexts of ``rows``, and over passages stitched from them with single spaces.

    Questions over contexts that are not among the rows are left out.

    Raises:
        ValueError: an answer does not stand where it is said to.
    """
    contexts = {hash_text(row.context.strip()): row for row in rows}
    found = []
    for number, written in enumerate(lines_of(path)):
        names = written["contexts"]
        if all(name in contexts for name in names):
            row = contexts[names[0]]
            text = " ".join(contexts[name].context.strip() for name in names)
            paragraph = f"written/{hash_text(text)}"
            source = _source("written-passages", written)
            found.append(_example(f"written-{number}", written, text, source, row.group, paragraph))
    return found


def written_news(development: bool, path: Path = NEWS) -> list[Example]:
    """The questions over invented articles: those kept back for development, or the others.

    Raises:
        ValueError: an answer does not stand where it is said to.
    """
    return _news(path, lambda article: article["development"] == development)


def written_quiz(development: bool, path: Path = QUIZ, news: Path = NEWS) -> list[Example]:
    """The quiz questions over invented articles: over those kept back for development, or over the others.

    Raises:
        ValueError: an answer does not stand where it is said to.
    """
    articles = {article["id"]: article for article in lines_of(news) if article["development"] == development}
    found = []
    for number, written in enumerate(lines_of(path)):
        article = articles.get(written["article"])
        if article is not None:
            place = (article["title"], article["id"])
            found.append(_example(f"quiz-{number}", written, article["text"], "written-quiz", *place))
    return found


def news_library(folder: Path, path: Path = NEWS, whole: bool = False) -> Library:
    """A library in ``folder`` of the invented articles that are kept back for development, or of all."""
    library = Library.open(folder)
    rows = (row for row in lines_of(path) if whole or row["development"])
    library.add([Article(id=row["id"], text=row["text"], title=row["title"]) for row in rows])
    return library


def news_questions(path: Path = NEWS) -> list[Question]:
    """The questions to ask of it, each with its article: what one answers, no other does, as far as its writer knew.

    Those of articles about one affair are left out, as what one of them does not say another may.
    """
    return [as_question(row) for row in _news(path, lambda article: article["development"] and article["alone"])]


def quiz_questions(path: Path = QUIZ, news: Path = NEWS) -> list[Question]:
    """The quiz questions of development, to ask of the library of all articles, where theirs are harder to find."""
    return [as_question(row) for row in written_quiz(development=True, path=path, news=news)]


def short_news(folder: Path) -> tuple[Library, list[Question]]:
    """A library in ``folder`` of the invented news of development, and what is asked of it."""
    return news_library(folder), news_questions()


def quiz_news(folder: Path) -> tuple[Library, list[Question]]:
    """One of all invented news, and the quiz questions of development."""
    return news_library(folder, whole=True), quiz_questions()


def _news(path: Path, wanted: Callable[[dict[str, Any]], bool]) -> list[Example]:
    found = []
    for article in lines_of(path):
        if wanted(article):
            source = _source("written-news", article)
            for number, question in enumerate(article["questions"]):
                name = f"{article['id']}-{number}"
                found.append(_example(name, question, article["text"], source, article["title"], article["id"]))
    return found


def _source(name: str, row: dict[str, Any]) -> str:
    """The source's name, with the number of the round that the row was written in, but for the first."""
    written_in = row.get("round", 1)
    return name if written_in == 1 else f"{name}-{written_in}"


def _example(name: str, written: dict[str, Any], text: str, source: str, group: str, paragraph: str) -> Example:
    answers: tuple[tuple[str, int], ...] = ()
    if written["answer"] is not None:
        answers = ((written["answer"], written["start"]),)
        if not text.startswith(written["answer"], written["start"]):
            raise ValueError(f"The answer of {name}, {written['answer']!r}, is not at {written['start']}.")
    return Example(name, written["question"], text, answers, source, group, paragraph)


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, one a line."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
