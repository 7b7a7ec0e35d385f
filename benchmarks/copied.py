"""The articles of a library, ready cut and embedded, to be put into another."""

from __future__ import annotations

from collections.abc import Iterator

from index.library import Library
from index.passages import cut_at
from index.soundness import matrix
from index.store import Cut


def cuts_of(library: Library) -> Iterator[Cut]:
    """Every article with its passages and vectors, in order of id."""
    dimension = library.embedder.dimension
    with library.snapshot() as snapshot:
        for raw in snapshot.articles():
            article = raw.article()
            passages = cut_at(article, [(one.start, one.end) for one in raw.passages])
            yield article, passages, matrix([one.vector for one in raw.passages], dimension)
