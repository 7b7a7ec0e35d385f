"""When and of what the page suggests questions: after an answer of its articles, at the start of the newest ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from index.errors import LibraryError
from index.library import Library
from qa.answer import Answer
from qa.assistant import Assistant
from qa.page.desk import DESK
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

    def __init__(self, assistant: Callable[[], Assistant]) -> None:
        self._assistant = assistant
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
        if not turns and _is_sample(assistant.library):
            return list(EXAMPLES)
        ids = _behind(turns[-1].answer) if turns else assistant.library.newest(NEWEST)
        return self._checked(self._suggester, ids, asked, wanted)

    def _checked(
        self, suggester: Suggester, ids: Sequence[str], asked: Sequence[str], wanted: Callable[[], bool]
    ) -> list[str]:
        """Checks while no question is being answered, and goes on where it was when one was."""
        found: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while wanted() and time.monotonic() < deadline:
            interrupted = not DESK.wait_idle(PATIENCE)

            def go_on() -> bool:
                nonlocal interrupted
                interrupted = interrupted or not DESK.idle
                return wanted() and not interrupted

            found = suggester.suggest(ids, asked, MOST, go_on)
            if not interrupted:
                break
        return found


def _is_sample(library: Library) -> bool:
    """True when every article that the examples are about is there."""
    try:
        for name in {name for names in EXAMPLES.values() for name in names}:
            library.article(name)
    except LibraryError:
        return False
    return True


def _behind(answer: Answer | None) -> list[str]:
    """The articles that an answer cites, or that were closest to a question without one."""
    if answer is None:
        return []
    sources = answer.citations or answer.closest
    return list(dict.fromkeys(source.article_id for source in sources))
