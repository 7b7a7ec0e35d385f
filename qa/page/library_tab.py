"""The tab "Library": the articles, searched and sorted; one of them open; and adding and removing, by whoever may."""

from __future__ import annotations

from typing import Any

import gradio as gr

from index.sources import SUFFIXES
from qa.page.assets import PRIVATE, read_asset
from qa.page.library_events import LibraryEvents
from qa.page.library_render import render_nothing_open
from qa.page.listing import View

_NAMED_BY_ITS_WORDS = """
const form = document.getElementById("by-lib-add");
const name = () => form.querySelector("#by-lib-files button[aria-label]")?.removeAttribute("aria-label");
new MutationObserver(name).observe(form, { subtree: true, childList: true });
name();
"""
"""Gradio labels the place to drop files with other words than it shows there; who speaks them must be understood."""


def add_library_tab(page: gr.Blocks, events: LibraryEvents) -> gr.HTML:
    """Make the tab and its events, inside the ``gr.Tabs`` of ``page`` that is open.

    Returns the line that says what was done: it changes whenever the articles do.
    """
    free: dict[str, Any] = {"concurrency_limit": None, **PRIVATE}
    alone: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "library", **PRIVATE}
    with gr.Tab("Library", id="library", elem_id="by-library") as tab:
        view, removed = gr.State(View()), gr.State(())
        with gr.Row(elem_id="by-lib-columns"):
            with gr.Column(elem_id="by-lib-left"):
                words = gr.Textbox(
                    label="Search the list",
                    show_label=False,
                    container=False,
                    placeholder="Search by title, publisher, author or date",
                    elem_id="by-lib-search",
                    lines=1,
                    max_lines=1,
                )
                status, shown = _html("", "by-lib-status", False), _html("", "by-lib-table", False)
                if events.addable:  # above what it changes
                    _add_forms(events, view, status, shown, alone)
                status.render()
                shown.render()
            pane = _html(render_nothing_open(), "by-lib-pane")
        gr.on([page.load, tab.select], events.show, view, [shown, pane], **free)
        words.change(events.find, [words, view], [shown, view], trigger_mode="always_last", **free)
        for part in (status, shown, pane):
            part.select(
                events.act, [view, removed], [status, shown, pane, view, removed], trigger_mode="multiple", **free
            )
    page.unload(events.leave)
    return status


def _add_forms(events: LibraryEvents, view: gr.State, status: gr.HTML, shown: gr.HTML, alone: dict[str, Any]) -> None:
    with gr.Accordion("Add articles", open=False, elem_id="by-lib-add"):
        gr.HTML(_limits(events), apply_default_css=False, js_on_load=_NAMED_BY_ITS_WORDS)
        files = gr.File(
            label="Files of articles",
            show_label=False,
            file_count="multiple",
            file_types=list(SUFFIXES),
            type="filepath",
            height=130,
            elem_id="by-lib-files",
        )
        with gr.Accordion("Paste text instead", open=False, elem_id="by-lib-paste"):
            text = gr.Textbox(label="Text", lines=6, max_lines=12, elem_id="by-lib-text-box")
            with gr.Row():
                title = gr.Textbox(label="Title")
                publisher = gr.Textbox(label="Publisher")
                date = gr.Textbox(label="Date", placeholder="YYYY-MM-DD")
            add = gr.Button("Add this text", elem_id="by-lib-add-text")
    files.upload(events.add_files, [files, view], [status, shown, files], trigger_mode="multiple", **alone)
    fields = [text, title, publisher, date]
    add.click(events.add_pasted, [*fields, view], [status, shown, *fields], trigger_mode="once", **alone)


def _limits(events: LibraryEvents) -> str:
    """Whose the added articles will be, and how much may be added."""
    settings = events.settings
    kinds = ", ".join(SUFFIXES)
    files = f"Files: {kinds}; up to {settings.upload_megabytes} MB each."
    if events.owner:
        return f'<p class="by-lib-note">What you add or remove changes the library for everyone. {files}</p>'
    return (
        '<p class="by-lib-note">What you add is seen by you alone and is gone when you close or reload this page, or '
        f"after {settings.visitor_minutes} minutes without a question. You may add {settings.visitor_articles} "
        f"articles with {settings.visitor_characters:,} characters together. {files}</p>"
    )


def _html(value: str, name: str, render: bool = True) -> gr.HTML:
    script = read_asset("library.js")
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=script, render=render)
