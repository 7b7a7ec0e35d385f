"""The sources panel as HTML: the articles behind one answer, with every cited sentence marked. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from index.article import Article
from index.errors import LibraryError
from qa.answer import Answer, Citation, Closest
from qa.page.marks import Mark, marks_of
from qa.page.markup import Window, byline, escape, heading, paragraphs, web_link, windows_around
from qa.page.turns import ArticleOf, ShownTurn

Source = Citation | Closest


def render_empty(note: str = "") -> str:
    """The panel before there is an answer."""
    said = note or (
        "The articles an answer rests on appear here, with the very sentence marked. "
        "Choose a <span class='by-chip'>[1]</span> in an answer to see its source."
    )
    return f'<div class="by-panel by-panel-empty"><h2>Sources</h2><p>{said}</p></div>'


def render_sources(turn: ShownTurn, number: int, article_of: ArticleOf, active: str = "", chosen: bool = False) -> str:
    """The panel for one turn.

    ``active`` is the key of the mark to show (the first if empty). ``chosen`` is True when the reader asked for it,
    which lets the page move the reader there; the nearest passages of an abstention are shown only then.
    """
    answer = turn.answer
    if answer is None:
        return render_empty()
    if answer.abstained and not (chosen and answer.closest):
        return render_empty("The articles don’t say, so this question has no sources.")
    title = "Closest passages, not sources" if answer.abstained else "Sources"
    cards = _grouped(_sources(answer))
    keys = [key for sources in cards for key, _ in sources]
    active = active if active in keys else keys[0]
    body = "".join(_card(sources, article_of, active) for sources in cards)
    shown = f'data-turn="{number}" data-active="{escape(active)}" data-chosen="{str(chosen).lower()}"'
    return (
        f'<div class="by-panel" {shown}><header class="by-panel-head"><h2>{title}</h2>'
        f'<p class="by-for">{escape(turn.question)}</p>{_TOOLS}</header>{body}</div>'
    )


_TOOLS = (
    '<nav class="by-moves" aria-label="Marked sentences"><button type="button" data-move="-1" '
    'aria-label="Previous marked sentence">‹</button><span class="by-place" aria-live="polite"></span>'
    '<button type="button" data-move="1" aria-label="Next marked sentence">›</button></nav>'
    '<button type="button" class="by-plain by-close" data-close aria-label="Close the sources">✕</button>'
)


def _sources(answer: Answer) -> list[tuple[str, Source]]:
    """Every source with the key that buttons in the conversation call it by."""
    if answer.abstained:
        return [(f"p{index}", passage) for index, passage in enumerate(answer.closest)]
    cited: list[tuple[str, Source]] = [(f"c{citation.number}", citation) for citation in answer.citations]
    for index, other in enumerate(answer.alternatives):
        cited += [(f"a{index}-{place}", citation) for place, citation in enumerate(other.citations)]
    return cited


def _grouped(sources: Sequence[tuple[str, Source]]) -> list[list[tuple[str, Source]]]:
    """The sources by article, in the order in which the articles are first named."""
    groups: dict[str, list[tuple[str, Source]]] = {}
    for key, source in sources:
        groups.setdefault(source.article_id, []).append((key, source))
    return list(groups.values())


def _card(sources: Sequence[tuple[str, Source]], article_of: ArticleOf, active: str) -> str:
    first = sources[0][1]
    title = heading(first.title)
    numbers = "".join(f'<span class="by-number">[{key[1:]}]</span> ' for key, _ in sources if key.startswith("c"))
    opened = " open" if any(key == active for key, _ in sources) else ""
    keys = escape(" ".join(key for key, _ in sources))
    return (
        f'<details class="by-card" data-keys="{keys}"{opened}>'
        f'<summary>{numbers}<span class="by-title">{escape(title)}</span>'
        f"<small>{byline(first.publisher, first.published)}</small></summary>{_inside(sources, title, article_of)}"
        "</details>"
    )


def _inside(sources: Sequence[tuple[str, Source]], title: str, article_of: ArticleOf) -> str:
    """The article's text with the sentences marked that still stand there, and what can be done with them."""
    try:
        article = article_of(sources[0][1].article_id)
    except LibraryError:
        return '<p class="by-notice">This article is no longer in the library, so it cannot be shown.</p>'
    marks = marks_of(sources, article)
    if not marks:
        return (
            '<p class="by-notice">This article has changed since the question was answered, so its citation is '
            "left out. Ask again.</p>"
        )
    copy = '<button type="button" class="by-plain" data-copy-mark>Copy with citation</button>'
    link = web_link(article.url, "Read the original", f"Read the original of {title} (opens a new tab)")
    return f'{_text(article, marks)}<p class="by-tools">{copy}{link}</p>'


def _text(article: Article, marks: Sequence[Mark]) -> str:
    """The text around the marks; all of it where it is not too long."""
    shown = windows_around(article.text, [(mark.start, mark.end) for mark in marks])
    note = ""
    if not (shown[0].start == 0 and shown[0].end == len(article.text)):
        count = sum(window.end - window.start for window in shown)
        note = (
            f'<p class="by-note">A long article: {count:,} of its {len(article.text):,} characters are shown, around '
            "what is marked.</p>"
        )
    body = '<span class="by-cut"> … </span>'.join(_stretch(article.text, window, marks) for window in shown)
    head = '<span class="by-cut">… </span>' if shown[0].start else ""
    tail = '<span class="by-cut"> …</span>' if shown[-1].end < len(article.text) else ""
    return f'{note}<div class="by-text">{head}{body}{tail}</div>'


def _stretch(text: str, window: Window, marks: Sequence[Mark]) -> str:
    parts, at = [], window.start
    for mark in marks:
        if window.start <= mark.start and mark.end <= window.end:
            parts += [paragraphs(text[at : mark.start]), mark.html(text)]
            at = mark.end
    return "".join([*parts, paragraphs(text[at : window.end])])
