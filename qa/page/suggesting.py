"""When and of what the page suggests questions: after an answer of its articles, at the start of the newest ones."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from qa.answer import Answer
from qa.assistant import Assistant
from qa.page.desk import Desk
from qa.page.turns import ShownTurn
from qa.suggest import MOST, Suggester

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "Who led the Russian delegation?": ("prisoner-swap",),
    "How many prisoners will each side release?": ("prisoner-swap",),
    "Who is the mayor of Quernhaven now?": ("new-mayor", "mayor-elected"),
    "How many people came to the Quernhaven Lantern Fair in August 2025?": ("lantern-fair-post", "lantern-fair-radio"),
    "Who won the World Cup?": (),
}
"""Questions to try on the sample library, each with the articles it is about; the last one has no answer there."""
NEWEST = 4
"""Articles that the first suggestions are made from (count), one for each publisher where there are as many."""
PATIENCE = 20.0
"""Seconds for which checking waits for the questions of people to be answered before it gives up."""

Turns = tuple[ShownTurn, ...]


class Suggesting:
    """Makes suggestions in one thread of its own, which stands back whenever a question is being answered."""

    def __init__(self, assistant: Callable[[], Assistant], desk: Desk) -> None:
        self._assistant, self._desk = assistant, desk
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="byline-suggesting")
        self._suggester: Suggester | None = None

    async def questions(self, turns: Turns, wanted: Callable[[], bool]) -> list[str]:
        """What to ask next; ``wanted`` turns False when nobody needs to know any longer."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._questions, turns, wanted)

    def _questions(self, turns: Turns, wanted: Callable[[], bool]) -> list[str]:
        if not wanted():
            return []
        assistant = self._assistant()
        if self._suggester is None:
            self._suggester = Suggester(assistant)
        asked = [turn.question for turn in turns]
        asked += [turn.answer.understood_as for turn in turns if turn.answer is not None]
        if not turns:
            ids = _newest(assistant)
            if {name for names in EXAMPLES.values() for name in names} <= {one.id for one in assistant.library.articles()}:
                return list(EXAMPLES)
        else:
            ids = _behind(turns[-1].answer)
        found: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while wanted() and time.monotonic() < deadline:
            found = self._suggester.suggest(ids, asked, MOST, lambda: wanted() and self._desk.idle)
            if self._desk.idle:
                break
            self._desk.wait_idle(PATIENCE)
        return found
