"""What shares words with the passages kept back is found, however it was cut or joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.examples import Example
from training.held import SHARED_WORDS, HeldBack

KEPT = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen."


def over(context: str) -> Example:
    return Example("1", "What?", context, (), "s")


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        (KEPT, True),
        ("Before it. one TWO three four five six, seven eight nine ten eleven-twelve! And more.", True),
        ("Two three four five six seven eight nine ten eleven twelve.", False),
        ("Something else altogether, of more than twelve words, that nobody has kept back so far.", False),
        ("", False),
    ],
)
def test_twelve_words_in_a_row_are_shared(text: str, shared: bool) -> None:
    held = HeldBack([over(KEPT)])
    assert held.shares(text) == shared
    assert held.without([over(text)]) == ([] if shared else [over(text)])


def test_a_short_passage_is_kept_back_whole() -> None:
    held = HeldBack([over("Ann won the cup.")])
    assert held.shares("ann won the cup") and not held.shares("Ann won the cup again.")
    with pytest.raises(ValueError, match="held-back"):
        held.check([over("Bo lost."), over("Ann won the cup!")])


@given(st.lists(st.sampled_from("abcdefgh"), min_size=SHARED_WORDS, max_size=40), st.data())
def test_any_stretch_of_what_is_kept_back_is_found_among_other_words(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - SHARED_WORDS))
    stretch = words[first : first + SHARED_WORDS]
    assert HeldBack([over(" ".join(words))]).shares(f"zz zz {'  '.join(stretch)}, zz")
