"""Whether derived files are as they were written: FAISS files by a seal beside them, tantivy's by their own checksums.

A file that fails is derived anew. zlib's CRC-32 goes through some gigabytes a second; of a file above ``WHOLE_UP_TO``
bytes, which is mapped into memory and not read when a library is opened, only the two ends are gone through then.
"""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

WHOLE_UP_TO = 64 * 2**20
"""Bytes up to which a file is gone through whole whenever a library's indexes are opened."""
_END = 16 * 2**20
_FAISS = "vectors.*.faiss"
_SEAL = ".crc"
_BLOCK = 2**20
_MAGIC = (1337).to_bytes(4, "little")
SEGMENT_FILE = re.compile(r"[0-9a-f]{32}\..+")
"""Names of tantivy's files that hold passages."""


def seal(folder: Path) -> None:
    """Write down what each FAISS file in ``folder`` is, if it is newer than its seal; drop the seals of those gone.

    The caller has just written or checked them, and holds the writer's lock.
    """
    for path in folder.glob(_FAISS):
        beside = path.with_suffix(_SEAL)
        if not beside.exists() or beside.stat().st_mtime_ns < path.stat().st_mtime_ns:
            partial = beside.with_name(f"{beside.name}.partial")
            partial.write_text(_facts(path))
            partial.replace(beside)
    for beside in folder.glob(f"vectors.*{_SEAL}"):
        if not beside.with_suffix(".faiss").exists():
            beside.unlink(missing_ok=True)


def broken_seals(folder: Path) -> list[Path]:
    """The FAISS files in ``folder`` that are not as they were when they were sealed; unsealed ones are not judged."""
    return [path for path in folder.glob(_FAISS) if path.with_suffix(_SEAL).exists() and not _holds(path)]


def break_off(path: Path) -> None:
    """Delete a FAISS file with its facts and its seal."""
    for suffix in (".faiss", ".json", _SEAL):
        path.with_suffix(suffix).unlink(missing_ok=True)


def _holds(path: Path) -> bool:
    try:
        return path.with_suffix(_SEAL).read_text() == _facts(path)
    except (OSError, ValueError):
        return False


def _facts(path: Path) -> str:
    """Sizes and CRC-32 of a FAISS file, or of its two ends when it is large, and of the facts beside it."""
    size, beside = path.stat().st_size, path.with_suffix(".json")
    facts = f"{_checksum(beside, 0, beside.stat().st_size):08x}" if beside.exists() else "-"
    if size <= WHOLE_UP_TO:
        return f"{size} {_checksum(path, 0, size):08x} {facts}"
    return f"{size} {_checksum(path, 0, _END):08x} {_checksum(path, size - _END, _END):08x} {facts}"


def _checksum(path: Path, start: int, length: int) -> int:
    found = 0
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (block := file.read(min(_BLOCK, length))):
            found = zlib.crc32(block, found)
            length -= len(block)
    return found


def damaged_segment(folder: Path, whole: bool) -> str | None:
    """The name of a file of the tantivy index in ``folder`` that is not as tantivy wrote it, or None.

    Files that its list of segments does not name are of a commit that was cut off; they are not looked at.
    Each file of a segment ends in a JSON footer with the CRC-32 of what is before it, the footer's length and a magic
    number (tantivy 0.27, ``directory/footer.rs``). Without ``whole``, of large files the footer alone is looked at.
    """
    used = segments(folder)
    for path in sorted(folder.iterdir()):
        if SEGMENT_FILE.fullmatch(path.name) and path.name[:32] in used and not _sound(path, whole):
            return path.name
    return None


def segments(folder: Path) -> set[str]:
    """The segments that the tantivy index in ``folder`` says it has; ValueError or OSError when it cannot be read."""
    try:
        listed = json.loads((folder / "meta.json").read_bytes())["segments"]
        return {str(segment["segment_id"]).replace("-", "") for segment in listed}
    except FileNotFoundError:
        return set()
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{folder / 'meta.json'} lists no segments") from error


def _sound(path: Path, whole: bool) -> bool:
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
        if not isinstance(footer, dict):
            return False
        return (size > WHOLE_UP_TO and not whole) or footer.get("crc") == _checksum(path, 0, size - length - 8)
    except (OSError, ValueError, RecursionError):
        return False
