"""A library by its address: a folder on this machine, or Milvus. The one place that chooses between them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from index.embedder import Embedder
from index.library import Library

if TYPE_CHECKING:
    from index.milvus.connection import MilvusOptions


def in_milvus(address: str | Path) -> bool:
    """True for the address of a library in Milvus, False for a folder."""
    return str(address).startswith(("milvus://", "milvus+tls://", "milvus-lite:"))


def folder_of(address: str | Path) -> Path:
    """The folder on this machine that belongs to a library: its own, or what is kept beside one in Milvus."""
    if not in_milvus(address):
        return Path(address)
    from index.milvus.address import parse_address

    return parse_address(str(address)).beside


def open_library(
    address: str | Path,
    embedder: Embedder | None = None,
    passage_characters: int = 800,
    create: bool = True,
    milvus: MilvusOptions | None = None,
) -> Library:
    """Open the library at ``address``, making an empty one if there is none and ``create``.

    Args:
        address: a folder; ``milvus://HOST:PORT/NAME`` (``milvus+tls://`` for TLS); ``milvus-lite:PATH.db``.
        embedder: what embeds; the packaged one by default.
        passage_characters: longest passage that articles are cut into.
        create: make it where there is none.
        milvus: how Milvus is reached.

    Raises:
        LibraryError: there is none, it cannot be reached or written, or the extra ``scale`` is not installed.
    """
    if not in_milvus(address):
        return Library.open(address, embedder, passage_characters, create)
    from index.milvus.library import MilvusLibrary

    return MilvusLibrary(str(address), embedder or Embedder(), passage_characters, milvus, create)
