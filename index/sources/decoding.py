"""Bytes to text: the encoding a file says it has, else the one it is in."""

from __future__ import annotations

import codecs
from pathlib import Path

from index.article import clean_text
from index.errors import SourceError

MAX_FILE_BYTES = 100_000_000
"""Largest file, or member of an archive, that is read into memory (bytes)."""
_GUESSED_BYTES = 100_000
"""Bytes that the guess of an encoding looks at; it takes a second a megabyte."""
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


def decode(data: bytes, where: str | Path, declared: str = "") -> str:
    """Decode by the byte-order mark, as UTF-8, as ``declared``, or as ``charset_normalizer`` guesses.

    Lines end in ``\\n``. ``where`` names the bytes in an error; ``declared`` is what a header or the page itself says.

    Raises:
        SourceError: the bytes are no text (a NUL in the first 8,000, or no encoding fits).
    """
    name = clean_text(str(where))
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return clean_text(data.decode(encoding, errors="replace"))
    if b"\0" in data[:8000]:
        raise SourceError(f"{name}: not a text file.")
    try:
        return clean_text(data.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_text(_declared(data, declared) or _guess(data, name))


def _declared(data: bytes, encoding: str) -> str:
    """The text by the encoding that it is said to have; empty when it has not, or there is none of that name."""
    try:
        return data.decode(encoding) if encoding else ""
    except (UnicodeError, LookupError, ValueError):
        return ""


def _guess(data: bytes, where: str) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESSED_BYTES]).best()
    if best is None:
        raise SourceError(f"{where}: the encoding could not be told; save the file as UTF-8.")
    return data.decode(best.encoding, errors="replace")
