"""Candidates for the reader, and a CrossEncoder that puts them in another order."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from index.article import Passage
from index.embedder import packaged_model_path
from index.errors import ModelError
from index.library import Library
from qa.assistant import Assistant
from qa.retriever import READ_AT_LEAST, Candidate, Retriever, worth_reading
from qa.settings import Settings

QUESTION = "Who is the chief executive of Brinewell Canning Co.?"


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A CrossEncoder of one small layer, with random weights, saved as any other."""
    folder = tmp_path_factory.mktemp("models") / "cross-encoder"
    tokenizer = AutoTokenizer.from_pretrained(packaged_model_path())
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def test_candidates_come_best_first_and_once_however_many_queries_find_them(sample_library: Library) -> None:
    retriever = Retriever(sample_library, 10)
    found = retriever.retrieve([QUESTION, "Brinewell chief executive"])
    assert [candidate.score for candidate in found] == sorted((one.score for one in found), reverse=True)
    assert len({candidate.passage.id for candidate in found}) == len(found) <= 10
    assert any("Tancred Brinewell" in candidate.passage.text for candidate in found[:5])


def test_a_cross_encoder_orders_the_same_candidates_by_its_own_score(
    sample_library: Library, cross_encoder: str
) -> None:
    by_fusion = Retriever(sample_library, 10).retrieve([QUESTION])
    reranked = Retriever(sample_library, 10, cross_encoder).retrieve([QUESTION])
    assert {one.passage.id for one in reranked} == {one.passage.id for one in by_fusion}
    assert [one.passage.id for one in reranked] != [one.passage.id for one in by_fusion]
    assert [one.score for one in reranked] == sorted((one.score for one in reranked), reverse=True)


def test_an_assistant_answers_with_it(sample_library: Library, cross_encoder: str) -> None:
    settings = Settings.checked({"reranker": cross_encoder, "min_confidence": 0})
    answer = Assistant(sample_library, settings).ask(QUESTION)
    assert all(citation.holds_in(sample_library.article(citation.article_id)) for citation in answer.citations)


def test_a_cross_encoder_that_is_not_here_is_named(sample_library: Library, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        Retriever(sample_library, 5, str(tmp_path / "nowhere")).retrieve([QUESTION])


@given(
    st.lists(st.floats(-1, 1), max_size=20).map(lambda scores: sorted(scores, reverse=True)),
    st.integers(1, 12),
    st.floats(0, 1),
)
def test_what_is_read_is_the_best_and_leaves_out_only_what_matches_far_less(
    scores: list[float], most: int, share: float
) -> None:
    passage = Passage("a", 0, 1, "A")
    candidates = [Candidate(passage, "", score, None, None) for score in scores]
    read = worth_reading(candidates, most, share)
    assert list(read) == candidates[: len(read)]
    assert min(READ_AT_LEAST, most, len(candidates)) <= len(read) <= most
    assert all(one.score < share * scores[0] for one in candidates[len(read) : most])
    assert all(one.score >= share * scores[0] for one in read[READ_AT_LEAST:])


def test_a_passage_that_matches_far_less_than_the_best_is_not_read(sample_library: Library) -> None:
    every = Assistant(sample_library, Settings.checked({"read_share": 0})).ask(QUESTION).trace["passages"]
    best = Assistant(sample_library, Settings.checked({"read_share": 1})).ask(QUESTION).trace["passages"]
    assert [one["fused"] for one in every] == [one["fused"] for one in best]
    read = [one["margin"] is not None for one in every], [one["margin"] is not None for one in best]
    assert sum(read[0]) > READ_AT_LEAST
    assert read[1] == [place < READ_AT_LEAST for place in range(len(best))]
