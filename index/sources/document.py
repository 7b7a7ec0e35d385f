"""One document on its way to being articles: its bytes, its name, and what is known of it from elsewhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from index.article import MAX_FIELD_CHARACTERS, Article, clean_text
from index.errors import SourceError

Problem = SourceError
"""What could not be read: its text names the document (and the line) and says what to do."""


class Empty(SourceError):
    """A source that could be listed, and holds nothing that is read."""


Parsed = tuple[dict[str, str], str]
"""The fields that a document gives of an article, and its words."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file, a member of an archive or a page of the web, before it is parsed.

    Attributes:
        name: what it is called in errors and stored as ``Article.source``: a path, ``archive/member``, or an address.
        suffix: ``.txt`` and so on, in lower case: how it is parsed.
        data: its bytes.
        hints: fields to take where the document itself says nothing (its address, what a feed says of it).
        beside: fields that go before what the document says: of its sidecar, of a flag.
        charset: the encoding that a header gives, or empty.
        part: which stretch of the file it is, to go before the number of a line.
    """

    name: str
    suffix: str
    data: bytes = field(repr=False)
    hints: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    charset: str = ""
    part: str = ""

    @property
    def stem(self) -> str:
        """Its file's name without ending: a title for want of another."""
        return clean_text(PurePath(self.name).stem)


def article_of(parsed: Parsed, document: Document, many: bool) -> Article | Problem:
    """The article of what was parsed; ``many`` says that the document holds more than this one."""
    known, text = parsed
    title = {} if many else {"title": document.stem}
    merged = {**title, **document.hints, **known, **document.beside, "source": document.name[:MAX_FIELD_CHARACTERS]}
    try:
        return Article(text=text, **{"id": _default_id(merged, text, document.stem, many), **merged})
    except SourceError as error:
        return SourceError(f"{document.name}: {error}")


def is_named_by_source(article: Article) -> bool:
    """True for an article whose id was made of its source, as it had none of its own and no address."""
    return article.id.endswith("-" + hashlib.sha256(article.source.encode()).hexdigest()[:8])


def _default_id(merged: Mapping[str, str], text: str, stem: str, many: bool) -> str:
    """A name that stays the same when the article is corrected: of its address, else of its file.

    A line of many without an address is named by its words: give it an ``id`` to be able to replace it.
    """
    if merged.get("url"):
        key, name = merged["url"], re.split(r"//|[?#]", merged["url"])[1:2]
        words = "".join(name).rstrip("/").rsplit("/", 1)[-1]
    elif many:
        key, words = text, merged.get("title") or stem
    else:
        key, words = merged["source"], stem
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:48].strip("-") or "article"
    return f"{slug}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
