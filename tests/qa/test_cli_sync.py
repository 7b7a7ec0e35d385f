"""``byline index sync``, ``history`` and ``copies`` as a person uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa.history import changes
from tests.conftest import SAMPLE


def byline(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**os.environ})


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A working folder with two articles of the sample, listed in its byline.toml."""
    (tmp_path / "articles").mkdir()
    for path in SAMPLE.glob("school-fire-*"):
        (tmp_path / "articles" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "byline.toml").write_text('[[sources]]\nsource = "articles"\nlanguage = "en"\n')
    return tmp_path


def test_from_the_first_sync_to_a_correction(desk: Path) -> None:
    done = byline(desk, "index", "sync")
    assert done.returncode == 0 and done.stdout.startswith("2 added, 0 updated, 0 removed; 0 files"), done.stderr
    wire, post = byline(desk, "index", "copies").stdout.splitlines()
    assert wire.startswith("2024-11-20  school-fire-wire") and "Ebberlode Post" in post
    path = desk / "articles" / "school-fire-post.md"
    path.write_text(path.read_text().replace("All 312 pupils", "All 313 pupils"))
    shown = byline(desk, "index", "sync", "--dry-run")
    assert "changed?" in shown.stdout and "school-fire-post.md" in shown.stdout
    assert byline(desk, "index", "sync").stdout.startswith("0 added, 1 updated, 0 removed")
    told = byline(desk, "index", "history", "school-fire-post").stdout
    assert "Version 1, replaced 20" in told and "-All 312 pupils" in told and "+All 313 pupils" in told
    (version,) = (
        json.loads(row) for row in byline(desk, "index", "history", "school-fire-post", "--json").stdout.splitlines()
    )
    assert "All 312 pupils" in version["article"]["text"] and version["article"]["language"] == "en"
    said = byline(desk, "index", "sync", "--drop", "articles").stdout
    assert said.startswith("0 added, 0 updated, 2 removed")


def test_what_is_asked_for_is_said_when_there_is_nothing_to_do(tmp_path: Path) -> None:
    done = byline(tmp_path, "index", "sync")
    assert done.returncode == 2 and "list them in byline.toml" in done.stderr and "Traceback" not in done.stderr
    done = byline(tmp_path, "index", "sync", "nowhere", "--drop", "elsewhere")
    assert done.returncode == 2 and "nowhere: no such file" in done.stderr and "Nothing came of" in done.stderr


def test_a_killed_sync_is_gone_on_with(desk: Path) -> None:
    folder = desk / "articles"
    for number in range(1100):
        (folder / f"n{number:04}.txt").write_text(f"Report number {number} says that the river rose by {number} feet.")
    command = [sys.executable, "-m", "qa", "index", "sync"]
    database = desk / ".byline" / "library" / "library.sqlite"
    with subprocess.Popen(command, cwd=desk, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not stored(database):
            time.sleep(0.02)  # waits for something to be killed in the middle of
        process.kill()
    done = byline(desk, "index", "sync")
    assert done.returncode == 0 and "1,102 articles" in done.stdout, done.stderr
    added = int(done.stdout.split()[0].replace(",", ""))
    assert added < 1102


def stored(database: Path) -> int:
    import sqlite3

    if not database.exists():
        return 0
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        try:
            return connection.execute("SELECT count(*) FROM articles").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def test_changes_are_told_by_field_and_by_sentence(bridge) -> None:
    from dataclasses import replace

    after = replace(bridge, title="Bridge opened", text=bridge.text.replace("£3 million", "£4 million"))
    told = list(changes(bridge, after))
    assert told[0] == "title: Bridge opens -> Bridge opened"
    assert [line[0] for line in told[1:]] == ["-", "+"] and "£3" in told[1] and "£4" in told[2]
    before = replace(bridge, text="++ Two hurt ++\n-- By Ann Lee")
    assert list(changes(before, replace(bridge, text="++ Nine hurt ++\n-- By Bob May"))) == [
        "-++ Two hurt ++", "--- By Ann Lee", "+++ Nine hurt ++", "+-- By Bob May",
    ]  # fmt: skip


def test_a_dry_run_changes_nothing_and_shows_what_would_be_dropped(desk: Path) -> None:
    shown = byline(desk, "index", "sync", "--dry-run")
    assert shown.returncode == 0 and shown.stdout.count("new ") == 2 and not (desk / ".byline").exists(), shown.stderr
    assert byline(desk, "index", "sync").returncode == 0
    shown = byline(desk, "index", "sync", "--drop", "articles", "--dry-run")
    assert shown.returncode == 0 and shown.stdout.count("withdrawn ") == 2
    shown = byline(desk, "index", "sync", "--drop", "elsewhere", "--dry-run")
    assert shown.returncode == 2 and "Nothing came of" in shown.stderr
    assert "2 articles" in byline(desk, "index", "sync").stdout
