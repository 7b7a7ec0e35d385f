"""Average readers that were trained one from another: ``python -m training.average A B C --out FOLDER``.

The plain mean of all weights (uniform "model soup": Wortsman et al., ICML 2022). On the development questions it read
better than any of the three it was made of; docs/evaluation.md has the figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.embedder import file_sha256
from training.folder import replaced_folder

WEIGHTS = "model.safetensors"


def average(readers: Sequence[Path], out: Path) -> None:
    """Write the mean of ``readers`` (folders of the same architecture) to ``out``, with the recipe of each.

    Raises:
        ValueError: their weights have other names or shapes.
    """
    import torch
    from safetensors.torch import load_file, save_file

    parts = [load_file(reader / WEIGHTS) for reader in readers]
    shapes = [{name: tuple(weight.shape) for name, weight in part.items()} for part in parts]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError("Readers of different architectures cannot be averaged.")
    mean = {
        name: torch.stack([part[name].float() for part in parts]).mean(0).to(first.dtype)
        for name, first in parts[0].items()
    }
    with replaced_folder(out, {"mean_of": [_with_hash(reader) for reader in readers]}) as folder:
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            shutil.copyfile(readers[-1] / name, folder / name)
        save_file(mean, folder / WEIGHTS, metadata={"format": "pt"})


def _with_hash(reader: Path) -> dict[str, Any]:
    recipe = json.loads((reader / "recipe.json").read_text(encoding="utf-8"))
    return {**recipe, "sha256": file_sha256(reader / WEIGHTS)}


def main() -> None:
    """Average and write."""
    parser = argparse.ArgumentParser(
        prog="python -m training.average",
        description=__doc__.splitlines()[0],
        epilog="example: python -m training.average .byline/reader/second .byline/reader/third --out mean",
    )
    parser.add_argument("readers", type=Path, nargs="+", help="folders of readers with a recipe.json")
    parser.add_argument("--out", type=Path, default=Path(".byline/reader/model"), help="where the mean goes")
    options = parser.parse_args()
    average(options.readers, options.out)


if __name__ == "__main__":
    main()
