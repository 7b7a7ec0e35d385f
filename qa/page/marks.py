"""The marked stretches of an article: the sentences that an answer cites, each once, with what is copied of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.article import Article
from qa.answer import Citation, Closest
from qa.page.markup import date_in_words, escape, heading, paragraphs, web_address

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch ``start`` to ``end`` of an article's text.

    Attributes:
        keys: what the buttons in the conversation call it; more than one where citations overlap.
        answers: stretches inside it that are the short answer, in order, apart from each other.
        passage: True for a place to look, which is no source.
        copied: what "copy with citation" copies.
    """

    start: int
    end: int
    keys: tuple[str, ...]
    answers: Spans
    passage: bool
    copied: str

    def html(self, text: str) -> str:
        """The stretch of ``text``, marked; its text content is the article's to the letter."""
        parts, at = [], self.start
        for first, last in self.answers:
            parts += [paragraphs(text[at:first]), f"<strong>{paragraphs(text[first:last])}</strong>"]
            at = last
        inside = "".join([*parts, paragraphs(text[at : self.end])])
        numbers = "".join(f"[{key[1:]}]" for key in self.keys if key.startswith("c"))
        shown = f'tabindex="-1" data-keys="{escape(" ".join(self.keys))}" data-copy="{escape(self.copied)}"'
        if self.passage:
            return f'<span class="by-passage" {shown}>{inside}</span>'
        return f'<mark {shown} data-number="{numbers}">{inside}</mark>'


def marks_of(sources: Sequence[tuple[str, Citation | Closest]], article: Article) -> list[Mark]:
    """The marks of those ``sources`` (key and source) that still stand in ``article``, in the order of its text."""
    found = [mark for key, source in sources if (mark := _mark(key, source, article))]
    merged: list[Mark] = []
    for mark in sorted(found, key=lambda one: (one.start, one.end)):
        if merged and mark.start < merged[-1].end:
            merged[-1] = _both(merged[-1], mark, article)
        else:
            merged.append(mark)
    return merged


def with_citation(quote: str, article: Article | Citation | Closest) -> str:
    """``“quote” — Title, Publisher, 17 May 2025, https://…``, plain text; without what is not known."""
    parts = [heading(article.title), article.publisher.strip(), date_in_words(article.published)]
    return f"“{quote}” — {', '.join(part for part in [*parts, web_address(article.url)] if part)}"


def _mark(key: str, source: Citation | Closest, article: Article) -> Mark | None:
    answers: Spans = ()
    if isinstance(source, Citation):
        holds = source.holds_in(article)
        answers = ((source.answer_start, source.answer_end),)
    else:
        holds = article.text[source.start : source.end] == source.text
    if not holds:
        return None
    quote = article.text[source.start : source.end]
    passage = isinstance(source, Closest)
    return Mark(source.start, source.end, (key,), answers, passage, with_citation(quote, article))


def _both(one: Mark, other: Mark, article: Article) -> Mark:
    """One mark over two that overlap."""
    end = max(one.end, other.end)
    answers: list[tuple[int, int]] = []
    for first, last in sorted({*one.answers, *other.answers}):
        if answers and first <= answers[-1][1]:
            answers[-1] = (answers[-1][0], max(last, answers[-1][1]))
        else:
            answers.append((first, last))
    copied = with_citation(article.text[one.start : end], article)
    return replace(one, end=end, keys=(*one.keys, *other.keys), answers=tuple(answers), copied=copied)
