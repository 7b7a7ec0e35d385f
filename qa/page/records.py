"""A turn as the browser keeps it, and back: what comes back is checked like any input, its citations above all."""

from __future__ import annotations

from dataclasses import asdict, replace

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from index.article import clean_text
from index.errors import BylineError, LibraryError, QuestionError
from index.filters import Filters
from qa.answer import ABSTENTION, Answer, Citation, Closest, answer_text
from qa.page.turns import ALL_ARTICLES, ArticleOf, ShownTurn, with_what_holds

MOST_TURNS = 200
"""Turns of one conversation that are restored (the last ones)."""
MOST_CHARACTERS = 5_000_000
"""Longest conversation that is read back, in characters of JSON: what a browser stores for one site."""
UNREADABLE = "This answer could not be restored; ask again."


class _Record(BaseModel):
    """What is kept of a turn. The trace of an answer is not."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    question: str = Field(max_length=20_000)
    notice: str = Field("", max_length=1_000)
    filters: Filters = ALL_ARTICLES
    verbatim: bool = False
    answer: Answer | None = None


_RECORDS = TypeAdapter(list[object])
_ONE = TypeAdapter(_Record)


def record_of(turn: ShownTurn) -> dict[str, object]:
    """``turn`` as a JSON-ready dict, without the trace of its answer."""
    answer = None if turn.answer is None else asdict(replace(turn.answer, trace={}))
    return {
        "question": turn.question,
        "notice": turn.notice,
        "filters": asdict(turn.filters),
        "verbatim": turn.verbatim,
        "answer": answer,
    }


def restored(kept: str, article_of: ArticleOf) -> tuple[ShownTurn, ...]:
    """The turns of a conversation kept as a JSON list of records.

    What is not in the library, at the very characters that the record says, is not shown again.

    Raises:
        QuestionError: it is no such list.
    """
    try:
        if len(kept) > MOST_CHARACTERS:
            raise ValueError("too long")
        records = _RECORDS.validate_json(kept)
    except ValueError as error:
        raise QuestionError("This conversation could not be restored; delete it and start a new one.") from error
    return tuple(_turn(record, article_of) for record in records[-MOST_TURNS:])


def _turn(record: object, article_of: ArticleOf) -> ShownTurn:
    try:
        kept = _ONE.validate_json(TypeAdapter(object).dump_json(record))
    except (ValidationError, BylineError):
        return ShownTurn("", notice=UNREADABLE)
    question = clean_text(kept.question)
    if kept.answer is None:
        notice = clean_text(kept.notice) or UNREADABLE
        return ShownTurn(question, notice=notice, filters=kept.filters, verbatim=kept.verbatim)
    answer, dropped = with_what_holds(_as_stored(kept.answer, article_of), article_of)
    lost = len(kept.answer.citations) - len(answer.citations)
    return ShownTurn(question, answer, dropped=max(dropped, lost), filters=kept.filters, verbatim=kept.verbatim)


def _as_stored(answer: Answer, article_of: ArticleOf) -> Answer:
    """``answer`` with everything that it says of an article taken from the article, or left out."""
    citations = tuple(found for one in answer.citations if (found := _cited(one, article_of)))
    alternatives = tuple(
        replace(other, confidence=_share(other.confidence), citations=cited)
        for other in answer.alternatives
        if (cited := tuple(found for one in other.citations if (found := _cited(one, article_of))))
        and _said(other.text, cited)
    )
    closest = tuple(near for one in answer.closest if (near := _near(one, article_of)))
    answer = replace(answer, confidence=_share(answer.confidence), trace={}, closest=closest)
    if not citations or not _said(answer.short, citations):
        return replace(answer, text=ABSTENTION, short="", sentences=(), citations=(), alternatives=())
    by_number = {citation.number: citation for citation in citations}
    sentences = tuple(
        sentence
        for sentence in answer.sentences
        if _said(sentence.text, [by_number[number] for number in sentence.citations if number in by_number])
    )
    return replace(
        answer,
        text=answer_text(answer.wanted, answer.short, sentences, citations),
        sentences=sentences,
        citations=citations,
        alternatives=alternatives,
    )


def _said(text: str, citations: list[Citation] | tuple[Citation, ...]) -> bool:
    """True when one of the quotes, all of which hold, has these very words."""
    return bool(text.strip()) and any(text in citation.quote for citation in citations)


def _cited(citation: Citation, article_of: ArticleOf) -> Citation | None:
    try:
        article = article_of(citation.article_id)
    except LibraryError:
        return None
    if citation.start < 0 or not citation.holds_in(article):
        return None
    return replace(  # who else carries it is not looked up again, so it is left out
        citation,
        title=article.title,
        publisher=article.publisher,
        published=article.published,
        url=article.url,
        carried_by=(),
    )


def _near(closest: Closest, article_of: ArticleOf) -> Closest | None:
    try:
        article = article_of(closest.article_id)
    except LibraryError:
        return None
    if not 0 <= closest.start < closest.end or article.text[closest.start : closest.end] != closest.text:
        return None
    return replace(
        closest, title=article.title, publisher=article.publisher, published=article.published, url=article.url
    )


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
