"""What the command line prints, as lines of text. Article text is hostile here too: control characters are cut."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from qa.answer import Answer, Citation
from qa.carried import also_in

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WIDTH = 100


def plain(text: str) -> str:
    """``text`` without control characters and direction overrides, which could forge what a terminal shows."""
    return _CONTROL.sub("\ufffd", text)


def answer_lines(answer: Answer) -> Iterator[str]:
    """The answer, then each source with its quote and where it stands; or the abstention and the closest passages."""
    if answer.understood_as != answer.question.strip():
        yield plain(f"(understood as: {answer.understood_as})")
    yield plain(answer.text)
    if answer.abstained:
        if answer.closest:
            yield ""
            yield "Closest in the articles (not sources for an answer):"
        for near in answer.closest:
            yield plain(f"  - {_about(near.title, near.publisher, near.published)}")
            yield from _wrapped(textwrap.shorten(near.text, 220, placeholder=" …"), "    ")
        return
    yield f"Confidence {answer.confidence:.0%}."
    for citation in answer.citations:
        yield ""
        yield from citation_lines(citation)
    for other in answer.alternatives:
        yield ""
        yield plain(f"Other articles or passages say: {other.text} (confidence {other.confidence:.0%})")
        for citation in other.citations:
            yield from citation_lines(citation, "  ")


def citation_lines(citation: Citation, indent: str = "") -> Iterator[str]:
    """A source: number, title, publisher and date, the quote, and where in which article it stands."""
    mark = f"[{citation.number}] " if not indent else "- "
    yield plain(f"{indent}{mark}{_about(citation.title, citation.publisher, citation.published)}")
    yield from _wrapped(f"“{citation.quote}”", indent + "    ")
    yield plain(f"{indent}    in {citation.article_id}, characters {citation.start}-{citation.end}")
    if citation.carried_by:
        yield plain(f"{indent}    {also_in(citation.carried_by)}")
    if citation.url:
        yield plain(f"{indent}    {citation.url}")


def _about(title: str, publisher: str, published: str) -> str:
    return " · ".join(part for part in (title or "(no title)", publisher, published) if part)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(plain(text), _WIDTH, initial_indent=indent, subsequent_indent=indent) or [indent]
