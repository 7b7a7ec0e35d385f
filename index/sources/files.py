"""A path to articles: a file, or a folder with all that can be read in it.

Names of files are only ever shown, never used to build a path to write to. One broken file never stops the others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from index.article import MAX_FIELD_CHARACTERS, Article, clean_text
from index.errors import SourceError
from index.sources.decoding import decode, read_bytes, shown
from index.sources.formats import Parsed, parse_html, parse_jsonl, parse_text
from index.sources.metadata import sidecar

SUFFIXES = (".txt", ".md", ".html", ".htm", ".jsonl")

Problem = SourceError
"""What could not be read: its text names the file (and the line) and says what to do."""


def read_source(path: str | Path) -> Iterator[Article | Problem]:
    """Yield each article of a file or a folder (recursively, in order of name), or the problem in its place."""
    start = Path(path)
    try:
        found = _files_of(start) if start.is_dir() else [start]
    except (OSError, ValueError) as error:
        yield SourceError(f"{shown(start)}: cannot be read: {error}.")
        return
    if not found:
        yield SourceError(f"{shown(start)}: no articles in this folder; Byline reads {', '.join(SUFFIXES)}.")
    for file in found:
        yield from _read_file(file)


def _files_of(folder: Path) -> list[Path]:
    next(folder.iterdir(), None)  # a folder that may not be read says so, where rglob passes over it
    return [file for file in sorted(folder.rglob("*")) if _readable(file.relative_to(folder)) and file.is_file()]


def _readable(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden and path.name.lower() != "readme.md"


def _read_file(path: Path) -> Iterator[Article | Problem]:
    try:
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES and path.exists():
            raise SourceError(
                f"{shown(path)}: Byline reads {', '.join(SUFFIXES)}, not {suffix or 'files without an ending'}."
            )
        text = decode(read_bytes(path), path)
        if not text.strip():
            raise SourceError(f"{shown(path)}: the file is empty.")
        if suffix == ".jsonl":
            for parsed in parse_jsonl(text, path):
                yield parsed if isinstance(parsed, SourceError) else _article(parsed, path, {}, many=True)
        else:
            parse = parse_html if suffix in (".html", ".htm") else parse_text
            yield _article(parse(text, path), path, sidecar(path), many=False)
    except SourceError as error:
        yield error
    except (OSError, ValueError) as error:  # a name too long for the sidecar beside it, for example
        yield SourceError(f"{shown(path)}: cannot be read: {error}.")


def _article(parsed: Parsed, path: Path, beside: dict[str, str], many: bool) -> Article | Problem:
    known, text = parsed
    stem = clean_text(path.stem)
    merged = {"title": "" if many else stem, **known, **beside, "source": shown(path.resolve())[:MAX_FIELD_CHARACTERS]}
    try:
        return Article(text=text, **{"id": _default_id(merged, text, stem, many), **merged})
    except SourceError as error:
        return SourceError(f"{shown(path)}: {error}")


def _default_id(merged: dict[str, str], text: str, stem: str, many: bool) -> str:
    """A name that stays the same when the article is corrected: of its address, else of its file.

    A line of many without an address is named by its words: give it an ``id`` to be able to replace it.
    """
    if merged.get("url"):
        key, name = merged["url"], re.split(r"//|[?#]", merged["url"])[1:2]
        words = "".join(name).rstrip("/").rsplit("/", 1)[-1]
    elif many:
        key, words = text, merged["title"] or stem
    else:
        key, words = merged["source"], stem
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:48].strip("-") or "article"
    return f"{slug}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
