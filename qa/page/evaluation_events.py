"""What happens in the tab "Evaluate": a question set is run step by step, and its report shown."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import gradio as gr

from index.article import clean_text
from index.errors import BylineError, QuestionError
from qa.evaluate.report.page import report_html, write_report
from qa.evaluate.run_folder import Run
from qa.evaluate.session import chosen, perform
from qa.evaluate.sets import load_set
from qa.page.adding import Say, in_steps
from qa.page.chat import UNEXPECTED
from qa.page.library_render import render_busy, render_done
from qa.page.loading import Loading
from qa.page.markup import escape

logger = logging.getLogger(__name__)

RUNS = Path("runs")
"""Where runs go, as on the command line."""
_EVERY = 0.2
"""Seconds between two lines of progress."""


class EvaluationEvents:
    """The events of the tab. One set is run at a time; what is running can be stopped by whoever has the page."""

    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._stop = Event()

    def run(self, path: str | None, most: float | None) -> Iterator[tuple[Any, Any]]:
        """Ask the uploaded set, or ``most`` of it, saying how far it is; then show the report."""
        if not path:
            yield render_done("", ["Choose a question set first."]), gr.skip()
            return
        self._stop.clear()
        out = RUNS / f"page-{time.strftime('%Y%m%d-%H%M%S')}"
        try:
            for step in in_steps(lambda say: self._perform(Path(path), int(most or 0), out, say)):
                if isinstance(step, Run):
                    yield render_done(f"Done. The run is in {step.path}."), render_report(step)
                elif isinstance(step, BylineError):
                    yield render_done("", [str(step)]), gr.skip()
                else:
                    yield render_busy(step), gr.skip()
        except Exception:  # the page's edge: whatever went wrong, the reader gets a sentence, the log the rest
            logger.exception("A question set could not be asked")
            yield render_done("", [UNEXPECTED]), gr.skip()
        finally:
            Path(path).unlink(missing_ok=True)

    def stop(self) -> None:
        """Stop what is running after the question that is being asked."""
        self._stop.set()

    def _perform(self, path: Path, most: int, out: Path, say: Say) -> Run:
        say("Reading the questions…")
        found = load_set(path)
        if found.articles is not None:
            raise QuestionError("This set brings its own articles; ask it with 'byline eval run' on the command line.")
        name = clean_text(path.name)
        found = chosen(replace(found, path=Path(name)), self._loading.get(), most=most)
        begun, said = time.monotonic(), 0.0

        def progress(done: int, of: int) -> None:
            nonlocal said
            if self._stop.is_set() and done < of:
                raise QuestionError(f"Stopped after {done:,} of {of:,} questions; what was asked is in {out}.")
            spent = time.monotonic() - begun
            if spent - said >= _EVERY or done == of:
                said = spent
                say(_progress(done, of, spent))

        run = perform(self._loading.get(), found, out, progress=progress)
        say("Writing the report…")
        write_report(run)
        return run


def _progress(done: int, of: int, spent: float) -> str:
    """``12 of 102 questions · 2.1 a second · 43 s left``."""
    line = f"{done:,} of {of:,} questions"
    if not done:
        return f"{line}…"
    left = spent / done * (of - done)
    return f"{line} · {done / spent:.1f} a second · {left:,.0f} s left"


def render_report(run: Run) -> str:
    """The report in a frame that can run nothing, and a link that saves it.

    A link to a place in what a frame is given as text would lead to the page around it, unless it names the text.
    """
    page = report_html(run)
    framed = page.replace('href="#', 'href="about:srcdoc#')
    saved = base64.b64encode(page.encode()).decode()
    return (
        f'<p class="by-lib-note"><a class="by-save" download="{escape(run.name)}.html" '
        f'href="data:text/html;charset=utf-8;base64,{saved}">Save the report</a></p>'
        f'<iframe class="by-report" title="Report of the run" sandbox="" srcdoc="{escape(framed)}"></iframe>'
    )
