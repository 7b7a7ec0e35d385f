"""Texts for property tests: anything that an article can hold."""

from __future__ import annotations

from hypothesis import strategies as st

CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
SHORT_TEXTS = st.lists(
    st.text(CHARACTERS, min_size=1, max_size=80).filter(str.strip), min_size=1, max_size=4, unique=True
)
