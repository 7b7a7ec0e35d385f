"""A scripted question, and the set it stands in. ``qa/evaluate/sets`` reads sets from files of several kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.article import Article
from index.errors import QuestionError


@dataclass(frozen=True, slots=True)
class ScriptedTurn:
    """An earlier turn of a conversation; an ``answer`` of None means that Byline's own is taken as it comes."""

    question: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set.

    Attributes:
        id: unique in the set.
        question: what is asked, after ``turns``.
        answers: every accepted short answer; empty when it is not answerable, and when only articles are judged.
        articles: ids of the articles that say it; empty when any article will do, or none.
        answerable: whether the library answers it.
        tags: what its scores are also counted under.
        quotes: sentences of the articles that hold the answer; a passage with one of them is right.
        asked: ISO date it was asked on, or ''.
        turns: what was said before it, oldest first.
        grades: how relevant each article is, where a set says more than which are; else 1 for each of ``articles``.
        line: where it stands in its file, from 1; 0 where that says nothing.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    articles: tuple[str, ...]
    answerable: bool
    tags: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    asked: str = ""
    turns: tuple[ScriptedTurn, ...] = ()
    grades: Mapping[str, int] = field(default_factory=dict)
    line: int = 0

    @property
    def judged(self) -> bool:
        """True when an answer can be scored: it has accepted answers, or must be abstained from."""
        return bool(self.answers) or not self.answerable

    @property
    def relevance(self) -> dict[str, int]:
        """Grade by article id."""
        return dict(self.grades) or dict.fromkeys(self.articles, 1)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and where they came from.

    Attributes:
        path: the file or folder.
        kind: ``jsonl``, ``squad``, ``beir`` or ``csv``.
        questions: in their order.
        problems: what was passed over, each a sentence that names its line; empty unless asked to keep going.
        articles: what yields the set's own articles, for a kind that brings its library with it; else None.
    """

    path: Path
    kind: str
    questions: tuple[Question, ...]
    problems: tuple[str, ...] = ()
    articles: Callable[[], Iterable[Article]] | None = None

    def only(self, ids: Iterable[str]) -> QuestionSet:
        """The questions of these ids alone; QuestionError when one of them is not there."""
        wanted = set(ids)
        missing = sorted(wanted - {question.id for question in self.questions})
        if missing:
            raise QuestionError(f"{self.path}: no question {missing[0]!r} in it.")
        kept = tuple(question for question in self.questions if question.id in wanted)
        return replace(self, questions=kept)

    def known_to(self, article_ids: Iterable[str], keep_going: bool = False) -> QuestionSet:
        """The set without the questions that name an article not among ``article_ids``.

        Raises:
            QuestionError: there is such a question, and ``keep_going`` is false.
        """
        known = set(article_ids)
        kept, problems = [], []
        for question in self.questions:
            missing = [name for name in (*question.articles, *question.grades) if name not in known]
            if missing:
                where = f" line {question.line}" if question.line else ""
                problems.append(
                    f"{self.path}{where}: question {question.id!r} names article {missing[0]!r}, not in the library."
                )
            else:
                kept.append(question)
        return self.passing_over(kept, problems, keep_going)

    def short_enough(self, most: int, keep_going: bool = False) -> QuestionSet:
        """The set without the questions (or turns) of more than ``most`` characters; else as ``known_to``."""
        kept, problems = [], []
        for question in self.questions:
            longest = max(map(len, (question.question, *(turn.question for turn in question.turns))))
            if longest > most:
                where = f" line {question.line}" if question.line else ""
                problems.append(
                    f"{self.path}{where}: question {question.id!r} has {longest:,} characters; the most is {most:,}."
                )
            else:
                kept.append(question)
        return self.passing_over(kept, problems, keep_going)

    def passing_over(self, kept: Iterable[Question], problems: Iterable[str], keep_going: bool) -> QuestionSet:
        """The set with these questions only; ``problems`` says why the others are not among them."""
        problems = tuple(problems)
        if problems and not keep_going:
            raise QuestionError(problems[0])
        return replace(self, questions=tuple(kept), problems=(*self.problems, *problems))
