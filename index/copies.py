"""Near-duplicates: one story that several outlets carry, with small edits (wire copy).

A text's MinHash (Broder, On the Resemblance and Containment of Documents, 1997) estimates how many of its runs of
``SHINGLE_WORDS`` words it shares with another; bands of it find the others without comparing all. An article joins the
earliest stored story that it resembles, so that stories neither merge nor drift as more is added.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS = 128
SHINGLE_WORDS = 3
LEAST_CHARACTERS = 200
"""Shorter texts are compared with none: too little to tell copying from a common phrase (characters)."""
ALIKE = 0.6
"""Share of common shingles from which two texts are one story (measured: docs/library.md)."""
REPEATED = 0.7
"""Share of a passage's shingles from which it repeats another copy's (measured on the sample's pair)."""
BANDS, ROWS = 32, 4
"""Bands of so many values: a pair at ``ALIKE`` shares one with probability 1 - (1 - 0.6^4)^32 = 0.99."""
_WORD = re.compile(r"\w+")
_NUMBERS = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million "
    "millions billion billions dozen dozens".split()
)
"""Numbers in words; "one" is too often none."""


@lru_cache(maxsize=1)
def _blank() -> MinHash:
    """The permutations, drawn once: always the same, as signatures are stored."""
    from datasketch import MinHash

    return MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32")


def signature(text: str) -> np.ndarray | None:
    """The MinHash of a text, shape (``PERMUTATIONS``,), uint32; None for one shorter than ``LEAST_CHARACTERS``."""
    words = _WORD.findall(text.lower())
    if len(text) < LEAST_CHARACTERS or len(words) < SHINGLE_WORDS:
        return None
    runs = {" ".join(words[first : first + SHINGLE_WORDS]) for first in range(len(words) - SHINGLE_WORDS + 1)}
    sketch = _blank().copy()
    sketch.update_batch([run.encode("utf-8") for run in runs])
    return sketch.hashvalues.astype("<u4")


def likeness(one: np.ndarray, others: np.ndarray) -> Any:
    """Estimated share of common shingles (Jaccard) of a signature with each row of ``others``."""
    return (others == one).mean(axis=-1)


def bands(signed: np.ndarray) -> list[int]:
    """A signature's ``BANDS`` keys, 63-bit whole numbers; texts that share one may be alike."""
    import hashlib

    keys = []
    for band, values in enumerate(signed.reshape(BANDS, ROWS)):
        digest = hashlib.blake2b(values.tobytes(), digest_size=8, salt=band.to_bytes(2, "little")).digest()
        keys.append(int.from_bytes(digest, "little") >> 1)
    return keys


def repeats(text: str, shown: str) -> bool:
    """True when ``text`` adds nothing to ``shown``: most of its runs of words, and all its numbers, are there."""
    ours, theirs = (_WORD.findall(one.lower()) for one in (text, shown))
    if any((word[:1].isdigit() or word in _NUMBERS) and word not in theirs for word in ours):
        return False
    runs, others = (
        {tuple(words[first : first + SHINGLE_WORDS]) for first in range(max(1, len(words) - SHINGLE_WORDS + 1))}
        for words in (ours, theirs)
    )
    return len(runs & others) >= REPEATED * len(runs)
