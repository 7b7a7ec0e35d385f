"""What other programs may call: /chat, /search and /articles, and the same as MCP tools.

Names, types and words of the functions here are what 'Use via API' and MCP clients are shown.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import gradio as gr

from index.errors import BylineError, QuestionError
from index.filters import Filters
from qa.page.chat import Chat, publisher_names
from qa.page.listing import SORTS, View, listed
from qa.page.loading import Loading

CALLING_AT_ONCE = 8
"""Searches and listings that wait or work at the same time; each holds a thread."""
MOST_PASSAGES = 50
MOST_ARTICLES = 500


def add_api(chat: Chat, loading: Loading) -> None:
    """Offer the endpoints, inside the ``gr.Blocks`` that is open. All of them see the library, and only that."""

    async def ask_articles(
        question: str,
        history: list[dict[str, str]] | None = None,
        publishers: list[str] | None = None,
        published_from: str = "",
        published_to: str = "",
    ) -> dict[str, Any]:
        """Answer a question from the articles of the library, with citations, or say that they do not say.

        The answer has: text, short, sentences, citations (article_id, title, publisher, published, url, start, end,
        quote), confidence (0 to 1), alternatives, abstained, and what was closest when it was abstained from.

        Args:
            question: the question, in plain words.
            history: earlier turns, oldest first, each {"question": an answer's understood_as, "answer": its short}.
            publishers: only articles of these publishers, named exactly as the library has them; none for all.
            published_from: only articles of this day (YYYY-MM-DD) or later; empty for no limit.
            published_to: only articles of this day (YYYY-MM-DD) or earlier; empty for no limit.

        Returns:
            The answer with its citations.
        """
        return await chat.api(question, history, publishers, published_from, published_to)

    def search_articles(
        query: str,
        limit: int = 10,
        publishers: list[str] | None = None,
        published_from: str = "",
        published_to: str = "",
    ) -> list[dict[str, Any]]:
        """Find the passages of the articles that are nearest to a query, by meaning and by words.

        Each passage has: article_id, title, publisher, published, url, start and end (characters of the article's
        text), text (those characters) and score (about 0 to 1).

        Args:
            query: a question, or words.
            limit: how many passages, 1 to 50.
            publishers: only articles of these publishers, named exactly as the library has them; none for all.
            published_from: only articles of this day (YYYY-MM-DD) or later; empty for no limit.
            published_to: only articles of this day (YYYY-MM-DD) or earlier; empty for no limit.

        Returns:
            The passages, best first.
        """
        try:
            limits = Filters(tuple(publisher_names(publishers)), published_from, published_to)
            return _found(loading, query, _count(limit, "limit", MOST_PASSAGES), limits)
        except BylineError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def list_articles(search: str = "", sort: str = "published", limit: int = 50, offset: int = 0) -> dict[str, Any]:
        """List the articles of the library: title, publisher, date, and how many passages each was cut into.

        Each article has: id, title, publisher, author, published, url, characters and passages.

        Args:
            search: words that must all stand in an article's title, publisher, author or date; empty for all.
            sort: "published" (newest first), "title", "publisher" or "passages" (most first).
            limit: how many articles, 1 to 500.
            offset: how many to pass over first.

        Returns:
            total, how many articles have the words, and articles, those asked for.
        """
        try:
            return _listed(loading, search, sort, _count(limit, "limit", MOST_ARTICLES), offset)
        except BylineError as error:
            raise gr.Error(str(error), print_exception=False) from error

    at_once: dict[str, Any] = {"concurrency_limit": CALLING_AT_ONCE, "concurrency_id": "api"}
    gr.api(ask_articles, api_name="chat", concurrency_limit=None)  # questions wait at the desk, without a thread
    gr.api(search_articles, api_name="search", **at_once)
    gr.api(list_articles, api_name="articles", **at_once)


def _found(loading: Loading, query: str, limit: int, limits: Filters) -> list[dict[str, Any]]:
    assistant = loading.get()
    most = assistant.settings.question_characters
    if not isinstance(query, str) or not query.strip() or len(query) > most:
        raise QuestionError(f"The query must have 1 to {most:,} characters.")
    rows = []
    for hit in assistant.library.search(query, limit, limits):
        article = assistant.library.article(hit.passage.article_id)
        about = {name: getattr(article, name) for name in ("title", "publisher", "published", "url")}
        passage = asdict(hit.passage)
        place = {name: passage[name] for name in ("article_id", "start", "end", "text")}
        rows.append({**place, **about, "score": round(hit.score, 4)})
    return rows


def _listed(loading: Loading, search: str, sort: str, limit: int, offset: int) -> dict[str, Any]:
    if sort not in SORTS:
        raise QuestionError(f"sort must be one of {', '.join(SORTS)}, not {str(sort)[:40]!r}.")
    if not isinstance(offset, int) or offset < 0:
        raise QuestionError("offset must be a whole number from 0.")
    view = View(str(search)[:200], sort, falling=sort in ("published", "passages"))
    found = listed(loading.get().library.articles(), view, rows=max(limit + offset, 1))
    rows = [asdict(summary) for summary in found.rows[offset : offset + limit]]
    for row in rows:
        del row["source"]  # a path of the owner's machine
    return {"total": found.found, "articles": rows}


def _count(value: int, name: str, most: int) -> int:
    if not isinstance(value, int) or not 1 <= value <= most:
        raise QuestionError(f"{name} must be a whole number from 1 to {most}.")
    return value
