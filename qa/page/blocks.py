"""The page itself: its parts, what each event does, and how it is served."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from index.errors import SettingsError, needs_extra
from qa.assistant import Assistant
from qa.page.api import add_api
from qa.page.ask_tab import add_ask_tab
from qa.page.assets import PRIVATE, read_asset
from qa.page.chat import OPENING, Chat
from qa.page.evaluation_events import EvaluationEvents
from qa.page.evaluation_tab import add_evaluation_tab
from qa.page.feedback_bar import FeedbackEvents
from qa.page.library_events import LibraryEvents
from qa.page.library_tab import add_library_tab
from qa.page.loading import Loading
from qa.page.policy import OwnHostOnly, policy
from qa.page.theme import byline_theme
from qa.page.visitor import Visitors
from qa.settings import Settings
from qa.start import prepare

STYLES = ("style.css", "library.css", "feedback.css", "evaluation.css")
WAITING = 200
"""Events that Gradio lets wait; questions wait at the desk, which tells their askers (``desk.py``)."""


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
            if settings.owner:
                add_evaluation_tab(EvaluationEvents(loading))
        gr.on([page.load, done.change], chat.holdings, None, holdings, concurrency_limit=None, **PRIVATE)
        add_api(chat, loading)
    return page.queue(max_size=WAITING)


def launch(page: gr.Blocks, settings: Settings, say: Callable[[str], object] = print) -> None:
    """Serve ``page`` until it is interrupted or told to end; raises what ``start`` raises."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)
    say(f"Byline is at {start(page, settings)}")
    page.block_thread()


def _end(number: int, frame: FrameType | None) -> None:
    """End as any program does, so that what visitors added is removed."""
    sys.exit(128 + number)


def start(
    page: gr.Blocks, settings: Settings, routes: Sequence[BaseRoute] = (), middleware: Sequence[Middleware] = ()
) -> str:
    """Serve ``page`` from a thread, on ``settings.host``, or on every address on a Space; returns its address.

    ``routes`` are served beside it, without its password; ``middleware`` sees every request.

    Raises:
        SettingsError: the port is taken, or MCP is asked for and not installed.
    """
    if settings.mcp and importlib.util.find_spec("mcp") is None:
        raise SettingsError(needs_extra("A page that offers MCP tools", "mcp"))
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # launch() would tell Gradio's makers of it otherwise
    on_a_space = bool(os.environ.get("SPACE_ID"))
    host = "0.0.0.0" if on_a_space else settings.host
    styles, scripts = "\n".join(read_asset(name) for name in STYLES), read_asset("page.js")
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
            css=styles,
            head=f"{read_asset('head.html')}<style>{read_asset('frame.css')}</style><script>{scripts}</script>",
            app_kwargs={
                "middleware": [Middleware(OwnHostOnly, policy(settings.owner, on_a_space)), *middleware],
                "routes": list(routes),
            },
        )
    except OSError as error:
        raise SettingsError(
            f"Port {settings.port} on {host} cannot be served on; choose another with --port or BYLINE_PORT, "
            "or 0 for any free one."
        ) from error
    return str(url)
