"""Write a model's folder whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replaced_folder(out: Path, recipe: dict[str, Any]) -> Iterator[Path]:
    """Gives an empty folder to write to, which takes the place of ``out`` at the end, with ``recipe.json`` in it."""
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    (partial / "recipe.json").write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")
    for path in partial.iterdir():  # safetensors writes for the owner's eyes alone
        path.chmod(0o644)
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)
