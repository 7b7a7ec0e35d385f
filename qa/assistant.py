"""The one door to answers: the page, the command line, the HTTP API and the evaluator all call ``Assistant.ask``."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.article import clean_text
from index.embedder import Embedder
from index.errors import LibraryError, QuestionError
from index.filters import Filters
from index.library import Library
from index.opening import open_library
from qa.answer import Answer
from qa.attribution import attributed
from qa.compose import compose
from qa.confidence import Calibration
from qa.conversation import Turn, Understood, understand
from qa.reader import Reader, Span
from qa.retriever import Candidate, Retriever, worth_reading
from qa.selection import Proposal, Reading, propose, rank_readings
from qa.settings import Settings

Step = Callable[[str], None]
Outcome = Answer | Exception
"""An answer, or why there is none."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question with what it is asked under, as ``Assistant.ask`` takes them.

    ``check``: nobody asked it; it is to show whether a suggestion would be answered, and is counted apart.
    """

    question: str
    history: tuple[Turn, ...] = ()
    filters: Filters | None = None
    check: bool = False


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
        (outcome,) = self.ask_many([Inquiry(question, tuple(history), filters)], step)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def ask_many(self, inquiries: Sequence[Inquiry], step: Step | None = None) -> list[Outcome]:
        """Answer several questions with one pass of the reader over the passages of all, each as ``ask`` alone would.

        What one of them fails with is returned in its place and is nothing to the others. ``step`` is called with a
        line about each stage of all.
        """
        say = step or (lambda _: None)
        asked = [_Asked(inquiry) for inquiry in inquiries]
        if _each(asked, self._understand):
            say("Searching the articles…")
        if going := _each(asked, self._find):
            say(f"Reading {sum(len(one.read) for one in going)} passages…")
        self._read(going)
        _each(asked, self._answer)
        return [one.outcome for one in asked]

    def _understand(self, asked: _Asked) -> None:
        asked.question = clean_text(asked.inquiry.question)
        self._check(asked.question)
        asked.understood = understand(asked.question, asked.inquiry.history)

    def _find(self, asked: _Asked) -> None:
        with asked.clock("retrieve"):
            asked.candidates = self.retriever.retrieve(asked.understood.queries, asked.inquiry.filters)
        asked.read = worth_reading(asked.candidates, self.settings.passages_read, self.settings.read_share)

    def _read(self, asked: Sequence[_Asked]) -> None:
        """Read for all together; when that fails, for each alone, so that it fails only where it must."""
        clock = _Clock()
        try:
            with clock("read"):
                spans = self.reader.read_pairs(
                    [one.understood.question for one in asked for _ in one.read],
                    [candidate.passage.text for one in asked for candidate in one.read],
                )
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            for one in asked:
                if len(asked) == 1:
                    one.outcome = error
                else:
                    self._read([one])
            return
        for one in asked:
            one.spans, spans = spans[: len(one.read)], spans[len(one.read) :]
            one.together = len(asked)
            one.clock.milliseconds |= clock.milliseconds

    def _answer(self, asked: _Asked) -> None:
        question, filters, clock = asked.understood.question, asked.inquiry.filters, asked.clock
        with clock("select"):
            readings = rank_readings(question, asked.read, asked.spans, self.calibration)
            said = attributed(question, readings, self.library)
            found = propose(readings, said.others, said.own)
            proposals = [(proposal, self.calibration.probability(proposal.features)) for proposal in found]
        with clock("compose"):
            least = self.settings.min_confidence
            answer = compose(asked.question, question, asked.candidates, proposals, self.library, least, filters)
        answer.trace.update(self._trace(asked, readings, proposals))
        asked.outcome = answer

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
        self, asked: _Asked, readings: Sequence[Reading], proposals: Sequence[tuple[Proposal, float]]
    ) -> dict[str, Any]:
        best_span: dict[int, Reading] = {}
        for reading in readings:
            best_span.setdefault(reading.candidate.passage.id, reading)
        return {
            "queries": list(asked.understood.queries),
            "passages": [_traced(candidate, best_span.get(candidate.passage.id)) for candidate in asked.candidates],
            "proposals": [
                {"text": proposal.best.text, "probability": probability, **proposal.features}
                for proposal, probability in proposals
            ],
            "milliseconds": asked.clock.milliseconds,
            "read_together": asked.together,
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


_UNANSWERED = RuntimeError("The question was left unanswered.")


@dataclass(slots=True)
class _Asked:
    """A question on its way: what each stage made of it, and how it ended."""

    inquiry: Inquiry
    clock: _Clock = field(default_factory=_Clock)
    question: str = ""
    understood: Understood = field(default_factory=lambda: Understood("", ()))
    candidates: list[Candidate] = field(default_factory=list)
    read: Sequence[Candidate] = ()
    spans: list[list[Span]] = field(default_factory=list)
    together: int = 1
    outcome: Outcome = _UNANSWERED


def _each(asked: Iterable[_Asked], stage: Callable[[_Asked], None]) -> list[_Asked]:
    """Put each that is still on its way through a stage; those that are on their way after it."""
    for one in asked:
        if one.outcome is _UNANSWERED:
            try:
                stage(one)
            except Exception as error:  # noqa: BLE001 - told to whoever asked, and to nobody else
                one.outcome = error
    return [one for one in asked if one.outcome is _UNANSWERED]
