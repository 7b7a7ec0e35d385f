"""Features point at the answer's tokens; training learns, stops and goes on to the same weights."""

from __future__ import annotations

import json
import random
from dataclasses import replace
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
from training.plot import plot_log
from training.reader import LOGGED_STEPS, ReaderTrainer, Recipe

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
    ((features,),) = encode([(example("Ann Lee", context),)], TOKENIZER, room, random.Random(seed))
    assert len(features.ids) <= room
    assert TOKENIZER.decode(features.ids[features.start : features.end + 1]) == "ann lee"


def test_no_answer_points_at_the_first_token() -> None:
    ((features,),) = encode([(example(None),)], TOKENIZER, 64, random.Random(1))
    assert (features.start, features.end) == (0, 0) and features.ids[0] == TOKENIZER.cls_token_id


def test_batches_hold_every_group_once_within_the_size() -> None:
    groups = [(example("Ann Lee", CONTEXT * (1 + number % 4)),) * (1 + number % 3) for number in range(50)]
    features = encode(groups, TOKENIZER, 128, random.Random(1))
    plan = batches(features, 512, random.Random(1))
    assert sorted(place for places in plan for place in places) == list(range(len(features)))
    for places in plan:
        rows = [feature for place in places for feature in features[place]]
        assert len(rows) * max(len(feature.ids) for feature in rows) <= 512


def test_an_answer_longer_than_the_window_takes_only_its_own_passage_away() -> None:
    long = example("lorem " * 80 + "end", "It is " + "lorem " * 80 + "end.")
    groups = encode([(long, example(None)), (long,)], TOKENIZER, 64, random.Random(1))
    assert [len(group) for group in groups] == [1] and groups[0][0].start == 0


def test_targets_of_a_span_a_region_and_no_answer() -> None:
    sentence = "The mayor, Ann Lee, opened the bridge on Friday."
    groups = [(example("Ann Lee"), example(sentence, region=True)), (example(None),)]
    features = encode(groups, TOKENIZER, 64, random.Random(1))
    batch = collate(features)
    region = features[0][1]
    assert batch["starts"].sum(1).tolist() == [1, region.end - region.start + 1, 1]
    assert batch["starts"][2, 0] and batch["ends"][2, 0]
    assert not batch["answerable"][:, 1 : region.passage_from].any() and batch["answerable"][:, 0].all()
    assert batch["group"].tolist() == [0, 0, 1]


@pytest.fixture(scope="module")
def features() -> list:
    names = ["Ann Lee", "Bo Dahl", "Cy Fox", "Di Hart"]
    examples = [example(name, CONTEXT.replace("Ann Lee", name)) for name in names] * 8
    rng = random.Random(1)
    return encode([(row, example(None, "Nothing was opened by anyone.")) for row in examples], TOKENIZER, 64, rng)


def test_a_stopped_training_goes_on_to_the_same_weights(
    tmp_path: Path, features: list, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("training.reader.LOGGED_STEPS", 1)
    recipe = Recipe(tokens=256, warm_up=0.1, epochs=2)
    whole = ReaderTrainer(recipe, tmp_path, packaged_model_path())
    whole.resume(features)
    whole.run(features)
    whole.checkpoint.unlink()

    stopped = ReaderTrainer(recipe, tmp_path, packaged_model_path())
    log = ReaderTrainer._log

    def stop_at_four(self: ReaderTrainer, **figures: float) -> None:
        log(self, **figures)
        if self.step == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr(ReaderTrainer, "_log", stop_at_four)
        stopped.resume(features)
        stopped.run(features)
    assert stop.value.code == 130 and "goes on from there" in capsys.readouterr().out
    again = ReaderTrainer(recipe, tmp_path, packaged_model_path())
    again.resume(features[1:])
    assert again.step == 0, "over others it is another training"
    again.resume(features)
    assert again.step == 4
    again.run(features)
    assert again.step == whole.step
    for one, other in zip(whole.model.parameters(), again.model.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_an_exported_reader_answers_and_its_log_says_how_it_got_there(tmp_path: Path, features: list) -> None:
    recipe = Recipe(tokens=256, learning_rate=5e-4)
    trainer = ReaderTrainer(recipe, tmp_path, packaged_model_path(), {"own": [example("Ann Lee")]})
    trainer.run(features)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert len(losses) == -(-trainer.step // LOGGED_STEPS) and losses[-1] < losses[0]
    assert lines[-1]["step"] == trainer.step and (lines[-1]["development"], lines[-1]["exact_match"]) == ("own", 1)
    plot_log(tmp_path / "log.jsonl", tmp_path / "log.svg")
    assert "own, F1" in (tmp_path / "log.svg").read_text()
    trainer.export(tmp_path / "out")
    (spans,) = Reader(str(tmp_path / "out")).read("Who opened the bridge?", [CONTEXT])
    assert CONTEXT[spans[0].start : spans[0].end] == "Ann Lee"


def test_a_student_learns_from_a_teacher_and_records_it(tmp_path: Path, features: list) -> None:
    teacher = ReaderTrainer(Recipe(tokens=256, learning_rate=5e-4), tmp_path, packaged_model_path())
    teacher.run(features)
    teacher.export(tmp_path / "teacher")
    untaught = [[replace(feature, start=0, end=0) for feature in group] for group in features]
    recipe = Recipe(tokens=256, learning_rate=5e-4, teachers=("theirs",))
    student = ReaderTrainer(recipe, tmp_path, packaged_model_path(), teachers=[tmp_path / "teacher"])
    student.run(untaught)
    student.export(tmp_path / "student")
    assert json.loads((tmp_path / "student/recipe.json").read_text())["teachers"] == ["theirs"]
    (spans,) = Reader(str(tmp_path / "student")).read("Who opened the bridge?", [CONTEXT])
    assert CONTEXT[spans[0].start : spans[0].end] == "Ann Lee"  # told by the data alone that nothing answers
