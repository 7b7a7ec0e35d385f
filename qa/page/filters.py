"""The filters beside the question, and the filters of a question that was asked, as HTML. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from index.filters import Filters
from index.store import PublisherSummary
from qa.page.markup import date_in_words, escape

NO_PUBLISHER = "No publisher named"
SEARCH_FROM = 9
"""Publishers from which the list can be searched (count)."""


def render_filters(publishers: Sequence[PublisherSummary]) -> str:
    """Publishers to tick, with how many articles each has, and the first and the last day to look at."""
    days = sorted(day for one in publishers for day in (one.first, one.last) if day)
    within = f' min="{escape(days[0])}" max="{escape(days[-1])}"' if days else ""
    ordered = sorted(publishers, key=lambda one: (not one.name.strip(), one.name.casefold()))
    ticks = "".join(_tick(one.name, one.articles) for one in ordered)
    search = (
        '<input type="search" class="by-find" placeholder="Find a publisher" aria-label="Find a publisher">'
        if len(publishers) >= SEARCH_FROM
        else ""
    )
    return (
        '<details class="by-filters"><summary>Filters<span class="by-filtered"></span></summary>'
        '<div class="by-limits"><details class="by-publishers"><summary>All publishers</summary>'
        f"<fieldset><legend>Publishers</legend>{search}{ticks}</fieldset></details>"
        f'<label>From <input type="date" name="from"{within}></label>'
        f'<label>to <input type="date" name="to"{within}></label>'
        '<button type="button" class="by-plain" data-clear hidden>Clear</button></div></details>'
    )


def render_limits(filters: Filters) -> str:
    """What a question was limited to, in a line; nothing for one of all articles."""
    if not filters:
        return ""
    return f'<p class="by-limited">Looked only at {escape(limits_in_words(filters))}</p>'


def limits_in_words(filters: Filters) -> str:
    """``The Courier or The Post, from 1 May 2025 to 3 June 2025``, unescaped."""
    parts = []
    if filters.publishers:
        parts.append(" or ".join(name.strip() or "articles without a publisher" for name in filters.publishers))
    days = []
    if filters.published_from:
        days.append(f"from {date_in_words(filters.published_from)}")
    if filters.published_to:
        days.append(f"to {date_in_words(filters.published_to)}")
    if days:
        parts.append(" ".join(days if parts else ["articles", *days]))
    return ", ".join(parts)


def _tick(name: str, count: int) -> str:
    shown = escape(name.strip() or NO_PUBLISHER)
    return (
        f'<label class="by-tick"><input type="checkbox" name="publisher" value="{escape(name)}">'
        f"<span>{shown}</span> <small>{count:,}</small></label>"
    )
