"""A question with the passages that a library shows for it: what teaches a reader to compare passages.

The passages come from our own retriever over a library of the set's passages (as in Clark and Gardner, ACL 2018, where
the spans of all of a question's passages are normalised together; see ``training.loss``).
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from index.article import Article
from index.embedder import Embedder
from index.library import Library
from index.passages import passage_spans
from qa.evaluate.metrics import holds_answer
from training.emptied import emptied
from training.examples import Example, without_answers

Group = tuple[Example, ...]
"""The same question over several passages; at most one answers it."""

RETRIEVED = 12
"""Passages asked of the retriever for each question."""


def with_retrieved(
    questions: Sequence[Example], pool: Sequence[Example], embedder: Embedder, rng: random.Random, most: int
) -> list[Group]:
    """Each of ``questions`` over the passage that answers it and up to ``most`` that do not, nearest first.

    The pool's contexts become a library, cut into passages as any article is. An unanswerable question is asked over a
    passage of its own context and the nearest other one.
    """
    contexts = {example.paragraph: example for example in pool}
    groups = []
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder) / "library", embedder)
        articles = [Article(id=name, text=row.context, title=_title(row)) for name, row in contexts.items()]
        with tqdm(total=len(articles), desc="  indexing", unit="text", leave=False, mininterval=2) as bar:
            library.add(articles, lambda done, _: bar.update(done))
        for example in tqdm(questions, desc="  retrieving", unit="question", leave=False, mininterval=2):
            own = own_passage(example, rng)
            texts = [hit.passage.text for hit in library.search(example.question, RETRIEVED)]
            accepted = [answer for answer, _ in example.answers]
            wrong = [text for text in texts if text != own.context and not holds_answer(text, accepted)]
            chosen = nearest_first(wrong, most if accepted else 1, rng)
            groups.append(
                (
                    own,
                    *(without_answers(example, text, f"{own.paragraph}/{place}") for place, text in enumerate(chosen)),
                )
            )
        library.close()
    return groups


def with_near_misses(
    questions: Sequence[Example], pool: Sequence[Example], rng: random.Random, most: float
) -> list[Group]:
    """Each of ``questions`` over its own passage, another paragraph of its article, and the emptied passage.

    ``most`` is the share of the questions that get the passage without its answering sentence. A set without articles
    has no other paragraphs; nothing is embedded or searched for.
    """
    siblings: dict[str, dict[str, str]] = {}
    for row in pool:
        siblings.setdefault(row.group, {})[row.paragraph] = row.context
    groups = []
    for example in questions:
        own = own_passage(example, rng)
        misses = [
            _sibling(example, siblings.get(example.group, {}), rng),
            emptied(own) if rng.random() < most else None,
        ]
        groups.append((own, *(miss for miss in misses if miss is not None)))
    return groups


def _sibling(example: Example, paragraphs: Mapping[str, str], rng: random.Random) -> Example | None:
    """The question over another paragraph of its article that does not hold an accepted answer; None if five do."""
    accepted = [answer for answer, _ in example.answers]
    names = list(paragraphs)
    for name in rng.sample(names, min(5, len(names))):
        if name != example.paragraph and not holds_answer(paragraphs[name], accepted):
            return without_answers(example, paragraphs[name], name)
    return None


def own_passage(example: Example, rng: random.Random) -> Example:
    """The example over the passage of its context that holds the answer, any passage if it has none.

    A context that is one passage, or whose answer crosses every cut, is kept whole.
    """
    spans = passage_spans(example.context)
    answer = example.span
    fits = [span for span in spans if answer is None or (span[0] <= answer[0] and answer[1] <= span[1])]
    if len(spans) < 2 or not fits:
        return example
    start, end = rng.choice(fits)
    kept = tuple((text, at - start) for text, at in example.answers if start <= at and at + len(text) <= end)
    return replace(example, context=example.context[start:end], answers=kept)


def nearest_first(passages: Sequence[str], most: int, rng: random.Random) -> list[str]:
    """Up to ``most`` of ``passages``, drawn from the first three times as many; the nearest is always among them."""
    if not most or not passages:
        return []
    rest = list(passages[1 : 3 * most])
    return [passages[0], *rng.sample(rest, min(most - 1, len(rest)))]


def _title(example: Example) -> str:
    return example.group.replace("_", " ") if "/" not in example.group else ""
