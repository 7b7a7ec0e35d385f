"""The mixture is built once, part by part; a course takes its shares of it; nothing held back gets in."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from training.courses import COURSES, Share, course
from training.examples import Example
from training.held import HeldBack
from training.mixture import PARTS, Compared, MixtureBuilder, NearMisses


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The three Wikipedia sets, of two articles for training each with two paragraphs."""

    def paragraph(title: str, thing: str, year: int) -> dict:
        context = (
            f"The {thing} of {title} has stood in {title} by the old harbour for long. "
            f"In {title} it was finished in {year} by Ann Lee."
        )
        asked = {"text": str(year), "answer_start": context.index(str(year))}
        one = {"id": f"{title}-{thing}", "question": f"When was the {thing} of {title} finished?", "answers": [asked]}
        none = {"id": f"{title}-{thing}-x", "question": f"Who burnt {title}?", "answers": [], "is_impossible": True}
        return {"context": context, "qas": [one, none]}

    def write(name: str, titles: list[str]) -> None:
        articles = [
            {"title": title, "paragraphs": [paragraph(title, "tower", 1931), paragraph(title, "bridge", 1950)]}
            for title in titles
        ]
        (tmp_path / name).write_bytes(gzip.compress(json.dumps({"data": articles}).encode()))

    write("squad2-read.json.gz", ["Oslo", "Bergen", "Force"])
    write("squad2-dev.json.gz", ["Warsaw"])
    write("squadshifts-new_wiki.json.gz", [f"T{number:02}" for number in range(10)])
    return tmp_path


PART = Compared("wikipedia", 3, 1)


def test_every_question_has_its_own_passage_first_and_none_of_the_company_answers(data: Path, tmp_path: Path) -> None:
    groups = MixtureBuilder(data, 1, tmp_path / "kept").build([PART, NearMisses("wikipedia", 100, 1.0)])
    assert {row.group for group in groups for row in group} == {"Oslo", "Bergen"}
    assert sum(bool(own.answers) for own, *_ in groups) == 3 + 4
    for own, *others in groups:
        assert all(not other.answers and other.question == own.question for other in others)
        assert others or not own.answers


def test_a_part_is_built_once_and_again_when_it_or_the_seed_is_another(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    built = MixtureBuilder(data, 1, kept).build([PART])
    made: list[object] = []
    make = MixtureBuilder._made
    monkeypatch.setattr(MixtureBuilder, "_made", lambda self, part, rng: made.append(part) or make(self, part, rng))
    assert MixtureBuilder(data, 1, kept).build([PART]) == built and not made
    other = Compared("wikipedia", 2, 1)
    MixtureBuilder(data, 1, kept).build([other])
    MixtureBuilder(data, 2, kept).build([PART])
    assert made == [other, PART] and len(list(kept.iterdir())) == 3


def test_a_held_back_passage_is_left_out_and_one_that_was_kept_refused(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = NearMisses("wikipedia", 100, 0.0)
    builder = MixtureBuilder(data, 1, tmp_path / "kept")
    builder.split.train.append(builder.split.report[0])
    assert {row.group for group in builder.build([part]) for row in group} == {"Oslo", "Bergen"}
    builder = MixtureBuilder(data, 1, tmp_path / "others")
    builder.split.train.append(builder.split.report[0])
    with monkeypatch.context() as patch:  # as it was before they were looked for
        patch.setattr(HeldBack, "without", lambda self, examples: list(examples))
        with pytest.raises(ValueError, match="held-back"):
            builder.build([part])


def test_a_course_takes_its_shares_of_questions_and_company(monkeypatch: pytest.MonkeyPatch) -> None:
    def row(source: str, number: int) -> Example:
        return Example(str(number), "Q?", "A.", (), source)

    groups = [(row(source, number), row(source, number)) for source in ("a", "b", "c") for number in range(400)]
    monkeypatch.setitem(COURSES, "some", {"a": Share(1.0, 0.0), "b": Share(0.25, 1.0)})
    taken = course("some", groups, 1)
    sizes = {name: [len(group) for group in taken if group[0].source == name] for name in ("a", "b", "c")}
    assert sizes["a"] == [1] * 400 and not sizes["c"]
    assert 60 < len(sizes["b"]) < 140 and set(sizes["b"]) == {2}
    assert course("some", groups, 1) == taken and course("whole", groups, 1) == groups


def test_every_source_that_a_course_names_is_in_the_mixture() -> None:
    known = {part.name.split("/")[-1].split(".")[0] for part in PARTS} | {"squad2-read", "squadshifts-new_wiki"}
    for shares in COURSES.values():
        assert {re.sub(r"-\d$", "", name) for name in shares} <= known
