"""The mean of readers is a reader, and says what it was made of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from index.embedder import file_sha256
from qa.reader import SHIPPED, Reader
from training.average import average


def reader_with(folder: Path, add: float, name: str = "qa_outputs.bias") -> Path:
    """A copy of the shipped reader with ``add`` on one of its weights."""
    shutil.copytree(SHIPPED, folder)
    weights = load_file(folder / "model.safetensors")
    weights[name] = weights[name] + np.float16(add)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_the_mean_is_between_its_parts_and_reads(tmp_path: Path) -> None:
    one, other = reader_with(tmp_path / "one", 2.0), reader_with(tmp_path / "other", 4.0)
    average([one, other], tmp_path / "mean")
    shipped, mean = (load_file(folder / "model.safetensors") for folder in (SHIPPED, tmp_path / "mean"))
    assert set(mean) == set(shipped)
    for name, weight in mean.items():
        expected = shipped[name] + np.float16(3.0 if name == "qa_outputs.bias" else 0.0)
        np.testing.assert_allclose(weight, expected, atol=2e-3)
    recipe = json.loads((tmp_path / "mean" / "recipe.json").read_text())
    assert [part["sha256"] for part in recipe["mean_of"]] == [
        file_sha256(folder / "model.safetensors") for folder in (one, other)
    ]
    (spans,) = Reader(str(tmp_path / "mean")).read("Who came?", ["Ann Lee came on Friday."])
    assert "Ann Lee came on Friday."[spans[0].start : spans[0].end] == "Ann Lee"


def test_readers_of_different_shapes_are_refused(tmp_path: Path) -> None:
    one = reader_with(tmp_path / "one", 0.0)
    weights = load_file(one / "model.safetensors")
    weights["qa_outputs.bias"] = np.zeros(3, dtype=np.float16)
    save_file(weights, one / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match="different architectures"):
        average([one, SHIPPED], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
