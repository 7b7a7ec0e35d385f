"""What every tab of the page is put together with: the files beside this one, and how page-only events are marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""For an event of the page alone: not offered at 'Use via API', and without Gradio's own spinner."""

_FOLDER = Path(__file__).parent


def read_asset(name: str) -> str:
    """The text of the page's own file ``name`` (CSS, HTML or JavaScript)."""
    return (_FOLDER / name).read_text(encoding="utf-8")
