"""Runs: folders that hold all that was asked, survive being killed, and come out the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from index.errors import QuestionError
from index.library import Library
from qa.assistant import Assistant
from qa.evaluate.question_set import Question, ScriptedTurn
from qa.evaluate.report.page import write_report
from qa.evaluate.run_folder import Run
from qa.evaluate.runner import ask
from qa.evaluate.score import Scored
from qa.evaluate.session import ANSWERING, chosen, open_assistant, perform
from qa.evaluate.sets import load_set
from qa.evaluate.summary import Summary, summarise
from qa.settings import Settings
from tests.evaluate.conftest import Killed, write_set
from tests.evaluate.test_metrics import official_scores
from tests.evaluate.test_sets import SQUAD


def test_a_run_holds_what_it_was_run_with(small_run: Run) -> None:
    began = small_run.began_with
    assert began["settings"]["candidates"] == 20 and len(began["settings"]["hash"]) == 12
    assert len(began["models"]["reader_hash"]) == len(began["models"]["embedder_hash"]) == 64
    assert began["library"]["articles"] == 12 and began["library"]["generation"] > 0
    assert set(ANSWERING) < set(Settings.model_fields)
    assert small_run.resources["milliseconds"]["read"]["median"] > 0
    assert small_run.resources["peak_memory_bytes"]["questions asked"] > 2**26


def test_a_row_holds_answer_citations_passages_and_scores(small_run: Run) -> None:
    (row,) = [row for row in small_run.rows if row.id == "s001"]
    assert row.given == "Vladimir Medinsky" and row.f1 == row.exact_match == 1 and not row.cause
    assert row.cited_right and row.citations[0]["article_id"] == "prisoner-swap" and row.quotes_wrong == 0
    assert row.rank in row.right and row.passages[row.rank - 1]["right"] and row.word == "who"
    assert row.sentences == row.sentences_cited >= 1
    assert row.said.startswith("Vladimir Medinsky [1]") and row.queries == (row.question,)
    assert row.proposals[0] == {"text": row.best, "probability": row.confidence}


def test_the_summary_has_every_score_with_its_interval(small_run: Run) -> None:
    summary = small_run.finished()
    assert summary.questions == len(small_run.rows) == 12
    for name, score in summary.scores.items():
        assert 0 <= score.low <= score.high <= 1 and 0 <= score.value <= 1, name
    assert summary.value("recall_at_20") >= summary.value("recall_at_5") >= summary.value("recall_at_1")
    assert sum(summary.causes.values()) == sum(bool(row.cause) for row in small_run.rows)
    assert Summary.from_dict(json.loads(json.dumps(summary.as_dict()))) == summary


def test_the_totals_are_those_of_the_official_script_to_the_last_digit(small_run: Run) -> None:
    scores = [official_scores(row.given, list(row.expected)) for row in small_run.rows]
    summary, total = small_run.finished(), len(scores)
    assert summary.value("exact_match_all") == sum(exact for exact, _ in scores) / total
    assert summary.value("f1_all") == sum(f1 for _, f1 in scores) / total
    answerable = [score for score, row in zip(scores, small_run.rows, strict=True) if row.answerable]
    assert summary.value("f1") == sum(f1 for _, f1 in answerable) / len(answerable)


def test_killed_half_way_and_gone_on_with_it_comes_out_the_same(small_run: Run, killed_run: Killed) -> None:
    assert 2 <= killed_run.asked < 12
    assert killed_run.progress[0] == (killed_run.asked, 12) and killed_run.progress[-1] == (12, 12)
    for name in ("rows.jsonl", "summary.json"):
        assert (killed_run.run.path / name).read_bytes() == (small_run.path / name).read_bytes(), name


def test_a_finished_run_is_not_asked_again(assistant: Assistant, small_set: Path, small_run: Run) -> None:
    before = (small_run.path / "summary.json").stat().st_mtime_ns
    again = perform(assistant, load_set(small_set), small_run.path)
    assert again.summary == small_run.summary
    assert (small_run.path / "summary.json").stat().st_mtime_ns == before


def test_a_run_is_gone_on_with_only_as_it_was_begun(assistant: Assistant, small_set: Path, small_run: Run) -> None:
    other = Assistant(assistant.library, Settings.checked({"candidates": 5}))
    with pytest.raises(QuestionError, match=r"another settings: .*choose another --out"):
        perform(other, load_set(small_set), small_run.path)
    fewer = replace(load_set(small_set), questions=load_set(small_set).questions[:2])
    with pytest.raises(QuestionError, match="another set: questions"):
        perform(assistant, fewer, small_run.path)
    with FileLock(small_run.path / "run.lock"), pytest.raises(QuestionError, match="Another process runs"):
        perform(assistant, load_set(small_set), small_run.path)


def test_what_is_no_run_is_said_in_a_sentence(tmp_path: Path, small_run: Run) -> None:
    with pytest.raises(QuestionError, match="There is no run"):
        Run.read(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(QuestionError, match="damaged"):
        Run.read(tmp_path)
    (tmp_path / "run.json").write_bytes((small_run.path / "run.json").read_bytes())
    (tmp_path / "rows.jsonl").write_text('{"id": "1"}\n')
    with pytest.raises(QuestionError, match="another version"):
        Run.read(tmp_path)


def test_a_folder_that_cannot_be_used_is_named(assistant: Assistant, small_set: Path, tmp_path: Path) -> None:
    (tmp_path / "run.lock").mkdir()
    with pytest.raises(QuestionError, match="cannot be used"):
        perform(assistant, load_set(small_set), tmp_path)
    (tmp_path / "run.lock").rmdir()
    (tmp_path / "times.jsonl").mkdir()
    with pytest.raises(QuestionError, match="cannot be used"):
        perform(assistant, load_set(small_set), tmp_path)


def test_the_same_draw_for_the_same_seed(assistant: Assistant, small_set: Path) -> None:
    found = load_set(small_set)
    first, again = (chosen(found, assistant, most=4, seed=7) for _ in range(2))
    other = chosen(found, assistant, most=4, seed=8)
    assert first == again != other and len(first.questions) == 4


@pytest.mark.parametrize("where", ["", "milvus-lite:"])
def test_a_squad_set_brings_its_library(tmp_path: Path, where: str) -> None:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(SQUAD))
    found = load_set(path)
    assistant = open_assistant(found, Settings.checked({}), f"{where}{tmp_path / 'library.db'}")
    assert where in assistant.library.address
    run = perform(assistant, chosen(found, assistant), tmp_path / "run")
    assert run.rows[0].rank == 1 and run.rows[0].given == "1040"
    assert assistant.library.article_count == 3


def test_a_beir_folder_is_scored_by_its_articles(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    corpus = [{"_id": "d1", "text": "Oslo was founded in 1040."}, {"_id": "d2", "text": "Terns eat eels."}]
    write_set(tmp_path / "corpus.jsonl", *corpus)
    write_set(tmp_path / "queries.jsonl", {"_id": "q1", "text": "When was Oslo founded?"})
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\n")
    found = load_set(tmp_path)
    assistant = open_assistant(found, Settings.checked({}), tmp_path / "library")
    summary = perform(assistant, chosen(found, assistant), tmp_path / "run").finished()
    assert summary.value("recall_at_1") == summary.value("ndcg_at_10") == summary.value("article_recall_at_10") == 1
    assert "f1" not in summary.scores and "calibration_error" not in summary.scores
    write_report(Run.read(tmp_path / "run"))


def test_a_conversation_is_asked_turn_by_turn(assistant: Assistant) -> None:
    first = ScriptedTurn("Who led the Russian delegation?")
    question = Question(
        "1", "What did he say the two sides agreed to share?", ("specific proposals",), (), True, turns=(first,)
    )
    row = ask(assistant, question)
    assert row.turns == (("Who led the Russian delegation?", "Vladimir Medinsky"),)
    assert "Medinsky" in row.understood_as
    told = replace(question, turns=(replace(first, answer="Ann Lee"),))
    assert "Ann Lee" in ask(assistant, told).understood_as


def test_a_question_of_a_date_is_asked_of_what_was_published_by_then(assistant: Assistant) -> None:
    question = Question("1", "Who is the mayor of Quernhaven?", ("Piers Hathersedge",), (), True, asked="2024-06-01")
    then = ask(assistant, question, as_of=True)
    assert {passage["article_id"] for passage in then.passages} == {"mayor-elected"}
    assert len({passage["article_id"] for passage in ask(assistant, question).passages}) > 1


def test_a_quote_makes_a_passage_right(assistant: Assistant, sample_library: Library) -> None:
    quote = (
        "The fair, first held in 1887 to welcome the herring fleet home, lapsed in the 1960s and was revived in 2008."
    )
    question = Question(
        "1", "When was the fair revived?", ("no such words",), ("lantern-fair-post",), True, quotes=(quote,)
    )
    row = ask(assistant, question)
    assert row.rank is not None and quote in sample_library.article("lantern-fair-post").text


def test_rows_are_read_back_as_they_were_written(small_run: Run) -> None:
    for row in small_run.rows:
        assert Scored.from_row(json.loads(json.dumps(row.as_row())), row.as_times()) == row
    assert summarise(small_run.rows) == small_run.summary
