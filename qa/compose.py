"""Proposals to an answer: the sentence that each span stands in, cited at its exact characters."""

from __future__ import annotations

from collections.abc import Sequence

from index.article import Article, Passage
from index.errors import LibraryError
from index.filters import Filters
from index.library import Library
from index.passages import sentence_spans, touched
from qa.answer import ABSTENTION, Alternative, Answer, Citation, Closest, Sentence, answer_text
from qa.carried import Cited, carried, earliest, straight
from qa.evaluate.metrics import normalise_answer
from qa.retriever import Candidate
from qa.selection import Proposal, Reading
from qa.wanted import Wanted, wanted

MOST_CITATIONS = 4
MOST_CLOSEST = 3
MOST_COPIES = 50
"""Copies of an article that are looked at for a sentence that is cited, the earliest: a notice may have thousands."""
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
    filters: Filters | None = None,
) -> Answer:
    """The answer of the best of ``proposals`` (best first, with probabilities), or the abstention below ``least``.

    A question for a few words gets the best span and all articles that give it; one for a reason, a description or a
    list the best supported sentences; one for yes or no the sentence that says so. What several copies of a story
    carry is cited from the earliest that ``filters`` let through. Other words of a sentence that is cited are no other
    answer: it is there to be read.
    """
    sources = Sources(library, filters)
    confidence = proposals[0][1] if proposals else 0.0
    shape = wanted(understood_as)
    citations = cite(_cited(proposals, shape), sources) if proposals and confidence >= least else ()
    if not citations:
        near = closest_to(candidates, sources)
        return Answer(question, understood_as, ABSTENTION, confidence=confidence, closest=near, wanted=shape)
    short, sentences = _as_cited(proposals[0][0].best.text, citations), sentences_of(citations)
    others = alternatives_of(proposals[1:], ALTERNATIVE_LEAST, sources)
    alternatives = tuple(other for other in others if not _said_in(other, citations))
    return Answer(
        question,
        understood_as,
        answer_text(shape, short, sentences, citations),
        short,
        sentences,
        citations,
        confidence,
        alternatives,
        wanted=shape,
    )


def _cited(proposals: Sequence[tuple[Proposal, float]], shape: Wanted) -> Sequence[Reading]:
    if shape is Wanted.WORDS:
        return proposals[0][0].readings
    return supporting(proposals, MOST_SENTENCES if shape is Wanted.SENTENCES else 1)


def _as_cited(short: str, citations: Sequence[Citation]) -> str:
    """The short answer as the quotes have it: a copy may have other quotation marks than what was read."""
    quoted = (one.quote[one.answer_start - one.start : one.answer_end - one.start] for one in citations)
    return next((words for words in quoted if straight(words) == straight(short)), short)


def _said_in(other: Alternative, citations: Sequence[Citation]) -> bool:
    """True when the sentences cited already say it."""
    return all(
        any(
            one.article_id == said.article_id and one.start <= said.answer_start and said.answer_end <= one.end
            for one in citations
        )
        for said in other.citations
    )


class Sources:
    """The articles that an answer may cite: as they are now, and within ``filters``."""

    def __init__(self, library: Library, filters: Filters | None = None) -> None:
        self._library, self._filters = library, filters or Filters()

    def article_of(self, passage: Passage) -> Article | None:
        """The article of a passage, if it still holds the passage where it was read."""
        try:
            article = self._library.article(passage.article_id)
        except LibraryError:
            return None
        return article if article.text[passage.start : passage.end] == passage.text else None

    def copies_of(self, article: Article) -> list[Article]:
        """The earliest other articles that tell its story."""
        return [copy for copy in self._library.copies(article.id, MOST_COPIES) if self._filters.takes(copy)]


def cite(readings: Sequence[Reading], sources: Sources) -> tuple[Citation, ...]:
    """A citation for each reading's sentence, numbered from 1; the quote is cut from the article.

    A passage whose article was changed or removed since it was read is not cited; a sentence that copies share, edited
    or not, is cited once.
    """
    cited: dict[tuple[str, int, int], tuple[Cited, tuple[str, ...]]] = {}
    for reading in readings:
        article = sources.article_of(reading.candidate.passage)
        if article:
            read, copies = _sentence_read(reading, article), sources.copies_of(article)
            if not any(_is_carried_by(one, read, copies) for one, _ in cited.values()):
                first, others = earliest(read, copies)
                cited.setdefault((first.article.id, first.start, first.end), (first, others))
    return tuple(_citation(first, others, number) for number, (first, others) in enumerate(cited.values(), start=1))[
        :MOST_CITATIONS
    ]


def _is_carried_by(one: Cited, read: Cited, copies: Sequence[Article]) -> bool:
    """True when what is cited already is the sentence read, in a copy of its article."""
    if all(copy.id != one.article.id for copy in copies):
        return False
    found = carried(read, one.article)
    return found is not None and found.start == one.start


def _sentence_read(reading: Reading, article: Article) -> Cited:
    _, answer_start, answer_end = reading.place
    start, end = sentence_around(reading.candidate.passage, answer_start, answer_end)
    return Cited(article, start, end, answer_start, answer_end)


def _citation(cited: Cited, carried_by: tuple[str, ...], number: int) -> Citation:
    article = cited.article
    return Citation(
        number,
        article.id,
        article.title,
        article.publisher,
        article.published,
        article.url,
        cited.start,
        cited.end,
        article.text[cited.start : cited.end],
        cited.answer_start,
        cited.answer_end,
        carried_by,
    )


def sentence_around(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """Article offsets of the sentence of ``passage`` (or the run of them) that holds the span ``start`` to ``end``."""
    sentences = sentence_spans(passage.text)
    places = touched(sentences, start - passage.start, end - passage.start)
    if not places:
        return start, end
    first, last = sentences[places[0]][0], sentences[places[-1]][1]
    return min(start, passage.start + first), max(end, passage.start + last)


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
    others: Sequence[tuple[Proposal, float]], least: float, sources: Sources
) -> tuple[Alternative, ...]:
    """Other answers whose probability is at least ``least``, with citations of their own."""
    return tuple(
        Alternative(proposal.best.text, probability, citations)
        for proposal, probability in others
        if probability >= least and (citations := cite(proposal.readings, sources))
    )


def closest_to(candidates: Sequence[Candidate], sources: Sources) -> tuple[Closest, ...]:
    """The best passage of each of the nearest articles."""
    nearest: dict[str, Passage] = {}
    for candidate in candidates:
        nearest.setdefault(candidate.passage.article_id, candidate.passage)
    there = [(passage, article) for passage in nearest.values() if (article := sources.article_of(passage))]
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
