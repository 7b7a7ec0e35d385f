"""Whether derived files are as they were written: FAISS files by a checksum beside them, tantivy's by their own.

A file that fails is derived anew. zlib's CRC-32 goes through some gigabytes a second, so whole files are read.
"""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

_FAISS = "vectors.*.faiss"
_SEAL = ".crc"
_BLOCK = 2**20
_MAGIC = (1337).to_bytes(4, "little")
SEGMENT_FILE = re.compile(r"[0-9a-f]{32}\..+")


def seal(folder: Path) -> None:
    """Write down the checksum of each FAISS file in ``folder`` that has none yet; drop those of files that are gone."""
    for path in folder.glob(_FAISS):
        beside = _seal_of(path)
        if not beside.exists():
            partial = beside.with_suffix(".partial")
            partial.write_text(f"{checksum(path):08x}")
            partial.replace(beside)
    for beside in folder.glob(_FAISS + _SEAL):
        if not beside.with_suffix("").exists():
            beside.unlink(missing_ok=True)


def broken_seals(folder: Path) -> list[Path]:
    """The FAISS files in ``folder`` that are not as they were when they were sealed; unsealed ones are not judged."""
    return [path for path in folder.glob(_FAISS) if _seal_of(path).exists() and not _holds(path)]


def break_off(path: Path) -> None:
    """Delete a FAISS file and its seal."""
    path.unlink(missing_ok=True)
    _seal_of(path).unlink(missing_ok=True)


def _seal_of(path: Path) -> Path:
    return path.with_name(path.name + _SEAL)


def _holds(path: Path) -> bool:
    try:
        return int(_seal_of(path).read_bytes(), 16) == checksum(path)
    except (OSError, ValueError):
        return False


def checksum(path: Path, without_last: int = 0) -> int:
    """CRC-32 of a file, ``without_last`` of its bytes."""
    found, left = 0, path.stat().st_size - without_last
    with path.open("rb") as file:
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            found = zlib.crc32(block, found)
            left -= len(block)
    return found


def damaged_segment(folder: Path) -> str | None:
    """The name of a file of the tantivy index in ``folder`` that is not as tantivy wrote it, or None.

    Each file of a segment ends in a JSON footer with the CRC-32 of what is before it, the footer's length and a magic
    number (tantivy 0.27, ``directory/footer.rs``).
    """
    for path in sorted(folder.iterdir()):
        if SEGMENT_FILE.fullmatch(path.name) and not _whole(path):
            return path.name
    return None


def _whole(path: Path) -> bool:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - 8))
            end = file.read(8)
            length = int.from_bytes(end[:4], "little")
            if end[4:] != _MAGIC or not 0 < length <= size - 8:
                return False
            file.seek(size - 8 - length)
            footer = json.loads(file.read(length))
        return isinstance(footer, dict) and footer.get("crc") == checksum(path, length + 8)
    except (OSError, ValueError, RecursionError):
        return False
