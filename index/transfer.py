"""A whole library as one JSONL file: a header line, then an article a line, with its passages and vectors on request.

``index/exported.schema.json`` is the JSON Schema of a line. The same library gives the same bytes, and so does one that
was made from them.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from index.article import Article, Passage
from index.errors import LibraryError, SourceError, first_line
from index.intake import AddReport
from index.library import Library
from index.passages import cut_at
from index.snapshot import RawArticle
from index.soundness import matrix, span_fault, vector_fault
from index.store import ARTICLE_FIELDS, Cut

FORMAT = "byline-library"
VERSION = 1
MOST_LINE_BYTES = 512 * 2**20
"""Longest line that is read: the longest text with its vectors has about 150 MiB."""
Progress = Callable[[int, int], object]
_UNREADABLE = (OSError, EOFError, zlib.error)


def export(library: Library, target: str, vectors: bool = False, progress: Progress = lambda a, p: None) -> int:
    """Write the articles of ``library``, by ascending id, to the file ``target``; returns how many.

    A name ending in ``.gz`` is compressed, ``-`` is standard output. The file is there whole or not at all.

    Raises:
        LibraryError: the file cannot be written, or the store cannot be read.
    """
    with library.snapshot() as snapshot:
        articles, passages = snapshot.counts()
        meta = snapshot.meta()
        header = {
            "format": FORMAT,
            "version": VERSION,
            "embedder": {
                "name": meta.get("embedder_name", ""),
                "hash": meta.get("embedder_hash", ""),
                "dimension": int(meta.get("embedder_dimension") or 0),
            },
            "passage_characters": library.passage_characters,
            "articles": articles,
            "passages": passages,
            "vectors": vectors,
        }
        with _written_whole(target) as file:
            file.write(_line(header))
            for raw in snapshot.articles():
                file.write(_line(_row(raw, vectors)))
                progress(1, len(raw.passages))
    return articles


def _row(raw: RawArticle, vectors: bool) -> dict[str, Any]:
    row: dict[str, Any] = {name: raw.values[name] for name in ARTICLE_FIELDS}
    if vectors:
        row["passages"] = [[passage.start, passage.end] for passage in raw.passages]
        row["vectors"] = base64.b64encode(b"".join(passage.vector for passage in raw.passages)).decode()
    return row


def _line(row: dict[str, Any]) -> bytes:
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError as error:
        raise LibraryError(
            f"Article {row.get('id')!r} is damaged and cannot be exported; 'byline index check' says more."
        ) from error


@contextmanager
def _written_whole(target: str) -> Iterator[IO[bytes]]:
    """A file to write to, that takes the name ``target`` at the end, on the disk by then."""
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    partial = path.with_name(f"{path.name}.partial")
    try:
        try:
            with partial.open("wb") as file:
                if path.suffix == ".gz":
                    with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:  # without name and time: the same bytes
                        yield packed  # type: ignore[misc]
                else:
                    yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise LibraryError(f"{target} could not be written: {first_line(error)}.") from error


@dataclass(slots=True)
class ImportReport:
    """What became of a file's articles; ``problems`` name the lines that could not be read, and why."""

    stored: AddReport = field(default_factory=AddReport)
    problems: list[str] = field(default_factory=list)
    embedded_because: str = ""


class Export:
    """An exported file, opened for reading: its header, then its articles.

    Raises:
        SourceError: it cannot be opened, or is no exported library.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self._numbered = enumerate(_lines(path), start=1)
        try:
            header = json.loads(next(self._numbered)[1])
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                raise ValueError("no header")
            self.version, self.articles = int(header["version"]), int(header["articles"])
            self.embedder_hash = str(header["embedder"]["hash"])
            self.dimension = int(header["embedder"]["dimension"])
            self.vectors = header["vectors"] is True
        except (ValueError, KeyError, TypeError, StopIteration, RecursionError, OverflowError) as error:
            raise SourceError(
                f"{path} is no exported library (its first line is not the header that 'byline index export' writes); "
                f"'byline index add' reads articles."
            ) from error
        except _UNREADABLE as error:
            raise SourceError(f"{path} cannot be read: {first_line(error)}.") from error
        if self.version > VERSION:
            raise SourceError(
                f"{path} was exported by a newer Byline (format {self.version}); update Byline to read it."
            )

    def cut(self, vectors: bool) -> Iterator[Cut]:
        """Each article; with its passages and ``vectors`` as they are in the file, or with none of either."""
        for number, row in self._rows():
            try:
                article = Article(**{name: row.get(name, "") for name in ARTICLE_FIELDS})
                yield (article, *self._given(article, row)) if vectors else (article, [], np.zeros((0, 0)))
            except SourceError as error:
                self.problems.append(f"{self.path} line {number}: {error}")

    def _rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        number = 1
        try:
            for number, line in self._numbered:
                try:
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise ValueError("must be a JSON object")
                except (ValueError, RecursionError) as error:
                    self.problems.append(f"{self.path} line {number}: not JSON: {first_line(error)}.")
                    continue
                yield number, row
        except _UNREADABLE as error:
            self.problems.append(f"{self.path} after line {number}: cannot be read: {first_line(error)}.")

    def _given(self, article: Article, row: dict[str, Any]) -> tuple[list[Passage], np.ndarray]:
        try:
            spans = [(int(start), int(end)) for start, end in row["passages"]]
            data = base64.b64decode(row["vectors"], validate=True)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise SourceError(f"article {article.id!r} has no passages and vectors that can be read.") from error
        size = 4 * self.dimension
        vectors = [data[first : first + size] for first in range(0, len(data), size)] if size else []
        fault = span_fault(article.text, spans)
        if fault is None and len(vectors) != len(spans):
            fault = f"{len(spans)} passages and {len(vectors)} vectors"
        fault = fault or vector_fault(vectors, self.dimension)
        if fault:
            raise SourceError(f"article {article.id!r} has unsound passages or vectors: {fault}.")
        return cut_at(article, spans), matrix(vectors, self.dimension)


def import_(library: Library, exported: Export, progress: Progress | None = None) -> ImportReport:
    """Add the articles of ``exported`` that are not there yet, with its vectors where the same embedder made them."""
    report = ImportReport()
    if not exported.vectors:
        report.embedded_because = "the file holds no vectors"
    elif exported.embedder_hash != library.embedder.hash:
        report.embedded_because = f"the file's vectors are of another embedder ({exported.embedder_hash[:12]})"
    given = not report.embedded_because
    report.stored = library.restore(exported.cut(given), embed=not given, progress=progress)
    report.problems = exported.problems
    return report


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file that are not blank; one of ``_UNREADABLE`` when it cannot be read on."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        source: IO[bytes] = gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[assignment]
        while line := source.readline(MOST_LINE_BYTES):
            if len(line) >= MOST_LINE_BYTES:
                raise OSError(f"a line is longer than {MOST_LINE_BYTES:,} bytes")
            yield line
