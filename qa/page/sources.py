"""The sources panel as HTML: the articles behind one answer, each with the cited sentence marked. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Article
from index.errors import LibraryError
from qa.answer import Answer, Citation, Closest
from qa.page.markup import byline, escape, heading, paragraphs, web_link, window_around
from qa.page.turns import ArticleOf, ShownTurn


@dataclass(frozen=True, slots=True)
class _Card:
    """One entry of the panel: ``key`` is what the button in the conversation calls it, ``mark`` what it is labelled."""

    key: str
    mark: str
    source: Citation | Closest


def render_empty(note: str = "") -> str:
    """The panel before there is an answer."""
    said = note or (
        "The articles an answer rests on appear here, with the very sentence marked. "
        "Choose a <span class='by-chip'>[1]</span> in an answer to see its source."
    )
    return f'<div class="by-panel by-panel-empty"><h2>Sources</h2><p>{said}</p></div>'


def render_sources(turn: ShownTurn, number: int, article_of: ArticleOf, active: str = "", chosen: bool = False) -> str:
    """The panel for one turn.

    ``active`` names the card that stands open (the first if empty). ``chosen`` is True when the reader asked for it,
    which lets the page move the reader there; the nearest passages of an abstention are shown only then.
    """
    answer = turn.answer
    if answer is None:
        return render_empty()
    if answer.abstained:
        if not (chosen and answer.closest):
            return render_empty("The articles don’t say, so this question has no sources.")
        title = "Closest passages, not sources"
        cards = [_Card(f"p{index}", "", passage) for index, passage in enumerate(answer.closest)]
    else:
        title = "Sources"
        cards = _cards(answer)
    active = active if any(card.key == active for card in cards) else cards[0].key
    body = "".join(_card(card, article_of, card.key == active) for card in cards)
    shown = f'data-turn="{number}" data-active="{escape(active)}" data-chosen="{str(chosen).lower()}"'
    return (
        f'<div class="by-panel" {shown}>'
        f'<header class="by-panel-head"><h2>{title}</h2>{_picker(cards, number, active)}'
        f'<p class="by-for">{escape(turn.question)}</p></header>{body}</div>'
    )


def _cards(answer: Answer) -> list[_Card]:
    cards = [_Card(f"c{citation.number}", f"[{citation.number}]", citation) for citation in answer.citations]
    for index, other in enumerate(answer.alternatives):
        cards += [_Card(f"a{index}-{place}", "Also", citation) for place, citation in enumerate(other.citations)]
    return cards


def _picker(cards: Sequence[_Card], turn: int, active: str) -> str:
    """Buttons for the numbered sources, where there is more than one to pick from."""
    numbered = [card for card in cards if card.mark.startswith("[")]
    if len(numbered) < 2:
        return ""
    buttons = "".join(
        f'<button type="button" class="by-cite" data-turn="{turn}" data-key="{card.key}"'
        f' aria-label="{escape(f"Show source {card.mark[1:-1]}: {heading(card.source.title)}")}"'
        f' aria-current="{str(card.key == active).lower()}">{card.mark}</button>'
        for card in numbered
    )
    return f'<nav aria-label="Sources of this answer">{buttons}</nav>'


def _card(card: _Card, article_of: ArticleOf, is_open: bool) -> str:
    source = card.source
    title = heading(source.title)
    mark = f'<span class="by-number">{card.mark}</span> ' if card.mark else ""
    opened = " open" if is_open else ""
    link = web_link(source.url, "Read the original", f"Read the original of {title} (opens a new tab)")
    where = " · ".join(part for part in (byline(source.publisher, source.published), link) if part)
    return (
        f'<details class="by-card" data-card="{card.key}"{opened}>'
        f'<summary>{mark}<span class="by-title">{escape(title)}</span>'
        f"<small>{where}</small></summary>{_text(source, article_of)}</details>"
    )


def _text(source: Citation | Closest, article_of: ArticleOf) -> str:
    """The article's text with the cited sentence marked, if it still stands there."""
    try:
        article = article_of(source.article_id)
    except LibraryError:
        return '<p class="by-notice">This article is no longer in the library, so it cannot be shown.</p>'
    if isinstance(source, Citation):
        holds, inside = source.holds_in(article), _marked(source)
    else:
        holds = article.text[source.start : source.end] == source.text
        inside = f'<span class="by-passage" tabindex="-1">{paragraphs(source.text)}</span>'
    if not holds:
        return (
            '<p class="by-notice">This article has changed since the question was answered, so its citation is '
            "left out. Ask again.</p>"
        )
    return _around(article, source.start, source.end, inside)


def _marked(citation: Citation) -> str:
    """The quote in a mark, the short answer inside it stronger."""
    first, last = citation.answer_start - citation.start, citation.answer_end - citation.start
    before, answer, after = citation.quote[:first], citation.quote[first:last], citation.quote[last:]
    return f'<mark tabindex="-1">{paragraphs(before)}<strong>{paragraphs(answer)}</strong>{paragraphs(after)}</mark>'


def _around(article: Article, start: int, end: int, inside: str) -> str:
    shown = window_around(article.text, start, end)
    before, after = paragraphs(article.text[shown.start : start]), paragraphs(article.text[end : shown.end])
    note = ""
    if not shown.whole:
        note = (
            f'<p class="by-note">A long article: {shown.end - shown.start:,} of its {len(article.text):,} characters '
            "are shown, around the passage.</p>"
        )
    head = '<span class="by-cut">… </span>' if shown.start else ""
    tail = '<span class="by-cut"> …</span>' if shown.end < len(article.text) else ""
    return f'{note}<div class="by-text">{head}{before}{inside}{after}{tail}</div>'
