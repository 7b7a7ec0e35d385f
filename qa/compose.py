"""Proposals to an answer: the sentence that each span stands in, cited at its exact characters."""

from __future__ import annotations

from collections.abc import Sequence

from index.article import Article, Passage
from index.errors import LibraryError
from index.library import Library
from index.passages import sentence_spans
from qa.answer import ABSTENTION, Alternative, Answer, Citation, Closest, Sentence, answer_text
from qa.evaluate.metrics import normalise_answer
from qa.retriever import Candidate
from qa.selection import Proposal, Reading
from qa.wanted import Wanted, wanted

MOST_CITATIONS = 4
MOST_CLOSEST = 3
MOST_SENTENCES = 3
"""Sentences of an answer that gives a reason, a description or a list."""
ALTERNATIVE_LEAST = 0.2
"""Probability from which another answer is mentioned."""


def compose(
    question: str,
    understood_as: str,
    candidates: Sequence[Candidate],
    proposals: Sequence[tuple[Proposal, float]],
    library: Library,
    least: float,
) -> Answer:
    """The answer of the best of ``proposals`` (best first, with probabilities), or the abstention below ``least``.

    A question for a few words gets the best span and all articles that give it; one for a reason, a description or a
    list the best supported sentences; one for yes or no the sentence that says so.
    """
    confidence = proposals[0][1] if proposals else 0.0
    shape = wanted(understood_as)
    citations = cite(_cited(proposals, shape), library) if proposals and confidence >= least else ()
    if not citations:
        near = closest_to(candidates, library)
        return Answer(question, understood_as, ABSTENTION, confidence=confidence, closest=near, wanted=shape)
    short, sentences = proposals[0][0].best.text, sentences_of(citations)
    others = [other for other in proposals[1:] if shape is Wanted.WORDS or not _said_in(other[0], citations)]
    return Answer(
        question,
        understood_as,
        answer_text(shape, short, sentences, citations),
        short,
        sentences,
        citations,
        confidence,
        alternatives_of(others, ALTERNATIVE_LEAST, library),
        wanted=shape,
    )


def _cited(proposals: Sequence[tuple[Proposal, float]], shape: Wanted) -> Sequence[Reading]:
    if shape is Wanted.WORDS:
        return proposals[0][0].readings
    return supporting(proposals, MOST_SENTENCES if shape is Wanted.SENTENCES else 1)


def _said_in(proposal: Proposal, citations: Sequence[Citation]) -> bool:
    article_id, start, end = proposal.best.place
    return any(one.article_id == article_id and one.start <= start and end <= one.end for one in citations)


def cite(readings: Sequence[Reading], library: Library) -> tuple[Citation, ...]:
    """A citation for each reading's sentence, numbered from 1; the quote is cut from the article.

    A passage whose article was changed or removed since it was read is not cited.
    """
    there = [(reading, article) for reading in readings if (article := _article_of(reading.candidate.passage, library))]
    return tuple(
        _citation(reading, article, number) for number, (reading, article) in enumerate(there[:MOST_CITATIONS], start=1)
    )


def _article_of(passage: Passage, library: Library) -> Article | None:
    """The article of a passage, if it still holds the passage where it was read."""
    try:
        article = library.article(passage.article_id)
    except LibraryError:
        return None
    return article if article.text[passage.start : passage.end] == passage.text else None


def _citation(reading: Reading, article: Article, number: int) -> Citation:
    _, answer_start, answer_end = reading.place
    start, end = sentence_around(reading.candidate.passage, answer_start, answer_end)
    return Citation(
        number,
        article.id,
        article.title,
        article.publisher,
        article.published,
        article.url,
        start,
        end,
        article.text[start:end],
        answer_start,
        answer_end,
    )


def sentence_around(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """Article offsets of the sentence of ``passage`` (or the run of them) that holds the span ``start`` to ``end``."""
    first, last = start, end
    for sentence_start, sentence_end in sentence_spans(passage.text):
        place = passage.start + sentence_start, passage.start + sentence_end
        if place[0] < end and start < place[1]:
            first, last = min(first, place[0]), max(last, place[1])
    return first, last


def supporting(proposals: Sequence[tuple[Proposal, float]], most: int) -> list[Reading]:
    """The readings whose sentences answer together, in reading order: at most ``most`` different sentences.

    The best proposal's, and those of others at least half as probable; articles come in the order they were found in.
    """
    best, confidence = proposals[0]
    likely = [proposal.best for proposal, probability in proposals[1:] if probability >= confidence / 2]
    chosen: dict[tuple[str, int, int], Reading] = {}
    said: set[str] = set()
    for reading in (*best.readings[:1], *likely, *best.readings[1:]):
        passage = reading.candidate.passage
        _, start, end = reading.place
        first, last = sentence_around(passage, start, end)
        words = normalise_answer(passage.text[first - passage.start : last - passage.start])
        if words not in said and len(chosen) < most:
            said.add(words)
            chosen[passage.article_id, first, last] = reading
    articles = list(dict.fromkeys(place[0] for place in chosen))
    return [chosen[place] for place in sorted(chosen, key=lambda place: (articles.index(place[0]), place[1]))]


def sentences_of(citations: Sequence[Citation]) -> tuple[Sentence, ...]:
    """The quoted sentences, each once, with the numbers of all the citations that say it to the letter."""
    numbers: dict[str, list[int]] = {}
    for citation in citations:
        numbers.setdefault(citation.quote, []).append(citation.number)
    return tuple(Sentence(quote, tuple(cited)) for quote, cited in numbers.items())


def alternatives_of(
    others: Sequence[tuple[Proposal, float]], least: float, library: Library
) -> tuple[Alternative, ...]:
    """Other answers whose probability is at least ``least``, with citations of their own."""
    return tuple(
        Alternative(proposal.best.text, probability, citations)
        for proposal, probability in others
        if probability >= least and (citations := cite(proposal.readings, library))
    )


def closest_to(candidates: Sequence[Candidate], library: Library) -> tuple[Closest, ...]:
    """The best passage of each of the nearest articles."""
    nearest: dict[str, Passage] = {}
    for candidate in candidates:
        nearest.setdefault(candidate.passage.article_id, candidate.passage)
    there = [(passage, article) for passage in nearest.values() if (article := _article_of(passage, library))]
    return tuple(_closest(passage, article) for passage, article in there[:MOST_CLOSEST])


def _closest(passage: Passage, article: Article) -> Closest:
    return Closest(
        article.id,
        article.title,
        article.publisher,
        article.published,
        article.url,
        passage.start,
        passage.end,
        passage.text,
    )
