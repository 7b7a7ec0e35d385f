"""The tab "Ask": the conversation, the box to ask in, and the sources beside them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from qa.page.assets import PRIVATE, read_asset
from qa.page.chat import Chat
from qa.page.feedback_bar import FeedbackEvents, follow_answers, make_feedback_bar
from qa.page.filters import render_filters
from qa.page.sources import render_empty

_FREE: dict[str, Any] = {"concurrency_limit": None, **PRIVATE}
"""For events that cost nothing, or that wait at the desk: Gradio does not hold them back."""
_CANCEL = """element.addEventListener("click", (event) => {
  if (event.target.closest("[data-unmean]")) { window.byline.mean({}); window.byline.write(""); }
});"""
_SUGGESTED = """element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-question]");
  if (!button) return;
  window.byline.mean({});
  trigger("submit", { question: button.dataset.question });
});"""


def add_ask_tab(page: gr.Blocks, chat: Chat, feedback: FeedbackEvents) -> None:
    """Make the tab and its events, inside the ``gr.Tabs`` of ``page`` that is open."""
    with gr.Tab("Ask", id="ask", elem_id="by-ask") as tab:
        turns, sent = gr.State(()), gr.Textbox(visible=False)
        with gr.Row(elem_id="by-columns"):
            with gr.Column(elem_id="by-chat"):
                told = {"record": "", "opened": "", "stopped": ""}
                history = _html(read_asset("history.html"), "by-history", read_asset("history.js"), **told)
                with gr.Column(elem_id="by-scroll"):
                    conversation = _html(chat.welcome(), "by-conversation", read_asset("conversation.js"))
                    bar = make_feedback_bar()
                    suggestions = _html("", "by-suggestions", _SUGGESTED)
                with gr.Column(elem_id="by-asking"):
                    filters = _html(render_filters(()), "by-filters", read_asset("filters.js"))
                    _html(read_asset("editing.html"), "by-editing", _CANCEL)
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
                    stop = gr.Button("Stop", elem_id="by-stop")
            sources = _html(render_empty(), "by-sources", read_asset("sources.js"))
        asked = gr.on(
            [box.submit, conversation.submit, suggestions.submit],
            chat.ask,
            [box, sent, turns],
            [conversation, sources, turns, box, history, suggestions],
            js="(typed) => window.byline.asked(typed)",
            trigger_mode="once",
            **_FREE,
        )
        stop.click(chat.stop, **_FREE)
        opened = history.select(
            chat.open,
            None,
            [conversation, sources, turns, history, suggestions],
            trigger_mode="multiple",
            **_FREE,
        )
        follow_answers(bar, turns, feedback, [asked, opened])
        conversation.select(chat.show_source, turns, sources, trigger_mode="multiple", **_FREE)
        gr.on([page.load, tab.select], chat.filters, None, filters, **_FREE)
        for after in (page.load, asked.then, opened.then):
            after(chat.suggest, turns, suggestions, **_FREE)


def _html(value: str, name: str, script: str, **props: Any) -> gr.HTML:
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=script, **props)
