"""Scores to a calibrated probability: is this answer right?

Two small linear models lie beside the reader's weights as ``calibration.json``, both fitted on questions that the
reader was not trained on: one ranks the spans of all passages, one says how likely the best answer is right (logistic,
Platt, 1999).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.errors import ModelError

CALIBRATION_FILE = "calibration.json"
RANK_FEATURES = (
    "margin",
    "retrieval",
    "before",
    "sentence",
    "cosine_by_words",
    "passage_by_words",
    "article_by_words",
    "echo",
    "kind",
    "words",
)
"""margin: logits over no answer; retrieval: fused score; before: log(1 + passages that retrieval put before its own);
sentence: share of the question's words in the span's sentence; cosine of the passage's vector with the question's, and
share of its words in passage and title, and in all that was read of the article, each times how much the question says
(a long one's match is no chance); echo: share of the span's words that are the question's; kind: 1 or -1, is it the
kind of answer asked for; words: log of its length."""
FEATURES = ("margin", "cosine", "article", "lead", "before", "articles")
"""cosine, article: as they are, not by words; lead: rank over the next different answer's, at most 6; articles: log of
how many the passages read are of. The ranking's other features are left to lead: weighed on their own they tell nothing
more (docs/evaluation.md)."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights by feature of the ranking and of the probability, and the latter's bias.

    The default, for a reader that comes without a calibration, takes its margin for a log-odds as it is.
    """

    rank_weights: Mapping[str, float]
    weights: Mapping[str, float]
    bias: float = 0.0
    fitted: bool = False

    @classmethod
    def default(cls) -> Calibration:
        """The calibration of a reader that has none."""
        return cls({"margin": 1.0, "retrieval": 3.0}, {"margin": 1.0})

    @classmethod
    def beside(cls, reader_folder: Path) -> Calibration:
        """Read the calibration in a reader's folder, or the default when it has none."""
        path = reader_folder / CALIBRATION_FILE
        if not path.is_file():
            return cls.default()
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            ranks = {name: float(found["rank_weights"][name]) for name in RANK_FEATURES}
            weights = {name: float(found["weights"][name]) for name in FEATURES}
            return cls(ranks, weights, float(found["bias"]), fitted=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path} is no calibration ({error!r}); fit it with 'make reader'.") from error

    def rank(self, features: Mapping[str, float]) -> float:
        """How well a span answers, compared with the question's other spans; higher is better."""
        return sum(weight * features.get(name, 0.0) for name, weight in self.rank_weights.items())

    def probability(self, features: Mapping[str, float]) -> float:
        """Probability, 0 to 1, that an answer with these features is right."""
        odds = self.bias + sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, odds))))
