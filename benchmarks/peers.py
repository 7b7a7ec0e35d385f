"""The retrieval of other systems over the passages and vectors of a Byline library, for side-by-side tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from index.library import Library

if TYPE_CHECKING:
    from index.changes import StoredPassage

Search = Callable[[str, int], list[int]]
"""From a question and a count to the ids of the passages found, best first."""


def txtai_hybrid(library: Library) -> Search:
    """txtai's hybrid search (its defaults: BM25 and vectors, weighed half and half) with the library's own embedder.

    It is given the texts that Byline indexes (the title, then the passage) and the vectors that Byline stored for them,
    so that only the searching differs.
    """
    from txtai import Embeddings

    vectors: dict[str, np.ndarray] = {}

    def transform(texts: list[str]) -> np.ndarray:
        unknown = [text for text in texts if text not in vectors]
        asked = dict(zip(unknown, library.embedder.encode(unknown), strict=True)) if unknown else {}
        return np.stack([vectors[text] if text in vectors else asked[text] for text in texts])

    rows: list[tuple[int, str]] = []
    for stored in stored_passages(library):
        text = f"{stored.article.title}\n{stored.passage.text}" if stored.article.title else stored.passage.text
        vectors[text] = stored.vector
        rows.append((stored.passage.id, text))
    embeddings = Embeddings(method="external", transform=transform, hybrid=True)
    embeddings.index(rows)
    vectors.clear()
    return lambda question, count: [int(found) for found, _ in embeddings.search(question, count)]


def stored_passages(library: Library) -> list[StoredPassage]:
    """Every passage with its article and vector, read from the library's store."""
    return [stored for some in library._store.added_since(0) for stored in some]
