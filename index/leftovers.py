"""Files in a library's folder that no index needs: what a killed process left half written or did not get to delete."""

from __future__ import annotations

import re
from pathlib import Path

from index.seals import SEGMENT_FILE, segments

_VECTORS = re.compile(r"vectors\.(\d+)\.(faiss|json|crc)")


def leftovers(folder: Path) -> list[Path]:
    """Those files, without the logs of SQLite and the locks; for the holder of the writer's lock."""
    found = [*folder.glob("*.partial"), *folder.glob("salvage.*"), *(folder / "lexical").glob("*.partial")]
    numbered = [(int(match[1]), path) for path in folder.iterdir() if (match := _VECTORS.fullmatch(path.name))]
    newest = max((number for number, path in numbered if path.suffix == ".faiss"), default=None)
    found += [path for number, path in numbered if number != newest]
    return sorted({*found, *_segments_unused(folder / "lexical")})


def _segments_unused(folder: Path) -> list[Path]:
    """Files of segments that tantivy's list of them does not name."""
    try:
        used = segments(folder)
    except (OSError, ValueError):
        return []  # said by the check of the index itself
    if not used:
        return []
    return [path for path in folder.iterdir() if SEGMENT_FILE.fullmatch(path.name) and path.name[:32] not in used]
