"""The shipped reader: spans of whole words, no answer where there is none; any other model by name."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from index.passages import sentence_spans
from qa.reader import SHIPPED, Reader, whole_words

PASSAGE = "Vladimir Medinsky, an aide to the president, led the Russian delegation to the talks in Istanbul on Friday."


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def text(passage: str, span) -> str:
    return passage[span.start : span.end]


def test_the_best_span_answers(reader: Reader) -> None:
    (spans,) = reader.read("Who led the Russian delegation?", [PASSAGE])
    assert text(PASSAGE, spans[0]) == "Vladimir Medinsky"
    assert spans[0].margin > 0


def test_passages_are_told_apart_and_kept_in_order(reader: Reader) -> None:
    passages = ["The cat sat on the mat.", PASSAGE, "Rain fell on Monday in the north."]
    found = reader.read("Where were the talks?", passages)
    assert max(range(3), key=lambda place: found[place][0].margin) == 1
    assert "Istanbul" in text(PASSAGE, found[1][0])
    assert found[0][0].margin < 0 and found[2][0].margin < 0


def test_one_batch_reads_as_one_by_one_does(reader: Reader) -> None:
    passages = [PASSAGE, "Short.", PASSAGE * 3]
    question = "Who led the delegation?"
    together = reader.read(question, passages)
    for passage, spans in zip(passages, together, strict=True):
        (alone,) = reader.read(question, [passage])
        assert (alone[0].start, alone[0].end) == (spans[0].start, spans[0].end)
        assert alone[0].margin == pytest.approx(spans[0].margin, abs=0.5)  # bfloat16 sums differ by batch


def test_a_passage_longer_than_the_model_is_read_to_its_end(reader: Reader) -> None:
    long = "Nothing happened here at all today. " * 120 + PASSAGE
    (spans,) = reader.read("Who led the Russian delegation?", [long])
    assert text(long, spans[0]) == "Vladimir Medinsky"


def test_a_span_is_part_of_one_sentence_or_whole_sentences(reader: Reader) -> None:
    passage = f"Nobody was hurt.\n\n{PASSAGE} He said little. Rain fell all day, and the streets were empty."
    sentences = sentence_spans(passage)
    for question in ("Who led the Russian delegation?", "What happened?", "Why?", "How much did it cost to repair?"):
        for span in reader.read(question, [passage], most=20)[0]:
            touched = [place for place in sentences if place[0] < span.end and span.start < place[1]]
            assert len(touched) == 1 or (span.start == touched[0][0] and span.end >= touched[-1][1] - 1)


def test_spans_of_a_passage_do_not_overlap(reader: Reader) -> None:
    (spans,) = reader.read("Who led the delegation?", [PASSAGE], most=3)
    places = sorted((span.start, span.end) for span in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(places))


@pytest.mark.parametrize(
    "question", ["?" * 2000, "é" * 2000, "who " * 500, "\u202e\u0000x", "😀" * 300, "대한민국 정부는 " * 25, "대" * 200]
)
def test_odd_questions_are_read(reader: Reader, question: str) -> None:
    assert len(reader.read(question, [PASSAGE, "  ", "x"])) == 3


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_whole_words_never_leaves_the_text_or_cuts_a_word(words: str, one: int, two: int) -> None:
    start, end = sorted((min(one, len(words)), min(two, len(words))))
    first, last = whole_words(words, start, end)
    assert 0 <= first <= last <= len(words)
    if first < last and first > 0:
        assert not (words[first - 1].isalnum() and words[first].isalnum())


@pytest.mark.parametrize(
    ("span", "kept"),
    [
        ("the song “Yesterday”", "the song “Yesterday”"),
        ("“Lantern” fair", "“Lantern” fair"),
        ("a ‘disgrace’", "a ‘disgrace’"),
        ("“Yes,”", "Yes"),
        ("“Yesterday”", "Yesterday"),
        ("“One” and “Two”", "“One” and “Two”"),
        ("“We go", "We go"),
        ("go on,”", "go on"),
        ("the players’", "the players"),
        ('"We go', "We go"),
        ('the song "Yesterday"', 'the song "Yesterday"'),
    ],
)
def test_quotation_marks_are_kept_in_pairs(span: str, kept: str) -> None:
    text = f"She said {span} there."
    start, end = whole_words(text, 9, 9 + len(span))
    assert text[start:end] == kept


def test_another_squad2_style_model_by_folder(tmp_path: Path) -> None:
    from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

    tokenizer = AutoTokenizer.from_pretrained(SHIPPED)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    BertForQuestionAnswering(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    other = Reader(str(tmp_path))
    (spans,) = other.read("Who?", [PASSAGE])
    assert spans and 0 <= spans[0].start < spans[0].end <= len(PASSAGE)
    assert other.hash != Reader().hash


@pytest.mark.parametrize("name", ["/no/such/reader", "someone/on-a-hub"])
def test_a_reader_that_is_not_here_is_named(name: str) -> None:
    with pytest.raises(ModelError, match=name):
        Reader(name).load()


def test_the_weights_are_small_and_half_precision() -> None:
    from safetensors import safe_open

    weights = SHIPPED / "model.safetensors"
    assert weights.stat().st_size < 50_000_000
    with safe_open(weights, "pt") as tensors:
        assert {tensors.get_slice(name).get_dtype() for name in tensors.keys()} == {"F16"}  # noqa: SIM118
