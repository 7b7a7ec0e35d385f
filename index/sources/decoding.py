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
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as the mark of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STRAY = 2
"""Characters of several bytes for each byte that fits nowhere, from which on a text is UTF-8 with stray bytes."""


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

    Lines end in ``\\n``. A text that is UTF-8 but for a few bytes loses those alone (U+FFFD). ``where`` names the bytes
    in an error; ``declared`` is what a header or the page itself says.

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
        return clean_text(_nearly_utf8(data) or _declared(data, declared) or _guess(data, name))


def _nearly_utf8(data: bytes) -> str:
    """The text without the bytes that are no UTF-8; empty when they are too many for it to be meant as that."""
    text = data.decode("utf-8", errors="replace")
    stray = text.count("\ufffd") - data.count("\ufffd".encode())
    several_bytes = len(text) - len(text.encode("ascii", errors="ignore")) - stray
    return text if several_bytes >= _STRAY * stray else ""


def _declared(data: bytes, encoding: str) -> str:
    """The text by the encoding that it is said to have; empty when it has not, or there is none of that name."""
    try:
        return data.decode(encoding) if encoding else ""
    except (UnicodeError, LookupError, ValueError):
        return ""


def _guess(data: bytes, where: str) -> str:
    from charset_normalizer import from_bytes

    lines = data[:_GUESSED_BYTES]
    if len(data) > _GUESSED_BYTES:  # not to part a character
        whole = lines.rfind(b"\n")
        lines = lines[:whole] if whole > len(lines) // 2 else lines
    best = from_bytes(lines).best()
    if best is None:
        raise SourceError(f"{where}: the encoding could not be told; save the file as UTF-8.")
    return data.decode(best.encoding, errors="replace")
