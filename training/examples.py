"""Reading examples from the sets that ``--data`` names, and the split between training, development and report.

Report-only articles never reach training or tuning: ``training.held`` sees to it on the examples themselves.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from qa.evaluate.question_set import Question

SQUAD2_READ = "squad2-read.json.gz"
SQUAD2_DEV = "squad2-dev.json.gz"
NEW_WIKI = "squadshifts-new_wiki.json.gz"
REPORT_NEW_WIKI = 10
DEVELOPMENT_SQUAD2 = frozenset({"1973_oil_crisis", "Force"})


@dataclass(frozen=True, slots=True)
class Example:
    """A question and one passage; ``answers`` are (text, start) pairs, none when the passage does not answer.

    ``group`` names the article a passage is from, ``paragraph`` the passage within its set. ``region`` is True when the
    answer is known only to lie somewhere inside the given text (a sentence), not to be it.
    """

    id: str
    question: str
    context: str
    answers: tuple[tuple[str, int], ...]
    source: str
    group: str = ""
    paragraph: str = ""
    region: bool = False

    @property
    def span(self) -> tuple[int, int] | None:
        """Start and end of the answer to train on: the one most annotators gave, the shorter of equals."""
        if not self.answers:
            return None
        votes = Counter(self.answers)
        text, start = min(votes, key=lambda answer: (-votes[answer], len(answer[0]), answer[1]))
        return start, start + len(text)


def read_squad(path: Path) -> list[Example]:
    """Read SQuAD 1.1 or 2.0 JSON (gzip); answers whose offsets do not hold are dropped."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        data = json.load(file)["data"]
    source = path.name.split(".")[0]
    return [
        Example(
            id=str(qa["id"]),
            question=qa["question"].strip(),
            context=paragraph["context"],
            answers=() if qa.get("is_impossible") else tuple(_true_answers(paragraph["context"], qa["answers"])),
            source=source,
            group=article["title"],
            paragraph=f"{source}/{article['title']}/{number}",
        )
        for article in data
        for number, paragraph in enumerate(article["paragraphs"])
        for qa in paragraph["qas"]
    ]


def read_rows(path: Path) -> list[Example]:
    """Read reading rows (gzip JSONL; see the data's README)."""
    source = path.name.split(".")[0]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        Example(
            id=str(row["id"]),
            question=row["question"].strip(),
            context=row["context"],
            answers=() if row["is_impossible"] else tuple(_true_answers(row["context"], row["answers"])),
            source=source,
            group=f"{source}/{number}",
            paragraph=f"{source}/{hash_text(row['context'])}",
        )
        for number, row in enumerate(rows)
    ]


def read_answer_sentences(path: Path, rng: random.Random, held_titles: Container[str] = ()) -> list[Example]:
    """Read relevance rows (gzip JSONL) as questions over passages stitched from sentences.

    Each question is asked over its answer sentence set among others, where the answer lies somewhere in that sentence,
    and over its own wrong sentences alone, where it is not answered. Rows of articles in ``held_titles`` are left out.
    """
    source = path.name.split(".")[0]
    by_question: dict[str, dict[int, list[str]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row.get("article", "").replace(" ", "_") in held_titles:
                continue
            by_question.setdefault(row["question"], {0: [], 1: []})[row["label"]].append(row["passage"].strip())
    examples = []
    for number, (question, sentences) in enumerate(by_question.items()):
        for right in sentences[1][:1]:
            around = sentences[0][: rng.randint(1, 3)]
            place = rng.randint(0, len(around))
            before = "".join(f"{sentence} " for sentence in around[:place])
            passage = before + " ".join([right, *around[place:]])
            row = Example(f"{source}-{number}", question, passage, ((right, len(before)),), source, region=True)
            examples.append(replace(row, group=row.id, paragraph=row.id))
            if sentences[0]:
                examples.append(without_answers(row, " ".join(sentences[0]), f"{row.id}/none"))
    return examples


def read_passages(path: Path) -> list[Example]:
    """The passages of relevance rows (gzip JSONL) without their questions, to write others over; each passage once.

    BoolQ's begin with the article's title and two dashes, which become the group, and have TeX's quotation marks, which
    become plain ones.
    """
    source = path.name.split(".")[0]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        passages = dict.fromkeys(json.loads(line)["passage"] for line in file)
    examples = []
    for number, passage in enumerate(passages):
        title, _, text = passage.partition(" -- ")
        context = (text or title).replace("``", '"').replace("''", '"').strip()
        examples.append(Example(f"{source}-passage-{number}", "", context, (), source, title))
    return examples


def as_question(example: Example) -> Question:
    """The example as asked of a library in which each of its set's paragraphs is an article named after it."""
    answers = tuple(dict.fromkeys(text for text, _ in example.answers))
    articles = (example.paragraph,) if answers else ()
    return Question(example.id, example.question, answers, articles, bool(answers), (example.source,))


def hash_text(text: str) -> str:
    """A short name for a text, the same in every run."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _true_answers(context: str, answers: Iterable[dict[str, object]]) -> Iterator[tuple[str, int]]:
    for answer in answers:
        text, start = str(answer["text"]), int(str(answer["answer_start"]))
        stripped = text.strip()
        start += len(text) - len(text.lstrip())
        if stripped and context[start : start + len(stripped)] == stripped:
            yield stripped, start


@dataclass(frozen=True, slots=True)
class Split:
    """The articles of the Wikipedia sets by use."""

    train: list[Example]
    development: list[Example]
    report: list[Example]


def split_wikipedia(data: Path) -> Split:
    """Split squad2-read, squad2-dev and new_wiki by article.

    Report: all of squad2-dev and the last ten new_wiki articles by title. Development (tuning, calibration): two
    articles of squad2-read, and those of the last ten new_wiki articles in file order that are not for report.
    """
    new_wiki = read_squad(data / NEW_WIKI)
    in_file = list(dict.fromkeys(example.group for example in new_wiki))
    report_titles = set(sorted(in_file)[-REPORT_NEW_WIKI:])
    development_titles = (set(in_file[-REPORT_NEW_WIKI:]) - report_titles) | DEVELOPMENT_SQUAD2
    split = Split([], [], read_squad(data / SQUAD2_DEV))
    for example in new_wiki + read_squad(data / SQUAD2_READ):
        if example.source.endswith("new_wiki") and example.group in report_titles:
            split.report.append(example)
        elif example.group in development_titles:
            split.development.append(example)
        else:
            split.train.append(example)
    return split


def without_answers(example: Example, context: str, paragraph: str) -> Example:
    """The same question over a passage that does not answer it."""
    return replace(example, id=f"{example.id}-none", context=context, paragraph=paragraph, answers=(), region=False)
