"""Hostile files: each is read or refused, and nothing is left behind. A thousand: ``tests/index/hostile_files.py``."""

from __future__ import annotations

from pathlib import Path

from tests.index.hostile_files import hostile_files, outcomes


def test_every_file_is_read_or_refused(tmp_path: Path) -> None:
    counts = outcomes(150, tmp_path)
    assert counts["read"] + counts["refused"] == 150 and counts["read"] > 30 and not counts["neither"]
    assert not list(tmp_path.iterdir())


def test_the_same_seed_gives_the_same_files() -> None:
    # the endings only: a Word file and a mail carry the time they were made
    assert [suffix for suffix, _ in hostile_files(30)] == [suffix for suffix, _ in hostile_files(30)]
