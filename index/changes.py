"""What changed in a store since a generation: what a derived index replays, in batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.article import Article, Passage

_ANY_ID = 2**63 - 1
"""Not below any passage's id: (generation, this) is where the next generation begins in the index of generations."""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with what a derived index needs of its article; ``vector`` has shape (dimension,), float32."""

    passage: Passage
    article: Article
    vector: np.ndarray


class Changes(ABC):
    """The part of a store that is read by generation, then by passage id."""

    @abstractmethod
    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple]:
        """What a statement gives."""

    @abstractmethod
    def by_key(self, keys: Iterable[int]) -> dict[int, Article]:
        """Articles by their key."""

    def added_since(self, generation: int, at_once: int = 2000) -> Iterator[list[StoredPassage]]:
        """Passages added after ``generation``, in batches, by ascending id."""
        last = (generation, _ANY_ID)
        while True:
            rows = self.rows(
                'SELECT id, article, start, "end", vector, generation FROM passages WHERE (generation, id) > (?, ?) '
                "ORDER BY generation, id LIMIT ?",
                (*last, at_once),
            )
            if not rows:
                return
            texts = self.by_key({row[1] for row in rows})
            yield [
                StoredPassage(
                    Passage(texts[key].id, start, end, texts[key].text[start:end], number),
                    texts[key],
                    np.frombuffer(vector, "<f4"),
                )
                for number, key, start, end, vector, _ in rows
            ]
            last = (rows[-1][-1], rows[-1][0])

    def vectors_since(self, generation: int, at_once: int = 5000) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Vectors added after ``generation``, in batches: passage ids (n,), int64, ascending, and (n, dimension)."""
        last = (generation, _ANY_ID)
        while True:
            rows = self.rows(
                "SELECT id, vector, generation FROM passages WHERE (generation, id) > (?, ?) "
                "ORDER BY generation, id LIMIT ?",
                (*last, at_once),
            )
            if not rows:
                return
            joined = b"".join(row[1] for row in rows)
            yield (
                np.array([row[0] for row in rows], dtype=np.int64),
                np.frombuffer(joined, "<f4").reshape(len(rows), -1),
            )
            last = (rows[-1][-1], rows[-1][0])

    def count_since(self, generation: int) -> int:
        """Number of passages added after ``generation``."""
        return self.rows("SELECT count(*) FROM passages WHERE generation > ?", (generation,))[0][0]

    def removed_since(self, generation: int) -> list[int]:
        """Ids of the passages removed after ``generation``."""
        return [row[0] for row in self.rows("SELECT passage FROM removals WHERE generation > ?", (generation,))]
