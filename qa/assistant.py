"""The one door to answers: the page, the command line, the HTTP API and the evaluator all call ``Assistant.ask``."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.article import clean_text
from index.embedder import Embedder
from index.errors import LibraryError, QuestionError
from index.filters import Filters
from index.library import Library
from index.opening import open_library
from qa.answer import Answer
from qa.compose import compose
from qa.confidence import Calibration
from qa.conversation import Turn, Understood, understand
from qa.reader import Reader
from qa.retriever import Candidate, Retriever
from qa.selection import Proposal, Reading, propose, rank_readings
from qa.settings import Settings

Step = Callable[[str], None]


class Assistant:
    """Answers questions from a library. Safe to use from several threads.

    Args:
        library: where the articles are.
        settings: which reader, how many passages, how sure an answer must be.
    """

    def __init__(self, library: Library, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.checked({})
        self.library = library
        self.retriever = Retriever(
            library, self.settings.candidates, self.settings.reranker, self.settings.dense_weight
        )
        self.reader = Reader(self.settings.reader, self.settings.precision)
        self.calibration = Calibration.beside(Path(self.reader.source))

    @classmethod
    def from_settings(cls, settings: Settings, create: bool = True) -> Assistant:
        """Open the library that ``settings`` names, with its embedder; models load at the first question."""
        embedder = Embedder(settings.embedder, settings.precision)
        library = open_library(settings.library, embedder, settings.passage_characters, create, settings.milvus)
        return cls(library, settings)

    def with_library(self, library: Library) -> Assistant:
        """This assistant over another library of the same embedder, sharing the models that are loaded."""
        other = copy.copy(self)
        other.library, other.retriever = library, self.retriever.with_library(library)
        return other

    def warm_up(self) -> None:
        """Load both models now, so that the first question is as quick as the next."""
        self.library.embedder.encode(["warm"])
        self.reader.read("Who?", ["Nobody."])

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        step: Step | None = None,
    ) -> Answer:
        """Answer ``question`` from the articles, or abstain.

        Args:
            question: at most ``settings.question_characters`` long.
            history: the turns before it, oldest first, for follow-ups.
            filters: limits on publisher and date.
            step: called with a line about each stage as it begins.

        Raises:
            QuestionError: the question is empty or too long.
            LibraryError: the library is empty, or its embedder is another.
            ModelError: a model is missing or damaged.
        """
        question = clean_text(question)
        self._check(question)
        say = step or (lambda _: None)
        clock = _Clock()
        understood = understand(question, history)
        say("Searching the articles…")
        with clock("retrieve"):
            candidates = self.retriever.retrieve(understood.queries, filters)
        read = candidates[: self.settings.passages_read]
        say(f"Reading {len(read)} passages…")
        with clock("read"):
            spans = self.reader.read(understood.question, [candidate.passage.text for candidate in read])
        with clock("select"):
            readings = rank_readings(understood.question, read, spans, self.calibration)
            proposals = [(proposal, self.calibration.probability(proposal.features)) for proposal in propose(readings)]
        with clock("compose"):
            least = self.settings.min_confidence
            answer = compose(question, understood.question, candidates, proposals, self.library, least, filters)
        answer.trace.update(self._trace(understood, candidates, readings, proposals, clock))
        return answer

    def _check(self, question: str) -> None:
        most = self.settings.question_characters
        if not question.strip():
            raise QuestionError("The question is empty; ask something about the articles.")
        if len(question) > most:
            raise QuestionError(f"The question has {len(question):,} characters; the most is {most:,}. Shorten it.")
        if not self.library.passage_count:
            raise LibraryError(
                f"The library {self.library.address} holds no articles yet; add some with 'byline index add FILE…'."
            )

    def _trace(
        self,
        understood: Understood,
        candidates: Sequence[Candidate],
        readings: Sequence[Reading],
        proposals: Sequence[tuple[Proposal, float]],
        clock: _Clock,
    ) -> dict[str, Any]:
        best_span: dict[int, Reading] = {}
        for reading in readings:
            best_span.setdefault(reading.candidate.passage.id, reading)
        return {
            "queries": list(understood.queries),
            "passages": [_traced(candidate, best_span.get(candidate.passage.id)) for candidate in candidates],
            "proposals": [
                {"text": proposal.best.text, "probability": probability, **proposal.features}
                for proposal, probability in proposals
            ],
            "milliseconds": clock.milliseconds,
            "settings": self.settings.hash,
            "min_confidence": self.settings.min_confidence,
            "reader": self.reader.name,
            "reader_hash": self.reader.hash,
            "embedder": self.library.embedder.name,
            "embedder_hash": self.library.embedder.hash,
            "calibrated": self.calibration.fitted,
            "generation": self.library.generation,
        }


def _traced(candidate: Candidate, reading: Reading | None) -> dict[str, Any]:
    passage = candidate.passage
    return {
        "article_id": passage.article_id,
        "start": passage.start,
        "end": passage.end,
        "fused": candidate.score,
        "dense": candidate.dense,
        "lexical": candidate.lexical,
        "span": reading.text if reading else None,
        "margin": reading.span.margin if reading else None,
        "rank": reading.rank if reading else None,
    }


class _Clock:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.milliseconds[stage] = round((time.perf_counter() - begun) * 1000, 2)
