"""How a reader does on development questions while it is trained: what the log holds beside the loss."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.evaluate.metrics import exact_match, f1, mean
from qa.reader import Reader
from training.examples import Example
from training.measure import read_own_paragraphs, with_no_answer

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MOST = 400
"""Questions scored, the same ones every time: about ten seconds on two cores."""


def development_scores(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, examples: Sequence[Example]
) -> dict[str, float]:
    """EM and F1, 0 to 1, of the answerable over their own paragraphs, and F1 with no-answer at its best margin.

    Leaves the model in training mode.
    """
    chosen = random.Random(0).sample(list(examples), min(MOST, len(examples)))
    model.eval()
    found = read_own_paragraphs(chosen, Reader.over(model, tokenizer), quiet=True)
    model.train()
    answerable = [
        (text, [answer for answer, _ in example.answers])
        for example, (text, _) in zip(chosen, found, strict=True)
        if example.answers
    ]
    return {
        "exact_match": round(mean([exact_match(text, accepted) for text, accepted in answerable]), 4),
        "f1": round(mean([f1(text, accepted) for text, accepted in answerable]), 4),
        "f1_with_no_answer": with_no_answer(chosen, found)["f1"],
    }
