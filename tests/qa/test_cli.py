"""The command line as a person uses it: in processes of its own, with the network shut."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import Group

from tests.conftest import PROJECT, SAMPLE

SHUT = """
import socket, sys
def refuse(*args, **kwargs): raise RuntimeError("the network was asked for: %r" % (args,))
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
from qa.cli import main
sys.argv[0] = "byline"
main()
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "library"
    done = byline(folder, "index", "add", str(SAMPLE))
    assert done.returncode == 0, done.stderr
    assert "13 added" in done.stdout or "12 added" in done.stdout
    return folder


def byline(library: Path, *arguments: str, offline: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "BYLINE_LIBRARY": str(library)}
    if not offline:  # the guard on the network must do without the switch too
        environment.pop("HF_HUB_OFFLINE", None)
    return subprocess.run(
        [sys.executable, "-c", SHUT, *arguments], capture_output=True, text=True, env=environment, cwd=PROJECT
    )


def test_ask_prints_the_answer_and_its_source_without_any_network(filled: Path) -> None:
    done = byline(filled, "ask", "Who led the Russian delegation?", offline=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Vladimir Medinsky [1]")
    assert "leader of Russia's delegation" in " ".join(done.stdout.split())
    assert "in prisoner-swap, characters" in done.stdout


def test_ask_as_json(filled: Path) -> None:
    answer = json.loads(byline(filled, "ask", "How many prisoners will each side release?", "--json").stdout)
    assert answer["short"].startswith("1,000") and answer["citations"][0]["article_id"] == "prisoner-swap"
    assert answer["trace"]["milliseconds"]


def test_ask_abstains_and_offers_the_closest(filled: Path) -> None:
    done = byline(filled, "ask", "Who won the World Cup?")
    assert done.stdout.startswith("The articles don't say.") and "not sources" in done.stdout
    assert "[1]" not in done.stdout


def test_index_list_info_remove_add(filled: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in byline(filled, "index", "list", "--json").stdout.splitlines()]
    assert any(row["id"] == "prisoner-swap" for row in rows)
    assert json.loads(byline(filled, "index", "info", "--json").stdout)["articles"] == len(rows)
    (tmp_path / "new.txt").write_text("A walrus was seen in Oslo.")
    (tmp_path / "empty.txt").write_text("")
    done = byline(filled, "index", "add", str(tmp_path), str(tmp_path / "none.txt"))
    assert done.returncode == 2 and "1 added" in done.stdout
    assert "empty.txt: the file is empty" in done.stderr and "none.txt: no such file" in done.stderr
    assert "Traceback" not in done.stderr
    rows = [json.loads(line) for line in byline(filled, "index", "list", "--json").stdout.splitlines()]
    (name,) = [row["id"] for row in rows if row["source"].endswith("/new.txt")]
    assert byline(filled, "index", "remove", name).stdout == "1 removed.\n"
    again = byline(filled, "index", "remove", name)
    assert again.returncode == 2 and name in again.stderr


def test_a_dry_run_shows_what_would_be_stored_and_stores_nothing(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,title,text,published\nwalrus,Walrus seen,A walrus came ashore.,2025-01-02\n")
    (tmp_path / "b.md").write_text("A seal.")
    arguments = ["index", "add", str(tmp_path), "--include", "*.csv", "--field", "publisher=The Post", "--dry-run"]
    done = byline(filled, *arguments)
    assert done.returncode == 0, done.stderr
    assert "walrus: Walrus seen · The Post · 2025-01-02" in done.stdout and "seal" not in done.stdout
    assert "walrus" not in byline(filled, "index", "list").stdout


def test_a_field_that_is_none_is_refused(filled: Path, tmp_path: Path) -> None:
    wrong = byline(filled, "index", "add", str(tmp_path), "--field", "colour=red")
    assert wrong.returncode == 2 and "publisher, author" in wrong.stderr


def test_eval_prints_scores_and_names_a_broken_line(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    row = {"id": "1", "question": "Who led the Russian delegation?", "answers": ["Vladimir Medinsky"]}
    path.write_text(json.dumps({**row, "articles": ["prisoner-swap"], "answerable": True}))
    report = json.loads(byline(filled, "eval", str(path), "--out", str(tmp_path / "run"), "--json").stdout)
    assert report["report"]["exact_match"] == 1 and report["questions"][0]["rank"] <= 5
    path.write_text("{")
    done = byline(filled, "eval", str(path), "--out", str(tmp_path / "broken"))
    assert done.returncode == 2 and "line 1" in done.stderr and "Traceback" not in done.stderr
    path.write_text(json.dumps({**row, "articles": ["nowhere"], "answerable": True}))
    done = byline(filled, "eval", str(path), "--out", str(tmp_path / "unknown"))
    assert "'nowhere', not in the library" in done.stderr and not (tmp_path / "unknown").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", ""], "empty"),
        (["ask", "x" * 20_000], "20,000 characters"),
        (["ask", "Who?", "--reader", "/no/such"], "/no/such"),
        (["ask", "Who?", "--min-confidence", "7"], "min_confidence"),
        (["ask", "Who?", "--from", "then"], "YYYY-MM-DD"),
        (["index", "info", "--library", "/no/such/place"], "There is no library"),
        (["index", "add"], "Missing argument"),
        (["nonsense"], "No such command"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_2(filled: Path, arguments: list[str], said: str) -> None:
    done = byline(filled, *arguments)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_control_characters_in_an_article_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The \x1b[31mzebra\x1b[0m \u202eescaped from the zoo in Oslo.")
    byline(tmp_path / "library", "index", "add", str(tmp_path / "a.txt"))
    done = byline(tmp_path / "library", "ask", "What escaped from the zoo in Oslo?", "--min-confidence", "0")
    assert done.returncode == 0 and "zoo" in done.stdout
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout


def every_command() -> list[list[str]]:
    from qa.cli import byline as group

    commands = [[name] for name in group.commands]
    groups = {name: command for name, command in group.commands.items() if isinstance(command, Group)}
    return commands + [[name, inner] for name, command in groups.items() for inner in command.commands]


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    from click.testing import CliRunner

    from qa.cli import byline as group

    result = CliRunner().invoke(group, [*command, "--help"])
    assert result.exit_code == 0 and "Example:" in result.output and "byline " in result.output


def test_help_loads_no_heavy_package() -> None:
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "qa", "--help"], capture_output=True, text=True, cwd=PROJECT
    ).stderr
    for name in ("torch", "transformers", "gradio", "faiss", "numpy", "pydantic", "sentence_transformers"):
        assert not re.search(rf"\|\s+{name}\n", loaded)
