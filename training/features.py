"""Groups of examples to token batches: a question, a window of each passage, where the answer's tokens stand."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from training.examples import Example
    from training.groups import Group

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
    groups: Sequence[Group], tokenizer: PreTrainedTokenizerBase, max_tokens: int, rng: random.Random
) -> list[list[Features]]:
    """Tokenise; a passage too long is cut to a random window that holds the answer (any window if there is none).

    A passage whose answer is longer than the window is left out, and so is a group that had no other.
    """
    examples = [example for group in groups for example in group]
    features = iter(_encode(examples, tokenizer, max_tokens, rng))
    encoded = [[found for _ in group if (found := next(features)) is not None] for group in groups]
    return [group for group in encoded if group]


def _encode(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, max_tokens: int, rng: random.Random
) -> Iterator[Features | None]:
    questions = tokenizer([example.question for example in examples], add_special_tokens=False)["input_ids"]
    contexts = tokenizer(
        [example.context for example in examples], add_special_tokens=False, return_offsets_mapping=True
    )
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
            yield Features(ids, passage_from, 0, 0)
        elif first <= span[0] and span[1] < first + len(passage):
            start, end = (place - first + passage_from for place in span)
            yield Features(ids, passage_from, start, end, example.region)
        else:
            yield None


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


def batches(groups: Sequence[Sequence[Features]], most_tokens: int, rng: random.Random) -> list[list[int]]:
    """Indices of batches of groups of like length, at most ``most_tokens`` with padding, in random order.

    A group is never parted: one that is larger by itself is a batch of its own.
    """
    widths = [max(len(feature.ids) for feature in group) for group in groups]
    by_length = sorted(range(len(groups)), key=lambda place: (widths[place] // 8, rng.random()))
    batched: list[list[int]] = [[]]
    rows = width = 0
    for place in by_length:
        rows, width = rows + len(groups[place]), max(width, widths[place])
        if rows * width > most_tokens and batched[-1]:
            batched.append([])
            rows, width = len(groups[place]), widths[place]
        batched[-1].append(place)
    rng.shuffle(batched)
    return batched


def collate(groups: Sequence[Sequence[Features]]) -> dict[str, np.ndarray]:
    """Pad to the longest: arrays of shape (rows, tokens), int64 or bool, and ``group``, each row's group, (rows,).

    ``answerable`` is True where a span may start or end: the passage's tokens and the CLS. ``starts`` and ``ends`` are
    True where one that is right does.
    """
    chosen = [feature for group in groups for feature in group]
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
        "group": np.repeat(np.arange(len(groups)), [len(group) for group in groups]),
    }


def ordered(
    groups: Sequence[Sequence[Features]], plan: Sequence[Sequence[int]], first: int
) -> Iterator[dict[str, np.ndarray]]:
    """The batches of ``plan`` from number ``first`` on."""
    for places in plan[first:]:
        yield collate([groups[place] for place in places])
