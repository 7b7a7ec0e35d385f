"""A run as a folder on disk: what it was run with, a row a question, and the summary. Survives being killed.

run.json        settings and their hash, models and their hashes, library and its generation, set and its hash
rows.jsonl      a line a question: answer, citations, passages, scores; nothing that varies from run to run
times.jsonl     a line a question: milliseconds by stage
problems.txt    lines of the set that were passed over
summary.json    scores with intervals; the same seed and rows give the same bytes
resources.json  times by stage, questions a second, peak memory
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from index.errors import QuestionError, first_line
from qa.evaluate.score import Scored
from qa.evaluate.summary import Summary

_WITH = "run.json"
_SAME = ("set", "settings", "models", "library", "as_of", "seed")
"""What a run must have been begun with to be gone on with."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished (or half finished) run, read back."""

    path: Path
    began_with: dict[str, Any]
    rows: tuple[Scored, ...]
    problems: tuple[str, ...]
    summary: Summary | None
    resources: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @classmethod
    def read(cls, path: Path) -> Run:
        """Read the run in the folder ``path``; QuestionError when there is none, or it is not whole."""
        began_with = _json(path / _WITH)
        if began_with is None:
            raise QuestionError(f"There is no run in {path}; 'byline eval run SET --out {path}' makes one.")
        times = {line["id"]: line for line in _lines(path / "times.jsonl")}
        rows = tuple(_row(path, line, times) for line in _lines(path / "rows.jsonl"))
        summary = _json(path / "summary.json")
        problems = path / "problems.txt"
        return cls(
            path,
            began_with,
            rows,
            tuple(problems.read_text(encoding="utf-8").splitlines()) if problems.exists() else (),
            Summary.from_dict(summary) if summary else None,
            _json(path / "resources.json") or {},
        )

    def finished(self) -> Summary:
        """The summary; QuestionError when the run was not brought to its end."""
        if self.summary is None:
            raise QuestionError(
                f"The run in {self.path} is not finished; 'byline eval run {self.began_with['set_path']} "
                f"--out {self.path}' goes on with it."
            )
        return self.summary


def _unusable(path: Path, error: OSError) -> QuestionError:
    return QuestionError(f"The run's folder {path} cannot be used: {first_line(error)}.")


class RunWriter:
    """Writes a run, row by row, into a folder that is its own meanwhile.

    Args:
        path: the folder; made when it is not there. A run in it that was begun with the same is gone on with.
        began_with: as ``run.json`` is to have it.

    Raises:
        QuestionError: the folder holds something else, or another process runs in it.
    """

    def __init__(self, path: Path, began_with: dict[str, Any]) -> None:
        self.path = path
        self._lock = FileLock(path / "run.lock", timeout=0)
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout as error:
            raise QuestionError(f"Another process runs in {path}; choose another --out.") from error
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            self._begin(began_with)
        except OSError as error:
            self._lock.release()
            raise _unusable(path, error) from error
        except BaseException:
            self._lock.release()
            raise

    def _begin(self, began_with: dict[str, Any]) -> None:
        earlier = _json(self.path / _WITH)
        if earlier is None and (self.path / "rows.jsonl").exists():
            raise QuestionError(f"{self.path} holds rows of a run but no run.json; choose another --out.")
        if earlier is not None:
            changed = [name for name in _SAME if earlier.get(name) != began_with.get(name)]
            if changed:
                raise QuestionError(
                    f"The run in {self.path} was begun with another {_difference(earlier, began_with, changed[0])}; "
                    "choose another --out."
                )
        else:
            write_json(self.path / _WITH, began_with)
        for name in ("rows.jsonl", "times.jsonl"):
            _cut_torn_line(self.path / name)
        self.done = {str(line["id"]) for line in _lines(self.path / "rows.jsonl")}
        self._rows = (self.path / "rows.jsonl").open("a", encoding="utf-8")
        self._times = (self.path / "times.jsonl").open("a", encoding="utf-8")

    def write(self, scored: Scored) -> None:
        """Write a question's row, safe on disk when this returns; its time first, so that a row has always one."""
        for file, line in ((self._times, scored.as_times()), (self._rows, scored.as_row())):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def finish(self, summary: Summary, resources: dict[str, Any]) -> None:
        """Write the summary."""
        write_json(self.path / "resources.json", resources)
        write_json(self.path / "summary.json", summary.as_dict())

    def note(self, problems: Sequence[str]) -> None:
        """Write down what was passed over."""
        if problems:
            (self.path / "problems.txt").write_text("\n".join(problems) + "\n", encoding="utf-8")

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()
        self._times.close()
        self._lock.release()


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError) as error:
        raise QuestionError(f"{path} is damaged: {first_line(error)}.") from error
    if found is not None and not isinstance(found, dict):
        raise QuestionError(f"{path} is damaged: it is no JSON object.")
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file, of which a torn last line is left out."""
    if not path.is_file():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise QuestionError(f"{path} is damaged: {first_line(error)}.") from error


def _cut_torn_line(path: Path) -> None:
    """Cut what was written of a line when the process was killed: all after the last line end."""
    if path.is_file():
        with path.open("r+b") as file:
            file.truncate(file.read().rfind(b"\n") + 1)


def _row(path: Path, line: dict[str, Any], times: dict[str, dict[str, Any]]) -> Scored:
    try:
        return Scored.from_row(line, times.get(str(line.get("id"))))
    except ValueError as error:
        raise QuestionError(f"{path / 'rows.jsonl'} is of another version of Byline: {error}; run it anew.") from error


def _difference(earlier: dict[str, Any], now: dict[str, Any], name: str) -> str:
    """``candidates (20, not 5)``: the first thing under ``name`` that differs."""
    before, after = earlier.get(name), now.get(name)
    if isinstance(before, dict) and isinstance(after, dict):
        inside = next(key for key in {**before, **after} if before.get(key) != after.get(key))
        return f"{name}: {inside} ({before.get(inside)!r}, not {after.get(inside)!r})"
    return f"{name} ({before!r}, not {after!r})"
