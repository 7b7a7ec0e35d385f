"""Which sets the reader is trained on, and how much of each.

Counts are of answerable questions; ``negatives`` is the share of them that is asked a second time over a passage that
does not answer. Licences stand in the data's README and in the model card.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.embedder import Embedder
from training.examples import (
    Example,
    check_split,
    hash_text,
    read_answer_sentences,
    read_rows,
    read_squad,
    split_wikipedia,
)
from training.negatives import mine


@dataclass(frozen=True, slots=True)
class Part:
    """A set and how many of its questions to take; ``stitch`` joins single-sentence contexts into passages."""

    name: str
    most: int
    negatives: float
    stitch: bool = False


@dataclass(frozen=True, slots=True)
class Mixture:
    """The parts of one stage; ``wikipedia`` is the share of the Wikipedia questions asked again over a negative."""

    parts: tuple[Part, ...]
    wikipedia: float
    answer_sentences: int = 0


ANSWER_SENTENCES = "relevance/squad_reqa_train10k.jsonl.gz"
FIRST = (
    Part("squadshifts-reddit.json.gz", 2_500, 0.4),
    Part("squadshifts-amazon_reviews.json.gz", 1_500, 0.4),
    Part("reading/qamr.jsonl.gz", 6_500, 0.4, stitch=True),
    Part("reading/tweetqa.jsonl.gz", 1_500, 0.4, stitch=True),
    Part("reading/nq_oracle.jsonl.gz", 2_600, 0.4),
    Part("reading/quoref_contrast.jsonl.gz", 700, 0.3),
    Part("reading/fairytaleqa.jsonl.gz", 1_000, 0.3),
)
SECOND = (
    Part("squadshifts-reddit.json.gz", 5_000, 0.35),
    Part("squadshifts-amazon_reviews.json.gz", 4_000, 0.35),
    Part("reading/qamr.jsonl.gz", 6_000, 0.35, stitch=True),
    Part("reading/tweetqa.jsonl.gz", 1_000, 0.3, stitch=True),
    Part("reading/nq_oracle.jsonl.gz", 1_300, 0.4),
    Part("reading/fairytaleqa.jsonl.gz", 1_500, 0.3),
)
STAGES = {"first": Mixture(FIRST, 0.75), "second": Mixture(SECOND, 0.35, answer_sentences=12_000)}
"""Spans first; then more of them, other ones, with questions of which only the answer's sentence is known."""


def build(data: Path, embedder: Embedder, seed: int, stage: str, share: float = 1.0) -> list[Example]:
    """A stage's training examples, shuffled with ``seed``; ``share`` (0 to 1] takes that part of every set."""
    rng = random.Random(seed + list(STAGES).index(stage))
    mixture = STAGES[stage]
    split = split_wikipedia(data)
    examples = _take(split.train, Part("wikipedia", 100_000, mixture.wikipedia), embedder, rng, share)
    if mixture.answer_sentences:
        rows = read_answer_sentences(data / ANSWER_SENTENCES, rng)
        examples += rng.sample(rows, round(min(mixture.answer_sentences, len(rows)) * share))
    for part in mixture.parts:
        path = data / part.name
        rows = read_squad(path) if path.name.endswith(".json.gz") else read_rows(path)
        if part.stitch:
            rows = stitch(rows, rng)
        examples += _take(rows, part, embedder, rng, share)
    check_split(examples, [*split.development, *split.report])
    rng.shuffle(examples)
    return examples


def _take(rows: Sequence[Example], part: Part, embedder: Embedder, rng: random.Random, share: float) -> list[Example]:
    answerable = [row for row in rows if row.answers]
    unanswerable = [row for row in rows if not row.answers]
    rng.shuffle(answerable)
    chosen = answerable[: round(min(part.most, len(answerable)) * share)]
    rng.shuffle(unanswerable)
    asked_again = chosen[: round(len(chosen) * part.negatives)]
    negatives = mine(asked_again, rows, embedder, rng) if asked_again else []
    return chosen + unanswerable[: round(len(unanswerable) * share)] + negatives


def stitch(rows: Sequence[Example], rng: random.Random, most: int = 5) -> list[Example]:
    """Set each context among two to ``most`` others of its set, so that a passage is as long as in a library.

    Every context of a set is put into one passage, and all its questions are asked over that passage.
    """
    contexts = list(dict.fromkeys(row.context for row in rows))
    rng.shuffle(contexts)
    places: dict[str, tuple[str, int]] = {}
    first = 0
    while first < len(contexts):
        several = contexts[first : first + rng.randint(3, most)]
        passage = " ".join(several)
        offset = 0
        for context in several:
            places[context] = (passage, offset)
            offset += len(context) + 1
        first += len(several)
    return [
        Example(
            row.id,
            row.question,
            places[row.context][0],
            tuple((text, start + places[row.context][1]) for text, start in row.answers),
            row.source,
            row.group,
            paragraph=f"{row.source}/{hash_text(places[row.context][0])}",
        )
        for row in rows
    ]
