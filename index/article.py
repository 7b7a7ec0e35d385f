"""What the library holds: articles, and the passages cut from them.

Offsets are counted in characters (Unicode code points) of ``Article.text``, start inclusive, end exclusive.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date

from index.errors import SourceError

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
MAX_TEXT_CHARACTERS = 20_000_000
"""Longest article text that is accepted, in characters; a book is about a million."""
MAX_FIELD_CHARACTERS = 2_000
"""Longest title, publisher, author, url or source, in characters."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it is stored and cited; ``text`` is never changed after it is stored.

    Attributes:
        id: stable name, unique in a library; at most 200 characters.
        text: the article's words, plain text.
        title: headline; may be empty.
        publisher: who published it; may be empty.
        author: by-line; may be empty.
        published: ISO date ``YYYY-MM-DD`` or empty when unknown.
        url: address of the original or empty.
        source: where Byline read it from (a file's path, for example), or empty.
        updated: ISO date of the publisher's last correction or empty.
        language: BCP 47 tag (``en``, ``pt-BR``) or empty when unknown.

    Raises:
        SourceError: the id or the text is empty, the text is too long or holds characters that UTF-8 cannot
            encode, or ``published`` or ``updated`` is no ISO date.
    """

    id: str
    text: str = field(repr=False)
    title: str = ""
    publisher: str = ""
    author: str = ""
    published: str = ""
    url: str = ""
    source: str = ""
    updated: str = ""
    language: str = ""

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if not isinstance(value, str):
                raise SourceError(f"The article's {name} must be text, not {type(value).__name__}.")
            if _UNSTORABLE.search(value):
                raise SourceError(f"The article's {name} holds a NUL or half a character; pass it to clean_text first.")
            if name != "text" and len(value) > MAX_FIELD_CHARACTERS:
                raise SourceError(f"The article's {name} has {len(value):,} characters; {MAX_FIELD_CHARACTERS:,} fit.")
        if not self.id.strip() or len(self.id) > 200:
            raise SourceError(f"An article's id must have 1 to 200 characters; this one has {len(self.id)}.")
        if not self.text.strip():
            raise SourceError(f"Article {self.id!r} has no text.")
        if len(self.text) > MAX_TEXT_CHARACTERS:
            raise SourceError(
                f"Article {self.id!r} has {len(self.text):,} characters; the most is {MAX_TEXT_CHARACTERS:,}. Split it."
            )
        for name in ("published", "updated"):
            value = getattr(self, name)
            if value and parse_date(value) != value:
                raise SourceError(f"Article {self.id!r}: {name} must be a date YYYY-MM-DD, not {value!r}.")

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything a reader sees (all but ``id`` and ``source``), as 64 hexadecimal digits."""
        seen = [self.text, self.title, self.publisher, self.author, self.published, self.url]
        if self.updated or self.language:  # libraries from before these fields keep their fingerprints
            seen += [self.updated, self.language]
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article: ``text == article.text[start:end]``.

    Attributes:
        id: the library's number for it, never used twice; 0 before it is stored.
        article_id: the article it is cut from.
        start, end: character offsets into the article's text.
        text: the characters between them.
    """

    article_id: str
    start: int
    end: int
    text: str
    id: int = 0


def clean_text(text: str) -> str:
    """``text`` with line ends as ``\\n`` and each character that cannot be stored replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def fingerprint_head(fingerprint: str) -> int:
    """The first 64 bits of a fingerprint; two articles share them by a chance of one in 2^64."""
    return int(fingerprint[:16], 16)


def parse_date(value: str) -> str | None:
    """Return the ISO date at the head of ``value`` (``2025-05-17T10:00`` and ``2025/05/17`` too), or None."""
    match = re.match(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", value)
    if not match:
        return None
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError:
        return None
