"""Training data: offsets that hold, splits that do not leak."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from training.examples import (
    Example,
    read_answer_sentences,
    read_passages,
    read_rows,
    read_squad,
    split_wikipedia,
    without_answers,
)
from training.held import HeldBack
from training.mixture import stitch


def squad(path: Path, titles: list[str]) -> None:
    def paragraph(title: str) -> dict:
        context = f"The tower of {title} is 30 metres tall."
        answer = {"text": " 30 metres", "answer_start": context.index(" 30")}
        asked = {"id": f"{title}-1", "question": f"How tall is the tower of {title}? ", "answers": [answer]}
        wrong = {"id": f"{title}-2", "question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]}
        none = {"id": f"{title}-3", "question": "Why?", "answers": [], "is_impossible": True}
        return {"context": context, "qas": [asked, wrong, none]}

    data = [{"title": title, "paragraphs": [paragraph(title)]} for title in titles]
    path.write_bytes(gzip.compress(json.dumps({"data": data}).encode()))


def rows(path: Path, items: list[dict]) -> None:
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, items)).encode()))


def holds(example: Example) -> bool:
    return all(example.context[start : start + len(text)] == text for text, start in example.answers)


def test_squad_answers_stand_where_they_say_or_are_dropped(tmp_path: Path) -> None:
    squad(tmp_path / "set.json.gz", ["Oslo"])
    right, wrong, none = read_squad(tmp_path / "set.json.gz")
    assert right.answers == (("30 metres", 21),) and right.span == (21, 30) and holds(right)
    assert right.question == "How tall is the tower of Oslo?"
    assert wrong.answers == none.answers == () and none.span is None


def test_the_answer_most_annotators_gave_is_trained_on() -> None:
    answers = (("30 metres tall", 3), ("30", 3), ("30", 3))
    assert Example("1", "?", "is 30 metres tall", answers, "s").span == (3, 5)


def test_stitching_keeps_every_answer_in_its_place(tmp_path: Path) -> None:
    items = [
        {
            "id": str(number),
            "question": "Who?",
            "context": f"Person {number} came.",
            "answers": [{"text": f"Person {number}", "answer_start": 0}],
            "is_impossible": False,
        }
        for number in range(11)
    ]
    rows(tmp_path / "set.jsonl.gz", items)
    stitched = stitch(read_rows(tmp_path / "set.jsonl.gz"), random.Random(1))
    assert len(stitched) == 11 and all(holds(example) for example in stitched)
    assert max(len(example.context) for example in stitched) > 40
    by_paragraph = {example.paragraph: example.context for example in stitched}
    assert len(set(by_paragraph.values())) == len(by_paragraph) < 11


def test_answer_sentences_become_regions_and_negatives(tmp_path: Path) -> None:
    items = [
        {"question": "Who won?", "passage": "Ann won the cup.", "label": 1},
        {"question": "Who won?", "passage": "Rain fell.", "label": 0},
        {"question": "Who won?", "passage": "Dogs bark.", "label": 0},
    ]
    rows(tmp_path / "set.jsonl.gz", items)
    right, none = read_answer_sentences(tmp_path / "set.jsonl.gz", random.Random(3))
    assert right.region and holds(right) and right.answers[0][0] == "Ann won the cup."
    assert not none.answers and not none.region and "Ann" not in none.context


def test_passages_to_ask_over_are_taken_once_without_title_and_questions(tmp_path: Path) -> None:
    passage = "Oslo -- Oslo is called ``the tiger city'' by some -- not by all."
    items = [
        {"question": "is oslo a city", "passage": passage, "label": 1},
        {"question": "is oslo a tiger", "passage": passage, "label": 0},
        {"question": "who won", "passage": "Ann won.", "label": 1},
    ]
    rows(tmp_path / "set.jsonl.gz", items)
    oslo, ann = read_passages(tmp_path / "set.jsonl.gz")
    assert (oslo.group, oslo.context) == ("Oslo", 'Oslo is called "the tiger city" by some -- not by all.')
    assert (ann.context, ann.question, ann.answers) == ("Ann won.", "", ())


def test_the_wikipedia_sets_are_split_by_article(tmp_path: Path) -> None:
    squad(tmp_path / "squad2-read.json.gz", ["Force", "1973_oil_crisis", "Normans"])
    squad(tmp_path / "squad2-dev.json.gz", ["Warsaw"])
    titles = [f"T{number:02}" for number in range(24, 0, -1)]
    squad(tmp_path / "squadshifts-new_wiki.json.gz", titles)
    split = split_wikipedia(tmp_path)
    groups = [{example.group for example in part} for part in (split.train, split.development, split.report)]
    assert groups[2] == {"Warsaw", *(f"T{number:02}" for number in range(15, 25))}
    assert groups[1] == {"Force", "1973_oil_crisis", *(f"T{number:02}" for number in range(1, 11))}
    assert not groups[0] & (groups[1] | groups[2])
    held = HeldBack([*split.development, *split.report])
    held.check(split.train)
    with pytest.raises(ValueError, match="held-back"):
        held.check([*split.train, split.report[0]])


def test_a_negative_has_no_answer() -> None:
    example = Example("1", "?", "It is 30.", (("30", 6),), "s", region=True)
    negative = without_answers(example, "Another.", "p")
    assert negative.span is None and negative.context == "Another." and not negative.region
