"""BEIR folders (Thakur et al., NeurIPS 2021): ``corpus.jsonl``, ``queries.jsonl``, ``qrels/*.tsv``.

They judge articles, not answers: retrieval is scored, EM and F1 are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from index.article import MAX_FIELD_CHARACTERS, Article, clean_text
from index.errors import QuestionError
from qa.evaluate.question_set import Question, QuestionSet
from qa.evaluate.sets.reading import Collector, json_lines, read_text, source_of

_GRADE = re.compile(r"-?[0-9]+")
_QRELS = ("test.tsv", "dev.tsv", "train.tsv")
"""The judgements that are taken, the first there is."""


def read(path: Path) -> QuestionSet:
    """Read a BEIR folder: the queries that ``qrels/test.tsv`` (else dev, else train) judges, over the whole corpus."""
    corpus, queries = _file(path, "corpus.jsonl"), _file(path, "queries.jsonl")
    judged = next((path / "qrels" / name for name in _QRELS if (path / "qrels" / name).is_file()), None)
    if judged is None:
        raise QuestionError(f"{path}: a BEIR folder needs qrels/test.tsv (or dev.tsv, train.tsv).")
    found = Collector(path)
    grades = _grades(judged, found)
    asked = tuple(_questions(queries, grades, found))

    def articles() -> Iterator[Article]:
        for _, row, wrong in json_lines(corpus):
            text = str(row.get("text") or row.get("title") or "") if not wrong and isinstance(row, dict) else ""
            if text.strip() and str(row.get("_id", "")).strip():
                title = clean_text(str(row.get("title") or ""))[:MAX_FIELD_CHARACTERS]
                yield Article(clean_text(str(row["_id"])), clean_text(text), title, source=source_of(corpus))

    return QuestionSet(path, "beir", asked, tuple(found.problems), articles)


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise QuestionError(f"{folder}: a BEIR folder needs {name}.")


def _grades(path: Path, found: Collector) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        parts = line.split("\t")
        if not line.strip() or (number == 1 and not _GRADE.fullmatch(parts[-1].strip())):
            continue
        if len(parts) != 3 or not _GRADE.fullmatch(parts[2].strip()):
            found.problems.append(
                f"{path} line {number}: must be a query's id, an article's id and a grade, tabs between."
            )
            continue
        grades.setdefault(parts[0].strip(), {})[parts[1].strip()] = int(parts[2])
    return grades


def _questions(path: Path, grades: dict[str, dict[str, int]], found: Collector) -> Iterator[Question]:
    taken: set[str] = set()
    for number, row, wrong in json_lines(path):
        name = str(row.get("_id", "")).strip() if isinstance(row, dict) else ""
        text = row.get("text") if isinstance(row, dict) else None
        if wrong or not name or not isinstance(text, str) or not text.strip() or name in taken:
            why = wrong or (f"id {name!r} is used by an earlier line." if name in taken else "must have _id and text.")
            found.problems.append(f"{path} line {number}: {why}")
            continue
        taken.add(name)
        judged = grades.get(name, {})
        relevant = tuple(article for article, grade in judged.items() if grade > 0)
        if relevant:
            yield Question(name, text.strip(), (), relevant, True, grades=judged, line=number)
