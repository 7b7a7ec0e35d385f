"""``byline eval …`` as a person uses it, and the GitHub Actions example of the docs, step by step."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from index.errors import BylineError
from index.library import Library
from qa.assistant import Assistant
from qa.evaluate.run_folder import Run
from qa.evaluate.sets import load_set
from tests.conftest import PROJECT, SAMPLE
from tests.evaluate.conftest import write_set

GOOD = {
    "id": "g",
    "question": "Who led the Russian delegation?",
    "answers": ["Vladimir Medinsky"],
    "articles": ["prisoner-swap"],
}
Byline = Callable[..., Result]


@pytest.fixture
def byline(monkeypatch: pytest.MonkeyPatch, assistant: Assistant, tmp_path: Path) -> Byline:
    """Runs a command in an empty folder over the sample library; an error becomes its text and exit status 2."""
    from qa.cli import byline as group

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BYLINE_LIBRARY", str(assistant.library.path))

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(group, list(arguments))
        if isinstance(result.exception, BylineError):
            result.exit_code, result.stderr_bytes = 2, str(result.exception).encode()
        return result

    return invoke


def test_the_short_form_makes_a_run_and_says_where(byline: Byline, tmp_path: Path) -> None:
    write_set(tmp_path / "mine.jsonl", GOOD)
    done = byline("eval", "mine.jsonl")
    assert done.exit_code == 0, done.output
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("mine-") and f"runs/{folder.name}" in done.stdout
    assert "questions                1 (1 answerable)" in done.stdout and "1.000" in done.stdout
    assert byline("eval", "report", str(folder)).exit_code == 0 and (folder / "report.html").exists()


def test_a_broken_set_is_named_line_by_line_and_the_rest_runs(byline: Byline, tmp_path: Path) -> None:
    write_set(
        tmp_path / "set.jsonl",
        GOOD,
        "{",
        {**GOOD, "question": "Who else?"},
        {**GOOD, "id": "n", "articles": ["nowhere"]},
        {**GOOD, "id": "m", "answers": []},
    )
    stopped = byline("eval", "set.jsonl", "--out", "run")
    assert stopped.exit_code == 2 and "line 2" in stopped.stderr and not (tmp_path / "run").exists()
    done = byline("eval", "set.jsonl", "--out", "run", "--keep-going", "--json")
    assert done.exit_code == 2
    assert [row["id"] for row in json.loads(done.stdout)["questions"]] == ["g"]
    for number in (2, 3, 4, 5):
        assert f"passed over: set.jsonl line {number}: " in done.stderr
    assert len(Run.read(tmp_path / "run").problems) == 4
    (tmp_path / "gate.toml").write_text('rules = ["f1 >= 2"]\n')
    failed = byline("eval", "set.jsonl", "--out", "again", "--keep-going", "--gate", "gate.toml")
    assert failed.exit_code == 1 and "gate failed" in failed.stderr and "passed over: set.jsonl line 2" in failed.stderr
    checked = byline("eval", "validate", "set.jsonl", "--library", str(tmp_path / "none"))
    assert checked.exit_code == 2 and "There is no library" in checked.stderr


def test_validate_names_every_line(byline: Byline, tmp_path: Path) -> None:
    write_set(tmp_path / "set.jsonl", GOOD, {**GOOD, "id": 1, "asked": "May"})
    done = byline("eval", "validate", "set.jsonl")
    assert done.exit_code == 2 and "1 questions, 1 answerable (jsonl)" in done.stdout
    assert "line 2: id must be text" in done.stderr and "line 2: asked must be a date" in done.stderr
    sample = byline("eval", "validate", str(PROJECT / "data" / "questions" / "sample.jsonl"), "--schema")
    assert sample.exit_code == 0 and json.loads(sample.stdout.rpartition("}")[0] + "}")["title"]


def test_a_drafted_set_is_one_that_can_be_asked(byline: Byline, sample_library: Library, tmp_path: Path) -> None:
    assert byline("eval", "draft", str(sample_library.path), "--out", "drafted.jsonl").exit_code == 0
    found = load_set(tmp_path / "drafted.jsonl").known_to(one.id for one in sample_library.articles())
    assert len(found.questions) >= 12
    for question in found.questions:
        for article, quote in zip(question.articles, question.quotes, strict=False):
            assert quote in sample_library.article(article).text
    (pupils,) = [question for question in found.questions if "Orlingfold" in question.question]
    assert set(pupils.articles) == {"school-fire-wire", "school-fire-post"}
    again = byline("eval", "draft", str(sample_library.path), "--out", "drafted.jsonl")
    assert again.exit_code == 2 and "is there already" in again.stderr


def test_only_one_question_and_one_that_is_not_there(byline: Byline, tmp_path: Path) -> None:
    write_set(tmp_path / "set.jsonl", GOOD, {**GOOD, "id": "other"})
    done = byline("eval", "set.jsonl", "--only", "g", "--out", "run", "--json")
    assert [row["id"] for row in json.loads(done.stdout)["questions"]] == ["g"]
    missing = byline("eval", "set.jsonl", "--only", "nope")
    assert missing.exit_code == 2 and "no question 'nope'" in missing.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["eval", "none.jsonl"], "no such file"),
        (["eval", "report", "none"], "There is no run in none"),
        (["eval", "compare", "none", "none"], "There is no run in none"),
        (["eval", "sweep", "none.toml"], "no such file"),
        (["eval", "set.jsonl", "--gate", "none.toml"], "no such file"),
        (["eval", "set.jsonl", "--out", "set.jsonl"], "is a file"),
        (["eval", "set.jsonl", "--seed", "-1"], "-1 is not in the range"),
    ],
)
def test_mistakes_are_one_sentence(byline: Byline, tmp_path: Path, arguments: list[str], said: str) -> None:
    write_set(tmp_path / "set.jsonl", GOOD)
    done = byline(*arguments)
    assert done.exit_code == 2 and said in done.stderr and not (tmp_path / "runs").exists()


def test_the_github_actions_example_passes_and_catches_a_regression(
    byline: Byline, small_run: Run, small_set: Path, tmp_path: Path
) -> None:
    docs = (PROJECT / "docs" / "evaluating.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", docs, re.DOTALL)
    gate = next(block for block in re.findall(r"```toml\n(.*?)```", docs, re.DOTALL) if "rules" in block)
    shutil.copytree(SAMPLE, tmp_path / "articles")
    shutil.copy(small_set, tmp_path / "questions.jsonl")
    shutil.copytree(small_run.path, tmp_path / "baseline")
    (tmp_path / "gate.toml").write_text(gate.replace("0.98", "0.3"))  # the sample set is not answered that well
    steps = [step["run"] for step in yaml.safe_load(example)["jobs"]["gate"]["steps"] if "run" in step]
    commands = [shlex.split(step)[1:] for step in steps if step.startswith("byline ")]
    assert [command[:2] for command in commands] == [["index", "add"], ["eval", "run"], ["eval", "compare"]]
    for command in commands:
        done = byline(*command)
        assert done.exit_code == 0, (command, done.output, done.stderr)
    assert "gate passed: 3 rules" in done.stderr and (tmp_path / "now" / "compare.html").exists()
    (tmp_path / "gate.toml").write_text('rules = ["recall_at_5 >= baseline - 0.01"]')
    byline(*commands[1][:-1], "worse", "--candidates", "1")
    worse = byline("eval", "compare", "baseline", "worse", "--gate", "gate.toml")
    assert worse.exit_code == 1 and "gate failed: recall_at_5 >= baseline - 0.01" in worse.stderr
    alone = byline(
        "eval",
        "run",
        "questions.jsonl",
        "--library",
        "library",
        "--out",
        "worse",
        "--candidates",
        "1",
        "--gate",
        "gate.toml",
    )
    assert alone.exit_code == 2 and "needs another run" in alone.stderr


def squad(path: Path, *contexts: str) -> Path:
    paragraphs = [
        {
            "context": context,
            "qas": [{"id": f"{path.stem}-{number}", "question": "Who came?", "answers": [], "is_impossible": True}],
        }
        for number, context in enumerate(contexts)
    ]
    path.write_text(json.dumps({"version": "v2.0", "data": [{"title": "T", "paragraphs": paragraphs}]}))
    return path


def test_a_set_is_not_asked_over_the_articles_of_another(byline: Byline, tmp_path: Path) -> None:
    squad(tmp_path / "one.json", "Ann Lee came to the bridge.")
    squad(tmp_path / "two.json", "Bo Ray came to the ferry.")
    assert byline("eval", "one.json", "--library", "own", "--out", "first").exit_code == 0
    done = byline("eval", "two.json", "--library", "own", "--out", "second")
    assert done.exit_code == 2 and "Choose another folder with --library" in done.stderr


def test_sets_whose_files_are_called_the_same_do_not_share_a_library(byline: Byline, tmp_path: Path) -> None:
    for folder, text in (("one", "Ann Lee came to the bridge."), ("two", "Bo Ray came to the ferry.")):
        (tmp_path / folder / "qrels").mkdir(parents=True)
        write_set(tmp_path / folder / "corpus.jsonl", {"_id": "31", "text": text})
        write_set(tmp_path / folder / "queries.jsonl", {"_id": "q", "text": "Who came?"})
        (tmp_path / folder / "qrels" / "test.tsv").write_text("q\t31\t1\n")
        squad(tmp_path / folder / "dev.json", text)
    assert byline("eval", "one", "--library", "own", "--out", "first").exit_code == 0
    assert byline("eval", "two", "--library", "own", "--out", "second").exit_code == 2
    assert byline("eval", "one", "--library", "own", "--out", "first").exit_code == 0
    assert byline("eval", "one/dev.json", "--library", "other", "--out", "third").exit_code == 0
    assert byline("eval", "two/dev.json", "--library", "other", "--out", "fourth").exit_code == 2


def test_articles_of_a_set_that_read_the_same_are_both_asked_of(byline: Byline, tmp_path: Path) -> None:
    squad(tmp_path / "set.json", "Ann Lee came to the bridge.", "Ann Lee came to the bridge.")
    done = byline("eval", "set.json", "--out", "run", "--json")
    assert done.exit_code == 0 and len(json.loads(done.stdout)["questions"]) == 2, done.stderr
