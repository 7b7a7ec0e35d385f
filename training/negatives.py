"""Passages that look right and do not answer: what teaches a reader to rank and to abstain.

For a question, the passages of its own set nearest to it by the embedder, less those that hold an accepted answer
(hard negatives as in Karpukhin et al., Dense Passage Retrieval, EMNLP 2020, by our own retriever instead of BM25).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from index.embedder import Embedder
from qa.evaluate.metrics import holds_answer
from training.examples import Example, without_answers

NEAREST = 12


def mine(
    questions: Sequence[Example], pool: Sequence[Example], embedder: Embedder, rng: random.Random
) -> list[Example]:
    """One negative for each of ``questions`` (answerable ones), from the passages of ``pool``.

    Questions whose nearest passages all hold an accepted answer get none.
    """
    contexts = {example.paragraph: example.context for example in pool}
    names = list(contexts)
    passages = _encode([contexts[name] for name in names], embedder, "passages")
    asked = _encode([example.question for example in questions], embedder, "questions")
    mined = []
    for example, vector in zip(questions, asked, strict=True):
        nearest = np.argsort(-(passages @ vector))[:NEAREST]
        answers = [text for text, _ in example.answers]
        wrong = [
            names[place]
            for place in nearest
            if names[place] != example.paragraph and not holds_answer(contexts[names[place]], answers)
        ]
        if wrong:
            # The nearer, the likelier: the first of two draws.
            choice = wrong[min(rng.randrange(len(wrong)), rng.randrange(len(wrong)))]
            mined.append(without_answers(example, contexts[choice], choice))
    return mined


def _encode(texts: list[str], embedder: Embedder, what: str) -> np.ndarray:
    with tqdm(total=len(texts), desc=f"  embedding {what}", unit="text", leave=False) as bar:
        parts = []
        for part in embedder.encode_batches(texts):
            parts.append(part)
            bar.update(len(part))
    return np.concatenate(parts)
