"""Examples to token batches: a question, a window of its passage, and where the answer's tokens stand."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from training.examples import Example

MAX_QUESTION_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Features:
    """Token ids of ``[CLS] question [SEP] passage [SEP]``; ``start`` and ``end`` are 0 (the CLS) for no answer.

    ``region``: the answer lies anywhere from ``start`` to ``end``.
    """

    ids: list[int]
    passage_from: int
    start: int
    end: int
    region: bool = False


def encode(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_tokens: int, rng: random.Random
) -> list[Features]:
    """Tokenise; a passage too long is cut to a random window that holds the answer (any window if there is none)."""
    questions = tokenizer([example.question for example in examples], add_special_tokens=False)["input_ids"]
    contexts = tokenizer(
        [example.context for example in examples], add_special_tokens=False, return_offsets_mapping=True
    )
    encoded = []
    for example, question, context, offsets in zip(
        examples, questions, contexts["input_ids"], contexts["offset_mapping"], strict=True
    ):
        question = question[:MAX_QUESTION_TOKENS]
        span = _token_span(example.span, offsets)
        room = max_tokens - len(question) - 3
        first = _window(span, len(context), room, rng)
        passage = context[first : first + room]
        passage_from = len(question) + 2
        ids = [tokenizer.cls_token_id, *question, tokenizer.sep_token_id, *passage, tokenizer.sep_token_id]
        if span is None:
            encoded.append(Features(ids, passage_from, 0, 0))
        elif first <= span[0] and span[1] < first + len(passage):
            start, end = (place - first + passage_from for place in span)
            encoded.append(Features(ids, passage_from, start, end, example.region))
    return encoded


def _token_span(span: tuple[int, int] | None, offsets: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    if span is None:
        return None
    inside = [place for place, (start, end) in enumerate(offsets) if start < span[1] and end > span[0]]
    return (inside[0], inside[-1]) if inside else None


def _window(span: tuple[int, int] | None, length: int, room: int, rng: random.Random) -> int:
    latest = max(0, length - room)
    if not latest:
        return 0
    if span is None:
        return rng.randint(0, latest)
    low, high = max(0, span[1] - room + 1), min(latest, span[0])
    return rng.randint(low, high) if low <= high else low


def batches(features: Sequence[Features], most_tokens: int, rng: random.Random) -> list[list[int]]:
    """Indices of batches of like length, at most ``most_tokens`` with padding, in random order."""
    by_length = sorted(range(len(features)), key=lambda place: (len(features[place].ids) // 8, rng.random()))
    grouped: list[list[int]] = [[]]
    for place in by_length:
        if (len(grouped[-1]) + 1) * len(features[place].ids) > most_tokens:
            grouped.append([])
        grouped[-1].append(place)
    rng.shuffle(grouped)
    return grouped


def collate(chosen: Sequence[Features]) -> dict[str, np.ndarray]:
    """Pad to the longest: arrays of shape (batch, tokens), int64 or bool.

    ``answerable`` is True where a span may start or end: the passage's tokens and the CLS. ``starts`` and ``ends`` are
    True where one that is right does.
    """
    width = max(len(feature.ids) for feature in chosen)
    shape = (len(chosen), width)
    ids, attention, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    answerable, starts, ends = (np.zeros(shape, dtype=bool) for _ in range(3))
    for row, feature in enumerate(chosen):
        length = len(feature.ids)
        ids[row, :length] = feature.ids
        attention[row, :length] = 1
        types[row, feature.passage_from : length] = 1
        answerable[row, feature.passage_from : length - 1] = True
        answerable[row, 0] = True
        starts[row, feature.start : (feature.end if feature.region else feature.start) + 1] = True
        ends[row, feature.start if feature.region else feature.end : feature.end + 1] = True
    return {
        "input_ids": ids,
        "attention_mask": attention,
        "token_type_ids": types,
        "answerable": answerable,
        "starts": starts,
        "ends": ends,
    }


def ordered(features: Sequence[Features], plan: Sequence[Sequence[int]], first: int) -> Iterator[dict[str, np.ndarray]]:
    """The batches of ``plan`` from number ``first`` on."""
    for places in plan[first:]:
        yield collate([features[place] for place in places])
