"""What is taken of the mixture, by source: everything, or what a reader that was trained before goes on with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from training.groups import Group


@dataclass(frozen=True, slots=True)
class Share:
    """Which share of a source's questions a course takes, and of the passages each is asked over besides its own."""

    questions: float
    company: float


_BESIDE_LIBRARIES = {
    "written-passages-2": Share(0.1, 0.15),
    "squad2-read": Share(0.25, 0.5),
    "squadshifts-new_wiki": Share(0.06, 0.5),
    "qamr": Share(0.02, 0.5),
    "nq_oracle": Share(0.06, 0.5),
}
COURSES: dict[str, dict[str, Share]] = {
    "whole": {},
    "again": {
        "written-news": Share(1.0, 0.12),
        "written-passages": Share(0.6, 0.12),
        "squad2-read": Share(0.6, 0.5),
        "squadshifts-new_wiki": Share(0.14, 0.5),
        "squadshifts-reddit": Share(0.08, 1.0),
        "squadshifts-amazon_reviews": Share(0.06, 1.0),
        "qamr": Share(0.1, 0.5),
        "nq_oracle": Share(0.25, 0.5),
        "quoref_contrast": Share(0.3, 0.5),
        "tweetqa": Share(0.15, 1.0),
    },
    "newer": {
        "written-news-2": Share(1.0, 0.2),
        "written-news": Share(0.2, 0.1),
        "written-passages-2": Share(1.0, 0.15),
        "written-passages": Share(0.2, 0.1),
        "squad2-read": Share(0.5, 0.5),
        "squadshifts-new_wiki": Share(0.12, 0.5),
        "squadshifts-reddit": Share(0.05, 1.0),
        "squadshifts-amazon_reviews": Share(0.03, 1.0),
        "qamr": Share(0.06, 0.5),
        "nq_oracle": Share(0.2, 0.5),
    },
    "round-3": {
        "written-news-3": Share(1.0, 0.2),
        "written-news-2": Share(0.25, 0.15),
        "written-news": Share(0.12, 0.1),
        "written-passages-2": Share(0.3, 0.15),
        "written-passages": Share(0.15, 0.1),
        "squad2-read": Share(0.5, 0.5),
        "squadshifts-new_wiki": Share(0.12, 0.5),
        "squadshifts-reddit": Share(0.04, 1.0),
        "qamr": Share(0.06, 0.5),
        "nq_oracle": Share(0.15, 0.5),
    },
    "round-4": {
        "written-news-4": Share(1.0, 0.2),
        "written-news-3": Share(0.4, 0.15),
        "written-news-2": Share(0.15, 0.15),
        "written-news": Share(0.08, 0.1),
        "written-passages-2": Share(0.2, 0.15),
        "written-passages": Share(0.15, 0.1),
        "squad2-read": Share(0.5, 0.5),
        "squadshifts-new_wiki": Share(0.12, 0.5),
        "squadshifts-reddit": Share(0.04, 1.0),
        "qamr": Share(0.05, 0.5),
        "nq_oracle": Share(0.15, 0.5),
    },
    "libraries": {
        "written-libraries": Share(1.0, 1.0),
        "written-news-4": Share(0.3, 0.15),
        "written-news-3": Share(0.15, 0.15),
        **_BESIDE_LIBRARIES,
    },
    "quiz": {
        "written-quiz": Share(1.0, 1.0),
        "written-libraries": Share(0.12, 1.0),
        "written-news-4": Share(0.1, 0.15),
        "written-news-3": Share(0.05, 0.15),
        "squad2-read": Share(0.15, 0.5),
        "squadshifts-new_wiki": Share(0.03, 0.5),
        "qamr": Share(0.01, 0.5),
        "nq_oracle": Share(0.04, 0.5),
    },
    "quiz-and-libraries": {
        "written-quiz": Share(1.0, 1.0),
        "written-libraries": Share(0.5, 0.8),
        "written-news-4": Share(0.4, 0.15),
        "written-news-3": Share(0.2, 0.15),
        "written-news-2": Share(0.1, 0.15),
        **_BESIDE_LIBRARIES,
    },
    "everything": {
        "squad2-read": Share(1.0, 0.4),
        "squadshifts-new_wiki": Share(0.4, 0.4),
        "written-libraries": Share(0.5, 0.7),
        "written-quiz": Share(0.4, 0.6),
        "written-news": Share(0.22, 0.1),
        "written-news-2": Share(0.22, 0.1),
        "written-news-3": Share(0.22, 0.1),
        "written-news-4": Share(0.22, 0.1),
        "written-passages": Share(0.2, 0.1),
        "written-passages-2": Share(0.2, 0.1),
        "written-passages-5": Share(0.6, 0.0),
        "nq_oracle": Share(0.5, 0.4),
        "qed_nq_dev": Share(0.5, 0.4),
        "qamr": Share(0.15, 0.3),
        "squadshifts-reddit": Share(0.1, 0.3),
        "squadshifts-amazon_reviews": Share(0.1, 0.3),
        "squad_reqa_train10k": Share(0.12, 1.0),
        "fairytaleqa": Share(0.2, 0.3),
        "tweetqa": Share(0.1, 1.0),
        "bioasq_golden": Share(0.3, 1.0),
        "quoref_contrast": Share(0.3, 0.5),
    },
    "more": {
        "squad2-read": Share(1.0, 0.5),
        "squadshifts-new_wiki": Share(1.0, 0.4),
        "written-libraries": Share(0.8, 0.5),
        "written-quiz": Share(0.7, 0.5),
        "written-news": Share(0.5, 0.1),
        "written-news-2": Share(0.5, 0.1),
        "written-news-3": Share(0.5, 0.1),
        "written-news-4": Share(0.5, 0.1),
        "written-passages": Share(0.5, 0.1),
        "written-passages-2": Share(0.5, 0.1),
        "written-passages-5": Share(1.0, 0.0),
        "written-passages-6": Share(1.0, 0.0),
        "nq_oracle": Share(1.0, 0.4),
        "qed_nq_dev": Share(1.0, 0.4),
        "qamr": Share(0.3, 0.3),
        "squadshifts-reddit": Share(0.25, 0.3),
        "squadshifts-amazon_reviews": Share(0.2, 0.3),
        "squad_reqa_train10k": Share(0.25, 1.0),
        "fairytaleqa": Share(0.4, 0.3),
        "tweetqa": Share(0.2, 1.0),
        "bioasq_golden": Share(0.5, 1.0),
        "quoref_contrast": Share(0.6, 0.5),
    },
    "newest": {
        "squad2-read": Share(1.0, 0.4),
        "squadshifts-new_wiki": Share(0.5, 0.4),
        "written-libraries": Share(0.7, 0.6),
        "written-quiz": Share(0.5, 0.5),
        "written-news": Share(0.3, 0.1),
        "written-news-2": Share(0.3, 0.1),
        "written-news-3": Share(0.3, 0.1),
        "written-news-4": Share(0.3, 0.1),
        "written-passages": Share(0.3, 0.1),
        "written-passages-2": Share(0.3, 0.1),
        "written-passages-5": Share(0.6, 0.0),
        "written-passages-6": Share(0.6, 0.0),
        "written-passages-7": Share(1.0, 0.1),
        "nq_oracle": Share(0.7, 0.4),
        "qed_nq_dev": Share(0.7, 0.4),
        "qamr": Share(0.15, 0.3),
        "squadshifts-reddit": Share(0.15, 0.3),
        "squadshifts-amazon_reviews": Share(0.1, 0.3),
        "squad_reqa_train10k": Share(0.15, 1.0),
        "fairytaleqa": Share(0.2, 0.3),
        "tweetqa": Share(0.1, 1.0),
        "bioasq_golden": Share(0.3, 1.0),
        "quoref_contrast": Share(0.4, 0.5),
    },
}
"""By name, what is taken of the mixture by source: everything, or what a reader trained before goes on with."""


def course(name: str, groups: Sequence[Group], seed: int) -> list[Group]:
    """What the course takes of the mixture's groups, in their order."""
    shares, rng = COURSES[name], random.Random(seed)
    if not shares:
        return list(groups)
    nothing = Share(0.0, 0.0)
    taken = []
    for own, *others in groups:
        share = shares.get(own.source, nothing)
        if rng.random() < share.questions:
            taken.append((own, *(other for other in others if rng.random() < share.company)))
    return taken
