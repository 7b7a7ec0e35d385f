"""The few pieces of HTML that every part of the page is made of. Whatever comes from outside is escaped here."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WINDOW_CHARACTERS = 20_000
"""Most of an article's text that is shown at once, in characters; a longer one is shown around the citation."""

_WEB_LINK = re.compile(r"https?://[^\s<>\"'\\\x00-\x20\x7f]+", re.IGNORECASE)
_ONE_NEWLINE = re.compile(r"(?<!\n)\n(?!\n)")


def escape(text: str) -> str:
    """``text`` as it must stand in HTML, in an attribute's quotes too."""
    return html.escape(text, quote=True)


def paragraphs(text: str) -> str:
    """Escaped text whose single line ends also get a little space, as paragraphs of news have it.

    The line ends stay in place, so that the text of the element is the text of the article.
    """
    return _ONE_NEWLINE.sub('\n<span class="by-gap"></span>', escape(text))


def date_in_words(iso: str) -> str:
    """``17 May 2025`` for ``2025-05-17``; what is no ISO date comes back as it is."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day.day} {day:%B} {day.year}"


def byline(publisher: str, published: str) -> str:
    """``Publisher · 17 May 2025``, escaped; without what is not known."""
    return " · ".join(escape(part) for part in (publisher.strip(), date_in_words(published)) if part)


def heading(title: str) -> str:
    """An article's title, unescaped, or the words that stand for one that has none."""
    return title.strip() or "Untitled article"


def web_address(url: str) -> str:
    """``url`` where it is plainly an http or https address, else nothing."""
    return url.strip() if _WEB_LINK.fullmatch(url.strip()) else ""


def web_link(url: str, label: str, described: str) -> str:
    """A link that opens in a new tab, or nothing where ``url`` is not plainly a web address."""
    if not (address := web_address(url)):
        return ""
    return (
        f'<a class="by-original" href="{escape(address)}" target="_blank" rel="noopener noreferrer"'
        f' aria-label="{escape(described)}">{escape(label)}</a>'
    )


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch ``start`` to ``end`` of a text that is shown."""

    start: int
    end: int


def windows_around(text: str, spans: Sequence[tuple[int, int]], width: int = WINDOW_CHARACTERS) -> list[Window]:
    """The stretches around ``spans`` (in order, apart), together about ``width`` characters; one for a short text."""
    windows: list[Window] = []
    for start, end in spans:
        window = window_around(text, start, end, width if len(text) <= width else width // len(spans))
        if windows and window.start <= windows[-1].end:
            windows[-1] = Window(windows[-1].start, max(window.end, windows[-1].end))
        else:
            windows.append(window)
    return windows


def window_around(text: str, start: int, end: int, width: int = WINDOW_CHARACTERS) -> Window:
    """The stretch of about ``width`` characters with ``start`` to ``end`` in its middle, cut between words."""
    if len(text) <= width:
        return Window(0, len(text))
    spare = max(width - (end - start), 0)
    first = max(0, min(start - spare // 2, len(text) - width))
    last = min(len(text), max(first + width, end))
    if first > 0:
        space = text.find(" ", first, start)
        first = space + 1 if space >= 0 else first
    if last < len(text):
        space = text.rfind(" ", end, last)
        last = space if space >= 0 else last
    return Window(first, last)
