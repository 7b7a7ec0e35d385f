"""One function a format of text: the document to fields and words. What a document says gives way to its sidecar."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from index.article import MAX_TEXT_CHARACTERS, clean_text, parse_date
from index.errors import SourceError
from index.sources.decoding import decode
from index.sources.document import Document, Parsed, Problem
from index.sources.metadata import fields, front_matter
from index.sources.wrapped import joined

MAX_HTML_BYTES = 10_000_000
"""Largest web page: its tree takes a hundred times its size in memory."""
_CHARSET = re.compile(rb"""<meta[^>]{1,200}charset=["' ]*([\w-]{2,30})""", re.IGNORECASE)
_LANGUAGE = re.compile(r"""<html\b[^>]{0,500}?\blang=["']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*)""", re.IGNORECASE)
EXPORTED = re.compile(r'\{"format": "byline-library"[,}]')
"""How the first line of an exported library begins: ``index/transfer.py``, which sources do without."""
_TEXT_COLUMNS = ("text", "body", "content", "article")


def text_of(document: Document, charset: str = "") -> str:
    """The document decoded; SourceError when it is empty or no text."""
    text = decode(document.data, document.name, charset or document.charset)
    if not text.strip():
        raise SourceError(f"{document.name}: the file is empty.")
    return text


def parse_text(document: Document) -> Parsed:
    """Plain text or Markdown, with or without front matter; a leading ``# Heading`` is the title of Markdown."""
    known, body = front_matter(text_of(document), document.name)
    if document.suffix == ".md" and "title" not in known:
        first = body.lstrip("\n").split("\n", 1)[0]
        if first.startswith("# "):
            known["title"] = first[2:].strip()
    return known, joined(body)


def parse_html(document: Document) -> Parsed:
    """The article of a web page, by trafilatura: menus, comments and footers are left out.

    Its date is the one the page states of itself, not any year that stands in its text or in a picture's address.
    """
    import trafilatura

    if len(document.data) > MAX_HTML_BYTES:
        raise SourceError(f"{document.name}: {len(document.data):,} bytes of HTML; the most is {MAX_HTML_BYTES:,}.")
    declared = _CHARSET.search(document.data[:4096])
    text = text_of(document, declared[1].decode() if declared and not document.charset else "")
    try:
        found = trafilatura.bare_extraction(
            text,
            with_metadata=True,
            include_comments=False,
            include_tables=True,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
        page: dict[str, Any] = {} if found is None else found if isinstance(found, dict) else found.as_dict()
    except (RecursionError, MemoryError, ValueError, AssertionError) as error:
        raise SourceError(f"{document.name}: the page is too tangled to be read.") from error
    body = clean_text(page.get("text") or "")
    if not body.strip():
        raise SourceError(f"{document.name}: no article found in the page; save its text as .txt instead.")
    known = {
        "title": page.get("title"),
        "author": page.get("author"),
        "publisher": page.get("sitename") or page.get("hostname"),
        "published": parse_date(page.get("date") or ""),
        "updated": _updated(text),
        "language": (_LANGUAGE.search(text[:20_000]) or [None, None])[1],
        "url": page.get("url"),
    }
    return fields(known, document.name), body


def _updated(page: str) -> str | None:
    """The day of ``article:modified_time`` or of the JSON-LD's ``dateModified``."""
    found = re.search(
        r"""(?:article:modified_time["'][^>]{0,40}?content=["']|"dateModified"\s*:\s*")(\d{4}-\d\d-\d\d)""", page
    )
    return parse_date(found[1]) if found else None


def parse_jsonl(document: Document) -> Iterator[Parsed | Problem]:
    """One article a line: an object with ``text`` and any of the fields. A broken line is yielded as its error.

    An exported library's header is passed over, and what its lines call "source" is no publisher.
    """
    exported = False
    for number, line in enumerate(text_of(document).split("\n"), start=1):
        if number == 1 and EXPORTED.match(line):
            exported = True
        elif line.strip():
            yield _parse_line(line, f"{document.name}{document.part} line {number}", exported)


def _parse_line(line: str, where: str, exported: bool) -> Parsed | Problem:
    try:
        row = json.loads(line)
        if exported and isinstance(row, dict):
            row.pop("source", None)
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            return SourceError(f'{where}: must be a JSON object with "text".')
        return fields(row, where), clean_text(row["text"])
    except SourceError as error:
        return error
    except (ValueError, RecursionError) as error:
        return SourceError(f"{where}: not JSON: {error}.")


def parse_csv(document: Document) -> Iterator[Parsed | Problem]:
    """One article a row under a header: a column ``text`` (or body, content, article) and any of the fields.

    Commas, semicolons or tabs part the columns: whichever the header has most of.
    """
    text = text_of(document)
    header = text.lstrip("\n").split("\n", 1)[0]
    csv.field_size_limit(MAX_TEXT_CHARACTERS)
    lines = io.StringIO(text.lstrip("\n"), newline="")
    rows = csv.DictReader(lines, delimiter=max(",;\t", key=header.count), strict=True)
    try:
        names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    except csv.Error as error:
        raise SourceError(f"{document.name}: not CSV: {error}.") from error
    column = next((names[name] for name in _TEXT_COLUMNS if name in names), None)
    if column is None:
        raise SourceError(f"{document.name}: the first line must name the columns, one of them 'text'.")
    try:
        for row in rows:
            yield _parse_row(row, column, f"{document.name} line {rows.line_num}")
    except csv.Error as error:
        yield SourceError(f"{document.name} line {rows.line_num + 1}: not CSV: {error}.")


def _parse_row(row: Mapping[Any, Any], column: str, where: str) -> Parsed | Problem:
    if None in row:
        return SourceError(f"{where}: more fields than the first line names; put a text with the separator in quotes.")
    known = {str(name).strip(): value for name, value in row.items() if name != column and value}
    try:
        return fields(known, where), clean_text(row.get(column) or "")
    except SourceError as error:
        return error
