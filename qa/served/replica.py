"""What answers on a Ray cluster: an assistant with its models in memory, asked by several pages at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from ray import serve

from index.errors import BylineError, first_line
from qa.assistant import Assistant, Inquiry, Outcome
from qa.settings import Settings

logger = logging.getLogger(__name__)

STUCK = 300.0
"""Seconds after which a batch that is not answered yet makes its replica unhealthy: Serve starts another for it."""


class Replica:
    """One replica of the deployment. The library is opened, and the models loaded, once; then questions are taken.

    Args:
        settings: those of the page; the library must be found from this node under the same address.
    """

    def __init__(self, settings: Settings) -> None:
        import torch

        torch.set_num_threads(max(1, int(settings.ray_cpus)))
        self._assistant = Assistant.from_settings(settings, create=False)
        self._assistant.warm_up()
        self._begun: float | None = None
        together: Any = self._together  # what the decorator adds has no types
        together.set_max_batch_size(settings.ray_batch)
        together.set_batch_wait_timeout_s(settings.ray_batch_wait)

    async def __call__(self, inquiry: Inquiry) -> Outcome:
        """The answer, or why there is none; with whatever questions come at the same time."""
        outcome: Outcome = await self._together(inquiry)
        return outcome

    @serve.batch
    async def _together(self, inquiries: list[Inquiry]) -> list[Outcome]:
        return await asyncio.to_thread(self._answered, inquiries)  # the event loop stays free for health checks

    def _answered(self, inquiries: Sequence[Inquiry]) -> list[Outcome]:
        self._begun = time.monotonic()
        try:
            return [_sendable(outcome) for outcome in self._assistant.ask_many(inquiries)]
        except BaseException as error:  # a panic in a library must not leave a batch waiting
            logger.exception("A batch could not be answered")
            return [RuntimeError(_said(error)) for _ in inquiries]
        finally:
            self._begun = None

    def check_health(self) -> None:
        """Raise when a batch has been under way for too long; called by Serve."""
        begun = self._begun
        if begun is not None and time.monotonic() - begun > STUCK:
            raise RuntimeError(f"A batch has been under way for more than {STUCK:.0f} seconds.")


def _sendable(outcome: Outcome) -> Outcome:
    """The outcome as it can cross: what is not Byline's own error may not survive pickling."""
    if isinstance(outcome, Exception) and not isinstance(outcome, BylineError):
        logger.error("A question could not be answered", exc_info=outcome)
        return RuntimeError(_said(outcome))
    return outcome


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {first_line(error)}"
