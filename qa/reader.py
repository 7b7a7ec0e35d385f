"""Passages to spans with scores, by a SQuAD 2-style model: one batched pass reranks, extracts and abstains.

Method: Devlin et al., BERT, NAACL 2019: the score of a span is its start logit plus its end logit, and the score of no
answer is that of the first token, ``[CLS]``. A span is a part of one sentence, or whole sentences: of 7,894 questions
trained and tuned on, two are answered by anything else, and a poor span most often is.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.embedder import file_sha256
from index.errors import ModelError, first_line
from index.packed import pack_linear
from index.passages import sentence_spans
from index.precision import torch_dtype

if TYPE_CHECKING:
    from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

SHIPPED = Path(__file__).parent / "weights" / "reader"
MAX_ANSWER_TOKENS = 40
MAX_QUESTION_TOKENS = 64
_TOP = 20
_AT_ONCE = 8
_STEP = 32
"""Tokens whose next multiple a passage is padded to, whatever it is read with: in bfloat16 the padding changes logits,
and an answer must not depend on the company that its passages are read in."""
_WORD = re.compile(r"[\w\u0300-\u036f\u00ad]")
"""With accents that stand as characters of their own, and soft hyphens."""
_STRAIGHT, _CURLY = "\"'", (("“", "”"), ("‘", "’"))


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a passage, ``text[start:end]``; ``margin`` is its score less that of no answer, in logits."""

    start: int
    end: int
    margin: float


class Reader:
    """Reads passages for a question.

    Args:
        model: '' for the shipped weights, a folder, or a hub id of any ``AutoModelForQuestionAnswering`` that was
            trained with unanswerable questions.
        precision: ``auto``, ``float32`` or ``bfloat16``.

    Raises (at the first use):
        ModelError: the model is missing or damaged.
    """

    def __init__(self, model: str = "", precision: str = "auto") -> None:
        self.name = model or "byline-reader"
        self.source = model or str(SHIPPED)
        self.precision = precision

    @classmethod
    def over(cls, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Reader:
        """A reader of a model that is already in memory (one that is being trained)."""
        reader = cls()
        reader.__dict__["_loaded"] = (model, tokenizer)  # what the cached property would load
        return reader

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the weights when they are in a folder, else the model's name."""
        weights = Path(self.source).expanduser() / "model.safetensors"
        return file_sha256(weights) if weights.is_file() else self.name

    @cached_property
    def _loaded(self) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        path = Path(self.source).expanduser()
        name = str(path) if path.is_dir() else self.source
        try:
            model = AutoModelForQuestionAnswering.from_pretrained(name, dtype=torch_dtype(self.precision))
            tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
        except Exception as error:  # damaged files make the libraries raise anything
            raise ModelError(f"Could not load the reader {self.name!r}: {first_line(error)}") from error
        pack_linear(model)
        return model.eval(), tokenizer

    def load(self) -> None:
        """Load the model now rather than at the first question."""
        self._loaded  # noqa: B018 - loads

    def read(self, question: str, passages: Sequence[str], most: int = 3) -> list[list[Span]]:
        """The ``most`` best spans of each passage that do not overlap, best first; an empty passage has none."""
        return self.read_pairs([question] * len(passages), passages, most)

    def read_pairs(self, questions: Sequence[str], passages: Sequence[str], most: int = 3) -> list[list[Span]]:
        """As ``read``, with a question of its own for each passage."""
        if not passages:
            return []
        import torch

        model, tokenizer = self._loaded
        encoded = self._encode(questions, passages)
        spans: list[list[Span]] = [[] for _ in passages]
        for width, rows in _batches([len(tokens) for tokens in encoded["input_ids"]], self._longest):
            batch = tokenizer.pad(
                {name: [encoded[name][row] for row in rows] for name in tokenizer.model_input_names},
                padding="max_length",
                max_length=width,
            )
            inputs = {name: torch.tensor(values, device=model.device) for name, values in batch.items()}
            with torch.inference_mode():
                output = model(**inputs)
            starts, ends = (logits.float().cpu().numpy() for logits in (output.start_logits, output.end_logits))
            for place, row in enumerate(rows):
                passage = encoded["overflow_to_sample_mapping"][row]
                inside = [sequence == 1 for sequence in encoded.sequence_ids(row)]
                spans[passage] += _best_spans(
                    starts[place], ends[place], inside, encoded["offset_mapping"][row], passages[passage]
                )
        return [_distinct(found, most) for found in spans]

    @property
    def _longest(self) -> int:
        """Most tokens of a question and what is read of a passage at a time."""
        model, tokenizer = self._loaded
        return min(getattr(model.config, "max_position_embeddings", 512), tokenizer.model_max_length, 384)

    def _encode(self, questions: Sequence[str], passages: Sequence[str]) -> BatchEncoding:
        """Pairs of question and passage; a passage too long for the model is read in overlapping windows."""
        tokenizer = self._loaded[1]
        asked = {question: self._shortened(question) for question in dict.fromkeys(questions)}
        return tokenizer(
            [asked[question] for question in questions],
            list(passages),
            truncation="only_second",
            max_length=self._longest,
            stride=64,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )

    def _shortened(self, question: str) -> str:
        """The question up to its first ``MAX_QUESTION_TOKENS`` tokens, which leaves a passage its room."""
        tokenizer = self._loaded[1]
        offsets = tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        return question if len(offsets) <= MAX_QUESTION_TOKENS else question[: offsets[MAX_QUESTION_TOKENS][0]]


def _batches(lengths: Sequence[int], longest: int) -> Iterator[tuple[int, list[int]]]:
    """Rows to be read in one go, ``_AT_ONCE`` at most, all padded to the one width that each of them alone would be."""
    by_length = sorted(range(len(lengths)), key=lambda row: lengths[row])
    for width, alike in groupby(by_length, key=lambda row: min(-(-lengths[row] // _STEP) * _STEP, longest)):
        rows = list(alike)
        for first in range(0, len(rows), _AT_ONCE):
            yield width, rows[first : first + _AT_ONCE]


def _best_spans(
    starts: np.ndarray, ends: np.ndarray, inside: Sequence[bool], offsets: Sequence[tuple[int, int]], text: str
) -> list[Span]:
    allowed = np.zeros(len(starts), dtype=bool)
    allowed[: len(inside)] = inside
    nothing = float(starts[0] + ends[0])
    best_starts = [int(place) for place in np.argsort(-starts) if allowed[place]][:_TOP]
    best_ends = [int(place) for place in np.argsort(-ends) if allowed[place]][:_TOP]
    sentences = sentence_spans(text)
    spans = []
    for start in best_starts:
        for end in best_ends:
            if start <= end < start + MAX_ANSWER_TOKENS and _sayable(sentences, offsets[start][0], offsets[end][1]):
                first, last = whole_words(text, offsets[start][0], offsets[end][1])
                if first < last:
                    spans.append(Span(first, last, float(starts[start] + ends[end]) - nothing))
    return spans


def _sayable(sentences: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """True for a part of one sentence, and for whole sentences with or without the last one's full stop."""
    first = bisect_right(sentences, start, key=lambda sentence: sentence[0]) - 1
    last = bisect_left(sentences, end, key=lambda sentence: sentence[1])
    if first == last:
        return True
    return 0 <= first < last < len(sentences) and start == sentences[first][0] and end >= sentences[last][1] - 1


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to whole words, then drop white space, stray commas and loose quotation marks at its ends."""
    while 0 < start < len(text) and _WORD.match(text[start]) and _WORD.match(text[start - 1]):
        start -= 1
    while 0 < end < len(text) and _WORD.match(text[end - 1]) and _WORD.match(text[end]):
        end += 1
    return _trimmed(text, *_without_loose_quotes(text, *_trimmed(text, start, end)))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in ",;:"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in ",;:"):
        end -= 1
    return start, end


def _without_loose_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """Without marks at the ends whose partners are not there, and without a pair of curly ones around all of it."""
    for mark in _STRAIGHT:
        if text[start:end].count(mark) == 1:
            start, end = (start + 1, end) if text[start] == mark else (start, end)
            start, end = (start, end - 1) if start < end and text[end - 1] == mark else (start, end)
    for opening, closing in _CURLY:
        inside = text[start:end]
        around = inside[:1] == opening and inside[-1:] == closing and inside.count(opening) == 1
        if inside[:1] == opening and (around or closing not in inside):
            start += 1
        if start < end and inside[-1:] == closing and (around or opening not in inside):
            end -= 1
    return start, end


def _distinct(spans: Sequence[Span], most: int) -> list[Span]:
    """The best spans of which no two overlap."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (-span.margin, span.start, span.end)):
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
            if len(kept) == most:
                break
    return kept
