"""Whose vectors a library holds: what it records of the embedder that made them, and the refusal of another."""

from __future__ import annotations

from collections.abc import Mapping

from index.embedder import Embedder
from index.errors import LibraryError


def embedder_facts(embedder: Embedder) -> dict[str, str]:
    """What a library records of its embedder, by name."""
    return {
        "embedder_name": embedder.name,
        "embedder_hash": embedder.hash,
        "embedder_dimension": str(embedder.dimension),
    }


def embedder_fault(meta: Mapping[str, object]) -> str | None:
    """What is wrong with the record of the embedder among the named values of a library with vectors, or None."""
    missing = [name for name in ("name", "hash", "dimension") if not meta.get(f"embedder_{name}")]
    if not missing and str(meta["embedder_dimension"]).lstrip("0").isdecimal():
        return None
    return f"Which embedder made the vectors is not recorded ({', '.join(missing) or 'dimension'})."


def refuse_another(address: str, embedder: Embedder, name: str | None, digest: str | None) -> None:
    """LibraryError when the library at ``address`` records another embedder than ``embedder``; None: it records none.

    Args:
        address: the library, as the message names it.
        embedder: the one that it was opened with.
        name, digest: the recorded embedder, and the hash of its weights.
    """
    if digest is not None and digest != embedder.hash:
        raise LibraryError(
            f"The library {address} was embedded by {name} ({digest[:12]}), not by {embedder.name} "
            f"({embedder.hash[:12]}); name that embedder, or run 'byline index rebuild --embed'."
        )
