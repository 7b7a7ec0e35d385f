"""Passages: exact offsets, nothing lost, no word cut."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.passages import passage_spans, sentence_spans, split_article
from index.soundness import span_fault
from tests.index.texts import CHARACTERS

anything = st.text(CHARACTERS, max_size=600)
prose = st.lists(
    st.sampled_from(
        [
            "The U.S. said no. ",
            "“We go. We stay,” he said. ",
            "Mr. Lee left",
            "\n\n",
            "? ",
            "! ",
            " 3.5 ",
            "x" * 30,
            "é😀 ",
        ]
    ),
    max_size=60,
).map("".join)


@given(text=st.one_of(anything, prose), most=st.integers(20, 300))
@settings(max_examples=300, deadline=None)
def test_passages_cover_every_word_and_keep_to_the_length(text: str, most: int) -> None:
    spans = passage_spans(text, most)
    covered = set()
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert end - start <= most
        assert text[start:end] == text[start:end].strip()
        covered.update(range(start, end))
    assert all(place in covered for place, character in enumerate(text) if not character.isspace())
    assert spans == sorted(spans) and len(spans) == len(set(spans))


@given(text=st.one_of(anything, prose).filter(str.strip), most=st.integers(20, 300))
@settings(max_examples=200, deadline=None)
def test_passages_are_cut_exactly_and_a_check_finds_no_fault_in_them(text: str, most: int) -> None:
    passages = split_article(Article("any", text), most)
    assert all(passage.text == text[passage.start : passage.end] for passage in passages)
    spans = [(passage.start, passage.end) for passage in passages]
    assert span_fault(text, spans) is None
    for place in range(len(spans)):  # but in a passage less, where no other holds its words
        left = spans[:place] + spans[place + 1 :]
        words = {at for start, end in spans for at in range(start, end) if not text[at].isspace()}
        lost = words - {at for start, end in left for at in range(start, end)}
        assert (span_fault(text, left) is not None) == bool(lost)


@given(text=prose, most=st.integers(40, 300))
@settings(max_examples=200, deadline=None)
def test_a_passage_never_begins_or_ends_inside_a_word(text: str, most: int) -> None:
    if max((len(word) for word in text.split()), default=0) >= most:
        return
    for start, end in passage_spans(text, most):
        assert start == 0 or text[start - 1].isspace() or not text[start].isalnum() or not text[start - 1].isalnum()
        assert end == len(text) or not (text[end].isalnum() and text[end - 1].isalnum())


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. President spoke to Mr. Smith at 5 p.m. on Jan. 3 about Acme Inc. and the deal.",
        "“We are happy. We will go on. There is no way back,” she said.",
        "It paid $3.5 million, e.g. to St. Mary's and to Lt. Gen. J. K. Brown.",
    ],
)
def test_abbreviations_and_quotations_stay_in_one_sentence(text: str) -> None:
    assert sentence_spans(text) == [(0, len(text))]


@pytest.mark.parametrize("space", "\xa0\u202f\u2009\u3000\x85")
def test_a_space_of_another_kind_before_a_full_stop_is_a_space(space: str) -> None:
    text = f"He took vitamin C{space}. Then he left.{space}M{space}. Dupont stayed."
    assert "".join(text[start:end] for start, end in sentence_spans(text)).replace(" ", "").replace(space, "") == (
        "HetookvitaminC.Thenheleft.M.Dupontstayed."
    )


def test_sentences_end_where_they_do() -> None:
    text = "He left. Did she?\nA heading\n\nThe end!"
    assert [text[start:end] for start, end in sentence_spans(text)] == ["He left.", "Did she?", "A heading", "The end!"]


def test_neighbours_overlap_by_one_sentence() -> None:
    sentences = [f"Sentence number {number} says something." for number in range(20)]
    text = " ".join(sentences)
    spans = passage_spans(text, 160)
    for (_, end), (start, _) in pairwise(spans):
        assert text[start:end] in sentences


def test_a_sentence_too_long_is_cut_between_words_and_a_word_too_long_where_it_must_be() -> None:
    words = "word " * 100
    assert all(re.fullmatch(r"(word ?)+", words[start:end]) for start, end in passage_spans(words, 50))
    assert passage_spans("x" * 120, 50) == [(0, 50), (50, 100), (100, 120)]


def test_five_megabytes_on_one_line_are_split() -> None:
    text = "lorem ipsum " * 420_000
    spans = passage_spans(text)
    assert sum(end - start for start, end in spans) > 4_900_000
    assert passage_spans("a" * 1_000_000)[-1][1] == 1_000_000
