"""The command that asks one question of a run again."""

from __future__ import annotations

import shlex
from typing import Any

from qa.evaluate.run_folder import Run
from qa.evaluate.score import Scored
from qa.settings import Settings

_FLAGS = (
    "embedder",
    "reader",
    "reranker",
    "precision",
    "candidates",
    "passages_read",
    "read_share",
    "dense_weight",
    "min_confidence",
)


def replay_command(run: Run, row: Scored) -> str:
    """``byline ask …`` with the run's library and settings; a conversation is asked again with ``byline eval run``."""
    began = run.began_with
    flags = ["--library", str(began["library_path"])]
    for name in _FLAGS:
        default = Settings.model_fields[name].default
        value: Any = began["settings"].get(name, default)  # a run of an older version has none of what is newer
        if value != default:
            flags += [f"--{name.replace('_', '-')}", str(value)]
    if row.turns or (began["as_of"] and row.asked):
        as_of = ["--as-of"] if began["as_of"] else []
        return shlex.join(["byline", "eval", "run", str(began["set_path"]), "--only", row.id, *as_of, *flags, "--json"])
    return shlex.join(["byline", "ask", *flags, "--json", "--", row.question])
