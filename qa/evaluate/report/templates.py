"""Jinja templates of this folder, with everything escaped but what is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

_PACKAGE = "qa.evaluate.report"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, "."),
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": score,
        "percent": percent,
        "marked": marked,
        "cell": markdown_cell,
        "thousands": lambda number: f"{number:,}",
    }
    return environment


def render(name: str, **values: Any) -> str:
    """The template ``name`` filled in; the style sheet is at hand as ``css``."""
    css = Markup(files(_PACKAGE).joinpath("report.css").read_text(encoding="utf-8"))
    return _environment().get_template(name).render(css=css, **values)


def score(value: float | None) -> str:
    """Three digits, or a dash for none."""
    return "–" if value is None else f"{value:.3f}"


def percent(value: float | None) -> str:
    """Whole percent, or a dash for none."""
    return "–" if value is None else f"{value:.0%}"


def marked(evidence: Mapping[str, Any]) -> Markup:
    """The text of a passage, escaped, its marks between ``<mark>`` and ``</mark>``."""
    text, at = str(evidence["text"]), 0
    parts: list[str | Markup] = []
    for start, end in _sound(evidence["marks"], len(text)):
        parts += [text[at:start], Markup("<mark>"), text[start:end], Markup("</mark>")]
        at = end
    parts.append(text[at:])
    return Markup("").join(escape(part) for part in parts)


def markdown_cell(text: object) -> str:
    """Text that stays in its place in Markdown, in a table's cell too: nothing of it is markup, no line ends."""
    flat = " ".join(str(text).split())
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>#|!~&" else one for one in flat)


def _sound(marks: Sequence[Sequence[int]], length: int) -> list[tuple[int, int]]:
    """The marks in order that do not overlap and lie inside the text."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted((int(start), int(end)) for start, end in marks):
        if (kept[-1][1] if kept else 0) <= start < end <= length:
            kept.append((start, end))
    return kept
