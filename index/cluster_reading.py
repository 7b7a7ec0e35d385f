"""What the workers of a build on Ray do: read parts of files, cut what is new into passages, embed a batch at a time.

Ray makes sure that a batch whose worker died is made again; so nothing here may depend on when or where it is run.
"""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from index.article import Article, fingerprint_head
from index.embedder import Embedder
from index.embedding import cut_of, embedded_texts
from index.errors import BylineError, ModelError, SourceError
from index.intake import Pair
from index.passages import cut_at, passage_spans
from index.sources.opened import Part
from index.sources.reading import read_unit
from index.store import Cut
from index.version import byline_version

PASSAGES_AT_ONCE = 256
"""Passages of a batch: what is lost when a worker is killed, and the most that one message holds (count)."""
_CHARACTERS_AT_ONCE = 4_000_000
"""Characters of a batch of articles that are known already, and so have no passages (count)."""
Row = dict[str, Any]


class Piece(NamedTuple):
    """What came of a part of a file: an article, a problem, or that it is at its end.

    Attributes:
        part: number of the part.
        article: what was read, or None.
        spans: where its passages lie in its text; none when it seems to be in the library already.
        problem: what could not be read, or empty.
        ended: nothing more comes of this part.
        unseen: the worker cannot see the file.
    """

    part: int
    article: Article | None = None
    spans: Sequence[tuple[int, int]] = ()
    problem: str = ""
    ended: bool = False
    unseen: bool = False


class Reader:
    """Reads parts of files into batches.

    Args:
        heads: Ray's reference to the heads of the fingerprints of what is stored, ascending, uint64.
        passage_characters: longest passage.
    """

    def __init__(self, heads: Any, passage_characters: int) -> None:
        self._heads, self._passage_characters = heads, passage_characters

    def __call__(self, row: Row) -> Iterator[Row]:
        """The batches of the parts that the row carries, in order."""
        import ray

        heads: np.ndarray = ray.get(self._heads)
        batch: list[Piece] = []
        passages = characters = 0
        for number, part in pickle.loads(row["parts"]):
            for piece in self._pieces(number, part, heads):
                batch.append(piece)
                passages += len(piece.spans)
                characters += len(piece.article.text) if piece.article else len(piece.problem)
                if passages >= PASSAGES_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
                    yield _row(batch)
                    batch, passages, characters = [], 0, 0
        yield _row(batch)

    def _pieces(self, number: int, part: Part, heads: np.ndarray) -> Iterator[Piece]:
        try:
            seen = part.file.exists()
        except SourceError as error:
            yield Piece(number, problem=str(error), ended=True, unseen=True)
            return
        if not seen:
            where = f"the worker on {socket.gethostname()}"
            why = "every machine must see the same paths (a shared file system, an object store)"
            yield Piece(number, problem=f"{part.file.name}: {where} does not see it; {why}.", ended=True, unseen=True)
            return
        for found in read_unit(part):
            if isinstance(found, Article):
                known = _holds(heads, fingerprint_head(found.fingerprint))
                spans = [] if known else passage_spans(found.text, self._passage_characters)
                yield Piece(number, found, spans)
            else:
                yield Piece(number, problem=str(found))
        yield Piece(number, ended=True)


def _holds(heads: np.ndarray, head: int) -> bool:
    place = int(np.searchsorted(heads, np.uint64(head)))
    return place < len(heads) and int(heads[place]) == head


def _row(batch: list[Piece]) -> Row:
    return {"batch": pickle.dumps(batch), "vectors": b"", "worker": ""}


class Embedding:
    """One model, which embeds the batches that come; made once in each worker.

    Args:
        model: as ``Embedder`` has it.
        precision: as ``Embedder`` has it.
        digest: what the weights must be, as the vectors of a library are all of one model.
    """

    def __init__(self, model: str, precision: str, digest: str) -> None:
        self._embedder = Embedder(model, precision)
        self._digest = digest
        self._worker = f"{socket.gethostname()} {os.getpid()}"
        self._checked = False

    def __call__(self, row: Row) -> Row:
        """The batch with its vectors, those of all passages one after the other."""
        texts = embedded_texts(_pairs(pickle.loads(row["batch"])))
        vectors = self._model().encode(texts).astype("<f4").tobytes() if texts else b""
        return {**row, "vectors": vectors, "worker": self._worker}

    def _model(self) -> Embedder:
        if not self._checked:
            import torch

            refuse_another(self._embedder, self._digest)
            if not torch.cuda.is_available():
                torch.set_num_threads(1)  # a worker a core
            self._checked = True
        return self._embedder


def refuse_another(embedder: Embedder, digest: str) -> None:
    """ModelError on a machine whose embedder is missing, or is not the one with these weights."""
    where = f"On {socket.gethostname()}: "
    try:
        found = embedder.hash
    except BylineError as error:
        raise ModelError(f"{where}{error}") from error
    if found != digest:
        raise ModelError(
            f"{where}the embedder {embedder.name} has other weights ({found[:12]}) than here ({digest[:12]})."
        )


def probe(model: str, precision: str, digest: str) -> str:
    """The version of Byline on the machine that runs this; ModelError when it has not the same embedder."""
    refuse_another(Embedder(model, precision), digest)
    return byline_version()


def unpacked(row: Row) -> Iterator[tuple[Piece, Cut | None]]:
    """The pieces of a batch, articles with their passages and vectors."""
    pieces: list[Piece] = pickle.loads(row["batch"])
    count = sum(len(piece.spans) for piece in pieces)
    vectors = np.frombuffer(row["vectors"], "<f4").reshape(count, -1) if count else np.zeros((0, 0), np.float32)
    cut = iter(cut_of(_pairs(pieces), vectors))
    for piece in pieces:
        yield piece, next(cut) if piece.article else None


def _pairs(pieces: Sequence[Piece]) -> list[Pair]:
    """The articles among the pieces with their passages."""
    return [(piece.article, cut_at(piece.article, piece.spans)) for piece in pieces if piece.article]
