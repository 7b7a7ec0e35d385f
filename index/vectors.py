"""Dense search: a mapped FAISS file of the store's vectors (the base), and what changed since in memory (the tail).

All of it is derived from the store. ``catch_up`` replays what the store has seen since and writes nothing; ``sync``
writes the base anew when the tail has grown long, when a vector in it was removed, or when its kind no longer suits.
Inner product of unit vectors is their cosine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np

from index.store import Store
from index.vector_base import Base, BaseFacts, Kind, clear_bases, newest_base, write_base
from index.vector_kinds import CANDIDATES, cells_base, changed_cells, exact_base
from index.vector_tail import Tail

EXACT_UP_TO = 100_000
"""Passages up to which all are compared, in under 10 ms (``benchmarks/vectors.py``); above, cells."""
TAIL_UP_TO = 5_000
"""Passages added that the base is not written anew for (count)."""
_TAIL_SHARE = 0.02
"""The same, as a share of a large base."""


class VectorIndex:
    """FAISS over passage ids.

    Args:
        folder: where the files are kept.
        store: whose vectors these are.
        dimension: length of a vector.
        exact_up_to: passages up to which search is exact (count).
        tail_up_to: passages kept in memory until the file is written anew (count).
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        dimension: int,
        exact_up_to: int = EXACT_UP_TO,
        tail_up_to: int = TAIL_UP_TO,
    ) -> None:
        self.folder, self.dimension = folder, dimension
        self.exact_up_to, self.tail_up_to = exact_up_to, tail_up_to
        self._store = store
        self._start_from(newest_base(folder, dimension, up_to=store.generation))

    def _start_from(self, base: Base | None) -> None:
        self._base = base
        self._tail = Tail(self.dimension)
        self._removed = np.empty(0, np.int64)
        self.generation = base.facts.generation if base else 0

    def __len__(self) -> int:
        return len(self._base or ()) - len(self._removed) + len(self._tail)

    @property
    def kind(self) -> Kind:
        """How vectors are kept: ``exact``, or ``cells`` (IVF with 8-bit scalar quantisation)."""
        return self._base.facts.kind if self._base else "exact"

    def facts(self) -> dict[str, str | int | float]:
        """How vectors are searched, and the share of the ten nearest that is found so, as measured."""
        if self._base is None or self.kind == "exact":
            return {"vector_index": "exact", "recall_at_10": 1.0, "vectors_in_memory": len(self._tail)}
        facts = self._base.facts
        return {
            "vector_index": f"{facts.kind}: {facts.probes} of {facts.cells} looked into, 8 bits a dimension",
            "recall_at_10": facts.recall_at_10,
            "recall_measured_on": facts.drawn_on,
            "vectors_in_memory": len(self._tail),
        }

    # --- keeping in step with the store

    def catch_up(self) -> None:
        """Bring what is searched to the store's generation; no file is written."""
        newest = self._store.generation
        if self.generation == newest:
            return
        self._take_newest_base(newest)
        self._tail.remove(np.array(self._store.removed_since(self.generation), np.int64))
        self._removed = self._removed_of_base()
        for ids, vectors in self._store.vectors_since(self.generation):
            self._tail.add(ids, vectors)
        self.generation = newest

    def sync(self) -> None:
        """Bring the index to the store's generation, its file too if that is due; the caller holds the writer's lock.

        Raises:
            OSError, RuntimeError: the file cannot be written.
        """
        newest, passages = self._store.generation, self._store.counts()[1]
        self._take_newest_base(newest)
        if not passages:
            self._start_from(None)
        elif made := self._base_made_anew(newest, passages):
            self._start_from(write_base(self.folder, *made))
        clear_bases(self.folder, self._base)
        self.catch_up()

    def _take_newest_base(self, newest: int) -> None:
        """Go on from what another process wrote meanwhile; begin again if the store was put back from an older copy."""
        put_back = self.generation > newest
        known = self._base.facts.generation if self._base and not put_back else -1
        base = newest_base(self.folder, self.dimension, above=known, up_to=newest)
        if base or put_back:
            self._start_from(base)

    def _base_made_anew(self, newest: int, passages: int) -> tuple[faiss.Index, BaseFacts] | None:
        """A base to take the place of the present one, or None where that will do."""
        base, kind = self._base if self._base and self._base.is_on_disk() else None, self._kind_for(passages)
        if base is None or base.facts.kind != kind or (kind == "cells" and passages > 2 * base.facts.drawn_on):
            make = exact_base if kind == "exact" else cells_base
            return make(self._store, self.dimension, newest)
        removed = self._removed_of_base()
        added = self._store.count_since(base.facts.generation)
        if not len(removed) and added <= max(self.tail_up_to, _TAIL_SHARE * len(base)):
            return None
        if kind == "exact":
            return exact_base(self._store, self.dimension, newest)
        return changed_cells(base, newest, removed, self._store.vectors_since(base.facts.generation))

    def _kind_for(self, passages: int) -> Kind:
        """Cells are left again only at half the size at which they were taken to."""
        return "exact" if passages <= self.exact_up_to // (2 if self.kind == "cells" else 1) else "cells"

    def _removed_of_base(self) -> np.ndarray:
        """Ids that are in the base and no longer in the store; an id is never used twice."""
        if self._base is None:
            return np.empty(0, np.int64)
        removed = np.array(self._store.removed_since(self._base.facts.generation), np.int64)
        return removed[removed <= self._base.facts.last_id]

    # --- searching

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> list[tuple[int, float]]:
        """The ``k`` nearest passages to a vector of shape (dimension,): (id, cosine), best first.

        ``allowed`` limits the search to those passage ids: all of them are compared.
        """
        if not len(self) or (allowed is not None and not len(allowed)):
            return []
        query = query.astype(np.float32)
        hits = self._tail.search(query, k, allowed)
        if self._base is not None and self.kind == "exact":
            hits += self._base.search(query, k, allowed, self._removed)
        elif self._base is not None:
            near = self._base.search(query, max(k, CANDIDATES), allowed, self._removed)
            stored = self._store.vectors([number for number, _ in near])  # 8 bits order the nearest only roughly
            cosines = np.stack(list(stored.values())) @ query if stored else np.empty(0)
            hits += zip(stored, cosines.tolist(), strict=True)
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]

    def contents(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """What can be found, in batches: passage ids (n,), int64, and vectors (n, dimension) as the index has them."""
        for ids, vectors in self._base.contents() if self._base else ():
            kept = ~np.isin(ids, self._removed)
            yield ids[kept], vectors[kept]
        if len(self._tail):
            yield self._tail.ids, self._tail.vectors
