"""One function a format: the file's text to fields and words. Metadata inside a document gives way to its sidecar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from index.article import clean_text, parse_date
from index.errors import SourceError
from index.sources.metadata import fields, front_matter

Parsed = tuple[dict[str, str], str]


def parse_text(text: str, path: Path) -> Parsed:
    """Plain text or Markdown, with or without front matter; a leading ``# Heading`` is the title of Markdown."""
    known, body = front_matter(text, str(path))
    if path.suffix.lower() == ".md" and "title" not in known:
        first = body.lstrip("\n").split("\n", 1)[0]
        if first.startswith("# "):
            known["title"] = first[2:].strip()
    return known, body


def parse_html(text: str, path: Path) -> Parsed:
    """The article of a web page, by trafilatura: menus, comments and footers are left out."""
    import trafilatura

    document = trafilatura.bare_extraction(text, with_metadata=True, include_comments=False, include_tables=True)
    found = document if isinstance(document, dict) or document is None else document.as_dict()
    body = clean_text(found.get("text") or "") if found else ""
    if not found or not body.strip():
        raise SourceError(f"{path}: no article found in the page; save its text as .txt instead.")
    known = {
        "title": found.get("title"),
        "author": found.get("author"),
        "publisher": found.get("sitename"),
        "published": parse_date(found.get("date") or ""),
        "url": found.get("url"),
    }
    return fields(known, str(path)), body


def parse_jsonl(text: str, path: Path) -> Iterator[Parsed | SourceError]:
    """One article a line: an object with ``text`` and any of the fields. A broken line is yielded as its error."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _parse_line(line, f"{path} line {number}")


def _parse_line(line: str, where: str) -> Parsed | SourceError:
    try:
        row = json.loads(line)
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            return SourceError(f'{where}: must be a JSON object with "text".')
        return fields(row, where), clean_text(row["text"])
    except SourceError as error:
        return error
    except (ValueError, RecursionError) as error:
        return SourceError(f"{where}: not JSON: {error}.")
