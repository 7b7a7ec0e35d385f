"""Kill a writing process at random moments, and look after each kill at what the library still holds.

``python -m benchmarks.crash --kills 200 --seed 0``: a child process adds, updates, removes, syncs a folder, rebuilds
and embeds anew, in a seeded order, and writes each operation to a journal, on the disk, before it begins and after it
is acknowledged. It is killed (SIGKILL); another process opens the library, searches it, checks everything
(``index/check.py``) and compares it with the journal: what was acknowledged is there, and of the operation under way
the articles up to some transaction are whole and the others as they were. The library is the same throughout.

Half of the kills fall at any moment; the others wait for one of the phases in turn, and then some milliseconds more.
The parts are the real ones: SQLite, FAISS, tantivy, and the packaged embedder over articles of a few sentences.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.crash_writer import PHASES, Operation, read_journal, write_until_killed
from index.check import check
from index.embedder import Embedder
from index.errors import BylineError
from index.library import Library

_LONGEST_RUN = 1.2
"""Seconds that a child works at most before it is killed, or before the phase to kill it in is waited for."""
_USUAL_LENGTH = (0, 0.1, 0.002, 0.002, 0.05)
"""Seconds that each phase takes here: how far into it a kill that waited for it may fall."""


@dataclass(slots=True)
class Findings:
    """Kills by the phase they fell in; sentences on what was lost or torn; files left over, which no index needs."""

    phases: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    leftovers: int = 0
    acknowledged: int = 0
    articles: int = 0


def crash(folder: Path, kills: int, seed: int) -> Findings:
    """Kill a writer of the library in ``folder`` so many times; what was found."""
    import torch

    torch.set_num_threads(1)  # no threads of torch's own, so that the children can be forked
    embedder = Embedder()
    embedder.encode(["warm"])  # once, for every child
    rng, findings = random.Random(seed), Findings()
    expected: dict[str, str] = {}
    phases = mmap.mmap(-1, len(PHASES))
    for number in range(kills):
        journal, result = folder / f"journal.{number}", folder / "found.json"
        writer = _forked(partial(write_until_killed, folder / "library", embedder, journal, seed + number, phases))
        aim = 1 + number // 2 % (len(PHASES) - 1) if number % 2 else 0
        _kill(writer, rng, phases, aim)
        findings.phases[PHASES[_at(phases)]] += 1
        _, status = os.waitpid(_forked(partial(_look, folder / "library", embedder, result)), 0)
        if status:
            findings.torn.append(f"after kill {number} the library could not be opened and checked")
            continue
        expected = _judge(number, json.loads(result.read_text()), expected, read_journal(journal), findings)
    findings.articles = len(expected)
    return findings


def _forked(work: Callable[[], Any]) -> int:
    """Run ``work`` in a child; the parent itself never runs FAISS, tantivy or the model, whose threads do not fork."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as if it were the parent
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _at(phases: mmap.mmap) -> int:
    """The phase under way; embedding goes on beside storing, and then storing counts."""
    return max((number for number in range(len(PHASES)) if phases[number]), default=0)


def _kill(writer: int, rng: random.Random, phases: mmap.mmap, aim: int) -> None:
    phases[:] = bytes(len(PHASES))
    begun = time.monotonic()
    time.sleep(rng.uniform(0, _LONGEST_RUN))
    if aim:
        while not phases[aim] and time.monotonic() - begun < 4 * _LONGEST_RUN:
            pass  # a phase can be over in a millisecond
        time.sleep(rng.choice((0, rng.uniform(0, _USUAL_LENGTH[aim]))))
    os.kill(writer, signal.SIGKILL)
    _, status = os.waitpid(writer, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("The writing process ended by itself; what it printed says why.")


def _look(path: Path, embedder: Embedder, result: Path) -> None:
    """Open the library as a user would, search it, check it; writes its articles' fingerprints and all problems."""
    found: dict[str, Any] = {"there": {}, "torn": [], "leftovers": 0}
    try:
        library = Library.open(path, embedder)
        for word in ("harbour", "number"):
            library.search(word)
        found["there"] = {summary.id: library.article(summary.id).fingerprint for summary in library.articles()}
        library.close()
        problems = check(path).problems
        found["torn"] = [problem.what for problem in problems if problem.mend != "leftover"]
        found["leftovers"] = len(problems) - len(found["torn"])
    except BylineError as error:
        found["torn"].append(str(error))
    result.write_text(json.dumps(found))


def _judge(
    number: int, found: dict[str, Any], expected: dict[str, str], operations: list[Operation], findings: Findings
) -> dict[str, str]:
    """Compare with the journal; what to expect before the next kill is what is there now."""
    there: dict[str, str] = found["there"]
    under_way: Operation | None = None
    for operation in operations:
        if operation.acknowledged:
            expected = operation.applied(expected, len(operation.changes))
            findings.acknowledged += 1
        else:
            under_way = operation
    states = [expected]
    if under_way is not None:
        states += [under_way.applied(expected, some) for some in under_way.transactions]
    if there not in states:
        touched = {name for name, _ in under_way.changes} if under_way else set()
        wrong = sorted(name for name in there.keys() | expected.keys() if there.get(name) != expected.get(name))
        lost = [name for name in wrong if name not in touched]
        findings.lost += [f"after kill {number}: article {name} is not as it was acknowledged" for name in lost]
        if not lost:
            findings.torn.append(f"after kill {number}: half of {under_way.name if under_way else '?'}: {wrong}")
    findings.torn += [f"after kill {number}: {what}" for what in found["torn"]]
    findings.leftovers += found["leftovers"]
    return there


def main() -> None:
    """Kill, look, print what was found; exits 1 when anything was lost or torn."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.crash",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.crash --kills 200 --seed 0",
    )
    parser.add_argument("--kills", type=int, default=200, help="how many times (count)")
    parser.add_argument("--seed", type=int, default=0, help="of the operations and of the moments")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="byline.crash.") as folder:
        findings = crash(Path(folder), options.kills, options.seed)
    figures = {
        "kills": sum(findings.phases.values()),
        **{f"kills_{name.replace(' ', '_')}": findings.phases[name] for name in PHASES},
        "operations_acknowledged": findings.acknowledged,
        "articles_at_the_end": findings.articles,
        "lost": len(findings.lost),
        "torn": len(findings.torn),
        "left_over_files": findings.leftovers,
        "seconds": round(time.monotonic() - begun),
    }
    print("\n".join([*(f"{name:28} {value:,}" for name, value in figures.items()), *findings.lost, *findings.torn]))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=2) + "\n")
    raise SystemExit(bool(findings.lost or findings.torn))


if __name__ == "__main__":
    main()
