"""The library tab as HTML: the list of articles, the open one, and what was just done. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from index.article import Article
from index.store import ArticleSummary
from qa.page.listing import SORTS, Listed, View
from qa.page.markup import byline, date_in_words, escape, heading, paragraphs, web_link
from qa.terminal import plain

PART_CHARACTERS = 20_000
"""Text of the open article that is shown at once, in characters; the rest is a press away."""
MOST_PROBLEMS = 5
"""Sentences about what was not added that are shown; the rest are counted."""


def render_list(shown: Listed, view: View, changeable: Collection[str], own: Collection[str]) -> str:
    """The list; ``changeable`` are the ids that may be removed, ``own`` those that this visitor alone has."""
    if not shown.total:
        return '<div class="by-lib-list"><p class="by-lib-none">There are no articles yet.</p></div>'
    count = (
        f"{shown.found:,} of {shown.total:,} articles" if shown.found != shown.total else f"{shown.total:,} articles"
    )
    if shown.total == 1:
        count = "One article"
    if not shown.found:
        said = "No article has these words in its title, publisher, author or date."
        return f'<div class="by-lib-list"><p class="by-lib-none">{said}</p></div>'
    headings = "".join(_column(name, view) for name in SORTS)
    rows = "".join(_row(row, view, changeable, row.id in own) for row in shown.rows)
    last = '<th scope="col"><span class="by-hidden">Remove</span></th>' if changeable else ""
    return (
        f'<div class="by-lib-list"><table><caption>{count}{_pager(shown)}</caption>'
        f"<thead><tr>{headings}{last}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _column(name: str, view: View) -> str:
    chosen = view.sort == name
    order = ("descending" if view.falling else "ascending") if chosen else "none"
    arrow = ("↓" if view.falling else "↑") if chosen else ""
    return (
        f'<th scope="col" class="by-lib-{name}" aria-sort="{order}"><button type="button" data-sort="{name}">'
        f'{SORTS[name]}<span aria-hidden="true"> {arrow}</span></button></th>'
    )


def _row(row: ArticleSummary, view: View, changeable: Collection[str], own: bool) -> str:
    title = escape(heading(row.title))
    badge = ' <span class="by-lib-own">only you</span>' if own else ""
    current = ' aria-current="true"' if row.id == view.opened else ""
    remove = f'<button type="button" data-remove="{escape(row.id)}" aria-label="Remove {title}">Remove</button>'
    act = f'<td class="by-lib-act">{remove if row.id in changeable else ""}</td>' if changeable else ""
    return (
        f'<tr{current}><td class="by-lib-title"><button type="button" data-open="{escape(row.id)}"><bdi>{title}</bdi>'
        f'</button>{badge}</td><td class="by-lib-publisher"><bdi>{escape(row.publisher)}</bdi></td>'
        f'<td class="by-lib-published">{escape(date_in_words(row.published))}</td>'
        f'<td class="by-lib-passages">{row.passages:,}</td>{act}</tr>'
    )


def _pager(shown: Listed) -> str:
    if shown.pages == 1:
        return ""
    return (
        f'<span class="by-lib-pages">{_step("page", shown.page - 1, "Previous", shown.page > 0)}'
        f" Page {shown.page + 1:,} of {shown.pages:,} "
        f"{_step('page', shown.page + 1, 'Next', shown.page + 1 < shown.pages)}</span>"
    )


def _step(name: str, to: int, label: str, there: bool) -> str:
    return f'<button type="button" data-{name}="{to}"{"" if there else " disabled"}>{label}</button>'


def render_nothing_open() -> str:
    """The pane before an article is opened."""
    return '<div class="by-lib-article by-panel-empty"><h2>Article</h2><p>Choose a title to read the article.</p></div>'


def render_article(article: Article, part: int) -> str:
    """The open article; of a long one the part of that number, from 0."""
    parts = max(1, -(-len(article.text) // PART_CHARACTERS))
    part = min(max(part, 0), parts - 1)
    text = article.text[part * PART_CHARACTERS : (part + 1) * PART_CHARACTERS]
    title = heading(article.title)
    link = web_link(article.url, "Read the original", f"Read the original of {title} (opens a new tab)")
    where = " · ".join(
        one for one in (byline(article.publisher, article.published), escape(article.author), link) if one
    )
    steps = ""
    if parts > 1:
        steps = (
            f'<p class="by-lib-parts">{_step("part", part - 1, "Previous part", part > 0)} Part {part + 1:,} of '
            f"{parts:,} {_step('part', part + 1, 'Next part', part + 1 < parts)}</p>"
        )
    return (
        f'<article class="by-lib-article" data-id="{escape(article.id)}"><header><h2 tabindex="-1"><bdi>{escape(title)}'
        f'</bdi></h2><p class="by-lib-where">{where}</p>{steps}</header>'
        f'<div class="by-lib-text">{paragraphs(text)}</div></article>'
    )


def render_busy(line: str) -> str:
    """What is being done just now."""
    return (
        f'<p class="by-status" role="status"><span class="by-pulse" aria-hidden="true"></span>{escape(plain(line))}</p>'
    )


def render_done(line: str, problems: Sequence[str] = (), undo: bool = False) -> str:
    """What was done, what could not be done, and the way back."""
    button = ' <button type="button" class="by-lib-undo" data-undo="1">Undo</button>' if undo else ""
    said = f'<p class="by-lib-done" role="status">{escape(plain(line))}{button}</p>' if line else ""
    more = len(problems) - MOST_PROBLEMS
    shown = [*problems[:MOST_PROBLEMS], *([f"And {more:,} more."] if more > 0 else [])]
    return said + "".join(f'<p class="by-notice" role="alert">{escape(plain(one[:500]))}</p>' for one in shown)
