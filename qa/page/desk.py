"""Where questions wait their turn: a few are answered at a time, and who waits is told how many are before them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, TypeVar

from index.errors import QuestionError

ASKING_AT_ONCE = 2
"""Questions answered at the same time; more wait, as two cores do not answer four any sooner."""
WAITING = 100
"""Questions that may wait; one more is refused at once."""
LOOK_AGAIN = 0.25
"""Seconds after which one who waits is told anew how many are before them."""

Result = TypeVar("Result")
Step = Callable[[str], None]


class Stopped(Exception):
    """Raised inside the work on a question that nobody waits for any longer."""


class Desk:
    """Does the work on questions in a few threads, first come, first served."""

    def __init__(self, at_once: int = ASKING_AT_ONCE, waiting: int = WAITING) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="byline-asking")
        self._most = at_once + waiting
        self._lock = threading.Condition()
        self._taken = self._begun = self._done = 0
        self._closed = ""

    def widen(self, at_once: int) -> None:
        """Answer that many at the same time from now on: others do the work. What was taken before goes on."""
        with self._lock:
            self._threads.shutdown(wait=False)
            self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="byline-asking")
            self._most = at_once + WAITING

    def close(self, why: str) -> None:
        """Refuse every further question with that sentence; those taken are answered."""
        with self._lock:
            self._closed = why

    @property
    def idle(self) -> bool:
        """True when no question waits or is worked on."""
        return self._taken == self._done

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no question waits or is worked on, at most ``seconds``; True when that is so."""
        with self._lock:
            return self._lock.wait_for(lambda: self._taken == self._done, seconds)

    def take(self, work: Callable[[], Result]) -> tuple[Future[Result], int]:
        """Put ``work`` in line; gives its future result and its number in line.

        Raises:
            QuestionError: too many wait already, or the desk is closed.
        """
        with self._lock:
            if self._closed:
                raise QuestionError(self._closed)
            if self._taken - self._done >= self._most:
                raise QuestionError("Too many questions are waiting; please ask again in a moment.")
            self._taken += 1
            number = self._taken
            future = self._threads.submit(self._begin, work)
        future.add_done_callback(self._end)
        return future, number

    def before(self, number: int) -> int:
        """How many are still before the one of that number, itself not counted; 0 when it is its turn."""
        return max(0, number - self._begun - 1)

    def begun(self, number: int) -> bool:
        """True when the work of that number has begun."""
        return self._begun >= number

    def _begin(self, work: Callable[[], Result]) -> Result:
        with self._lock:
            self._begun += 1
        return work()

    def _end(self, future: Future[Result]) -> None:
        with self._lock:
            self._done += 1
            if future.cancelled():
                self._begun += 1  # it will not begin: those behind it move up
            self._lock.notify_all()


DESK = Desk()
"""The one desk of this process: it has two cores, however many pages and callers there are."""


class Asking(Generic[Result]):
    """One piece of work at a desk, followed step by step; ``stop`` ends it at its next step."""

    def __init__(self, desk: Desk, work: Callable[[Step], Result]) -> None:
        self._desk, self._work = desk, work
        self._stopped = threading.Event()
        self._news: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self.abandoned = False

    def stop(self, abandoned: bool = False) -> None:
        """End it. ``abandoned`` when what it would have shown is no longer wanted on the page either."""
        self.abandoned = self.abandoned or abandoned
        self._stopped.set()
        self._tell(None)

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until it is abandoned."""
        until = self._loop.time() + seconds
        while not self.abandoned and (left := until - self._loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.get(), left)

    async def steps(self) -> AsyncIterator[str | Result]:
        """What is being done, line by line as it begins, and last the result, unless it was stopped."""
        future, number = self._desk.take(lambda: self._work(self._step))
        future.add_done_callback(lambda _: self._tell(None))
        said = ""
        try:
            while not future.done() and not self._stopped.is_set():
                news = await self._next()
                if not news and not self._desk.begun(number):
                    news = _in_line(self._desk.before(number))
                if news and news != said:
                    said = news
                    yield news
            if not self._stopped.is_set():
                yield future.result()
        finally:  # also when the visitor has gone: the work ends at its next step
            self._stopped.set()
            future.cancel()

    async def _next(self) -> str | None:
        try:
            return await asyncio.wait_for(self._news.get(), LOOK_AGAIN)
        except TimeoutError:
            return None

    def _step(self, line: str) -> None:
        if self._stopped.is_set():
            raise Stopped
        self._tell(line)

    def _tell(self, news: str | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.put_nowait, news)
        except RuntimeError:  # the page is shutting down: nobody listens
            return


def _in_line(before: int) -> str:
    if before == 0:
        return "Waiting for the question before yours…"
    return f"Waiting for {before + 1} questions before yours…"
