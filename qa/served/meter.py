"""What Prometheus is told: questions, abstentions, errors, the time each stage took, and the replicas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from qa.answer import Answer
from qa.assistant import Inquiry, Outcome, Step

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_TOGETHER = (1, 2, 4, 8, 16, 32, 64, 128)


class Meter:
    """Counts the questions of this process. Safe to use from several threads.

    Args:
        replicas: gives the number of replicas by state, whenever Prometheus asks.
        ready: gives whether questions are taken.
    """

    def __init__(self, replicas: Callable[[], dict[str, int]], ready: Callable[[], bool]) -> None:
        self._registry = registry = CollectorRegistry()
        self._questions = Counter("byline_questions", "Questions asked.", registry=registry)
        self._checks = Counter(
            "byline_checks", "Suggested questions that were checked, by nobody's asking.", registry=registry
        )
        self._abstentions = Counter("byline_abstentions", "Questions that were abstained from.", registry=registry)
        self._errors = Counter("byline_errors", "Questions that got no answer, by error.", ["kind"], registry=registry)
        self._lost = Counter(
            "byline_resent", "Times a question was lost with its replica, and sent again.", registry=registry
        )
        self._in_flight = Gauge("byline_questions_in_flight", "Questions being answered now.", registry=registry)
        self._seconds = Histogram(
            "byline_question_seconds",
            "From when a question is sent to its answer (seconds).",
            buckets=_SECONDS,
            registry=registry,
        )
        self._stages = Histogram(
            "byline_stage_seconds",
            "Time of each stage of an answer; that of reading is shared by those read together (seconds).",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._together = Histogram(
            "byline_read_together",
            "Questions that an answer was read together with, itself among them.",
            buckets=_TOGETHER,
            registry=registry,
        )
        registry.register(_Replicas(replicas, ready))
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

    def text(self) -> bytes:
        """All of it as Prometheus reads it."""
        return generate_latest(self._registry)

    def lost(self) -> None:
        """Count a question that was lost with its replica."""
        self._lost.inc()

    def measured(
        self,
        ask: Callable[[Sequence[Inquiry], Step | None], list[Outcome]],
        inquiries: Sequence[Inquiry],
        step: Step | None,
    ) -> list[Outcome]:
        """What ``ask`` says to the questions, counted; one that is stopped while it is answered is only a question."""
        asked = sum(not inquiry.check for inquiry in inquiries)
        self._questions.inc(asked)
        self._checks.inc(len(inquiries) - asked)
        begun = time.perf_counter()
        self._in_flight.inc(asked)
        try:
            outcomes = ask(inquiries, step)
        finally:
            self._in_flight.dec(asked)
        for inquiry, outcome in zip(inquiries, outcomes, strict=True):
            if not inquiry.check:
                self._seconds.observe(time.perf_counter() - begun)
                self._count(outcome)
        return outcomes

    def _count(self, outcome: Outcome) -> None:
        if not isinstance(outcome, Answer):
            self._errors.labels(type(outcome).__name__).inc()
            return
        if outcome.abstained:
            self._abstentions.inc()
        for stage, milliseconds in outcome.trace["milliseconds"].items():
            self._stages.labels(stage).observe(milliseconds / 1000)
        self._together.observe(outcome.trace["read_together"])


class _Replicas(Collector):
    """The replicas by state, and whether the page is ready, as they are when Prometheus asks."""

    def __init__(self, replicas: Callable[[], dict[str, int]], ready: Callable[[], bool]) -> None:
        self._replicas, self._ready = replicas, ready

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Both, as gauges."""
        states = GaugeMetricFamily("byline_replicas", "Replicas by Ray Serve's state.", labels=["state"])
        for state, count in {"RUNNING": 0, **self._replicas()}.items():
            states.add_metric([state], count)
        yield states
        yield GaugeMetricFamily("byline_ready", "1 when questions are taken.", value=float(self._ready()))
