"""Questions to ask next, made from what the articles hold; each is asked first, and offered only if it was answered."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from index.article import Article
from index.errors import BylineError
from qa.answer import Answer
from qa.assistant import Assistant, Inquiry
from qa.drafting import Drafted, draft_questions

MOST = 3
"""Questions offered at once (count)."""
DRAFTED = 8
"""Questions drafted of one article (count)."""
CHECKED = 10
"""Questions asked, at most, to find those to offer (count): a few seconds of two cores that nobody waits for."""
REMEMBERED = 500
"""Articles whose checked questions are remembered (count)."""


class Interrupted(Exception):
    """Raised inside a check when ``go_on`` says that something better is to be done."""


@dataclass(slots=True)
class _Known:
    """What is known of one article's questions at one generation of the library: those drafted, those that passed."""

    generation: int
    drafted: list[Drafted]
    passed: dict[str, bool] = field(default_factory=dict)


class Suggester:
    """Drafts questions of articles and checks each with the assistant. Remembers them by article and generation."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def suggest(
        self,
        article_ids: Sequence[str],
        asked: Sequence[str] = (),
        most: int = MOST,
        go_on: Callable[[], bool] = lambda: True,
    ) -> list[str]:
        """At most ``most`` questions that the assistant answers from the very sentence they were drafted from.

        Args:
            article_ids: the articles to draft from, the most wanted first; they take turns.
            asked: questions not to offer, as they were asked before.
            go_on: asked before each step of a check; False ends the search with what was found.
        """
        spared = {_plain(question) for question in asked}
        found: list[str] = []
        checks = CHECKED
        for known, drafted, article_id in self._in_turn(article_ids):
            if len(found) == most or not checks or not go_on():
                break
            if _plain(drafted.question) in spared:
                continue
            if drafted.question not in known.passed:
                checks -= 1
                try:
                    known.passed[drafted.question] = self._answers(drafted, article_id, go_on)
                except Interrupted:
                    break
            if known.passed[drafted.question]:
                found.append(drafted.question)
                spared.add(_plain(drafted.question))
        return found

    def _in_turn(self, article_ids: Sequence[str]) -> Iterator[tuple[_Known, Drafted, str]]:
        lists = [
            [(known, drafted, article_id) for drafted in known.drafted]
            for article_id in dict.fromkeys(article_ids)
            if (known := self._drafted(article_id))
        ]
        for row in zip_longest(*lists):
            yield from (one for one in row if one is not None)

    def _drafted(self, article_id: str) -> _Known | None:
        library = self._assistant.library
        generation = library.generation
        with self._lock:
            known = self._known.get(article_id)
            if known is not None and known.generation == generation:
                self._known.move_to_end(article_id)
                return known
        try:
            article: Article = library.article(article_id)
        except BylineError:  # it has gone since it was cited
            return None
        known = _Known(generation, draft_questions(article, DRAFTED))
        with self._lock:
            self._known[article_id] = known
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return known

    def _answers(self, drafted: Drafted, article_id: str, go_on: Callable[[], bool]) -> bool:
        def step(_: str) -> None:
            if not go_on():
                raise Interrupted

        (outcome,) = self._assistant.ask_many([Inquiry(drafted.question, check=True)], step)
        if isinstance(outcome, Answer):
            return _from_there(outcome, drafted, article_id)
        if isinstance(outcome, BylineError):
            return False
        raise outcome


def _from_there(answer: Answer, drafted: Drafted, article_id: str) -> bool:
    """True when a citation of the answer holds the very characters that the question was drafted for."""
    return any(
        citation.article_id == article_id and citation.start <= drafted.start and drafted.end <= citation.end
        for citation in answer.citations
    )


def _plain(question: str) -> str:
    return " ".join(question.split()).casefold().rstrip("? ")
