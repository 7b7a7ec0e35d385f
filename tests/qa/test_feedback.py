"""Feedback: what is kept of it, what is not, and the question set it becomes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.evaluate.sets import load_questions
from qa.feedback import FILE, TO_EDIT, Feedback, FeedbackError
from tests.conftest import PROJECT

WHO = "Who led the Russian delegation?"


@pytest.fixture
def feedback(tmp_path: Path) -> Iterator[Feedback]:
    opened = Feedback(tmp_path, most=5)
    yield opened
    opened.close()


def byline(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa", "feedback", *arguments, "--library", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)


def test_question_answer_and_trace_are_kept_and_nothing_of_the_person(assistant: Assistant, feedback: Feedback) -> None:
    answer = assistant.ask(WHO)
    number = feedback.save(answer, "down")
    assert feedback.save(answer, "down", "wrong", " Ann  Lee\x00 ", number) == number
    (entry,) = feedback.entries()
    assert (entry.verdict, entry.reason, entry.question) == ("down", "wrong", WHO)
    assert entry.correction.startswith("Ann Lee")
    assert entry.answer["short"] == "Vladimir Medinsky" and entry.answer["citations"][0]["article_id"]
    assert entry.trace["passages"] and "trace" not in entry.answer
    columns = {row[1] for row in sqlite3.connect(feedback.path).execute("PRAGMA table_info(feedback)")}
    assert not columns & {"address", "ip", "name", "session", "user", "time"} and len(entry.day) == 10


def test_it_is_bounded_and_says_so(assistant: Assistant, feedback: Feedback) -> None:
    answer = assistant.ask(WHO)
    numbers = [feedback.save(answer, "up") for _ in range(5)]
    with pytest.raises(FeedbackError, match="No more"):
        feedback.save(answer, "up")
    assert feedback.save(answer, "down", number=numbers[0]) == numbers[0]
    with pytest.raises(FeedbackError, match="300 characters"):
        feedback.save(answer, "down", correction="x" * 301, number=numbers[0])
    with pytest.raises(FeedbackError, match="reason"):
        feedback.save(answer, "down", reason="'; DROP TABLE feedback; --", number=numbers[0])
    assert feedback.clear() == 5 and not list(feedback.entries())


def test_a_file_of_a_newer_byline_or_no_database_is_refused(tmp_path: Path) -> None:
    Feedback(tmp_path, 1).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(FeedbackError, match="newer Byline"):
        Feedback(tmp_path, 1)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / FILE).write_text("not a database, whatever its name says" * 100)
    with pytest.raises(FeedbackError, match="cannot be kept"):
        Feedback(tmp_path / "broken", 1)


def test_the_export_is_a_question_set_that_eval_reads(
    assistant: Assistant, tmp_path: Path, sample_articles: list
) -> None:
    from index.library import Library

    library = Library.open(tmp_path / "library", assistant.library.embedder)
    library.add([article for article in sample_articles if article.id == "prisoner-swap"])
    library.close()
    feedback = Feedback(tmp_path / "library", most=10)
    who, cup = assistant.ask(WHO), assistant.ask("Who won the World Cup?")
    feedback.save(who, "up")
    feedback.save(cup, "up")
    feedback.save(who, "down", "wrong", "Ann Lee")
    feedback.save(who, "down", "absent")
    feedback.save(who, "down")
    elsewhere = tuple(replace(citation, article_id="gone") for citation in who.citations)
    feedback.save(replace(who, citations=elsewhere), "up")
    feedback.close()
    file = tmp_path / "set.jsonl"
    done = byline(tmp_path / "library", "export", str(file))
    assert done.returncode == 0 and "6 questions" in done.stdout and '1 tagged "to-edit"' in done.stdout, done.stderr
    again = byline(tmp_path / "library", "export", str(file))
    assert again.returncode == 2 and "is there already; remove it, or choose another" in again.stderr
    one = {question.id: question for question in load_questions(file)}
    assert one["feedback-1"].answers == ("Vladimir Medinsky",) and one["feedback-1"].articles == ("prisoner-swap",)
    assert not one["feedback-2"].answerable and not one["feedback-4"].answerable
    assert one["feedback-3"].answers == ("Ann Lee",) and "down" in one["feedback-3"].tags
    assert one["feedback-5"].answers == (TO_EDIT,) and "to-edit" in one["feedback-5"].tags
    assert one["feedback-6"].articles == ()
    listed = byline(tmp_path / "library", "list")
    assert listed.stdout.count(WHO) == 5 and "right is: Ann Lee" in listed.stdout
    rows = [json.loads(line) for line in byline(tmp_path / "library", "list", "--json").stdout.splitlines()]
    assert len(rows) == 6 and rows[0]["trace"]["passages"]
    measured = subprocess.run(
        [sys.executable, "-m", "qa", "eval", str(file), "--library", str(tmp_path / "library"), "--json"],
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    assert measured.returncode == 0, measured.stderr
    assert json.loads(measured.stdout)["report"]["questions"] == 6


def test_without_feedback_there_is_a_sentence(tmp_path: Path) -> None:
    done = byline(tmp_path, "export", str(tmp_path / "set.jsonl"))
    assert done.returncode == 2 and "no feedback" in done.stderr and "Traceback" not in done.stderr
