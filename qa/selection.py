"""Spans of many passages to one ranked list of answers, each with the places that say it and its features."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.passages import sentence_spans, touched
from qa.carried import straight
from qa.confidence import Calibration
from qa.evaluate.metrics import normalise_answer
from qa.features import Asked, length
from qa.reader import Span
from qa.retriever import Candidate

AGREES_WITHIN = 8.0
"""A passage counts as saying the same when its margin is above 0 and at most this far below the best (logits)."""
_LEAD_CAP = 6.0
_FIGURE = re.compile(r"(?:(?<![\w.,)])-)?\d+(?:[.,:/-]\d+)*%?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_PER_CENT = re.compile(r"(?<=\d)\s*per ?cent\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"people|men|women|children|(?!(?:second|minute|hour|day|week|month|year|decade|mile|metre|meter|kilometre|kilometer"
    r"|ton|tonne|pound|dollar|euro|thousand|million|billion|trillion|degree|point|acre|hectare|litre|foot|inch)s\b)[a-z]{3,}s"
)
"""What a figure may count without being another one for it; units are part of the figure."""
_ANOTHER = frozenset(
    "not no jr sr ii iii iv city war gulf canal wife papua women dozen dozens hundred hundreds thousand thousands "
    "million millions billion billions trillion thirds quarters".split()
)
"""Words that make another of a name or a number before or after them: Mexico City, not guilty, three hundred."""
_STATES = frozenset("state republic kingdom commonwealth federation".split())
_ALSO_CITIES = (["new", "york", "city"], ["vatican", "city"])
_CROWNED = frozenset("king queen pope prince emperor".split())
_OTHERS = frozenset(
    "south north west east southern northern western eastern new equatorial old inner outer lower upper deputy "
    "vice".split()
)
"""First words that make another place or office of a name: South Sudan is not Sudan, a deputy mayor not the mayor."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A span of a candidate passage, its features and the rank they give it."""

    candidate: Candidate
    span: Span
    features: Mapping[str, float]
    rank: float

    @property
    def text(self) -> str:
        """The words of the span."""
        return self.candidate.passage.text[self.span.start : self.span.end]

    @property
    def place(self) -> tuple[str, int, int]:
        """Article id, start and end of the span in the article's text."""
        passage = self.candidate.passage
        return passage.article_id, passage.start + self.span.start, passage.start + self.span.end


@dataclass(frozen=True, slots=True)
class Proposal:
    """An answer and the readings that give it, best first, each of another article; ``features`` for its certainty."""

    readings: tuple[Reading, ...]
    features: Mapping[str, float]

    @property
    def best(self) -> Reading:
        """The reading it is quoted from."""
        return self.readings[0]


def rank_readings(
    question: str, candidates: Sequence[Candidate], spans: Sequence[Sequence[Span]], calibration: Calibration
) -> list[Reading]:
    """Every span as a reading, best first; of overlapping places (passages share a sentence) the best is kept."""
    asked = Asked.of(question)
    readings = []
    places = passage_features(asked, candidates)
    for candidate, found, place in zip(candidates, spans, places, strict=True):
        text = candidate.passage.text
        sentences = sentence_spans(text) if found else []
        for span in found:
            if not asked.takes(text, span.start, span.end):
                continue
            features = {**place, **span_features(asked, text, span, sentences)}
            readings.append(Reading(candidate, span, features, calibration.rank(features)))
    readings.sort(key=lambda reading: (-reading.rank, reading.place))
    kept: list[Reading] = []
    for reading in readings:
        if not any(_overlap(reading.place, other.place) for other in kept):
            kept.append(reading)
    return kept


def passage_features(asked: Asked, candidates: Sequence[Candidate]) -> list[dict[str, float]]:
    """By the names of ``qa.confidence``, the features that the spans of one passage share: one mapping a candidate."""
    texts: dict[str, list[str]] = {}
    for candidate in candidates:
        texts.setdefault(candidate.passage.article_id, [candidate.title]).append(candidate.passage.text)
    articles = {article_id: asked.coverage(*found) for article_id, found in texts.items()}
    features = []
    for before, candidate in enumerate(candidates):
        cosine, passage = candidate.dense or 0.0, asked.coverage(candidate.passage.text, candidate.title)
        article = articles[candidate.passage.article_id]
        features.append(
            {
                "retrieval": candidate.score,
                "before": math.log1p(before),
                "cosine": cosine,
                "cosine_by_words": cosine * asked.weight,
                "passage_by_words": passage * asked.weight,
                "article": article,
                "article_by_words": article * asked.weight,
                "articles": math.log(len(texts)),
            }
        )
    return features


def span_features(asked: Asked, text: str, span: Span, sentences: Sequence[tuple[int, int]]) -> dict[str, float]:
    """Likewise those of one span of a passage's ``text``, whose sentences are given by start and end."""
    answer = text[span.start : span.end]
    places = touched(sentences, span.start, span.end)
    around = " ".join(text[start:end] for start, end in sentences[places.start : places.stop])
    return {
        "margin": span.margin,
        "sentence": asked.coverage(around),
        "echo": asked.echo(answer),
        "kind": asked.matches(answer),
        "words": length(answer),
    }


def _overlap(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def propose(
    readings: Sequence[Reading], refused: Sequence[Reading] = (), chosen: Sequence[Reading] = (), most: int = 4
) -> list[Proposal]:
    """The ``most`` best different answers among ranked readings.

    The ``refused`` of them are proposed for nothing, but what they outrank is no surer for that, unless it is one of
    the ``chosen``.
    """
    groups: list[list[Reading]] = []
    for reading in readings:
        group = next((group for group in groups if same_answer(group[0].text, reading.text)), None)
        if group is not None:
            group.append(reading)
        elif len(groups) < most + 1:
            groups.append([reading])
    proposals = []
    for group in groups[:most]:
        left = [reading for reading in group if reading not in refused]
        others = [other for other in groups if other is not group]
        if left and left[0] in chosen:
            others = [other for other in others if other[0] not in refused]
        if left:
            proposals.append(Proposal(_agreeing(left), _features(left, others)))
    return proposals


def same_answer(one: str, other: str) -> bool:
    """True when two answers say the same: equal after normalisation, figures in full (1.5 is not 15).

    So do a name inside the other's ("Mr Lee"), and a figure alone and with what is counted ("12,000 people").
    """
    one, other = _plain(one), _plain(other)
    if _FIGURE.findall(one) != _FIGURE.findall(other):
        return False
    ours, theirs = normalise_answer(one).split(), normalise_answer(other).split()
    if ours == theirs:
        return bool(ours)
    short, long = sorted((ours, theirs), key=len)
    if not short or len(long) > 4:
        return False
    if len(short) == 1 and _FIGURE.fullmatch(min(one, other, key=len).strip()):
        return long[:1] == short and len(long) == 2 and _COUNTED.fullmatch(long[1]) is not None
    if not (one[:1].isupper() and other[:1].isupper()) or any(character.isdigit() for character in one + other):
        return False
    rest = long[: -len(short)] if long[-len(short) :] == short else long[len(short) :]
    if rest[-1:] == ["of"] and rest[0] not in _STATES:
        return False
    if frozenset(rest) & _ANOTHER and long not in _ALSO_CITIES and short[0] not in _CROWNED:
        return False
    ends_so = long[-len(short) :] == short and not (len(long) == len(short) + 1 and long[0] in _OTHERS)
    return ends_so or long[: len(short)] == short


def _plain(text: str) -> str:
    """Typewriter quotation marks, thousands without commas, "%" for "per cent"."""
    return _PER_CENT.sub("%", _THOUSANDS.sub("", straight(text)))


def _agreeing(group: Sequence[Reading]) -> tuple[Reading, ...]:
    """The best reading, then those of other articles that are sure enough to be cited beside it."""
    best = group[0]
    cited = {best.candidate.passage.article_id: best}
    for reading in group[1:]:
        sure = reading.span.margin > 0 and reading.span.margin >= best.span.margin - AGREES_WITHIN
        if sure:
            cited.setdefault(reading.candidate.passage.article_id, reading)
    return tuple(cited.values())


def _features(group: Sequence[Reading], others: Sequence[Sequence[Reading]]) -> dict[str, float]:
    """Those of the best of ``group``, and its lead over the best of the ``others``, which come best first."""
    best = group[0]
    rival = next((other[0].rank for other in others), None)
    lead = _LEAD_CAP if rival is None else best.rank - rival
    return {**best.features, "lead": max(-_LEAD_CAP, min(_LEAD_CAP, lead))}
