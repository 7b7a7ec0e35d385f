"""Starts the Space as its machine would, from only what is sent to it: seconds to the page and the answer, and memory.

``python -m benchmarks.space --questions 200``
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from gradio_client import Client

from qa.evaluate.metrics import percentile
from qa.evaluate.sets import load_questions
from qa.settings import Settings
from qa.space import article_files, articles_of, find_project, lay_out, project_files

PATIENCE = 300
"""Seconds after which a Space that is not there is given up."""


def main() -> None:
    """Start, ask, print the figures, write them as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.space",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.space --questions 200",
    )
    parser.add_argument("--questions", type=int, default=20, help="questions asked after the first one")
    parser.add_argument("--out", type=Path, default=Path(".byline/space.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = measure(Path(folder), options.questions)
    print("\n".join(f"{name:32} {value}" for name, value in report.items()))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=2) + "\n")


def measure(folder: Path, count: int) -> dict[str, float]:
    """The figures of a Space over the sample articles, laid out in ``folder``, asked ``count`` more questions."""
    project = find_project()
    articles, _ = articles_of(Settings.checked({"library": str(folder / "none")}), None, project)
    lay_out([*project_files(project), *article_files(articles)], folder)
    asked = [question.question for question in load_questions(project / "data" / "questions" / "sample.jsonl")]
    begun = time.perf_counter()
    with running_space(folder) as (url, process):
        report = {"seconds_to_page": round(time.perf_counter() - begun, 1)}
        client = Client(url, verbose=False)
        _ask(client, asked[0])
        report["seconds_to_first_answer"] = round(time.perf_counter() - begun, 1)
        report["peak_megabytes_at_first_answer"] = _megabytes(process.pid, "VmHWM")
        taken = [_ask(client, asked[number % len(asked)]) for number in range(count)]
        if taken:
            report["median_milliseconds"] = round(median(taken))
            report["p95_milliseconds"] = round(percentile(taken, 0.95))
        report[f"megabytes_after_{count}_questions"] = _megabytes(process.pid, "VmRSS")
        report["peak_megabytes"] = _megabytes(process.pid, "VmHWM")
    return report


@contextmanager
def running_space(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """``python app.py`` in ``folder`` with a Space's environment and no hub; gives its address once it is served.

    Raises:
        RuntimeError: it stopped, or was not there in time; with what it printed.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BYLINE_", "GRADIO_", "HF_"))}
    environment = {**kept, "SPACE_ID": "me/byline", "SYSTEM": "spaces", "HF_HUB_OFFLINE": "1", "BYLINE_PORT": str(port)}
    log = folder / "space.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait(url, process, log)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The Space was not served: {log.read_text(errors='replace')[-4000:]}")


def _ask(client: Client, question: str) -> float:
    """Milliseconds of one question through ``/chat``."""
    begun = time.perf_counter()
    answer: dict[str, Any] = client.predict(question, api_name="/chat")
    assert answer["text"]
    return (time.perf_counter() - begun) * 1000


def _megabytes(pid: int, name: str) -> int:
    """A figure of the process's memory, in mebibytes, as Linux counts it: VmRSS now, VmHWM at its highest."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) // 1024 if found else 0


if __name__ == "__main__":
    main()
