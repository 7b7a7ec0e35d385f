"""The part of the vector index that lies in a file: written once, mapped into memory, replaced and never changed.

``vectors.GENERATION.faiss`` is named by the generation of the store that it holds; ``vectors.GENERATION.json`` says
what is in it, and is written first. A file that cannot be read, or has no such facts, counts as not there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import faiss
import numpy as np

Kind = Literal["exact", "cells"]
_FILE = re.compile(r"vectors\.(\d+)\.(faiss|json)")
_MAPPED = faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY
"""Opens by the headers alone; of the rest, the system reads what a search touches, and may drop it again."""


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """What a base holds; its JSON has these fields.

    Attributes:
        kind: ``exact`` (float32, all compared), or ``cells`` (IVF, Jégou et al., TPAMI 2011, 8 bits a dimension).
        generation: of the store, at which these were its passages.
        passages: how many (count).
        last_id: the largest passage id among them.
        cells, probes: how many cells there are, and how many a search looks into; 0 where all are compared.
        drawn_on: passages among which the cells were drawn, and the recall was measured (count).
        recall_at_10: the share of the ten nearest passages that a search finds, as measured then.
    """

    kind: Kind
    generation: int
    passages: int
    last_id: int
    cells: int = 0
    probes: int = 0
    drawn_on: int = 0
    recall_at_10: float = 1.0


class Base:
    """A mapped FAISS file over passage ids, with its facts. Another process may delete the file meanwhile."""

    def __init__(self, path: Path, facts: BaseFacts) -> None:
        """Open ``path``; raises RuntimeError when it cannot be read, ValueError when it is not what ``facts`` say."""
        self.path, self.facts = path, facts
        self._written = _file_of(path)
        self._index = faiss.read_index(str(path), _MAPPED)
        found = (self._index.ntotal, getattr(self._index, "nlist", 0))
        if found != (facts.passages, facts.cells):
            raise ValueError(f"{path} has {found} vectors and cells, not {(facts.passages, facts.cells)}")

    def __len__(self) -> int:
        return self.facts.passages

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def is_on_disk(self) -> bool:
        """Whether the file that is mapped still lies under its name; another may have taken its place."""
        return _file_of(self.path) == self._written

    def search(
        self, query: np.ndarray, k: int, allowed: np.ndarray | None, left_out: np.ndarray
    ) -> list[tuple[int, float]]:
        """The ``k`` nearest to a vector of shape (dimension,): (id, cosine, approximate in ``cells``), best first.

        ``allowed`` ids limit the search, every cell is then looked into; ``left_out`` ids are not found.
        """
        selector = self._selector(allowed, left_out)
        if self.facts.kind == "exact":
            parameters = faiss.SearchParameters(sel=selector)
        else:
            probes = self.facts.cells if allowed is not None else self.facts.probes
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
        scores, ids = self._index.search(query[None], min(k, len(self)), params=parameters)
        return [
            (number, score) for number, score in zip(ids[0].tolist(), scores[0].tolist(), strict=True) if number >= 0
        ]

    def _selector(self, allowed: np.ndarray | None, left_out: np.ndarray) -> faiss.IDSelector | None:
        """A bit for each id: a fraction of a nanosecond for a vector to be passed over."""
        if allowed is None and not len(left_out):
            return None
        bits = np.full(self.facts.last_id + 1, allowed is None)
        if allowed is not None:
            bits[allowed[allowed <= self.facts.last_id]] = True
        bits[left_out] = False
        return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))

    def contents(self, at_once: int = 4096) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """What is kept, in batches: passage ids (n,), int64, and their vectors (n, dimension) as the index has them."""
        if self.facts.kind == "exact":
            ids = faiss.vector_to_array(self._index.id_map)
            for first in range(0, len(ids), at_once):
                some = ids[first : first + at_once]
                yield some, self._index.index.reconstruct_n(first, len(some))
            return
        lists = self._index.invlists
        for cell in range(self._index.nlist):
            if size := lists.list_size(cell):
                ids = faiss.rev_swig_ptr(lists.get_ids(cell), size).copy()
                codes = faiss.rev_swig_ptr(lists.get_codes(cell), size * lists.code_size).reshape(size, -1)
                number = np.frombuffer(cell.to_bytes(self._index.coarse_code_size(), "little"), np.uint8)
                yield ids, self._index.sa_decode(np.hstack([np.tile(number, (size, 1)), codes]))

    def in_memory(self) -> faiss.Index:
        """A copy that can be changed."""
        return faiss.read_index(str(self.path))


def _file_of(path: Path) -> tuple[int, int] | None:
    """What tells the file under a name from another one, None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def newest_base(folder: Path, dimension: int, up_to: int, above: int = -1) -> Base | None:
    """The base in ``folder`` of the latest generation above ``above`` and not above ``up_to`` that can be read."""
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := _FILE.fullmatch(path.name))]
    for generation, path in sorted(found, reverse=True):
        if path.suffix != ".faiss" or not above < generation <= up_to:
            continue
        try:
            base = Base(path, BaseFacts(**json.loads(path.with_suffix(".json").read_bytes())))
        except (OSError, RuntimeError, ValueError, TypeError):  # no facts, others than ours, or a damaged file
            continue
        if base.dimension == dimension and base.facts.generation == generation:
            return base
    return None


def write_base(folder: Path, index: faiss.Index, facts: BaseFacts) -> Base:
    """Write ``index`` to its file and map that; a crash leaves the base that was there before.

    Raises:
        OSError, RuntimeError: the folder cannot be written, or the disk is full.
    """
    path = folder / f"vectors.{facts.generation}.faiss"
    _replace(path.with_suffix(".json"), lambda partial: partial.write_text(json.dumps(asdict(facts)) + "\n"))
    _replace(path, lambda partial: faiss.write_index(index, str(partial)))
    return Base(path, facts)


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        write(partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())  # a name that is there must not stand for bytes that are not
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)  # on a full disk it would be in the way


def clear_bases(folder: Path, but: Base | None) -> None:
    """Delete every base in ``folder`` except one, and what a write that was cut off left."""
    kept = {but.path, but.path.with_suffix(".json")} if but else set()
    for path in folder.glob("vectors.*"):
        if path not in kept and _FILE.fullmatch(path.name.removesuffix(".partial")):
            path.unlink(missing_ok=True)
