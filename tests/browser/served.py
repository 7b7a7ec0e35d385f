"""Serves the page from the tests' own process, over models that are loaded already, with settings of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from index.article import Article
from index.library import Library
from qa.assistant import Assistant
from qa.page.blocks import create_page, start
from qa.settings import Settings


@contextmanager
def served(assistant: Assistant, folder: Path, articles: list[Article], **settings: object) -> Iterator[str]:
    """The address of the page over a library of its own in ``folder``, filled with ``articles``."""
    library = Library.open(folder, assistant.library.embedder)
    library.add(articles)
    chosen = Settings.checked({"library": str(folder), "port": 0, **settings})
    page = create_page(assistant.with_library(library), chosen)
    try:
        yield start(page, chosen)
    finally:
        page.close(verbose=False)
        library.close()


@contextmanager
def tab(browser: Browser, url: str, patience: int, **options: object) -> Iterator[Page]:
    """The page in a browser tab with its own cookies."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)  # type: ignore[arg-type]
    context.set_default_timeout(patience)
    try:
        page = context.new_page()
        page.goto(url)
        yield page
    finally:
        context.close()
