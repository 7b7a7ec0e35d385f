"""The page itself: its parts, what each event does, and how it is served."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from index.errors import SettingsError
from qa.assistant import Assistant
from qa.page.ask_tab import add_ask_tab
from qa.page.assets import PRIVATE, read_asset
from qa.page.chat import OPENING, Chat
from qa.page.feedback_bar import FeedbackEvents
from qa.page.library_events import LibraryEvents
from qa.page.library_tab import add_library_tab
from qa.page.loading import Loading
from qa.page.policy import OwnHostOnly
from qa.page.theme import byline_theme
from qa.page.visitor import Visitors
from qa.settings import Settings
from qa.start import prepare

STYLES = ("style.css", "library.css", "feedback.css")
WAITING = 200
"""Events that Gradio lets wait; questions wait at the desk, which tells their askers (``desk.py``)."""
CALLING_AT_ONCE = 8
"""Calls of ``/chat`` that wait at the desk at the same time; each holds a thread."""


def serve(settings: Settings) -> None:
    """Serve the page of ``settings`` until it is interrupted; the library and the models load behind it."""
    loading = load_later(settings)
    page = create_page(loading, settings)
    loading.start()
    launch(page, settings)


def load_later(settings: Settings) -> Loading:
    """The assistant of ``settings``, still to be made: library opened, filled if it is empty, models loaded."""

    def load() -> Assistant:
        assistant = prepare(settings)
        assistant.warm_up()
        return assistant

    return Loading(load)


def create_page(source: Assistant | Callable[[], Assistant] | Loading, settings: Settings | None = None) -> gr.Blocks:
    """Make the page over ``source``: an assistant, or what makes one when it is first needed.

    ``settings`` say who may change what, and the page's limits.
    """
    settings = settings or Settings.checked({})
    loading = Loading.of(source)
    loading.visitors = visitors = Visitors(settings)
    chat = Chat(loading)
    # Uploads are removed as soon as they are read; what a visitor uploads and then leaves goes after an hour.
    blocks = gr.Blocks(title="Byline", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600))
    with blocks as page, gr.Column(elem_id="by-page"):
        with gr.Row(elem_id="by-top"):
            gr.HTML(read_asset("header.html"), apply_default_css=False, js_on_load=None)
            holdings = gr.HTML(OPENING, elem_id="by-holdings", apply_default_css=False, js_on_load=None)
        with gr.Tabs(elem_id="by-tabs"):  # each part of the page is one call here, which makes its own gr.Tab
            add_ask_tab(page, chat, FeedbackEvents(loading, settings.feedback_entries))
            done = add_library_tab(page, LibraryEvents(loading, visitors, settings.owner))
        gr.on([page.load, done.change], chat.holdings, None, holdings, concurrency_limit=None, **PRIVATE)
        _add_api(chat)
    return page.queue(max_size=WAITING)


def launch(page: gr.Blocks, settings: Settings, say: Callable[[str], object] = print) -> None:
    """Serve ``page`` until it is interrupted: on ``settings.host``, or on every address on a Space.

    Raises:
        SettingsError: the port is taken.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # launch() would tell Gradio's makers of it otherwise
    host = "0.0.0.0" if os.environ.get("SPACE_ID") else settings.host
    try:
        _, url, _ = page.launch(
            server_name=host,
            server_port=settings.port or None,
            share=False,
            quiet=True,
            ssr_mode=False,
            run_history=False,
            footer_links=["api"],
            auth=settings.login,
            mcp_server=settings.mcp,
            max_file_size=f"{settings.upload_megabytes}mb",
            show_error=True,
            prevent_thread_lock=True,
            theme=byline_theme(),
            css="\n".join(read_asset(name) for name in STYLES),
            head=f"{read_asset('head.html')}<style>{read_asset('frame.css')}</style><script>{read_asset('page.js')}</script>",
            app_kwargs={"middleware": [Middleware(OwnHostOnly)]},
        )
    except OSError as error:
        raise SettingsError(
            f"Port {settings.port} on {host} cannot be served on; choose another with --port or BYLINE_PORT, "
            "or 0 for any free one."
        ) from error
    say(f"Byline is at {url}")
    page.block_thread()


def _add_api(chat: Chat) -> None:
    """Offer ``/chat``; its name, types and words are what 'Use via API' and MCP clients are shown."""

    def ask_articles(
        question: str,
        history: list[dict[str, str]] | None = None,
        publishers: list[str] | None = None,
        published_from: str = "",
        published_to: str = "",
    ) -> dict[str, Any]:
        """Answer a question from the articles of the library, with citations, or say that they do not say.

        Args:
            question: the question, in plain words.
            history: earlier turns of the conversation, oldest first, each {"question": "...", "answer": "..."}:
                an earlier answer's "understood_as" and "short".
            publishers: only articles of these publishers, named exactly as the library has them; none for all.
            published_from: only articles of this day (YYYY-MM-DD) or later; empty for no limit.
            published_to: only articles of this day (YYYY-MM-DD) or earlier; empty for no limit.

        Returns:
            The answer: text, short, sentences, citations (article, publisher, date, url, start, end, quote),
            confidence (0 to 1), alternatives, abstained, and what was closest when it was abstained from.
        """
        return chat.api(question, history, publishers, published_from, published_to)

    gr.api(ask_articles, api_name="chat", concurrency_limit=CALLING_AT_ONCE)
