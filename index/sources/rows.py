"""Large files of an article a row, in stretches: the lines of a .jsonl, the row groups of a .parquet.

The rows of Parquet are read as lines of JSONL are: the same columns, the same checks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO

from index.errors import SourceError, first_line, needs_extra
from index.sources.decoding import MAX_FILE_BYTES
from index.sources.document import Document, Problem
from index.sources.formats import EXPORTED
from index.sources.metadata import NAMES

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

PART_BYTES = 32_000_000
"""Largest stretch of a file that is read in one piece where it can be parted (bytes)."""
_ROWS_AT_ONCE = 500
_HEADER = b'{"format": "byline-library"}\n'
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
Opened = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Span:
    """From ``first`` up to ``last``: bytes of a .jsonl, row groups of a .parquet; about ``size`` bytes."""

    first: int
    last: int
    size: int


def line_spans(opened: Opened, size: int) -> list[Span]:
    """Stretches of ``PART_BYTES``; none where lines cannot be told by their bytes (UTF-16)."""
    try:
        with opened() as file:
            if file.read(2) in _UTF_16:
                return []
    except OSError:
        return []
    starts = range(0, size, PART_BYTES)
    return [Span(first, min(first + PART_BYTES, size), min(PART_BYTES, size - first)) for first in starts]


def lines(name: str, opened: Opened, span: Span, beside: Mapping[str, str]) -> Iterator[Document | Problem]:
    """The lines that begin in a stretch, as one document; none when one line goes through all of it."""
    with opened() as file:
        exported = EXPORTED.match(file.read(64).decode("ascii", errors="replace"))
        file.seek(max(span.first - 1, 0))
        if span.first:
            file.readline(MAX_FILE_BYTES)  # the end of the line that begins before
        begin = file.tell()
        data = file.read(max(span.last - begin, 0))
        if data and not data.endswith(b"\n"):
            data += file.readline(MAX_FILE_BYTES)
    if data.strip():
        whose = _HEADER if exported and span.first else b""  # each stretch says what kind of file it is of
        yield Document(name, ".jsonl", whose + data, beside=beside, part=f" from byte {begin:,} on," * bool(begin))


def group_spans(opened: Opened, size: int) -> list[Span]:
    """Stretches of row groups of up to ``PART_BYTES``, by what the file's footer says of them."""
    with opened() as file:
        facts = _open_parquet("", file).metadata
        spans: list[Span] = []
        for number in range(facts.num_row_groups):
            bytes_ = sum(facts.row_group(number).column(at).total_compressed_size for at in range(facts.num_columns))
            if spans and spans[-1].size + bytes_ <= PART_BYTES:
                spans[-1] = Span(spans[-1].first, number + 1, spans[-1].size + bytes_)
            else:
                spans.append(Span(number, number + 1, bytes_))
        return spans


def parquet(name: str, opened: Opened, span: Span | None = None) -> Iterator[Document | Problem]:
    """The rows of a Parquet file, or of some of its row groups, some hundred to a document of JSON lines."""
    try:
        with opened() as file:
            yield from _parquet(name, file, span)
    except SourceError as error:
        yield error
    except Exception as error:  # noqa: BLE001 - pyarrow raises nearly anything at a damaged file
        yield SourceError(f"{name}: not a Parquet file that can be read: {first_line(error)}.")


def _parquet(name: str, file: BinaryIO, span: Span | None) -> Iterator[Document]:
    table = _open_parquet(name, file)
    names = {column.lower(): column for column in reversed(table.schema_arrow.names) if column.lower() in NAMES}
    if "text" not in names:
        raise SourceError(f"{name}: its columns must be named as the keys of a .jsonl are, one of them 'text'.")
    groups = range(span.first, span.last) if span else range(table.num_row_groups)
    row = sum(table.metadata.row_group(number).num_rows for number in range(groups.start))
    for some in table.iter_batches(_ROWS_AT_ONCE, row_groups=list(groups), columns=list(names.values())):
        said = [{new: _plain(one[old]) for new, old in names.items()} for one in some.to_pylist()]
        data = "\n".join(json.dumps(one, ensure_ascii=False, default=str) for one in said)
        yield Document(name, ".jsonl", data.encode(errors="replace"), part=f" from row {row + 1:,} on,")
        row += len(said)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value.isoformat() if isinstance(value, date) else value


def _open_parquet(name: str, file: BinaryIO) -> ParquetFile:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise SourceError(needs_extra(f"{name}: Parquet", "scale")) from error
    try:
        return ParquetFile(file)
    except Exception as error:  # as above
        raise SourceError(f"{name}: not a Parquet file that can be read: {first_line(error)}.") from error
