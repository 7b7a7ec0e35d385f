"""The passages that show why an answer failed: where the expected one stands, where the given one was taken from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from index.article import Article
from qa.answer import Answer
from qa.evaluate.causes import source_of
from qa.evaluate.question_set import Question

_AROUND = 250
"""Characters of an article shown on each side of an answer that no passage read holds."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of an article, ``text == article.text[start:end]``; ``marks`` are offsets into ``text``.

    ``kind`` is ``expected`` or ``given``; ``rank`` that of the passage among those retrieved, None when it was not.
    """

    kind: str
    article_id: str
    title: str
    publisher: str
    published: str
    start: int
    end: int
    text: str
    marks: tuple[tuple[int, int], ...]
    rank: int | None

    def as_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {**asdict(self), "marks": [list(mark) for mark in self.marks]}


def evidence_for(
    cause: str,
    question: Question,
    answer: Answer,
    passages: Sequence[dict[str, Any]],
    articles: Mapping[str, Article],
) -> tuple[Evidence, ...]:
    """What to show of a failure: the best passage that holds the expected answer, and the one the given is from."""
    expected = _expected(question, passages, articles)
    given = _given(answer, passages, articles)
    return tuple(one for one in (expected, given) if one is not None)


def _expected(
    question: Question, passages: Sequence[dict[str, Any]], articles: Mapping[str, Article]
) -> Evidence | None:
    for rank, passage in enumerate(passages, start=1):
        if passage["right"]:
            return _stretch("expected", passage, articles, (*question.answers, *question.quotes), rank)
    for name in question.articles:
        text = articles[name].text
        at = next((place for words in (*question.quotes, *question.answers) for place in _places(words, text)), None)
        first, last = at or (0, 0)
        around = {"article_id": name, "start": max(0, first - _AROUND), "end": min(len(text), last + _AROUND)}
        return _stretch("expected", around, articles, (*question.answers, *question.quotes), None)
    return None


def _given(answer: Answer, passages: Sequence[dict[str, Any]], articles: Mapping[str, Article]) -> Evidence | None:
    source = source_of(answer, passages)
    if source is None:
        return None
    proposals = answer.trace.get("proposals", ())
    words = answer.short or source.get("span") or (proposals[0]["text"] if proposals else "")
    rank = next(place for place, passage in enumerate(passages, start=1) if passage is source)
    return _stretch("given", source, articles, (words,), rank)


def _stretch(
    kind: str, passage: Mapping[str, Any], articles: Mapping[str, Article], words: Sequence[str], rank: int | None
) -> Evidence:
    article = articles[passage["article_id"]]
    text = article.text[passage["start"] : passage["end"]]
    marks = _merged([place for one in words for place in _places(one, text)])
    where = (article.id, article.title, article.publisher, article.published, passage["start"], passage["end"])
    return Evidence(kind, *where, text, marks, rank)


def _places(words: str, text: str) -> list[tuple[int, int]]:
    """Where ``words`` stand in ``text`` as words of their own, letter case apart."""
    if not words.strip():
        return []
    pattern = rf"(?<!\w){re.escape(words.strip())}(?!\w)"
    return [found.span() for found in re.finditer(pattern, text, re.IGNORECASE)]


def _merged(places: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The places in order, those that overlap made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
