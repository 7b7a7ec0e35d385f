"""What changed between two versions of an article, as lines of text."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import islice

from index.article import Article
from index.passages import sentence_spans

_FIELDS = ("title", "publisher", "author", "published", "updated", "language", "url")


def changes(before: Article, after: Article) -> Iterator[str]:
    """The fields that differ, then the sentences that went (``-``) and came (``+``), in order."""
    for name in _FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name}: {old or '(none)'} -> {new or '(none)'}"
    lines = difflib.unified_diff(_sentences(before), _sentences(after), lineterm="", n=0)
    yield from (line for line in islice(lines, 2, None) if line[:1] in "+-")  # after the names of two files


def _sentences(article: Article) -> list[str]:
    return [" ".join(article.text[start:end].split()) for start, end in sentence_spans(article.text)]
