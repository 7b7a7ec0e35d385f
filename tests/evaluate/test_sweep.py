"""Sweeps: every combination comes out as if it was asked alone, though searching and reading are shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import BylineError
from qa.assistant import Assistant
from qa.evaluate.report.sweep_page import best_of, sweep_lines, write_sweep
from qa.evaluate.run_folder import Run
from qa.evaluate.sets import load_set
from qa.evaluate.sweep import Cell, SharedLibrary, SharedReader, label, load_grid, sweep
from qa.settings import Settings

DEFAULT = Settings().min_confidence
GRID = f"""
set = "small.jsonl"
[settings]
candidates = [1, 2]
min_confidence = [{DEFAULT}, 0.5]
"""


@pytest.fixture(scope="module")
def cells(assistant: Assistant, small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Cell]:
    (small_set.parent / "grid.toml").write_text(GRID)
    grid = load_grid(small_set.parent / "grid.toml")
    assert grid.question_set == small_set
    out = tmp_path_factory.mktemp("sweep")
    return sweep(load_set(small_set), assistant.library, assistant.settings, grid.cells, out)


def test_a_cell_is_the_run_that_its_settings_give_alone(cells: list[Cell], worse_run: Run) -> None:
    assert [label(cell.settings) for cell in cells] == [
        f"candidates 1, min_confidence {DEFAULT}",
        "candidates 1, min_confidence 0.5",
        f"candidates 2, min_confidence {DEFAULT}",
        "candidates 2, min_confidence 0.5",
    ]
    for name in ("rows.jsonl", "summary.json"):
        assert (cells[0].run.path / name).read_bytes() == (worse_run.path / name).read_bytes()
    recall = [cell.run.finished().value("recall_at_5") for cell in cells]
    assert recall[0] == recall[1] < recall[2] == recall[3]
    answered = [cell.run.finished().value("answered") for cell in cells]
    assert answered[1] <= answered[0] and answered[3] <= answered[2]


def test_values_are_used_as_settings_have_them(
    assistant: Assistant, small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "reader").symlink_to(Path(__file__).resolve().parents[2] / "qa/weights/reader")
    asked = [{"candidates": 5}, {"candidates": "5", "reader": "~/reader"}]
    same, typed = sweep(load_set(small_set), assistant.library, assistant.settings, asked, tmp_path / "out")
    assert [(row.said, row.confidence) for row in same.run.rows] == [
        (row.said, row.confidence) for row in typed.run.rows
    ]


def test_what_is_shared_is_looked_up_and_read_once(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    library = SharedLibrary.open(assistant.library.path, assistant.library.embedder)
    assert library.rankings("tern", 10) is library.rankings("tern", 10)
    encoded: list[str] = []
    encode = library.embedder.encode
    monkeypatch.setattr(library.embedder, "encode", lambda texts: encoded.extend(texts) or encode(texts))
    for weight in (0.2, 0.8):
        assert library.search("How many terns?", dense_weight=weight)
    assert encoded == ["How many terns?"]
    reader = SharedReader("", "auto")
    assert reader.read("Who?", ["Ann did."]) is reader.read("Who?", ["Ann did."])
    library.close()


def test_one_table_and_one_plot(cells: list[Cell]) -> None:
    lines = list(sweep_lines(cells))
    best = best_of(cells)
    assert len(lines) == 6 and best is not None and label(best.settings) in lines[-1]
    page = write_sweep(cells, cells[0].run.path.parent).read_text()
    assert page.count("<svg") == 1 and page.count("/report.html") == 4
    assert all((cell.run.path / "report.html").exists() for cell in cells)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("set = [", "not TOML"),
        ("[settings]\ncandidates = [1]", "needs set ="),
        ('set = "a"\nmore = 1\n[settings]\ncandidates = [1]', "unknown key 'more'"),
        ('set = "a"\n[settings]\ncandidats = [1]', "did you mean 'candidates'"),
        ('set = "a"\n[settings]\nembedder = ["x"]', "'embedder' cannot be swept"),
        ('set = "a"\n[settings]\ncandidates = 5', "candidates must be a list"),
        ('set = "a"\n[settings]\ncandidates = [0]', "candidates = 0 is not allowed"),
        (f'set = "a"\n[settings]\ncandidates = {list(range(1, 202 - 1))}\ndense_weight = [0, 1]', "at most 200"),
    ],
)
def test_a_broken_grid_is_said_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(BylineError, match=said):
        load_grid(path)
