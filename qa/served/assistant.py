"""Stands where the page has its assistant, and has replicas answer; what they cannot see is answered here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from index.errors import ServingError
from index.library import Library
from qa.assistant import Assistant, Inquiry, Outcome, Step
from qa.served.cluster import Cluster, ReplicaLost
from qa.served.meter import Meter
from qa.settings import Settings

PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds after which a question whose replica was lost is sent again; then it is given up, as it may end them all."""
WORKING = "Searching and reading the articles…"


class MeteredAssistant(Assistant):
    """An assistant in this process whose questions are counted."""

    def __init__(self, library: Library, settings: Settings, meter: Meter) -> None:
        super().__init__(library, settings)
        self._meter = meter

    def ask_many(self, inquiries: Sequence[Inquiry], step: Step | None = None) -> list[Outcome]:
        """As ``Assistant.ask_many``, counted."""
        return self._meter.measured(super().ask_many, inquiries, step)


class ServedAssistant(Assistant):
    """An assistant whose questions are answered by replicas. Questions only read, so one that is lost is sent again.

    Args:
        library: the page's own view of the library that the replicas open too.
        settings: those of the page.
        cluster: where the replicas are.
        meter: what counts the questions.
    """

    def __init__(self, library: Library, settings: Settings, cluster: Cluster, meter: Meter) -> None:
        super().__init__(library, settings)
        self._cluster, self._meter = cluster, meter
        self._here = MeteredAssistant(library, settings, meter)

    def ask_many(self, inquiries: Sequence[Inquiry], step: Step | None = None) -> list[Outcome]:
        """As ``Assistant.ask_many``; the replicas choose what is read together."""
        return self._meter.measured(self._sent, inquiries, step)

    def with_library(self, library: Library) -> Assistant:
        """An assistant in this process over another library, which no replica sees; its models load when asked."""
        return self._here.with_library(library)

    def warm_up(self) -> None:
        """Nothing: the replicas have the models."""

    def _sent(self, inquiries: Sequence[Inquiry], step: Step | None) -> list[Outcome]:
        say = _one_at_a_time(step or (lambda _: None))
        if len(inquiries) == 1:
            return [self._outcome(inquiries[0], say)]
        with ThreadPoolExecutor(max(1, len(inquiries)), thread_name_prefix="byline-sending") as threads:
            return list(threads.map(lambda inquiry: self._outcome(inquiry, say), inquiries))

    def _outcome(self, inquiry: Inquiry, say: Step) -> Outcome:
        until = time.monotonic() + self.settings.ray_patience
        say(WORKING)
        for pause in (*PAUSES, None):
            try:
                return self._cluster.result(inquiry, until, lambda: say(WORKING))
            except ServingError as error:
                return error
            except ReplicaLost:
                self._meter.lost()
                if pause is not None:
                    time.sleep(pause)
        return ServingError("The question could not be answered: each replica it was sent to ended before it answered.")


def _one_at_a_time(step: Step) -> Callable[[str], None]:
    lock = threading.Lock()

    def say(line: str) -> None:
        with lock:
            step(line)

    return say
