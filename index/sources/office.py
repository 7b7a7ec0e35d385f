"""Formats of the office: PDF, Word, e-mail. Each function takes the document to fields and words."""

from __future__ import annotations

import email
import email.policy
import io
import logging
import re
import zipfile
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from index.article import MAX_TEXT_CHARACTERS, clean_text
from index.errors import SourceError, first_line
from index.sources.decoding import decode
from index.sources.document import Document, Parsed
from index.sources.formats import parse_html
from index.sources.metadata import fields

MAX_PAGES = 5_000
MAX_UNPACKED_BYTES = 200_000_000
_TEMPLATE_DAY = "2013-12-23"
"""When python-docx's own template was made, which is no document's day."""
_WRAPPERS = frozenset("sdt sdtContent customXml ins moveTo".split())
"""Elements of Word that hold paragraphs or tables and are nothing themselves."""
_UNSAID = frozenset("pPr rPr sdtPr del moveFrom instrText Fallback rt".split())
"""Elements of Word that hold no words of the text as it stands: what was deleted, how it looks or is read aloud."""
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SENTENCE_END = re.compile(r"[.!?…:]['\"”’»)\]]*$")


def parse_pdf(document: Document) -> Parsed:
    """The text layer of a PDF, its lines joined into paragraphs; a scan without one is refused."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it prints bytes of the file; what matters is raised
    try:
        reader = pypdf.PdfReader(io.BytesIO(document.data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(f"{document.name}: the PDF is locked by a password.")
        if len(reader.pages) > MAX_PAGES:
            raise SourceError(f"{document.name}: {len(reader.pages):,} pages; the most is {MAX_PAGES:,}. Split it.")
        text = clean_text("\n\n".join(page.extract_text() or "" for page in reader.pages))
        about = reader.metadata
    except SourceError:
        raise
    except Exception as error:  # pypdf raises nearly anything at a damaged file
        raise SourceError(f"{document.name}: not a PDF that can be read: {first_line(error)}.") from error
    if not text.strip():
        raise SourceError(f"{document.name}: the PDF holds pictures, no text; run it through OCR first.")
    known = {"title": _said(about, "title"), "author": _said(about, "author")}
    dates = {"published": _said(about, "creation_date"), "updated": _said(about, "modification_date")}
    return fields({**known, **{name: day for name, day in dates.items() if day}}, document.name), unwrapped(text)


def _said(about: Any, name: str) -> str | None:
    """A piece of a PDF's metadata, if it can be read: broken dates are common."""
    try:
        value = getattr(about, name, None)
    except Exception:  # noqa: BLE001 - pypdf raises nearly anything; the text is good without it
        return None
    return value.date().isoformat() if isinstance(value, datetime) else str(value) if value else None


def parse_docx(document: Document) -> Parsed:
    """The paragraphs and table rows of a Word document, in order, and its core properties."""
    import docx

    _refuse_bomb(document)
    try:
        opened = docx.Document(io.BytesIO(document.data))
        parts = _blocks(opened.element.body, opened)
        known = _properties(opened)
    except Exception as error:  # python-docx raises nearly anything at a damaged file
        raise SourceError(f"{document.name}: not a Word document that can be read: {first_line(error)}.") from error
    return fields(known, document.name), clean_text("\n\n".join(part for part in parts if part.strip()))


def _refuse_bomb(document: Document) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(document.data)) as members:
            size = sum(member.file_size for member in members.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise SourceError(f"{document.name}: not a Word document that can be read: {first_line(error)}.") from error
    if size > MAX_UNPACKED_BYTES:
        raise SourceError(f"{document.name}: {size:,} bytes when unpacked; the most is {MAX_UNPACKED_BYTES:,}.")


def _properties(opened: Any) -> dict[str, str | None]:
    """What a Word document says of itself; python-docx makes up properties where a file has none."""
    from docx.opc.constants import RELATIONSHIP_TYPE

    try:
        opened.part.package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    except KeyError:
        return {}
    about = opened.core_properties
    made_by_library = about.author == "python-docx"

    def day(moment: datetime | None) -> str | None:
        said = moment.date().isoformat() if moment else None
        return None if made_by_library and said == _TEMPLATE_DAY else said

    return {
        "title": about.title,
        "author": "" if made_by_library else about.author,
        "published": day(about.created),
        "updated": day(about.modified),
        "language": about.language,
    }


def _blocks(element: Any, parent: Any) -> list[str]:
    """The text of each paragraph, and of each table its rows, a line each; what wraps them (``w:sdt``) is opened."""
    from docx.table import Table

    found = []
    for child in element:
        kind = _kind(child)
        if kind == "p":
            found.append(_words(child))
        elif kind == "tbl":
            rows = (_cells(row) for row in Table(child, parent).rows)
            found.append("\n".join(" | ".join(cells) for cells in rows if any(cells)))
        elif kind in _WRAPPERS:
            found += _blocks(child, parent)
    return found


def _cells(row: Any) -> list[str]:
    """The text of each cell of a row; one that spans columns is listed for each of them, and is one cell."""
    return list({cell._tc: "\n".join(_blocks(cell._tc, cell)).strip() for cell in row.cells}.values())


def _words(paragraph: Any) -> str:
    """A paragraph's words as they stand once all changes are accepted, those in links, fields and controls too."""
    said = []
    for child in paragraph:
        kind = _kind(child)
        if kind == "t":
            said.append(child.text or "")
        elif kind in _SIGNS:
            said.append(_SIGNS[kind])
        elif kind not in _UNSAID:
            said.append("\n" * (kind == "p" and bool(said)) + _words(child))
    return "".join(said)


def _kind(element: Any) -> str:
    """The local name of a Word element, empty for a comment of the XML."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def parse_eml(document: Document) -> Parsed:
    """An e-mail: its plain text, else its HTML as an article; attachments are left out."""
    try:
        message = email.message_from_bytes(document.data, policy=email.policy.default)
        body = message.get_body(("plain", "html")) if isinstance(message, EmailMessage) else None
        name, address = parseaddr(str(message.get("From", "")))
        known = {
            "title": str(message.get("Subject", "")),
            "author": name or address,
            "publisher": address.rpartition("@")[2],
            "published": _mail_date(str(message.get("Date", ""))),
            "language": str(message.get("Content-Language", "")),
        }
        words = body.get_payload(decode=True) if body is not None else None
        charset = str(body.get_content_charset("") or "") if body is not None else ""
    except Exception as error:  # the parser of headers raises nearly anything at a malformed one
        raise SourceError(f"{document.name}: not an e-mail that can be read: {first_line(error)}.") from error
    if body is None or not isinstance(words, bytes) or not words.strip():
        raise SourceError(f"{document.name}: the e-mail has no text.")
    if body.get_content_type() == "text/html":
        page, text = parse_html(Document(document.name, ".html", words, charset=charset))
        return {**page, **fields(known, document.name)}, text
    return fields(known, document.name), unwrapped(decode(words, document.name, charset))


def _mail_date(value: str) -> str | None:
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except (ValueError, TypeError, OverflowError):
        return None


def unwrapped(text: str) -> str:
    """``text`` with lines that were broken to fit a page joined into paragraphs, and hyphenated words made whole.

    A paragraph ends at an empty line, and where a line ends in a full stop well short of the others.
    """
    if len(text) > MAX_TEXT_CHARACTERS:
        raise SourceError(f"The text has {len(text):,} characters; the most is {MAX_TEXT_CHARACTERS:,}. Split it.")
    lines = [line.strip() for line in text.split("\n")]
    lengths = sorted(len(line) for line in lines if line)
    full = lengths[int(len(lengths) * 0.75)] if lengths else 0
    paragraphs, words = [], ""
    for line in lines:
        if words.endswith("-") and words[-2:-1].isalpha() and line[:1].islower():
            words = words[:-1] + line
        else:
            words = f"{words} {line}".strip()
        if not line or (_SENTENCE_END.search(line) and len(line) < 0.8 * full) or len(line) < 0.4 * full:
            paragraphs.append(words)
            words = ""
    return "\n\n".join(paragraph for paragraph in [*paragraphs, words] if paragraph)
