"""The page itself: its parts, what each event does, and how it is served."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from index.errors import SettingsError
from qa.assistant import Assistant
from qa.page.chat import OPENING, Chat
from qa.page.loading import Loading
from qa.page.policy import OwnHostOnly
from qa.page.sources import render_empty
from qa.page.theme import byline_theme
from qa.settings import Settings
from qa.start import prepare

EXAMPLES = (
    "Who led the Russian delegation?",
    "How many prisoners will each side release?",
    "Who is the mayor of Quernhaven now?",
    "How many people came to the Quernhaven Lantern Fair in August 2025?",
    "Who won the World Cup?",
)
"""Questions to click before the first one is typed; the last one has no answer in the sample library."""

ASKING_AT_ONCE = 2
"""Questions answered at the same time; more wait in the queue, as two cores do not answer four any sooner."""
WAITING = 100
"""Questions that may wait; one more is refused at once."""

_FOLDER = Path(__file__).parent


def serve(settings: Settings) -> None:
    """Serve the page of ``settings`` until it is interrupted; the library and the models load behind it."""
    loading = load_later(settings)
    page = create_page(loading)
    loading.start()
    launch(page, settings)


def load_later(settings: Settings) -> Loading:
    """The assistant of ``settings``, still to be made: library opened, filled if it is empty, models loaded."""

    def load() -> Assistant:
        assistant = prepare(settings)
        assistant.warm_up()
        return assistant

    return Loading(load)


def create_page(source: Assistant | Callable[[], Assistant] | Loading) -> gr.Blocks:
    """Make the page over ``source``: an assistant, or what makes one when it is first needed."""
    chat = Chat(Loading.of(source), EXAMPLES)
    with gr.Blocks(title="Byline", analytics_enabled=False, fill_width=True) as page, gr.Column(elem_id="by-page"):
        turns = gr.State(())
        with gr.Row(elem_id="by-top"):
            gr.HTML(_read("header.html"), apply_default_css=False, js_on_load=None)
            holdings = gr.HTML(OPENING, elem_id="by-holdings", apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="by-columns"):
            with gr.Column(elem_id="by-chat"):
                conversation = gr.HTML(
                    chat.welcome(),
                    elem_id="by-conversation",
                    apply_default_css=False,
                    js_on_load=_read("conversation.js"),
                )
                box = gr.Textbox(
                    label="Your question",
                    show_label=False,
                    container=False,
                    placeholder="Ask about the articles",
                    elem_id="by-box",
                    lines=1,
                    max_lines=6,
                    submit_btn="Ask",
                )
            sources = gr.HTML(
                render_empty(), elem_id="by-sources", apply_default_css=False, js_on_load=_read("sources.js")
            )
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        gr.on(
            [box.submit, conversation.submit],
            chat.ask,
            [box, turns],
            [conversation, sources, turns, box],
            concurrency_limit=ASKING_AT_ONCE,
            concurrency_id="ask",
            trigger_mode="once",
            **private,
        )
        conversation.select(
            chat.show_source, turns, sources, concurrency_limit=None, trigger_mode="multiple", **private
        )
        page.load(chat.holdings, None, holdings, concurrency_limit=None, **private)
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
            show_error=True,
            prevent_thread_lock=True,
            theme=byline_theme(),
            css=_read("style.css"),
            head=f"{_read('head.html')}<style>{_read('frame.css')}</style>",
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

    def ask_articles(question: str, history: list[dict[str, str]] | None = None) -> dict[str, Any]:
        """Answer a question from the articles of the library, with citations, or say that they do not say.

        Args:
            question: the question, in plain words.
            history: earlier turns of the conversation, oldest first, each {"question": "...", "answer": "..."}:
                an earlier answer's "understood_as" and "short".

        Returns:
            The answer: text, short, sentences, citations (article, publisher, date, url, start, end, quote),
            confidence (0 to 1), alternatives, abstained, and what was closest when it was abstained from.
        """
        return chat.api(question, history)

    gr.api(ask_articles, api_name="chat", concurrency_limit=ASKING_AT_ONCE, concurrency_id="ask")


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
