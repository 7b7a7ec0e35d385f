"""The tab "Evaluate", for the owner: a question set, how far it is, and the report of the run."""

from __future__ import annotations

from typing import Any

import gradio as gr

from qa.page.assets import PRIVATE
from qa.page.evaluation_events import EvaluationEvents

KINDS = (".jsonl", ".csv", ".tsv", ".gz")
_NOTE = (
    '<p class="by-lib-note">A question set in JSONL or CSV, over the articles of the library: what its lines look like '
    "stands in docs/evaluating.md. The run is kept in the folder runs/ where Byline was started; "
    "'byline eval' says more of it.</p>"
)


def add_evaluation_tab(events: EvaluationEvents) -> None:
    """Make the tab and its events, inside the ``gr.Tabs`` that is open."""
    alone: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "evaluate", "trigger_mode": "once", **PRIVATE}
    with gr.Tab("Evaluate", id="evaluate", elem_id="by-evaluate"), gr.Column(elem_id="by-eval"):
        gr.HTML(_NOTE, apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="by-eval-form"):
            questions = gr.File(
                label="Question set",
                show_label=False,
                file_count="single",
                file_types=list(KINDS),
                type="filepath",
                height=110,
                elem_id="by-eval-file",
            )
            with gr.Column(elem_id="by-eval-go"):
                most = gr.Number(
                    label="Questions asked, drawn at random (0: all)",
                    value=0,
                    minimum=0,
                    precision=0,
                    elem_id="by-eval-most",
                )
                with gr.Row():
                    go = gr.Button("Run", variant="primary", elem_id="by-eval-run")
                    stop = gr.Button("Stop", elem_id="by-eval-stop")
        status = gr.HTML("", elem_id="by-eval-status", apply_default_css=False, js_on_load=None)
        report = gr.HTML("", elem_id="by-eval-report", apply_default_css=False, js_on_load=None)
        go.click(events.run, [questions, most], [status, report], **alone).then(
            lambda: None, None, questions, concurrency_limit=None, **PRIVATE
        )
        stop.click(events.stop, None, None, concurrency_limit=None, **PRIVATE)
