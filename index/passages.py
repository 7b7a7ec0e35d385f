"""Cut an article's text into passages: whole sentences, exact character offsets, a sentence of overlap.

Sentence ends are found by ``sentencex`` (Wikimedia), which knows abbreviations ("U.S.", "Mr.") and keeps a quotation
in one piece. Offsets count characters of the text as it is; nothing is changed or dropped but white space between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from index.article import Article, Passage

_SENTENCE_END = re.compile(r"[.!?…。！？]['\"”’»)\]]*\s")
_SPACE = re.compile(r"\s")
_SPACES = re.compile(r"\s*")
_OTHER_SPACE = re.compile(r"[^\S\x00-\x7f]")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Offsets (start, end) of each sentence of ``text``, without the white space around it, in order."""
    import sentencex

    spans = []
    plain = _OTHER_SPACE.sub(" ", text)  # sentencex panics at "C", a no-break space and a full stop
    for boundary in sentencex.get_sentence_boundaries("en", plain):
        spans += _stripped_lines(text, boundary["start_index"], boundary["end_index"])
    return spans


def touched(spans: Sequence[tuple[int, int]], start: int, end: int) -> range:
    """Which of ``spans``, in order and apart as sentences are, share a character with ``start`` to ``end``."""
    places = [place for place, (first, last) in enumerate(spans) if first < end and start < last]
    return range(places[0], places[-1] + 1) if places else range(0)


def _stripped_lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Part a span at its line breaks: headings and list items have no full stop to end them."""
    spans = []
    for line in re.finditer(r"[^\n\r\v\f\x85\u2028\u2029]+", text[start:end]):
        words = line.group().strip()
        if words:
            first = start + line.start() + len(line.group()) - len(line.group().lstrip())
            spans.append((first, first + len(words)))
    return spans


def passage_spans(text: str, most: int = 800) -> list[tuple[int, int]]:
    """Offsets of the passages of ``text``.

    Each holds as many whole sentences as fit into ``most`` characters and begins with the last sentence of the one
    before it where that still leaves room for a new one. A longer sentence is cut between clauses or words; a run of
    more than ``most`` characters without a space is cut where it must be.
    """
    sentences = [piece for span in sentence_spans(text) for piece in _cut(text, *span, most)]
    spans: list[tuple[int, int]] = []
    first = 0
    while first < len(sentences):
        last = first
        while last + 1 < len(sentences) and sentences[last + 1][1] - sentences[first][0] <= most:
            last += 1
        spans.append((sentences[first][0], sentences[last][1]))
        overlapping = last > first and last + 1 < len(sentences)
        first = last if overlapping and sentences[last + 1][1] - sentences[last][0] <= most else last + 1
    return spans


def _cut(text: str, start: int, end: int, most: int) -> list[tuple[int, int]]:
    """Part a span longer than ``most``, at a sentence end inside a quotation if there is one, else between words."""
    pieces = []
    while end - start > most:
        window = text[start : start + most]
        ends = [match.end() for match in _SENTENCE_END.finditer(window)] or [
            match.end() for match in _SPACE.finditer(window)
        ]
        cut = ends[-1] if ends else most
        pieces.append((start, start + len(window[:cut].rstrip())))
        start = _skip_space(text, start + cut)
    if start < end:
        pieces.append((start, end))
    return pieces


def _skip_space(text: str, start: int) -> int:
    following = _SPACES.match(text, start)
    return following.end() if following else start


def split_article(article: Article, most: int = 800) -> list[Passage]:
    """The passages of ``article``, in reading order, each at most ``most`` characters long."""
    return cut_at(article, passage_spans(article.text, most))


def cut_at(article: Article, spans: Iterable[tuple[int, int]]) -> list[Passage]:
    """The passages of ``article`` that lie at these offsets (start, end)."""
    return [Passage(article.id, start, end, article.text[start:end]) for start, end in spans]
