"""The tab "Ask": the conversation, the box to ask in, and the sources beside them."""

from __future__ import annotations

import gradio as gr

from qa.page.assets import PRIVATE, read_asset
from qa.page.chat import Chat
from qa.page.sources import render_empty

ASKING_AT_ONCE = 2
"""Questions answered at the same time; more wait in the queue, as two cores do not answer four any sooner."""


def add_ask_tab(chat: Chat) -> None:
    """Make the tab and its events, inside the ``gr.Tabs`` that is open."""
    with gr.Tab("Ask", id="ask", elem_id="by-ask"):
        turns = gr.State(())
        with gr.Row(elem_id="by-columns"):
            with gr.Column(elem_id="by-chat"):
                conversation = gr.HTML(
                    chat.welcome(),
                    elem_id="by-conversation",
                    apply_default_css=False,
                    js_on_load=read_asset("conversation.js"),
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
                render_empty(), elem_id="by-sources", apply_default_css=False, js_on_load=read_asset("sources.js")
            )
        gr.on(
            [box.submit, conversation.submit],
            chat.ask,
            [box, turns],
            [conversation, sources, turns, box],
            concurrency_limit=ASKING_AT_ONCE,
            concurrency_id="ask",
            trigger_mode="once",
            **PRIVATE,
        )
        conversation.select(
            chat.show_source, turns, sources, concurrency_limit=None, trigger_mode="multiple", **PRIVATE
        )
