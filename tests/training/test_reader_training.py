"""Features point at the answer's tokens; training learns, stops and goes on to the same weights."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from index.embedder import packaged_model_path
from qa.reader import Reader
from training.examples import Example
from training.features import batches, collate, encode
from training.reader import ReaderTrainer, Recipe

TOKENIZER = AutoTokenizer.from_pretrained(packaged_model_path())
CONTEXT = "Before it, nothing much. The mayor, Ann Lee, opened the bridge on Friday. After it, nothing at all."


def example(answer: str | None, context: str = CONTEXT, region: bool = False) -> Example:
    answers = ((answer, context.index(answer)),) if answer else ()
    return Example("1", "Who opened the bridge?", context, answers, "s", region=region)


@given(before=st.integers(0, 300), after=st.integers(0, 300), room=st.integers(40, 120), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_answers_tokens_are_in_the_window_whatever_is_cut_off(
    before: int, after: int, room: int, seed: int
) -> None:
    context = "lorem " * before + "Ann Lee" + " ipsum" * after
    (features,) = encode([example("Ann Lee", context)], TOKENIZER, room, random.Random(seed))
    assert len(features.ids) <= room
    assert TOKENIZER.decode(features.ids[features.start : features.end + 1]) == "ann lee"


def test_no_answer_points_at_the_first_token() -> None:
    (features,) = encode([example(None)], TOKENIZER, 64, random.Random(1))
    assert (features.start, features.end) == (0, 0) and features.ids[0] == TOKENIZER.cls_token_id


def test_batches_hold_every_example_once_within_the_size() -> None:
    examples = [example("Ann Lee", CONTEXT * (1 + number % 4)) for number in range(50)]
    features = encode(examples, TOKENIZER, 128, random.Random(1))
    plan = batches(features, 512, random.Random(1))
    assert sorted(place for places in plan for place in places) == list(range(len(features)))
    assert all(len(places) * max(len(features[place].ids) for place in places) <= 512 for places in plan)


def test_targets_of_a_span_a_region_and_no_answer() -> None:
    sentence = "The mayor, Ann Lee, opened the bridge on Friday."
    rows = [example("Ann Lee"), example(sentence, region=True), example(None)]
    features = encode(rows, TOKENIZER, 64, random.Random(1))
    batch = collate(features)
    assert batch["starts"].sum(1).tolist() == [1, features[1].end - features[1].start + 1, 1]
    assert batch["starts"][2, 0] and batch["ends"][2, 0]
    assert not batch["answerable"][:, 1 : features[0].passage_from].any() and batch["answerable"][:, 0].all()


@pytest.fixture(scope="module")
def features() -> list:
    names = ["Ann Lee", "Bo Dahl", "Cy Fox", "Di Hart"]
    examples = [example(name, CONTEXT.replace("Ann Lee", name)) for name in names] * 8
    return encode(examples, TOKENIZER, 64, random.Random(1))


def test_a_stopped_training_goes_on_to_the_same_weights(
    tmp_path: Path, features: list, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = Recipe(tokens=256, warm_up=0.1)
    whole = ReaderTrainer(recipe, tmp_path, packaged_model_path())
    whole.run(features)
    (tmp_path / "checkpoint-first.pt").unlink()

    stopped = ReaderTrainer(recipe, tmp_path, packaged_model_path())
    log = ReaderTrainer._log

    def stop_at_four(self: ReaderTrainer, bar: object, loss: float) -> None:
        log(self, bar, loss)
        if self.step == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(ReaderTrainer, "_log", stop_at_four)
    with pytest.raises(SystemExit) as stop:
        stopped.run(features)
    assert stop.value.code == 130 and "goes on from there" in capsys.readouterr().out
    monkeypatch.undo()
    again = ReaderTrainer(recipe, tmp_path, packaged_model_path())
    again.resume()
    assert again.step == 4
    again.run(features)
    assert again.step == whole.step
    for one, other in zip(whole.model.parameters(), again.model.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_an_exported_reader_answers(tmp_path: Path, features: list) -> None:
    trainer = ReaderTrainer(Recipe(tokens=256, learning_rate=5e-4), tmp_path, packaged_model_path())
    trainer.run(features)
    trainer.export(tmp_path / "out")
    (spans,) = Reader(str(tmp_path / "out")).read("Who opened the bridge?", [CONTEXT])
    assert CONTEXT[spans[0].start : spans[0].end] == "Ann Lee"
