"""A question set asked under every combination of a grid of settings, sharing what does not change between them.

A question is embedded, and looked up in both indexes, once for all combinations; it is read once for all that give the
reader the same passages. Each combination comes out as a run of its own, the same to the byte as if asked alone.
"""

from __future__ import annotations

import difflib
import itertools
import tomllib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.errors import QuestionError, first_line
from index.filters import Filters
from index.fusion import Ranking
from index.library import Library
from index.opening import in_milvus
from index.searching import Mode
from index.sources.decoding import decode, read_bytes
from qa.assistant import Assistant
from qa.evaluate.question_set import QuestionSet
from qa.evaluate.run_folder import Run, RunWriter, write_json
from qa.evaluate.runner import ask
from qa.evaluate.session import Progress, began_with
from qa.evaluate.summary import summarise
from qa.reader import Reader, Span
from qa.settings import Settings

SWEPT = ("candidates", "passages_read", "read_share", "dense_weight", "min_confidence", "reader")
"""The settings that a grid may vary: those that leave the library as it is."""
_MOST_CELLS = 200


@dataclass(frozen=True, slots=True)
class Grid:
    """What to ask, and the values of each setting to ask it under."""

    path: Path
    question_set: Path
    settings: dict[str, tuple[Any, ...]]

    @property
    def cells(self) -> list[dict[str, Any]]:
        """Every combination, the last setting varying fastest."""
        return [dict(zip(self.settings, values, strict=True)) for values in itertools.product(*self.settings.values())]


@dataclass(frozen=True, slots=True)
class Cell:
    """A combination and its run."""

    settings: dict[str, Any]
    run: Run


def load_grid(path: Path) -> Grid:
    """Read a grid: ``set``, a path from the grid's own folder on, and ``[settings]``, a list of values each.

    Raises:
        QuestionError: it is none; says what is wrong with which key.
        SettingsError: a value is not allowed.
    """
    try:
        found = tomllib.loads(decode(read_bytes(path), path))
    except tomllib.TOMLDecodeError as error:
        raise QuestionError(f"{path}: not TOML: {first_line(error)}.") from error
    unknown = [name for name in found if name not in ("set", "settings")]
    if unknown:
        raise QuestionError(f"{path}: unknown key {unknown[0]!r}; a grid has set and [settings].")
    if not isinstance(found.get("set"), str) or not isinstance(found.get("settings"), dict) or not found["settings"]:
        raise QuestionError(f'{path}: a grid needs set = "questions.jsonl" and [settings] with lists of values.')
    for name, values in found["settings"].items():
        if name not in SWEPT:
            near = difflib.get_close_matches(name, SWEPT, n=1, cutoff=0)[0]
            raise QuestionError(f"{path}: {name!r} cannot be swept (did you mean {near!r}?); {', '.join(SWEPT)} can.")
        if not isinstance(values, list) or not values:
            raise QuestionError(f"{path}: {name} must be a list of values to try.")
    grid = Grid(path, path.parent / found["set"], {name: tuple(values) for name, values in found["settings"].items()})
    if len(grid.cells) > _MOST_CELLS:
        raise QuestionError(f"{path}: {len(grid.cells)} combinations; at most {_MOST_CELLS} are swept.")
    for cell in grid.cells:
        Settings.checked(cell)
    return grid


class SharedLibrary(Library):
    """A library that looks a query up once, until it is told to forget."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._found: dict[tuple[str, int, Filters | None, Mode], tuple[Ranking, Ranking]] = {}

    def rankings(
        self, query: str, depth: int, filters: Filters | None = None, mode: Mode = "fused"
    ) -> tuple[Ranking, Ranking]:
        """As ``Library.rankings``, from memory the second time."""
        key = (query, depth, filters, mode)
        if key not in self._found:
            self._found[key] = super().rankings(query, depth, filters, mode)
        return self._found[key]

    def forget(self) -> None:
        """Look everything up anew from now on."""
        self._found.clear()


class SharedReader(Reader):
    """A reader that reads the same passages for the same question once, until it is told to forget."""

    def __init__(self, model: str, precision: str) -> None:
        super().__init__(model, precision)
        self._read: dict[tuple[tuple[str, ...], tuple[str, ...], int], list[list[Span]]] = {}

    def read_pairs(self, questions: Sequence[str], passages: Sequence[str], most: int = 3) -> list[list[Span]]:
        """As ``Reader.read_pairs``, from memory the second time."""
        key = (tuple(questions), tuple(passages), most)
        if key not in self._read:
            self._read[key] = super().read_pairs(questions, passages, most)
        return self._read[key]

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._read.clear()


def sweep(
    found: QuestionSet,
    library: Library,
    settings: Settings,
    cells: Sequence[dict[str, Any]],
    out: Path,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Cell]:
    """Ask the set under each of ``cells`` on top of ``settings``; ``out`` gets a run each and ``sweep.json``.

    Begun again after it was stopped, it goes on where it was. The runs have no times: they share what takes it.
    """
    say = progress or (lambda done, of: None)
    shared = library
    if not in_milvus(library.address):  # there, each looks up for itself
        shared = SharedLibrary.open(library.path, library.embedder, library.passage_characters, create=False)
    readers: dict[str, SharedReader] = {}
    assistants = [_assistant(shared, settings.model_copy(update=_converted(cell)), readers) for cell in cells]
    folders = [out / f"cell-{number:0{len(str(len(cells)))}}" for number in range(1, len(cells) + 1)]
    with ExitStack() as open_writers:
        writers = [
            open_writers.enter_context(RunWriter(folder, began_with(assistant, found, seed)))
            for folder, assistant in zip(folders, assistants, strict=True)
        ]
        say(0, len(found.questions))
        for done, question in enumerate(found.questions, start=1):
            for writer, assistant in zip(writers, assistants, strict=True):
                if question.id not in writer.done:
                    writer.write(replace(ask(assistant, question), milliseconds=0.0, stages=()))
            if isinstance(shared, SharedLibrary):
                shared.forget()
            for reader in readers.values():
                reader.forget()
            say(done, len(found.questions))
        for writer in writers:
            writer.finish(summarise(Run.read(writer.path).rows, seed), {})
    if shared is not library:
        shared.close()
    done_cells = [Cell(cell, Run.read(folder)) for cell, folder in zip(cells, folders, strict=True)]
    write_json(out / "sweep.json", {"cells": [_as_dict(cell) for cell in done_cells]})
    return done_cells


def label(settings: dict[str, Any]) -> str:
    """``candidates 5, min_confidence 0.3``."""
    return ", ".join(f"{name} {value if value != '' else '(shipped)'}" for name, value in settings.items())


def _converted(cell: dict[str, Any]) -> dict[str, Any]:
    """The values as the settings have them: a path in full, "5" as a number."""
    checked = Settings.checked(cell)
    return {name: getattr(checked, name) for name in cell}


def _assistant(library: Library, settings: Settings, readers: dict[str, SharedReader]) -> Assistant:
    assistant = Assistant(library, settings)
    assistant.reader = readers.setdefault(settings.reader, SharedReader(settings.reader, settings.precision))
    return assistant


def _as_dict(cell: Cell) -> dict[str, Any]:
    return {"settings": cell.settings, "run": cell.run.path.name, "summary": cell.run.finished().as_dict()}
