"""How large a library gets and how long it takes to build, from measured rates: ``python -m benchmarks.sizing``.

The inputs are in ``benchmarks/sizing.json``: each with its value, its unit and the command that measured it here. Give
your own with ``--inputs``. Everything printed is those inputs multiplied up; what lies beyond what was measured (more
than a million vectors, more than two workers) is marked as such by the document that quotes it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

INPUTS = Path(__file__).with_suffix(".json")
COUNTS = (1_000_000, 10_000_000, 100_000_000)
MACHINES = (1, 4, 16)
KINDS = ("exact", "cells", "graph")
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was measured; bytes are a passage's.

    Attributes:
        embedded_a_core: passages read, cut and embedded by one core in a second.
        embedded_a_gpu: the same by one GPU, None where none was there to measure.
        second_worker: share of its own rate that a second worker added.
        written_a_second: passages that the one process which writes stores in a second.
        store_bytes, words_bytes: SQLite's file, tantivy's.
        exact_bytes, cells_bytes, graph_bytes: a vector's in the file that is searched, by kind of index.
        core_seconds_a_question: processor time of one question, from its words to its cited answer.
    """

    embedded_a_core: float
    embedded_a_gpu: float | None
    second_worker: float
    written_a_second: float
    store_bytes: float
    words_bytes: float
    exact_bytes: float
    cells_bytes: float
    graph_bytes: float
    core_seconds_a_question: float

    @classmethod
    def read(cls, path: Path) -> Inputs:
        """The values of an inputs file; ValueError names what it lacks."""
        given = json.loads(path.read_text(encoding="utf-8"))["inputs"]
        lacking = [field.name for field in fields(cls) if field.name not in given]
        if lacking:
            raise ValueError(f"{path} lacks {', '.join(lacking)}; benchmarks/sizing.json has all of them.")
        return cls(**{field.name: given[field.name]["value"] for field in fields(cls)})

    def index_bytes(self, kind: str) -> float:
        """Bytes of a vector in the index of that kind."""
        return {"exact": self.exact_bytes, "cells": self.cells_bytes, "graph": self.graph_bytes}[kind]

    def memory(self, passages: int, kind: str) -> float:
        """Bytes that searching touches again and again: the vectors' index and the words', both mapped files."""
        return passages * (self.index_bytes(kind) + self.words_bytes)

    def disk(self, passages: int, kind: str) -> float:
        """Bytes of the whole library."""
        return passages * (self.store_bytes + self.words_bytes + self.index_bytes(kind))

    def build_seconds(self, passages: int, cores: int, gpus: int = 0) -> float:
        """Time to embed with so many cores, and GPUs besides, or to write if that takes longer.

        Workers after the first count for the share of their rate that the second one added.
        """
        workers = 1 + (cores - 1) * self.second_worker
        rate = workers * self.embedded_a_core + gpus * (self.embedded_a_gpu or 0.0)
        return passages / min(rate, self.written_a_second)

    def cores_for(self, questions_a_second: float) -> float:
        """Cores that so many questions a second keep busy."""
        return questions_a_second * self.core_seconds_a_question


def sizes(inputs: Inputs) -> Iterator[tuple[str, ...]]:
    """Rows of passages, kind, memory and disk."""
    yield "passages", "vector index", "memory", "disk"
    for count in COUNTS:
        for kind in KINDS:
            yield f"{count:,}", kind, _bytes(inputs.memory(count, kind)), _bytes(inputs.disk(count, kind))


def builds(inputs: Inputs, cores: int, price: float, gpus: int = 0) -> Iterator[tuple[str, ...]]:
    """Rows of passages, machines, time to build, machine hours and, with a ``price`` of one, cost."""
    named = f"machines of {cores} cores" + (f" and {gpus} GPUs" if gpus else "")
    yield "passages", named, "time to build", "machine hours", *(["cost"] if price else [])
    for count in COUNTS:
        for machines in MACHINES:
            seconds = inputs.build_seconds(count, cores * machines, gpus * machines)
            hours = seconds / _HOUR * machines
            row = (f"{count:,}", str(machines), _time(seconds), f"{hours:,.1f}")
            yield (*row, f"{hours * price:,.2f}") if price else row


def askers(inputs: Inputs) -> Iterator[tuple[str, ...]]:
    """Rows of questions a second and the cores that they keep busy."""
    yield "questions a second", "cores"
    for rate in (1, 10, 100):
        yield f"{rate}", f"{inputs.cores_for(rate):,.1f}"


def _bytes(count: float) -> str:
    return f"{count / 1e9:,.1f} GB"


def _time(seconds: float) -> str:
    hours = seconds / _HOUR
    return f"{hours / 24:,.1f} days" if hours >= 48 else f"{hours:,.1f} h"


def _print(rows: Iterator[tuple[str, ...]]) -> None:
    head, *rest = rows
    for row in (head, ("---",) * len(head), *rest):
        print(f"| {' | '.join(row)} |")
    print()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the inputs and the tables, in Markdown."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sizing",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.sizing --cores 32 --price 1.20",
    )
    parser.add_argument("--inputs", type=Path, default=INPUTS, help="measured inputs (JSON)")
    parser.add_argument("--cores", type=int, default=16, help="cores of a machine (count)")
    parser.add_argument("--gpus", type=int, default=0, help="GPUs of a machine (count)")
    parser.add_argument("--price", type=float, default=0.0, help="of an hour of such a machine, in any money")
    options = parser.parse_args(arguments)
    try:
        inputs = Inputs.read(options.inputs)
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"{options.inputs} is no inputs file: {error}")
    if options.gpus and inputs.embedded_a_gpu is None:
        parser.error(f"{options.inputs} says nothing of how much a GPU embeds (embedded_a_gpu)")
    given = json.loads(options.inputs.read_text(encoding="utf-8"))
    print(f"Measured on {given['machine']}:\n")
    measured = given["inputs"].items()
    _print(iter([("input", "value", "measured by"), *((n, _said(one), one["command"]) for n, one in measured)]))
    _print(sizes(inputs))
    _print(builds(inputs, options.cores, options.price, options.gpus))
    _print(askers(inputs))


def _said(one: dict[str, float | str | None]) -> str:
    return "not measured" if one["value"] is None else f"{one['value']:,} {one['unit']}"


if __name__ == "__main__":
    main()
