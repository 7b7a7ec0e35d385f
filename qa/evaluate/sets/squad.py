"""SQuAD 1.1 and 2.0 JSON, read as an open library: every paragraph is an article, every question asked over all.

Format: Rajpurkar et al., EMNLP 2016 and ACL 2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import Article, clean_text
from index.errors import QuestionError
from qa.evaluate.question_set import Question, QuestionSet
from qa.evaluate.sets.reading import Collector, json_file, source_of

_LONGEST_TITLE = 150


@dataclass(frozen=True, slots=True)
class _Paragraph:
    name: str
    title: str
    text: str
    questions: list[Any]


def read(path: Path) -> QuestionSet:
    """Read SQuAD JSON; a question or paragraph that lacks what it needs is a problem that names it."""
    found = Collector(path)
    paragraphs = list(_paragraphs(path, json_file(path), found))
    for paragraph in paragraphs:
        for asked in paragraph.questions:
            question = _question(asked, paragraph, found)
            if question is not None:
                found.take(question)

    def articles() -> Iterator[Article]:
        for paragraph in paragraphs:
            yield Article(paragraph.name, paragraph.text, paragraph.title, source=source_of(path))

    return QuestionSet(path, "squad", found.questions, tuple(found.problems), articles)


def _paragraphs(path: Path, value: Any, found: Collector) -> Iterator[_Paragraph]:
    groups = value.get("data") if isinstance(value, dict) else None
    if not isinstance(groups, list):
        raise QuestionError(f"{path}: not SQuAD JSON: it has no list 'data'.")
    names: set[str] = set()
    for number, group in enumerate(groups):
        title = str(group.get("title") or f"article {number + 1}") if isinstance(group, dict) else ""
        paragraphs = group.get("paragraphs") if isinstance(group, dict) else None
        if not isinstance(paragraphs, list):
            found.wrong(0, [f"data[{number}] has no list 'paragraphs'."])
            continue
        for place, paragraph in enumerate(paragraphs):
            text = paragraph.get("context") if isinstance(paragraph, dict) else None
            if not isinstance(text, str) or not text.strip():
                found.wrong(0, [f"data[{number}].paragraphs[{place}] has no text 'context'."])
                continue
            name = f"{title[:_LONGEST_TITLE]}/{place}"
            name = name if name not in names else f"{title[:_LONGEST_TITLE]} ({number})/{place}"
            names.add(name)
            asked = paragraph.get("qas")
            yield _Paragraph(
                clean_text(name),
                clean_text(title).replace("_", " "),
                clean_text(text),
                asked if isinstance(asked, list) else [],
            )


def _question(asked: Any, paragraph: _Paragraph, found: Collector) -> Question | None:
    if not isinstance(asked, dict) or not isinstance(asked.get("question"), str) or not asked["question"].strip():
        found.wrong(0, [f"a question of {paragraph.name!r} has no text 'question'."])
        return None
    name = str(asked.get("id", ""))
    given = asked.get("answers") or []
    answers = [one.get("text") for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    texts = tuple(dict.fromkeys(text.strip() for text in answers if isinstance(text, str) and text.strip()))
    answerable = not asked.get("is_impossible", False)
    if not name or (answerable and not texts):
        found.wrong(0, [f"question {name or asked['question']!r} has no {'answers' if name else 'id'}."])
        return None
    articles = (paragraph.name,) if answerable else ()
    return Question(name, asked["question"].strip(), texts if answerable else (), articles, answerable)
