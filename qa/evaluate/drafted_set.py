"""A question set drafted from a library's own articles, for a person to edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.article import Article
from index.library import Library
from index.passages import sentence_spans
from qa.drafting import draft_questions
from qa.evaluate.score import question_word


def drafted_rows(library: Library, most_per_article: int) -> Iterator[dict[str, Any]]:
    """Rows of a question set (``qa.evaluate.sets.row``), article by article; a question is drafted once.

    An article that says the same as an earlier one is added to the earlier question's articles and answers.
    """
    drafted: dict[str, dict[str, Any]] = {}
    for summary in library.articles():
        article = library.article(summary.id)
        for found in draft_questions(article, most_per_article):
            row = drafted.setdefault(
                found.question,
                {
                    "id": f"d{len(drafted) + 1:04}",
                    "question": found.question,
                    "answers": [],
                    "articles": [],
                    "quotes": [],
                    "answerable": True,
                    "tags": ["drafted", question_word(found.question).replace(" ", "-")],
                },
            )
            said = (("answers", found.answer), ("articles", article.id), ("quotes", _sentence(article, found.start)))
            for field, value in said:
                if value not in row[field]:
                    row[field].append(value)
    yield from drafted.values()


def _sentence(article: Article, place: int) -> str:
    """The sentence that stands at ``place``."""
    return next((article.text[start:end] for start, end in sentence_spans(article.text) if start <= place < end), "")
