"""Question sets of every kind: read as they are, and what is wrong with a line named."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from index.errors import BylineError, QuestionError
from qa.evaluate.question_set import QuestionSet, ScriptedTurn
from qa.evaluate.sets import load_set
from qa.evaluate.sets.row import parse_row, schema
from tests.evaluate.conftest import SAMPLE_SET, write_set

GOOD = {"id": "1", "question": "Who?", "answers": ["Ann"], "articles": ["a"], "answerable": True}
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Old_Oslo",
            "paragraphs": [
                {
                    "context": "Oslo was founded in 1040.",
                    "qas": [
                        {"id": "q1", "question": "When was Oslo founded?", "answers": [{"text": "1040"}] * 2},
                        {"id": "q2", "question": "By whom?", "answers": [], "is_impossible": True},
                    ],
                },
                {"context": "It burned in 1624.", "qas": []},
            ],
        },
        {"title": "Old_Oslo", "paragraphs": [{"context": "Another one.", "qas": []}]},
    ],
}


def test_the_schema_in_the_package_is_that_of_the_reader() -> None:
    written = json.loads(files("qa.evaluate").joinpath("question.schema.json").read_text(encoding="utf-8"))
    assert written == schema()
    jsonschema.Draft202012Validator.check_schema(written)


@pytest.mark.parametrize(
    ("row", "good"),
    [
        (GOOD, True),
        ({"id": "1", "question": "Who?", "answerable": False}, True),
        ({**GOOD, "turns": [{"question": "Where?", "answer": "Oslo"}, {"question": "When?"}]}, True),
        ({**GOOD, "asked": "2025-05-17", "quotes": ["Ann did."]}, True),
        ({**GOOD, "answers": []}, False),
        ({**GOOD, "answerable": False}, False),
        ({"id": "1", "question": "Who?"}, False),
        ({**GOOD, "id": 7}, False),
        ({**GOOD, "question": " "}, False),
        ({**GOOD, "asked": "May"}, False),
        ({**GOOD, "turns": [{"answer": "Oslo"}]}, False),
        ({**GOOD, "more": 1}, False),
        ([], False),
    ],
)
def test_schema_and_reader_agree(row: object, good: bool) -> None:
    assert jsonschema.Draft202012Validator(schema()).is_valid(row) == good
    assert (parse_row(row)[0] is not None) == good


def test_the_sample_set_is_as_the_schema_has_it() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    for line in SAMPLE_SET.read_text(encoding="utf-8").splitlines():
        validator.validate(json.loads(line))


def test_every_broken_line_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = write_set(
        tmp_path / "set.jsonl",
        GOOD,
        "{",
        {**GOOD, "question": "Again?"},
        {**GOOD, "id": "2", "answers": []},
        {**GOOD, "id": "3", "articles": ["nowhere"]},
        {**GOOD, "id": "4", "turns": [{"question": ""}], "tags": [1]},
        {**GOOD, "id": "5"},
    )
    with pytest.raises(QuestionError, match="line 2: not JSON"):
        load_set(path)
    found = load_set(path, keep_going=True).known_to(["a"], keep_going=True)
    assert [question.id for question in found.questions] == ["1", "5"]
    said = [problem.removeprefix(f"{path} ") for problem in found.problems]
    assert said[0].startswith("line 2: not JSON")
    assert said[1] == "line 3: id '1' is used by line 1."
    assert said[2] == "line 4: answers: question '2' is answerable but has no answers."
    assert said[3] == "line 6: tags[0] must be a list of text, optional."
    assert said[4] == "line 6: turns[0].question must be text, not empty."
    assert said[5] == "line 5: question '3' names article 'nowhere', not in the library."


def test_turns_are_scripted_or_left_to_byline(tmp_path: Path) -> None:
    turns = [{"question": "Who?", "answer": "Ann"}, {"question": "When?"}]
    (question,) = load_set(write_set(tmp_path / "set.jsonl", {**GOOD, "turns": turns})).questions
    assert question.turns == (ScriptedTurn("Who?", "Ann"), ScriptedTurn("When?", None))


def test_half_characters_are_made_whole(tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.jsonl", r'{"id": "\ud800", "question": "Who\u0000?", "answers": ["\udfff"]}')
    (question,) = load_set(path).questions
    assert (question.id, question.question, question.answers) == ("\ufffd", "Who\ufffd?", ("\ufffd",))


def test_questions_that_are_too_long_are_named(tmp_path: Path) -> None:
    found = load_set(write_set(tmp_path / "set.jsonl", GOOD, {**GOOD, "id": "2", "question": "w" * 99}))
    with pytest.raises(QuestionError, match="line 2: question '2' has 99 characters; the most is 50"):
        found.short_enough(50)


def test_squad_is_an_open_library_of_its_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "dev.json.gz"
    path.write_bytes(gzip.compress(json.dumps(SQUAD).encode()))
    found = load_set(path)
    assert found.kind == "squad" and found.articles is not None
    articles = list(found.articles())
    assert [article.id for article in articles] == ["Old_Oslo/0", "Old_Oslo/1", "Old_Oslo (1)/0"]
    assert articles[0].title == "Old Oslo"
    first, second = found.questions
    assert first.answers == ("1040",) and first.articles == ("Old_Oslo/0",) and first.answerable
    assert not second.answerable and not second.answers


def test_a_beir_folder_judges_articles(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    write_set(tmp_path / "corpus.jsonl", {"_id": "d1", "title": "Oslo", "text": "Founded in 1040."}, {"_id": "d2"})
    write_set(tmp_path / "queries.jsonl", {"_id": "q1", "text": "When?"}, {"_id": "q2", "text": "Not judged"})
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n")
    found = load_set(tmp_path)
    assert found.kind == "beir" and found.articles is not None
    assert [article.id for article in found.articles()] == ["d1"]
    (question,) = found.questions
    assert question.relevance == {"d1": 2, "d2": 0} and question.articles == ("d1",) and not question.judged


def test_a_table_has_lists_parted_by_bars(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text('question,answers,articles,answerable\n"Who, then?",Ann | Ann Lee,a,\nWhy?,,,no\nWhere?,,,yes\n')
    with pytest.raises(QuestionError, match="line 4: answers: question 'line-4' is answerable but has no answers"):
        load_set(path)
    first, second = load_set(path, keep_going=True).questions
    assert first.answers == ("Ann", "Ann Lee") and first.articles == ("a",) and first.line == 2
    assert not second.answerable


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("set.csv", "who,what\n1,2\n", "unknown column 'who'"),
        ("set.csv", "id,answers\n1,2\n", "no column 'question'"),
        ("set.csv", 'question,answers\n"Who led it?,Ann\nWhere?,Oslo\n', "line 2: not a row of a table"),
        ("set.json", "[]", "not SQuAD JSON"),
        ("set.json", '{"data": [{"title": "a"}]}', "has no list 'paragraphs'"),
        ("set.json", '{"data": [{"paragraphs": [{"qas": 1}]}]}', "has no text 'context'"),
        ("set.json", '{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": "Who?"}]}]}]}', "has no id"),
        ("set.json", "[" * 100_000, "nested too deeply"),
        ("set.jsonl", "[" * 100_000, "nested too deeply"),
        ("set.jsonl", "\n\n", "no questions in it"),
        ("set.jsonl.gz", "not gzip", "not a whole gzip file"),
        ("none.jsonl", None, "no such file"),
    ],
)
def test_what_is_no_set_is_said_in_a_sentence(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(BylineError, match=said):
        load_set(path)


def test_a_folder_without_a_corpus_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="needs corpus"):
        load_set(tmp_path)


def test_only_some_questions(tmp_path: Path) -> None:
    found: QuestionSet = load_set(write_set(tmp_path / "set.jsonl", GOOD, {**GOOD, "id": "2"}))
    assert [question.id for question in found.only(["2"]).questions] == ["2"]
    with pytest.raises(QuestionError, match="no question '3'"):
        found.only(["3"])
