"""What becomes of each article that is given to a library, and what of it waits to be embedded and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.article import Article, Passage
from index.passages import split_article
from index.store import Store

Pair = tuple[Article, list[Passage]]
"""An article and the passages it was cut into."""


@dataclass(slots=True)
class AddReport:
    """Article ids by what became of them; ``refused`` holds (id, why), ``passages`` counts those stored."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    passages: int = 0


class Intake:
    """Sorts articles into added, updated, unchanged and refused, and collects a batch of those to store.

    Args:
        store: what is there already.
        passage_characters: longest passage.
        replace: let an article replace one of its id from another source.
        twins: let an article in that reads the same as one of another id.
    """

    def __init__(self, store: Store, passage_characters: int, replace: bool, twins: bool = False) -> None:
        self._store, self._passage_characters, self._replace, self._twins = store, passage_characters, replace, twins
        self._fingerprints: set[str] = set()
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
        if self._known(article, fingerprint, there):
            self.report.unchanged.append(article.id)
            return False
        if there is None:
            self.report.added.append(article.id)
        elif self._replace or (article.source and there.source == article.source):
            self.report.updated.append(article.id)
        else:
            why = f"its id belongs to another article, from {there.source or 'elsewhere'}; give it an id of its own"
            self.report.refused.append((article.id, why))
            return False
        self._taken[article.id] = fingerprint
        passages = split_article(article, self._passage_characters) if cut is None else cut
        self.waiting[article.id] = (article, passages)
        self.passages_waiting += len(passages)
        self._fingerprints.add(fingerprint)
        return True

    def _known(self, article: Article, fingerprint: str, there: Article | None) -> bool:
        """True when an article that reads the same to the letter is stored or waits."""
        if there is not None:
            return there.fingerprint == fingerprint
        if self._twins:
            return False
        return fingerprint in self._fingerprints or self._store.same_article(article) is not None

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
        self._fingerprints.difference_update(article.fingerprint for article, _ in pairs)
        return len(pairs), passages
