"""The packaged embedder, checked; others refused with a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from index import embedder as module
from index.embedder import PACKAGED_SHA256, Embedder, packaged_model_path
from index.errors import ModelError


def test_vectors_are_of_unit_length_and_mean_something(embedder: Embedder) -> None:
    vectors = embedder.encode(["The mayor opened the bridge.", "A bridge was inaugurated.", "Cats sleep a lot."])
    assert vectors.shape == (3, 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_no_text_gives_no_vector(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 384)


def test_bfloat16_and_float32_agree() -> None:
    text = ["Vladimir Medinsky led the Russian delegation."]
    one, other = (Embedder(precision=precision).encode(text)[0] for precision in ("float32", "bfloat16"))
    assert one @ other > 0.995


def test_the_packaged_weights_are_those_of_the_design(embedder: Embedder) -> None:
    assert embedder.hash == PACKAGED_SHA256


def test_damaged_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "model"
    shutil.copytree(packaged_model_path(), copy)
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\xff" * 64)
    monkeypatch.setattr(module, "packaged_model_path", lambda: copy)
    with pytest.raises(ModelError, match="damaged"):
        Embedder().encode(["x"])


@pytest.mark.parametrize("name", ["some/model-on-a-hub", "/no/such/folder"])
def test_a_model_that_is_not_here_is_not_fetched(name: str) -> None:
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE"):
        Embedder(name).encode(["x"])


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        Embedder(str(tmp_path)).hash  # noqa: B018
