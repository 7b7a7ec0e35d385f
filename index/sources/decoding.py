"""Bytes to text: the encoding a file says it has, else the one it is in."""

from __future__ import annotations

import codecs
from pathlib import Path

from index.article import clean_text
from index.errors import SourceError

MAX_FILE_BYTES = 100_000_000
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def shown(path: Path) -> str:
    """A path as it can be printed and stored: a name that is no UTF-8 loses what is not."""
    return clean_text(str(path))


def read_bytes(path: Path) -> bytes:
    """The file's bytes; SourceError names the file when it is missing, unreadable or too large."""
    try:
        if not path.exists():
            raise SourceError(f"{shown(path)}: no such file.")
        if not path.is_file():
            raise SourceError(f"{shown(path)}: not a file.")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise SourceError(f"{shown(path)}: {size:,} bytes; the most is {MAX_FILE_BYTES:,}. Split it.")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{shown(path)}: cannot be read: {error.strerror}.") from error


def decode(data: bytes, path: Path) -> str:
    """Decode by the byte-order mark, as UTF-8, or as ``charset_normalizer`` guesses; lines end in ``\\n``.

    Raises:
        SourceError: the bytes are no text (a NUL in the first 8,000, or no encoding fits).
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return clean_text(data.decode(encoding, errors="replace"))
    if b"\0" in data[:8000]:
        raise SourceError(f"{shown(path)}: not a text file.")
    try:
        return clean_text(data.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_text(_guess(data, path))


def _guess(data: bytes, path: Path) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise SourceError(f"{shown(path)}: the encoding could not be told; save the file as UTF-8.")
    return str(best)
