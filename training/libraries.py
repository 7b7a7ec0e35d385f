"""Small libraries that the project's sessions wrote, with questions asked of the whole of one: what a Space looks like.

``training/written/libraries.jsonl`` (its README has the schema): a dozen invented articles of several publishers on one
place or affair, which agree, disagree, repeat and supersede one another. What a question's answers do not say, no
article of its library does, so here "the articles don't say" is known of all of them together.

``long.jsonl``, of the same schema: eight articles of one affair, as long as a newspaper's, to be asked among others.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index.article import Article
from index.library import Library
from index.passages import passage_spans
from qa.evaluate.question_set import Question
from qa.features import Asked
from training.examples import Example, hash_text
from training.groups import Group, nearest_first
from training.written import FOLDER, NEWS, lines_of, news_library

LIBRARIES, LONG = FOLDER / "libraries.jsonl", FOLDER / "long.jsonl"
SOURCE = "written-libraries"
Use = Literal["train", "development", "report"]
"""What a library serves for: to train on, to choose and to fit on, or to report on and nothing else."""


@dataclass(frozen=True, slots=True)
class WrittenLibrary:
    """Its articles and the questions asked of them, each with all the articles that answer it."""

    id: str
    articles: tuple[Article, ...]
    questions: tuple[Question, ...]

    def open(self, folder: Path) -> Library:
        """The articles as a library in ``folder``."""
        library = Library.open(folder)
        library.add(self.articles)
        return library


def written_libraries(use: Use, path: Path = LIBRARIES) -> list[WrittenLibrary]:
    """Those of one use.

    Raises:
        ValueError: an answer is not in its article.
    """
    return [_library(row) for row in lines_of(path) if row["use"] == use]


def long_news(
    folder: Path, use: Use = "development", path: Path = LONG, news: Path = NEWS
) -> tuple[Library, list[Question]]:
    """A library in ``folder`` of the long articles of one use and of all invented news, and what is asked of it."""
    affairs = written_libraries(use, path)
    library = news_library(folder, news, whole=True)
    library.add([article for affair in affairs for article in affair.articles])
    return library, [question for affair in affairs for question in affair.questions]


def groups_of(library: WrittenLibrary, others: int, rng: random.Random) -> list[Group]:
    """Each question over a passage that answers it, if any does, and up to ``others`` near it that do not.

    An unanswerable one is asked over one passage more, so that it has as many. An answer that stands in its article
    more than once, or across every cut, teaches no place and is passed over.
    """
    passages = [
        (article.id, article.text[start:end])
        for article in library.articles
        for start, end in passage_spans(article.text)
    ]
    groups = []
    for question in library.questions:
        told = [(text, at) for name, text in passages if (at := _places(question, name, text))]
        if question.answerable and not told:
            continue
        asked = Asked.of(question.question)
        silent = sorted(
            (one for one in passages if one[0] not in question.articles), key=lambda one: -asked.coverage(one[1])
        )
        chosen = nearest_first([text for _, text in silent], others + (not told), rng)
        own = [_example(library.id, question, *rng.choice(told))] if told else []
        groups.append((*own, *(_example(library.id, question, text, ()) for text in chosen)))
    return groups


def _places(question: Question, name: str, text: str) -> tuple[tuple[str, int], ...]:
    """The accepted answers that stand once in the passage ``text`` of the article ``name``, and where."""
    if name not in question.articles:
        return ()
    places = [(answer, [at.start() for at in _whole(answer).finditer(text)]) for answer in question.answers]
    return tuple((answer, found[0]) for answer, found in places if len(found) == 1)


def _whole(answer: str) -> re.Pattern[str]:
    """The answer where it is no part of another word: "Romania" is not in "Romanian"."""
    return re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)")


def _example(library: str, question: Question, text: str, answers: tuple[tuple[str, int], ...]) -> Example:
    name = question.id if answers else f"{question.id}-none"
    return Example(name, question.question, text, answers, SOURCE, library, f"{SOURCE}/{hash_text(text)}")


def _library(row: dict[str, Any]) -> WrittenLibrary:
    articles = tuple(Article(**article) for article in row["articles"])
    texts = {article.id: article.text for article in articles}
    questions = []
    for number, asked in enumerate(row["questions"]):
        for answer in asked["answers"]:
            if answer["text"] not in texts[answer["article"]]:
                raise ValueError(f"{answer['text']!r} is not in the article {answer['article']!r}.")
        answers = tuple(dict.fromkeys(answer["text"] for answer in asked["answers"]))
        names = tuple(dict.fromkeys(answer["article"] for answer in asked["answers"]))
        questions.append(Question(f"{row['id']}-{number}", asked["question"], answers, names, bool(answers), (SOURCE,)))
    return WrittenLibrary(row["id"], articles, tuple(questions))
