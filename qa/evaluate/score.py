"""An answer compared with what was expected: one row of a run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from index.library import Library
from qa.answer import Answer
from qa.evaluate.causes import cause_of, own_citation
from qa.evaluate.evidence import Evidence, evidence_for
from qa.evaluate.metrics import exact_match, f1, first_right, holds_answer
from qa.evaluate.question_set import Question
from qa.evaluate.ranking import distinct, ndcg, recall

RIGHT_F1 = 0.5
"""An answer counts as right from this F1 against an accepted one: where a failure has a cause, and for certainty."""
DEPTH = 10
"""Articles that nDCG and the recall of articles look at."""
WORDS = ("how many", "how much", "how long", "how", "who", "whose", "what", "which", "when", "where", "why")
_TIMES = ("milliseconds", "stages")
_PROPOSALS = 5
"""Short answers kept of those that were weighed."""
_PLACES = 4
"""Digits kept of scores: more than a reader sees, fewer than another order of adding up would change."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's outcome.

    Attributes:
        id, question, understood_as, turns, answerable, judged, expected, articles, tags, asked: what was asked, and of
            what; ``judged`` is false when only articles can be scored.
        word, publishers: what it is counted under beside its tags: its question word, and who published ``articles``.
        given: the short answer given, '' for an abstention; ``said`` the whole of what is said, with its marks;
            ``best`` the likeliest short answer, given or withheld.
        confidence: of ``best``, 0 to 1.
        exact_match, f1: of ``given``; ``best_f1`` of ``best``; 0 where nothing is judged.
        right: the ranks, from 1, of the right passages retrieved. A passage is right when it is of one of the
            question's articles (any article, when it names none) and holds an accepted answer or one of its quotes; an
            article alone makes it right where only articles are judged.
        rank: the first of ``right``, or None.
        ndcg_at_10, article_recall_at_10: of the ranking of distinct articles; None without judged articles.
        citations: those of the answer: article, offsets, quote, and whether it is right as a passage is.
        cited_right: the citation that the short answer stands in is right.
        sentences, sentences_cited: of the answer, and those of them with a citation of the answer's.
        quotes, quotes_wrong: citations of answer and alternatives, and those whose quote is not at their characters.
        queries, proposals: what was searched for; the short answers weighed, likeliest first, with their probability.
        passages: what was retrieved, in order: article, offsets, scores, the best span, whether it is right.
        cause: why it failed (``qa.evaluate.causes``), '' when it did not; ``evidence`` the passages that show it.
        settings: the hash of the settings it was asked with.
        milliseconds, stages: of the whole ``ask`` and of its stages; kept apart from the row, as they never repeat.
    """

    id: str
    question: str
    understood_as: str
    turns: tuple[tuple[str, str], ...]
    answerable: bool
    judged: bool
    expected: tuple[str, ...]
    articles: tuple[str, ...]
    tags: tuple[str, ...]
    asked: str
    word: str
    publishers: tuple[str, ...]
    given: str
    said: str
    best: str
    abstained: bool
    confidence: float
    exact_match: float
    f1: float
    best_f1: float
    right: tuple[int, ...]
    rank: int | None
    ndcg_at_10: float | None
    article_recall_at_10: float | None
    citations: tuple[dict[str, Any], ...]
    cited_right: bool
    sentences: int
    sentences_cited: int
    quotes: int
    quotes_wrong: int
    queries: tuple[str, ...]
    proposals: tuple[dict[str, Any], ...]
    passages: tuple[dict[str, Any], ...]
    cause: str
    evidence: tuple[dict[str, Any], ...]
    settings: str
    milliseconds: float = 0.0
    stages: tuple[tuple[str, float], ...] = ()

    def as_row(self) -> dict[str, Any]:
        """A JSON-ready dict of all but the times: the same for the same question, settings, models and library."""
        return {name: value for name, value in asdict(self).items() if name not in _TIMES}

    def as_times(self) -> dict[str, Any]:
        """A JSON-ready dict of the times, in milliseconds."""
        return {"id": self.id, "milliseconds": self.milliseconds, "stages": dict(self.stages)}

    @classmethod
    def from_row(cls, row: dict[str, Any], times: dict[str, Any] | None = None) -> Scored:
        """The outcome that ``as_row`` and ``as_times`` wrote down; ValueError when the row is not one."""
        try:
            values = {field.name: row[field.name] for field in fields(cls) if field.name not in _TIMES}
        except (KeyError, TypeError) as error:
            raise ValueError(f"no {error} in it") from error
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        values["turns"] = tuple((question, answer) for question, answer in values["turns"])
        known = times or {}
        stages = tuple(known.get("stages", {}).items())
        return cls(**values, milliseconds=float(known.get("milliseconds", 0.0)), stages=stages)


def score(
    question: Question, answer: Answer, library: Library, milliseconds: float, turns: Sequence[tuple[str, str]] = ()
) -> Scored:
    """Compare an answer with what was expected; an abstention counts as the empty answer.

    ``turns`` are the earlier questions and their answers, as they were said.
    """
    texts = {name: library.article(name) for name in distinct(_articles_named(question, answer))}
    passages = tuple(
        _traced(question, passage, texts[passage["article_id"]].text) for passage in answer.trace["passages"]
    )
    right = tuple(rank for rank, passage in enumerate(passages, start=1) if passage["right"])
    citations = [*answer.citations, *(citation for other in answer.alternatives for citation in other.citations)]
    cited = tuple(
        {
            "article_id": citation.article_id,
            "start": citation.start,
            "end": citation.end,
            "quote": citation.quote,
            "right": bool(question.answers) and _is_right(question, citation.article_id, citation.quote),
        }
        for citation in answer.citations
    )
    proposals = answer.trace.get("proposals", ())
    best = answer.short or (proposals[0]["text"] if proposals else "")
    best_f1 = f1(best, question.answers) if question.judged and best else 0.0
    grades = question.relevance
    ranked = distinct(passage["article_id"] for passage in passages)
    cause = cause_of(question, answer, passages, best_f1 >= RIGHT_F1)
    evidence: tuple[Evidence, ...] = evidence_for(cause, question, answer, passages, texts) if cause else ()
    own = own_citation(answer)
    numbers = {citation.number for citation in answer.citations}
    return Scored(
        id=question.id,
        question=question.question,
        understood_as=answer.understood_as,
        turns=tuple(turns),
        answerable=question.answerable,
        judged=question.judged,
        expected=question.answers,
        articles=question.articles,
        tags=question.tags,
        asked=question.asked,
        word=question_word(question.question),
        publishers=tuple(distinct(texts[name].publisher or "(none stated)" for name in question.articles)),
        given=answer.short,
        said=answer.text,
        best=best,
        abstained=answer.abstained,
        confidence=round(answer.confidence, _PLACES),
        exact_match=exact_match(answer.short, question.answers) if question.judged else 0.0,
        f1=f1(answer.short, question.answers) if question.judged else 0.0,
        best_f1=best_f1,
        right=right,
        rank=first_right([passage["right"] for passage in passages]),
        ndcg_at_10=round(ndcg(ranked, grades, DEPTH), 6) if grades else None,
        article_recall_at_10=round(recall(ranked, grades, DEPTH), 6) if grades else None,
        citations=cited,
        cited_right=own is not None and bool(cited[answer.citations.index(own)]["right"]),
        sentences=len(answer.sentences),
        sentences_cited=sum(bool(numbers.intersection(sentence.citations)) for sentence in answer.sentences),
        quotes=len(citations),
        quotes_wrong=sum(not citation.holds_in(texts[citation.article_id]) for citation in citations),
        queries=tuple(answer.trace.get("queries", ())),
        proposals=tuple(
            {"text": one["text"], "probability": round(one["probability"], _PLACES)} for one in proposals[:_PROPOSALS]
        ),
        passages=passages,
        cause=cause,
        evidence=tuple(one.as_dict() for one in evidence),
        settings=str(answer.trace.get("settings", "")),
        milliseconds=round(milliseconds, 2),
        stages=tuple(answer.trace.get("milliseconds", {}).items()),
    )


def question_word(question: str) -> str:
    """The word that says what is asked for, wherever it stands first; ``other`` when there is none."""
    found = re.search(rf"\b({'|'.join(WORDS)})\b", question.lower())
    return found[1] if found else "other"


def _articles_named(question: Question, answer: Answer) -> list[str]:
    citations = [*answer.citations, *(citation for other in answer.alternatives for citation in other.citations)]
    return [
        *question.articles,
        *(passage["article_id"] for passage in answer.trace["passages"]),
        *(citation.article_id for citation in citations),
    ]


def _traced(question: Question, passage: dict[str, Any], article: str) -> dict[str, Any]:
    """What the trace says of a passage, its numbers rounded, and whether the passage is right."""
    kept = {
        name: round(value, _PLACES) if isinstance(value, float) else value
        for name, value in passage.items()
        if name in ("article_id", "start", "end", "fused", "dense", "lexical", "span", "margin", "rank")
    }
    right = _is_right(question, passage["article_id"], article[passage["start"] : passage["end"]])
    return {**kept, "right": right}


def _is_right(question: Question, article_id: str, text: str) -> bool:
    if not question.answerable or (question.articles and article_id not in question.articles):
        return False
    if not question.answers:
        return True
    return holds_answer(text, question.answers) or any(_squeezed(quote) in _squeezed(text) for quote in question.quotes)


def _squeezed(text: str) -> str:
    return " ".join(text.split())
