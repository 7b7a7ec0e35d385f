"""``byline index build`` as a person types it; what Ray then does is tested in ``tests/index/test_cluster.py``."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from filelock import FileLock

from index.article import Article
from index.embedder import Embedder
from index.errors import LibraryError
from index.library import Library
from index.sources.web import Web
from index.sync import Sync
from index.sync_plan import Source, plan
from qa.cli import byline
from qa.cli_build import JOINED, WAITING, build, watched


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["articles"], "'byline index add SOURCE…' does the same"),
        (["--ray"], "Name the files or folders"),
        (["--ray", "auto"], "Name the files or folders"),
        (["--ray", "head.internal:6379"], "Name the files or folders"),
        (["--ray", "[fd00::1]:6379"], "Name the files or folders"),
        (["--ray", "ray://head.internal:10001"], "Name the files or folders"),
        (["--ray", "--workers", "0", "articles"], "not in the range"),
    ],
)
def test_what_is_missing_is_said(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(build, arguments)
    assert done.exit_code == 2 and said in done.output, done.output


def test_what_follows_ray_is_a_source_and_what_was_read_before_starts_no_ray(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.sync_plan.JUST_CHANGED", -3600.0)
    monkeypatch.setitem(os.environ, "BYLINE_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setitem(__import__("sys").modules, "ray", None)  # as if it were not installed
    (tmp_path / "articles").mkdir()
    for name in ("a", "b"):
        (tmp_path / "articles" / f"{name}.txt").write_text(f"Ship {name} left.")
    library = Library.open(tmp_path / "library", embedder)
    Sync(library).carry_out(plan(library, Source(str(tmp_path / "articles")), Web()))
    for arguments in (["--ray", str(tmp_path / "articles")], ["--ray", "auto", str(tmp_path / "articles")]):
        done = CliRunner().invoke(build, arguments)
        assert done.exit_code == 0 and "0 unchanged, 2 files the same: 2 articles" in done.output, done.output
    (tmp_path / "articles" / "c.txt").write_text("Ship c left.")
    done = CliRunner().invoke(build, ["--ray", str(tmp_path / "articles")])
    assert "pip install -c constraints.txt -e '.[scale]'" in str(done.exception) and library.article_count == 2


def test_another_that_writes_is_named_while_it_is_waited_for_and_before_ray_is_started(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.holder.PATIENCE", 0.05)
    monkeypatch.setitem(os.environ, "BYLINE_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setitem(__import__("sys").modules, "ray", None)  # as if it were not installed
    (tmp_path / "a.txt").write_text("Ship a left.")
    Library.open(tmp_path / "library", embedder).add([Article("ferry", "The ferry stopped.")])
    with FileLock(tmp_path / "library" / "writer.lock"):
        for arguments in (["build", "--ray", str(tmp_path / "a.txt")], ["remove", "ferry"], ["check"]):
            done = CliRunner().invoke(byline, ["index", *arguments])
            holder = f"Another process is writing to {tmp_path / 'library'}"
            assert done.stderr.splitlines() == [f"{holder}; waiting up to 0.05 seconds for it to end…"], arguments
            assert isinstance(done.exception, LibraryError) and str(done.exception).startswith(holder)


def test_while_no_machine_is_left_to_work_on_it_says_that_it_waits() -> None:
    counts, looked = iter([1, 0, 0, 2, 2]), threading.Event()
    said: list[str] = []

    def machines() -> int:
        try:
            return next(counts)
        except StopIteration:
            looked.set()
            raise ConnectionError("Ray is gone") from None

    with watched(machines, said.append, every=0.001):
        assert looked.wait(30)
    assert said == [WAITING, WAITING, JOINED]
