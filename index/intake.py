"""What becomes of each article that is given to a library, and what of it waits to be embedded and stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from index.article import Article, Passage
from index.passages import split_article
from index.store import Store

Pair = tuple[Article, list[Passage]]
"""An article and the passages it was cut into."""
MayReplace = Callable[[Article, Article], bool]
"""Asked with an article and the stored one of its id, which reads otherwise."""

StandsFor = Callable[[str], bool]
"""Asked with the id of an article that reads the same as another, which would then not be stored."""


def newer_state(article: Article, there: Article) -> bool:
    """True when both came from the same source: then the one is the newer state of the other."""
    return bool(article.source) and there.source == article.source


@dataclass(slots=True)
class AddReport:
    """Article ids by what became of them; ``refused`` holds (id, why), ``passages`` counts those stored.

    ``same_as`` says of an unchanged article that is there under another id what that is.
    """

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    same_as: dict[str, str] = field(default_factory=dict)
    passages: int = 0


class Intake:
    """Sorts articles into added, updated, unchanged and refused, and collects a batch of those to store.

    Args:
        store: what is there already.
        passage_characters: longest passage.
        may_replace: whether an article may take the place of the stored one of its id.
        stands_for: whether the article of an id will do for another that reads the same.
    """

    def __init__(self, store: Store, passage_characters: int, may_replace: MayReplace, stands_for: StandsFor) -> None:
        self._store, self._passage_characters = store, passage_characters
        self._may_replace, self._stands_for = may_replace, stands_for
        self._fingerprints: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self.waiting: dict[str, Pair] = {}
        self.passages_waiting = 0
        self.report = AddReport()

    def take(self, article: Article, cut: list[Passage] | None = None) -> bool:
        """Sort one article, cut into passages here unless it is ``cut``; True when it now waits to be stored."""
        fingerprint = article.fingerprint
        if self._taken.get(article.id, fingerprint) != fingerprint:
            self.report.refused.append((article.id, "an earlier article of this very command has its id"))
            return False
        there = self._store.article(article.id)
        known = article.id if article.id in self._taken else self._known_as(article, fingerprint, there)
        if known is not None:
            self.report.unchanged.append(article.id)
            self.report.same_as[article.id] = known
            return False
        if there is None:
            self.report.added.append(article.id)
        elif self._may_replace(article, there):
            self.report.updated.append(article.id)
        else:
            why = (
                "the library holds another text of it"
                if newer_state(article, there)
                else f"its id belongs to another article, from {there.source or 'elsewhere'}; give it an id of its own"
            )
            self.report.refused.append((article.id, why))
            return False
        self._taken[article.id] = fingerprint
        passages = split_article(article, self._passage_characters) if cut is None else cut
        self.waiting[article.id] = (article, passages)
        self.passages_waiting += len(passages)
        self._fingerprints[fingerprint] = article.id
        return True

    def _known_as(self, article: Article, fingerprint: str, there: Article | None) -> str | None:
        """The id of an article, stored or waiting, that reads the same to the letter."""
        if there is not None:
            return there.id if there.fingerprint == fingerprint else None
        waiting = self._fingerprints.get(fingerprint)
        alike = [*([waiting] if waiting else []), *self._store.reading_the_same(fingerprint)]
        return next((article_id for article_id in alike if self._stands_for(article_id)), None)

    def handed_over(self) -> list[Pair]:
        """The waiting articles with their passages, to be embedded and then ``stored``; others may wait meanwhile."""
        pairs = list(self.waiting.values())
        self.waiting = {}
        self.passages_waiting = 0
        return pairs

    def stored(self, pairs: Sequence[Pair]) -> tuple[int, int]:
        """Count what was handed over as stored; returns the numbers of articles and passages."""
        passages = sum(len(passages) for _, passages in pairs)
        self.report.passages += passages
        for article, _ in pairs:
            self._fingerprints.pop(article.fingerprint, None)
        return len(pairs), passages
