"""What an answer is made of. Every citation is made from a span of a stored article, never written by a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from index.article import Article
from qa.wanted import Wanted

ABSTENTION = "The articles don't say."
"""The one sentence that is given instead of an answer; shown with no citation, always."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence of an answer stands: ``quote == article.text[start:end]``.

    Attributes:
        number: what the answer's text calls it: 1 for ``[1]``.
        article_id, title, publisher, published, url: the article, as stored.
        start, end: character offsets of the quoted sentence.
        quote: the characters between them.
        answer_start, answer_end: character offsets of the short answer inside the quote.
        carried_by: publishers of the other articles that carry the same sentence (wire copy); the earliest is cited.
    """

    number: int
    article_id: str
    title: str
    publisher: str
    published: str
    url: str
    start: int
    end: int
    quote: str
    answer_start: int
    answer_end: int
    carried_by: tuple[str, ...] = ()

    def holds_in(self, article: Article) -> bool:
        """True when the article's text still has the quote, and the answer in it, at these very characters."""
        return (
            self.article_id == article.id
            and self.end <= len(article.text)
            and article.text[self.start : self.end] == self.quote
            and self.start <= self.answer_start < self.answer_end <= self.end
        )


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer and the numbers of the citations that it rests on (at least one)."""

    text: str
    citations: tuple[int, ...]

    @property
    def marks(self) -> str:
        """The numbers as the text shows them: ``[1][2]``."""
        return "".join(f"[{number}]" for number in self.citations)


def answer_text(wanted: Wanted, short: str, sentences: Sequence[Sentence], citations: Sequence[Citation]) -> str:
    """What an answer says, with its marks: the short answer and all of them, or its sentences, each with its own."""
    if wanted is Wanted.WORDS:
        return f"{short} {''.join(f'[{citation.number}]' for citation in citations)}"
    return " ".join(f"{sentence.text} {sentence.marks}" for sentence in sentences)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another answer that the articles give, less well supported; ``confidence`` is 0 to 1."""

    text: str
    confidence: float
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Closest:
    """A passage near the question, offered when there is no answer: a place to look, not a source."""

    article_id: str
    title: str
    publisher: str
    published: str
    url: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its citations, or the abstention with none.

    Attributes:
        question: as it was asked.
        understood_as: the stand-alone question that was read for, the same unless it was a follow-up.
        text: the short answer with its citation marks ("Vladimir Medinsky [1]"), or one to three sentences, each with
            its own, where ``wanted`` says so, or ``ABSTENTION``.
        short: the short answer alone; empty when abstaining. It stands in one of the quotes.
        sentences: what the answer says, each with its citations; empty when abstaining.
        citations: numbered from 1 in the order the text names them; empty when abstaining.
        confidence: calibrated probability, 0 to 1, that the short answer is right (``short`` may be withheld).
        alternatives: other answers the articles give, best first.
        closest: when abstaining, the nearest passages.
        wanted: the shape of answer the question asks for: ``words``, ``sentences`` (a reason, a description, a list) or
            ``a sentence`` (yes or no).
        trace: what each stage did: scores, times in milliseconds, settings and model hashes.
    """

    question: str
    understood_as: str
    text: str
    short: str = ""
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    closest: tuple[Closest, ...] = ()
    wanted: Wanted = Wanted.WORDS
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def abstained(self) -> bool:
        """True when the articles do not answer the question."""
        return not self.citations

    def as_dict(self) -> dict[str, Any]:
        """A JSON-ready dict of every field, with ``abstained``."""
        return {**asdict(self), "abstained": self.abstained}
