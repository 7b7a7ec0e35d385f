"""Which sets the reader is trained on, and how much of each, in six stages.

Counts are of answerable questions, and no more of the unanswerable are taken either. The first two stages ask over
single passages, and a share of the questions again over one that does not answer; the others ask each over several
passages at once, as a library does, the fourth with many near misses, the last two with questions written for it.
Licences stand in the data's README and in the model card.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.embedder import Embedder
from training.altered import altered
from training.examples import (
    Example,
    check_split,
    hash_text,
    read_answer_sentences,
    read_rows,
    read_squad,
    split_wikipedia,
)
from training.groups import Group, own_passage, with_near_misses, with_retrieved
from training.negatives import mine
from training.written import written_news, written_over

WIKIPEDIA = "wikipedia"
ANSWER_SENTENCES = "relevance/squad_reqa_train10k.jsonl.gz"
PARAPHRASED = "relevance/selqa.jsonl.gz"
YES_OR_NO = "relevance/boolq_val.jsonl.gz"
WRITTEN_PASSAGES, WRITTEN_NEWS = "written/passages", "written/news"
ASKED_OVER = (
    "squadshifts-reddit.json.gz",
    "squadshifts-amazon_reviews.json.gz",
    "reading/nq_oracle.jsonl.gz",
    "reading/qed_nq_dev.jsonl.gz",
    "reading/fairytaleqa.jsonl.gz",
    "reading/qamr.jsonl.gz",
)
"""The sets, besides Wikipedia's, over whose passages questions were written."""


@dataclass(frozen=True, slots=True)
class Part:
    """A set and how many of its questions to take; ``stitch`` joins single-sentence contexts into passages.

    ``again`` is the share of the questions that is asked a second time over a passage that does not answer.
    """

    name: str
    most: int
    again: float
    stitch: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A set whose questions are each asked over their own passage and ``others`` that the retriever finds.

    ``altered`` is the share of the questions asked again with a name or number changed.
    """

    name: str
    most: int
    others: int
    altered: float = 0.0
    stitch: bool = False


@dataclass(frozen=True, slots=True)
class NearMisses:
    """A set whose questions are each asked over their own passage, another paragraph of its article, and near misses.

    ``emptied`` is the share of the questions asked over their passage without the sentence that answers too,
    ``altered`` of those asked again with a name or number changed.
    """

    name: str
    most: int
    emptied: float
    altered: float = 0.0
    stitch: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """Up to ``most`` questions of ``training.written``, answerable ones asked over ``others`` that are retrieved too.

    The unanswerable are asked over their own passage alone: a neighbour may well answer them.
    """

    name: str
    most: int
    others: int


@dataclass(frozen=True, slots=True)
class Mixture:
    """The parts of one stage, and, by file, how many questions of which only the answer's sentence is known."""

    parts: tuple[Part | Compared | NearMisses | Written, ...]
    sentences: tuple[tuple[str, int], ...] = ()


FIRST = (
    Part(WIKIPEDIA, 100_000, 0.75),
    Part("squadshifts-reddit.json.gz", 2_500, 0.4),
    Part("squadshifts-amazon_reviews.json.gz", 1_500, 0.4),
    Part("reading/qamr.jsonl.gz", 6_500, 0.4, stitch=True),
    Part("reading/tweetqa.jsonl.gz", 1_500, 0.4, stitch=True),
    Part("reading/nq_oracle.jsonl.gz", 2_600, 0.4),
    Part("reading/quoref_contrast.jsonl.gz", 700, 0.3),
    Part("reading/fairytaleqa.jsonl.gz", 1_000, 0.3),
)
SECOND = (
    Part(WIKIPEDIA, 100_000, 0.35),
    Part("squadshifts-reddit.json.gz", 5_000, 0.35),
    Part("squadshifts-amazon_reviews.json.gz", 4_000, 0.35),
    Part("reading/qamr.jsonl.gz", 6_000, 0.35, stitch=True),
    Part("reading/tweetqa.jsonl.gz", 1_000, 0.3, stitch=True),
    Part("reading/nq_oracle.jsonl.gz", 1_300, 0.4),
    Part("reading/fairytaleqa.jsonl.gz", 1_500, 0.3),
)
THIRD = (
    Compared(WIKIPEDIA, 100_000, 2, 0.35),
    Compared("squadshifts-reddit.json.gz", 3_500, 2, 0.15),
    Compared("squadshifts-amazon_reviews.json.gz", 2_500, 2, 0.1),
    Compared("reading/qamr.jsonl.gz", 6_000, 2, 0.15, stitch=True),
    Compared("reading/nq_oracle.jsonl.gz", 2_654, 2, 0.15),
    Compared("reading/qed_nq_dev.jsonl.gz", 1_263, 2, 0.15),
    Compared("reading/tweetqa.jsonl.gz", 1_000, 2, 0.1, stitch=True),
    Compared("reading/fairytaleqa.jsonl.gz", 1_000, 2, 0.1),
    Compared("reading/quoref_contrast.jsonl.gz", 1_000, 1),
)
FOURTH = (
    NearMisses(WIKIPEDIA, 100_000, 0.8, 0.3),
    NearMisses("squadshifts-reddit.json.gz", 2_500, 0.7, 0.1),
    NearMisses("squadshifts-amazon_reviews.json.gz", 1_500, 0.7, 0.1),
    NearMisses("reading/qamr.jsonl.gz", 3_000, 0.4, 0.1, stitch=True),
    NearMisses("reading/nq_oracle.jsonl.gz", 1_500, 0.7, 0.1),
    NearMisses("reading/qed_nq_dev.jsonl.gz", 1_000, 0.7, 0.1),
    NearMisses("reading/tweetqa.jsonl.gz", 1_500, 0.0, stitch=True),
    NearMisses("reading/quoref_contrast.jsonl.gz", 600, 0.4),
)
FIFTH = (
    Written(WRITTEN_PASSAGES, 100_000, 1),
    Written(WRITTEN_NEWS, 3_400, 2),
    Compared(WIKIPEDIA, 2_500, 1, 0.2),
    Compared("squadshifts-reddit.json.gz", 800, 1, 0.1),
    Compared("squadshifts-amazon_reviews.json.gz", 400, 1),
    Compared("reading/qamr.jsonl.gz", 1_000, 1, 0.1, stitch=True),
    Compared("reading/nq_oracle.jsonl.gz", 600, 1, 0.1),
)
SIXTH = (
    Written(WRITTEN_NEWS, 100_000, 0),
    Written(WRITTEN_PASSAGES, 3_000, 1),
    Compared(WIKIPEDIA, 700, 1, 0.2),
    Compared("squadshifts-reddit.json.gz", 240, 1, 0.1),
    Compared("squadshifts-amazon_reviews.json.gz", 120, 1),
    Compared("reading/qamr.jsonl.gz", 300, 1, 0.1, stitch=True),
    Compared("reading/nq_oracle.jsonl.gz", 180, 1, 0.1),
)
STAGES = {
    "first": Mixture(FIRST),
    "second": Mixture(SECOND, ((ANSWER_SENTENCES, 12_000),)),
    "third": Mixture(THIRD, ((ANSWER_SENTENCES, 14_000),)),
    "fourth": Mixture(FOURTH, ((PARAPHRASED, 4_700), (ANSWER_SENTENCES, 2_000), (YES_OR_NO, 1_200))),
    "fifth": Mixture(FIFTH),
    "sixth": Mixture(SIXTH),
}
"""Spans first; then more of them and answers known by their sentence; then passages against one another; then near
misses: the answering sentence taken away, and SelQA, whose questions were put in other words than their article's; then
questions the project wrote, in other words and near misses both, with some of the others so that none is forgotten."""


def build(data: Path, embedder: Embedder, seed: int, stage: str) -> list[Group]:
    """A stage's groups of examples, shuffled with ``seed``."""
    rng = random.Random(seed + list(STAGES).index(stage))
    mixture = STAGES[stage]
    split = split_wikipedia(data)
    groups: list[Group] = []
    held_titles = {example.group for example in (*split.development, *split.report)}
    for name, most in mixture.sentences:
        rows = read_answer_sentences(data / name, rng, held_titles)
        groups += [(row,) for row in rng.sample(rows, min(most, len(rows)))]
    for part in mixture.parts:
        if isinstance(part, Written):
            groups += _written(part, data, split.train, embedder, rng)
            continue
        rows = split.train if part.name == WIKIPEDIA else _read(data / part.name)
        if part.stitch:
            rows = stitch(rows, rng)
        groups += _take(rows, part, embedder, rng)
    check_split((example for group in groups for example in group), [*split.development, *split.report])
    rng.shuffle(groups)
    return groups


def _written(
    part: Written, data: Path, wikipedia: Sequence[Example], embedder: Embedder, rng: random.Random
) -> list[Group]:
    if part.name == WRITTEN_NEWS:
        rows = written_news(development=False)
    else:
        rows = written_over([*wikipedia, *(row for name in ASKED_OVER for row in _read(data / name))])
    chosen = rng.sample(rows, min(part.most, len(rows)))
    if not part.others:
        return [(own_passage(row, rng),) for row in chosen]
    answerable = [row for row in chosen if row.answers]
    alone = [(own_passage(row, rng),) for row in chosen if not row.answers]
    return with_retrieved(answerable, rows, embedder, rng, part.others) + alone


def _read(path: Path) -> list[Example]:
    return read_squad(path) if path.name.endswith(".json.gz") else read_rows(path)


def _take(
    rows: Sequence[Example], part: Part | Compared | NearMisses, embedder: Embedder, rng: random.Random
) -> list[Group]:
    answerable = [row for row in rows if row.answers]
    unanswerable = [row for row in rows if not row.answers]
    rng.shuffle(answerable)
    chosen = answerable[: part.most]
    if len(unanswerable) > part.most:
        unanswerable = rng.sample(unanswerable, part.most)
    if not isinstance(part, Part):
        changed = [altered(row, rng) for row in chosen[: round(len(chosen) * part.altered)]]
        asked = [*chosen, *unanswerable]
        if isinstance(part, Compared):
            groups = with_retrieved(asked, rows, embedder, rng, part.others)
        else:
            groups = with_near_misses(asked, rows, rng, part.emptied)
        return groups + [(row,) for row in changed if row is not None]
    asked_again = chosen[: round(len(chosen) * part.again)]
    negatives = mine(asked_again, rows, embedder, rng) if asked_again else []
    return [(row,) for row in [*chosen, *unanswerable, *negatives]]


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
