"""What makes stored passages and vectors sound, said once for checking, importing and saving what a damage left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Span = tuple[int, int]
"""Start and end of a passage in its article's text, in characters."""
_UNIT_WITHIN = 1e-3
"""How far from 1 a vector's length may be."""


def span_fault(text: str, spans: Sequence[Span]) -> str | None:
    """What is wrong with the passages of ``text``, or None: each in the text, in order, all words covered."""
    covered = 0
    last = (-1, -1)
    for start, end in spans:
        if not 0 <= start < end <= len(text):
            return f"characters {start}-{end} are not in its text of {len(text):,}"
        if (start, end) <= last:
            return f"characters {start}-{end} come after {last[0]}-{last[1]}"
        if start > covered and text[covered:start].strip():
            return f"characters {covered}-{start} are in no passage"
        covered, last = max(covered, end), (start, end)
    return f"characters {covered}-{len(text)} are in no passage" if text[covered:].strip() else None


def vector_fault(vectors: Sequence[bytes], dimension: int) -> str | None:
    """What is wrong with vectors of ``dimension`` little-endian float32 numbers, or None: finite, of length 1."""
    if any(len(vector) != 4 * dimension for vector in vectors):
        return f"a vector has not {dimension} numbers"
    lengths = np.linalg.norm(matrix(vectors, dimension).astype(np.float64), axis=1)
    if not np.all(np.abs(lengths - 1) < _UNIT_WITHIN):  # also when one is not finite
        return "a vector is not of length 1"
    return None


def matrix(vectors: Sequence[bytes], dimension: int) -> np.ndarray:
    """Stored vectors as an array of shape (len(vectors), dimension), float32."""
    return np.frombuffer(b"".join(vectors), "<f4").reshape(len(vectors), dimension)
