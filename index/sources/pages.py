"""An address to units: the page itself, or the pages that a feed or a sitemap names."""

from __future__ import annotations

import gzip
import hashlib
import re
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from index.article import MAX_FIELD_CHARACTERS, clean_text
from index.errors import SourceError
from index.sources.choice import Choice
from index.sources.document import Document, Problem
from index.sources.metadata import fields
from index.sources.parsing import SUFFIXES
from index.sources.web import MAX_BYTES, Page, Web, is_address, joined, path_of

MAX_PAGES = 50_000
_MAX_SITEMAPS = 50
_GONE = (404, 410)
OF_FEED = "feed:"
"""What the digest of a page begins with that could not be had, and of which a feed has a text."""
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_SITEMAP = re.compile(rb"<(urlset|sitemapindex)[\s>]")
_TAG = re.compile(r"<(/?)(url|sitemap|loc|lastmod)\b[^<>]*>")
_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "message/rfc822": ".eml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}


@dataclass(slots=True)
class PageUnit:
    """A page: fetched when it is read, unless it came with the feed or has just been fetched.

    Attributes:
        name: its address.
        stamp: the day and time of its last change as the feed or sitemap has it, or empty.
        hints: what the feed says of it.
        text: HTML that the feed gives of it, or empty.
        etag, last_modified: what the server said when it was last read: then it is asked only for what is newer.
    """

    name: str
    web: Web = field(repr=False)
    choice: Choice = field(repr=False)
    stamp: str = ""
    hints: dict[str, str] = field(default_factory=dict)
    text: str = field(default="", repr=False)
    etag: str = ""
    last_modified: str = ""
    changed_at: float = 0.0
    page: Page | None = field(default=None, repr=False)
    fault: SourceError | None = field(default=None, repr=False)

    def fetched(self) -> Page:
        """The page, asked for once; SourceError where it cannot be had."""
        if self.fault:
            raise self.fault
        if self.page is None:
            try:
                self.page = self.web.get(self.name, self.etag, self.last_modified)
            except SourceError as error:
                self.fault = error
                raise
            if self.page.status == 200:
                self.etag = self.page.headers.get("etag", "")
                self.last_modified = self.page.headers.get("last-modified", "")
        return self.page

    def digest(self) -> str:
        """SHA-256 of the page; empty when the server says that it has not changed.

        Where the page cannot be had it is ``OF_FEED`` and that of what the feed has of it.
        """
        try:
            page = self.fetched()
        except SourceError:
            if not self.text:
                raise
            self.etag = self.last_modified = ""
            return OF_FEED + hashlib.sha256(self.text.encode()).hexdigest()
        return "" if page.status == 304 else hashlib.sha256(page.data).hexdigest()

    @property
    def gone(self) -> bool:
        """True when it was fetched and the server said that there is no such page."""
        return self.page is not None and self.page.status in _GONE

    def documents(self) -> Iterator[Document | Problem]:
        """The page as a document; what the feed has of it where the page cannot be had."""
        try:
            page = self.fetched()
            if self.gone:
                raise SourceError(f"{self.name}: the server says that there is no such page ({page.status}).")
            yield self._document(page)
        except SourceError as error:
            if not self.text:
                yield error
                return
            yield Document(self.name, ".html", _as_page(self.text), self._known(), self.choice.given, "utf-8")

    def _document(self, page: Page) -> Document:
        kind, _, rest = page.headers.get("content-type", "").partition(";")
        ending = PurePosixPath(urlsplit(page.url).path).suffix.lower()
        suffix = _KINDS.get(kind.strip().lower(), ending if ending in SUFFIXES else "")
        if not suffix:
            raise SourceError(f"{self.name}: Byline cannot read {kind.strip()[:60] or 'what was sent'} from the web.")
        charset = re.search(r"charset=[\"']?([\w-]+)", rest)
        return Document(self.name, suffix, page.data, self._known(), self.choice.given, charset[1] if charset else "")

    def _known(self) -> dict[str, str]:
        host = (urlsplit(self.name).hostname or "").removeprefix("www.")
        return {"publisher": host, "url": self.name[:MAX_FIELD_CHARACTERS], **self.hints}

    def expected(self) -> int:
        """One article."""
        return 1


def page_units(
    url: str, choice: Choice, web: Web, validators: Mapping[str, tuple[str, str]]
) -> Iterator[PageUnit | Problem]:
    """The units of the page, feed or sitemap at ``url``, or what is wrong in their place."""
    unit = PageUnit(clean_text(url), web, choice)
    unit.etag, unit.last_modified = validators.get(unit.name, ("", ""))
    try:
        page = unit.fetched()
        data = _unzipped(page.data, url)
        head = data[:2_000]
        if page.status == 200 and _FEED.search(head):
            yield from _feed_units(data, page, choice, web)
        elif page.status == 200 and _SITEMAP.search(head):
            yield from _sitemap_units(data, page.url, choice, web)
        else:
            yield unit
    except SourceError as error:
        yield error


def _feed_units(data: bytes, page: Page, choice: Choice, web: Web) -> Iterator[PageUnit]:
    import feedparser

    feed = feedparser.parse(data)
    name, language = clean_text(feed.feed.get("title", "")), clean_text(feed.feed.get("language", ""))
    for found in feed.entries[:MAX_PAGES]:
        entry = dict(found)  # feedparser's own would give the date of publication for a missing correction
        link = joined(page.url, entry.get("link", ""))
        if not is_address(link) or not choice.takes(path_of(link)):
            continue
        known = {
            "title": re.sub(r"<[^>]{0,200}>", "", entry.get("title", "")),
            "author": entry.get("author"),
            "publisher": (entry.get("source") or {}).get("title") or name,
            "published": _day(entry.get("published_parsed")),
            "updated": _day(entry.get("updated_parsed")),
            "language": entry.get("language") or language,
        }
        content = max((part.get("value", "") for part in entry.get("content", ())), key=len, default="")
        stamp = str(entry.get("updated") or "")  # the day of publication says nothing of corrections
        yield PageUnit(clean_text(link), web, choice, clean_text(stamp), fields(known, page.url), clean_text(content))


def _day(value: time.struct_time | None) -> str | None:
    """The day; None for one of the first thousand years, which stand for none."""
    return f"{value.tm_year}-{value.tm_mon:02}-{value.tm_mday:02}" if value and 1000 <= value.tm_year < 10_000 else None


def _sitemap_units(data: bytes, url: str, choice: Choice, web: Web) -> Iterator[PageUnit | Problem]:
    """The pages of a sitemap, and of the sitemaps that it names, one level down; what is wrong with one of those."""
    waiting, seen = [(url, data)], 1
    while waiting:
        where, found = waiting.pop(0)
        is_index = (_SITEMAP.search(found[:2_000]) or [b"", b""])[1] == b"sitemapindex"
        for link, changed in _locations(found, where):
            if not is_index:
                if choice.takes(path_of(link)):
                    yield PageUnit(link, web, choice, changed)
            elif where == url and seen < _MAX_SITEMAPS:
                seen += 1
                try:
                    waiting.append((link, _unzipped(web.get(link).data, link)))
                except SourceError as error:
                    yield error


def _locations(data: bytes, where: str) -> Iterator[tuple[str, str]]:
    import html

    text = data.decode("utf-8", errors="replace")
    found: dict[str, str] = {}
    begun: dict[str, int] = {}
    for tag in _TAG.finditer(text):
        closing, name = tag[1], tag[2]
        if name in ("url", "sitemap"):
            link = joined(where, found.get("loc", ""))
            if closing and found.get("loc") and is_address(link):
                yield clean_text(link), clean_text(found.get("lastmod", ""))
            found = {}
        elif not closing:
            begun = {name: tag.end()}
        elif name in begun:
            words = text[begun.pop(name) : tag.start()].strip().removeprefix("<![CDATA[").removesuffix("]]>")
            found[name] = html.unescape(words.strip())


def _unzipped(data: bytes, url: str) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        import io

        with gzip.open(io.BytesIO(data)) as file:
            plain = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{url}: not a gzip file that can be read.") from error
    if len(plain) > MAX_BYTES:
        raise SourceError(f"{url}: larger than {MAX_BYTES:,} bytes when unpacked.")
    return plain


def _as_page(text: str) -> bytes:
    return f"<html><body><article>{text}</article></body></html>".encode()
