"""Vectors as a test stores them, and what brute force finds among them: what a vector index is held against."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from index.article import Article, Passage
from index.store import Store

DIMENSION = 16
Brute = list[tuple[int, float]]


def unit(count: int, seed: int, dimension: int = DIMENSION) -> np.ndarray:
    """Unit vectors that lie in clusters, as embeddings do."""
    randomness = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((40, dimension))
    vectors = centres[randomness.integers(0, 40, count)] + 0.7 * randomness.standard_normal((count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def put(store: Store, article_id: str, vectors: np.ndarray) -> None:
    passages = [Passage(article_id, number, number + 1, "x") for number in range(len(vectors))]
    store.put([(Article(id=article_id, text=f"{article_id} " + "x" * len(vectors)), passages, vectors)])


def brute(store: Store, query: np.ndarray, k: int) -> Brute:
    hits = [
        (int(number), float(vector @ query))
        for ids, vectors in store.vectors_since(0)
        for number, vector in zip(ids, vectors, strict=True)
    ]
    return sorted(hits, key=lambda hit: -hit[1])[:k]


def same(found: Brute, expected: Brute) -> bool:
    """The same passages with the same cosines; those of equal cosine in any order."""
    cosines = [[cosine for _, cosine in hits] for hits in (found, expected)]
    return (
        len(found) == len(expected)
        and np.allclose(*cosines, atol=1e-5)
        and {number for number, cosine in found if cosine > cosines[1][-1] + 1e-5}
        == {number for number, cosine in expected if cosine > cosines[1][-1] + 1e-5}
    )


def bases(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("vectors.*"))
