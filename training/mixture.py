"""Which sets the reader is trained on, how much of each, and with what company: all together, not in turn.

Each question is asked over several passages at once, as a library does: its own, and ones that our retriever ranks
high for it, another paragraph of its article or its own passage without the sentence that answers. Licences stand in
the data's README and in the model card.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.embedder import Embedder, file_sha256
from training.altered import altered
from training.emptied import emptied
from training.examples import (
    NEW_WIKI,
    SQUAD2_DEV,
    SQUAD2_READ,
    Example,
    hash_text,
    read_answer_sentences,
    read_passages,
    read_rows,
    read_squad,
    split_wikipedia,
)
from training.groups import Group, own_passage, with_near_misses, with_retrieved
from training.held import HeldBack
from training.libraries import LIBRARIES, SOURCE, groups_of, written_libraries
from training.written import NEWS, PASSAGES, QUIZ, written_news, written_over, written_quiz

WIKIPEDIA = "wikipedia"
WRITTEN_PASSAGES, WRITTEN_NEWS, WRITTEN_QUIZ = "written-passages", "written-news", "written-quiz"
_WRITTEN = {WRITTEN_PASSAGES: (PASSAGES,), WRITTEN_NEWS: (NEWS,), WRITTEN_QUIZ: (QUIZ, NEWS), SOURCE: (LIBRARIES,)}
ASKED_OVER = (
    "squadshifts-reddit.json.gz",
    "squadshifts-amazon_reviews.json.gz",
    "reading/nq_oracle.jsonl.gz",
    "reading/qed_nq_dev.jsonl.gz",
    "reading/fairytaleqa.jsonl.gz",
    "reading/qamr.jsonl.gz",
)
"""The sets, besides Wikipedia's, over whose passages questions were written."""
PASSAGES_ONLY = ("relevance/boolq_val.jsonl.gz",)
"""Likewise sets of which the passages alone are taken, not what they ask."""


@dataclass(frozen=True, slots=True)
class Compared:
    """``most`` questions of a set, each asked over its own passage and ``others`` that the retriever finds.

    ``altered`` is the share of the questions asked again with a name or number changed; ``stitch`` joins contexts of a
    single sentence into passages. No more of the unanswerable are taken than ``most`` either.
    """

    name: str
    most: int
    others: int
    altered: float = 0.0
    stitch: bool = False


@dataclass(frozen=True, slots=True)
class NearMisses:
    """``most`` questions of a set, each asked over its own passage, another paragraph of its article, and near misses.

    ``emptied`` is the share of the questions asked over their passage without the sentence that answers too.
    """

    name: str
    most: int
    emptied: float
    stitch: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The questions of ``training.written``, answerable ones asked over ``others`` that are retrieved too.

    ``emptied`` is the share of them asked over their passage without the sentence that answers besides. The
    unanswerable are asked over their own passage alone: a neighbour may well answer them.
    """

    name: str
    others: int
    emptied: float


@dataclass(frozen=True, slots=True)
class AnswerSentences:
    """``most`` questions of a set of which only the sentence that answers is known: any span in it counts as right."""

    name: str
    most: int


@dataclass(frozen=True, slots=True)
class WholeLibraries:
    """The questions of ``training.libraries``, each over ``others`` passages of its library that do not answer it."""

    name: str
    others: int


Part = Compared | NearMisses | Written | WholeLibraries | AnswerSentences
_MADE = 2
"""Counted up when parts come out otherwise, so that none that was kept is read."""
EVERY = 100_000
PARTS: tuple[Part, ...] = (
    Compared(WIKIPEDIA, EVERY, 2, 0.35),
    NearMisses(WIKIPEDIA, EVERY, 0.8),
    Written(WRITTEN_PASSAGES, 1, 0.5),
    Written(WRITTEN_NEWS, 1, 0.5),
    Written(WRITTEN_QUIZ, 2, 0.3),
    WholeLibraries(SOURCE, 2),
    Compared("squadshifts-reddit.json.gz", 9_000, 1, 0.1),
    Compared("squadshifts-amazon_reviews.json.gz", 6_000, 1, 0.1),
    Compared("reading/qamr.jsonl.gz", 10_000, 1, 0.1, stitch=True),
    Compared("reading/nq_oracle.jsonl.gz", EVERY, 2, 0.15),
    Compared("reading/qed_nq_dev.jsonl.gz", EVERY, 2, 0.15),
    NearMisses("reading/tweetqa.jsonl.gz", 3_000, 0.0, stitch=True),
    NearMisses("reading/fairytaleqa.jsonl.gz", 2_500, 0.4),
    NearMisses("reading/quoref_contrast.jsonl.gz", EVERY, 0.4),
    NearMisses("reading/bioasq_golden.jsonl.gz", 800, 0.4),
    NearMisses("reading/policyqa.jsonl.gz", 600, 0.4),
    NearMisses("reading/friendsqa.jsonl.gz", 500, 0.0),
    AnswerSentences("relevance/squad_reqa_train10k.jsonl.gz", 16_000),
    AnswerSentences("relevance/selqa.jsonl.gz", 4_700),
    AnswerSentences("relevance/boolq_val.jsonl.gz", 1_200),
)


class MixtureBuilder:
    """Builds the parts one by one and keeps each in ``kept``, as retrieving takes minutes; a kept one is read."""

    def __init__(self, data: Path, seed: int, kept: Path) -> None:
        self.data, self.seed, self.kept = data, seed, kept
        self.split = split_wikipedia(data)
        self.held = HeldBack([*self.split.development, *self.split.report])
        self.embedder = Embedder()

    def build(self, parts: Sequence[Part] = PARTS) -> list[Group]:
        """All groups of the parts, shuffled with the seed.

        Raises:
            ValueError: a passage shares words with one of those held back for development or report.
        """
        groups = [group for part in parts for group in self.part(part)]
        self.held.check(example for group in groups for example in group)
        random.Random(self.seed).shuffle(groups)
        return groups

    def part(self, part: Part) -> list[Group]:
        """The groups of one part."""
        told = f"{_MADE} {part} {self.seed} {' '.join(file_sha256(path) for path in self._made_of(part))}"
        name = part.name.split("/")[-1].split(".")[0]
        stored = self.kept / f"{name}-{hashlib.sha256(told.encode()).hexdigest()[:8]}.jsonl"
        if stored.exists():
            with stored.open(encoding="utf-8") as file:
                return [tuple(_example(row) for row in json.loads(line)) for line in file]
        groups = self._made(part, random.Random(told))
        stored.parent.mkdir(parents=True, exist_ok=True)
        partial = stored.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps([asdict(example) for example in group]) + "\n" for group in groups)
        partial.rename(stored)
        return groups

    def _made(self, part: Part, rng: random.Random) -> list[Group]:
        if isinstance(part, AnswerSentences):
            held_titles = {example.group for example in (*self.split.development, *self.split.report)}
            rows = self.held.without(read_answer_sentences(self.data / part.name, rng, held_titles))
            return [(row,) for row in rng.sample(rows, min(part.most, len(rows)))]
        if isinstance(part, Written):
            return self._written(part, rng)
        if isinstance(part, WholeLibraries):
            return [group for one in written_libraries("train") for group in groups_of(one, part.others, rng)]
        rows = self.held.without(self.split.train) if part.name == WIKIPEDIA else self._read(part.name)
        return self._asked(part, stitch(rows, rng) if part.stitch else rows, rng)

    def _read(self, name: str) -> list[Example]:
        path = self.data / name
        return self.held.without(read_squad(path) if path.name.endswith(".json.gz") else read_rows(path))

    def _made_of(self, part: Part) -> list[Path]:
        """The files that a part is made of."""
        if part.name == WIKIPEDIA:
            return [self.data / name for name in (SQUAD2_READ, SQUAD2_DEV, NEW_WIKI)]
        if part.name == WRITTEN_PASSAGES:
            others = (self.data / name for name in (*ASKED_OVER, *PASSAGES_ONLY))
            return [PASSAGES, *self._made_of(NearMisses(WIKIPEDIA, 0, 0.0)), *others]
        return list(_WRITTEN[part.name]) if part.name in _WRITTEN else [self.data / part.name]

    def _written(self, part: Written, rng: random.Random) -> list[Group]:
        if part.name == WRITTEN_PASSAGES:
            asked = [row for name in ASKED_OVER for row in self._read(name)]
            passages = [row for name in PASSAGES_ONLY for row in read_passages(self.data / name)]
            rows = written_over([*self.split.train, *asked, *self.held.without(passages)])
            pool = rows
        else:
            pool = written_news(development=False)
            rows = written_quiz(development=False) if part.name == WRITTEN_QUIZ else pool
        answerable = [row for row in rows if row.answers]
        groups = with_retrieved(answerable, pool, self.embedder, rng, part.others)
        missed = [emptied(own) if rng.random() < part.emptied else None for own, *_ in groups]
        groups = [(*group, miss) if miss else group for group, miss in zip(groups, missed, strict=True)]
        return groups + [(own_passage(row, rng),) for row in rows if not row.answers]

    def _asked(self, part: Compared | NearMisses, rows: Sequence[Example], rng: random.Random) -> list[Group]:
        answerable = [row for row in rows if row.answers]
        unanswerable = [row for row in rows if not row.answers]
        chosen = rng.sample(answerable, min(part.most, len(answerable)))
        asked = [*chosen, *rng.sample(unanswerable, min(part.most, len(unanswerable)))]
        if isinstance(part, NearMisses):
            return with_near_misses(asked, rows, rng, part.emptied)
        asked_already = {(row.paragraph, row.question) for row in answerable}
        changed = [altered(row, rng) for row in chosen[: round(len(chosen) * part.altered)]]
        groups = with_retrieved(asked, rows, self.embedder, rng, part.others)
        return groups + [(row,) for row in changed if row and (row.paragraph, row.question) not in asked_already]


def _example(row: dict[str, Any]) -> Example:
    return Example(**{**row, "answers": tuple((text, start) for text, start in row["answers"])})


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
