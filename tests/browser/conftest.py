"""One real page and one real browser for all browser tests; each test gets a fresh, watched tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import gradio as gr
import pytest
from browser_tools import NO_BROWSER, chromium_path, running_chromium, running_page
from playwright.sync_api import Browser, Page, expect

from qa.assistant import Assistant
from qa.page.blocks import create_page, start
from qa.settings import Settings

ANSWER_MILLISECONDS = 60_000
"""Longest wait for anything on the page: the first answer waits for the library and both models."""

OpenPage = Callable[..., Page]

expect.set_options(timeout=ANSWER_MILLISECONDS)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served, over the sample articles."""
    folder: Path = tmp_path_factory.mktemp("page")
    with running_page(folder) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; its absence is a failure that says what to do, not a skipped test."""
    path = chromium_path()
    if path is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    with running_chromium(path) as chromium:
        yield chromium


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Opens the page in a new tab of a given size; at the end checks that it called nobody and no script failed."""
    foreign: list[str] = []
    failures: list[str] = []
    host = urlsplit(address).hostname
    with ExitStack() as contexts:

        def note_request(url: str) -> None:
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != host:
                foreign.append(url)

        def opened(width: int = 1280, height: int = 800, scheme: str = "light", at: str = address) -> Page:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
            contexts.callback(context.close)
            context.set_default_timeout(ANSWER_MILLISECONDS)
            context.on("request", lambda request: note_request(request.url))
            page = context.new_page()
            page.on("pageerror", lambda error: failures.append(str(error)))
            page.goto(at)
            for part in ("#by-box textarea", "#by-conversation .by-log", "#by-sources"):  # Gradio draws them one by one
                expect(page.locator(part)).to_be_visible()
            return page

        yield opened
    assert not foreign, f"the page called out: {foreign}"
    assert not failures, f"a script on the page failed: {failures}"


@pytest.fixture(scope="session")
def serve_here() -> Iterator[Callable[[Assistant], str]]:
    """Serves the page over an assistant from this very process; gives its address."""
    pages: list[gr.Blocks] = []

    def serve(assistant: Assistant) -> str:
        page = create_page(assistant)
        pages.append(page)
        return start(page, Settings.checked({"port": 0}))

    yield serve
    for page in pages:
        page.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The page on a wide screen."""
    return open_page()
