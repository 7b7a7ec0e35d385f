"""What the page keeps of each question asked, and the last check of a citation before it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from index.article import Article
from index.errors import LibraryError
from index.filters import Filters
from qa.answer import ABSTENTION, Alternative, Answer, Citation, answer_text

ArticleOf = Callable[[str], Article]
"""Gives the article of an id, or raises LibraryError: ``library.article``."""
ALL_ARTICLES = Filters()
"""No limit on the articles asked."""


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A question and what the page says to it: an answer, or a ``notice`` of why there is none.

    Attributes:
        question: as it was asked.
        answer: with only the citations that hold; None when ``notice`` says what went wrong.
        notice: one sentence for the reader; empty when there is an answer.
        dropped: citations left out because their article no longer holds them.
        filters: what it was asked of; empty for all articles.
        verbatim: True when it was asked as it stands, without what was said before.
    """

    question: str
    answer: Answer | None = None
    notice: str = ""
    dropped: int = 0
    filters: Filters = ALL_ARTICLES
    verbatim: bool = False


def answered(
    answer: Answer, article_of: ArticleOf, filters: Filters = ALL_ARTICLES, verbatim: bool = False
) -> ShownTurn:
    """The turn that shows ``answer``, with only the citations that hold."""
    checked, dropped = with_what_holds(answer, article_of)
    return ShownTurn(answer.question, checked, dropped=dropped, filters=filters, verbatim=verbatim)


def with_what_holds(answer: Answer, article_of: ArticleOf) -> tuple[Answer, int]:
    """``answer`` after every citation was compared with its article again, and how many had to be left out.

    A sentence that loses all its citations goes with them; an answer that loses all of them becomes an abstention.
    """
    kept = tuple(citation for citation in answer.citations if still_holds(citation, article_of))
    alternatives = tuple(
        replace(alternative, citations=holding)
        for alternative in answer.alternatives
        if (holding := _holding(alternative, article_of))
    )
    dropped = len(answer.citations) - len(kept)
    if not dropped:
        return replace(answer, alternatives=alternatives), 0
    if not kept:
        return replace(answer, text=ABSTENTION, short="", sentences=(), citations=(), alternatives=()), dropped
    numbers = {citation.number for citation in kept}
    sentences = tuple(
        replace(sentence, citations=tuple(number for number in sentence.citations if number in numbers))
        for sentence in answer.sentences
        if numbers & set(sentence.citations)
    )
    text = answer_text(answer.wanted, answer.short, sentences, kept)
    return replace(answer, text=text, sentences=sentences, citations=kept, alternatives=alternatives), dropped


def still_holds(citation: Citation, article_of: ArticleOf) -> bool:
    """True when the library still has the article and the quote stands in it at the very same characters."""
    try:
        return citation.holds_in(article_of(citation.article_id))
    except LibraryError:
        return False


def _holding(alternative: Alternative, article_of: ArticleOf) -> tuple[Citation, ...]:
    return tuple(citation for citation in alternative.citations if still_holds(citation, article_of))
