"""Which stored articles tell one story, in Milvus: as ``index/stories.py`` says, over rows about to be written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.copies import bands, likeness, signature
from index.milvus.connection import Connection, Row
from index.milvus.store import WHOLE
from index.stories import weighed

_AT_ONCE = 50
"""Articles whose bands are looked for in one query."""


class Telling:
    """Puts rows into stories and takes them out; ``changed`` holds, by key, the rows to write (None: it goes).

    A story is named by the revision of its leader.
    """

    def __init__(self, connection: Connection, collection: str) -> None:
        self._connection, self._collection = connection, collection
        self._leaders: dict[str, Row] = {}
        self.changed: dict[str, Row | None] = {}

    def sign(self, rows: Sequence[Row], texts: Sequence[str]) -> None:
        """Sign new rows, and look up the stored leaders that they may resemble."""
        for row, text in zip(rows, texts, strict=True):
            signed = signature(text)
            row["signature"] = "" if signed is None else signed.astype("<u4").tobytes().hex()
            row["bands"] = [] if signed is None else bands(signed)
        for first in range(0, len(rows), _AT_ONCE):
            self._look_up(rows[first : first + _AT_ONCE])

    def join(self, row: Row) -> None:
        """Find the story of a signed row, or begin one."""
        row["leads"], row["story"] = False, row["revision"]
        self.changed[row["key"]] = row
        if not row["signature"]:
            return
        best, most = None, 0.0
        for leader in sorted(self._resembling(row), key=lambda leader: leader["revision"]):
            alike = weighed(float(likeness(_signed(row), _signed(leader))), row["published"], leader["published"])
            if alike > most:
                best, most = leader, alike
        if best is None:
            row["leads"] = True
        else:
            row["story"] = best["revision"]

    def leave(self, row: Row) -> None:
        """Take a stored row out of its story; without its leader, a story is told again among those that are left."""
        self.changed[row["key"]] = None
        if not row["leads"]:
            return
        stored = self._connection.rows(self._collection, f"current == true and story == {row['revision']}", WHOLE)
        rest = [other for other in stored if other["key"] not in self.changed]
        rest += [other for other in self.changed.values() if other and other["story"] == row["revision"]]
        self._look_up(rest)
        for other in rest:
            self.changed[other["key"]] = {**other, "leads": False, "story": 0}
        for other in sorted(rest, key=lambda other: other["revision"]):
            self.join({**other})

    def _look_up(self, rows: Sequence[Row]) -> None:
        wanted = sorted({band for row in rows for band in row["bands"]})
        if wanted:
            where = f"leads == true and array_contains_any(bands, {wanted})"
            found = self._connection.rows(self._collection, where, WHOLE)
            self._leaders |= {row["key"]: row for row in found}

    def _resembling(self, row: Row) -> list[Row]:
        """Leaders, stored or about to be, that share a band with a row."""
        ours = set(row["bands"])
        there = [leader for key, leader in self._leaders.items() if key not in self.changed]
        there += [other for other in self.changed.values() if other and other["leads"]]
        return [leader for leader in there if leader["key"] != row["key"] and ours & set(leader["bands"])]


def _signed(row: Row) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(row["signature"]), "<u4")
