"""The questions over the news library: weekly news quizzes, to be measured on and never quoted."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from qa.evaluate.question_set import Question

QUESTIONS = "realtimeqa-2022-2023.questions.jsonl.gz"


def news_questions(data: Path) -> list[Question]:
    """Those for which a search returned articles that hold the answer's words; these count as the right articles.

    A proxy: a short answer matches by chance, and the answers are quiz choices, so F1 against a span runs low.
    """
    with gzip.open(data / QUESTIONS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Question(
            row["id"],
            row["question"],
            tuple(row["answers"]),
            tuple(row["search_doc_ids_with_answer_string"]),
            True,
            ("news",),
        )
        for row in rows
        if row["search_doc_ids_with_answer_string"]
    ]
