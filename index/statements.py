"""Pieces of SQL statements about many values at once, of which SQLite takes only so many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Value = TypeVar("Value")
_AT_ONCE = 500
"""Most values in one SQL statement's IN (…)."""


def slices(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Parts of ``values`` that one statement takes."""
    return (values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE))


def marks(values: Sequence[object]) -> str:
    """A question mark for each value, for a statement."""
    return ", ".join("?" * len(values))
