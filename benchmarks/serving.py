"""Many askers of `byline serve --ray` while replicas end: how many questions are lost, wrong, and how long they take.

Run: python -m benchmarks.serving [--askers 50 --seconds 120 --kill-at 40 --drain-at 80] [--out serving.json]
     python -m benchmarks.serving --compare [--seconds 60]

A Ray is started here, and the page in a process of its own on it, as with `byline serve --ray HOST:PORT`. Each asker
asks the page over its HTTP API, the next question when the one before is answered, drawn from the set. At --kill-at a
replica's process is killed (-9); at --drain-at all replicas are replaced as at an upgrade: each finishes what it has
and another takes its place. Every answer is compared, text and citations, with what Assistant.ask says alone. With
--compare nothing is ended; the same is run with the batch of --batch and with a batch of one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from index.article import Article
from index.library import Library
from index.sources import read_source
from qa.assistant import Assistant
from qa.evaluate.metrics import percentile
from qa.served.cluster import Cluster, need_ray
from qa.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
Expected = dict[str, dict[str, Any]]


@dataclass
class Tally:
    """What became of the questions; latencies in seconds."""

    asked: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def as_dict(self, seconds: float) -> dict[str, Any]:
        """Counts, rate and percentiles."""
        at = {name: percentile(self.latencies, share) for name, share in _SHARES.items()}
        return {
            "asked": self.asked,
            "answered": len(self.latencies),
            "lost": len(self.lost),
            "wrong": len(self.wrong),
            "seconds": round(seconds, 1),
            "questions_a_second": round(len(self.latencies) / seconds, 2),
            **{f"{name}_seconds": round(value, 2) for name, value in at.items()},
            "examples_lost": self.lost[:3],
            "examples_wrong": self.wrong[:3],
        }


_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def main() -> None:
    """Run, print JSON and write it."""
    arguments = _arguments()
    need_ray()
    import ray

    with tempfile.TemporaryDirectory(prefix="byline-serving-") as name:
        folder = Path(name)
        expected = _expected(folder / "library", arguments.articles, arguments.set)
        ray.init(address="local", num_cpus=max(2, arguments.replicas), include_dashboard=False, log_to_driver=False)
        address = ray.get_runtime_context().gcs_address
        found: dict[str, Any] = {"askers": arguments.askers, "replicas": arguments.replicas, "load": os.getloadavg()}
        for batch in (arguments.batch, 1) if arguments.compare else (arguments.batch,):
            settings = Settings.checked(
                {
                    "library": str(folder / "library"),
                    "port": _free_port(),
                    "ray": address,
                    "ray_replicas_least": arguments.replicas,
                    "ray_replicas_most": arguments.replicas,
                    "ray_batch": batch,
                }
            )
            with _page(settings, folder / f"page-{batch}.log"):
                ends = _ends(settings, arguments) if not arguments.compare else []
                found[f"batch {batch}"] = asyncio.run(_asked(settings, arguments, expected, ends))
                found[f"batch {batch}"] |= _counted(settings)
        ray.shutdown()
    print(json.dumps(found, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--askers", type=int, default=50, metavar="N", help="who ask at the same time")
    parser.add_argument("--seconds", type=float, metavar="S", help="how long they ask (120; 60 with --compare)")
    parser.add_argument("--kill-at", type=float, metavar="S", help="when a replica is killed (a third of the time)")
    parser.add_argument("--drain-at", type=float, metavar="S", help="when the replicas are replaced (two thirds)")
    parser.add_argument("--replicas", type=int, default=2, metavar="N", help="replicas that answer")
    parser.add_argument("--batch", type=int, default=8, metavar="N", help="most questions read together")
    parser.add_argument("--compare", action="store_true", help="batched against unbatched; nothing is ended")
    parser.add_argument("--set", type=Path, default=ROOT / "data/questions/sample.jsonl", help="JSONL of questions")
    parser.add_argument("--articles", type=Path, default=ROOT / "data/articles", help="what the library is made of")
    parser.add_argument("--out", type=Path, help="where the figures are written")
    arguments = parser.parse_args()
    arguments.seconds = arguments.seconds or (60.0 if arguments.compare else 120.0)
    arguments.kill_at = arguments.seconds / 3 if arguments.kill_at is None else arguments.kill_at
    arguments.drain_at = arguments.seconds * 2 / 3 if arguments.drain_at is None else arguments.drain_at
    return arguments


def _expected(library: Path, articles: Path, questions: Path) -> Expected:
    """Each question of the set with what the assistant says to it alone; the library is filled on the way."""
    with closing(Library.open(library)) as opened:
        opened.add([found for found in read_source(articles) if isinstance(found, Article)])
        assistant = Assistant(opened)
        rows = [json.loads(line)["question"] for line in questions.read_text(encoding="utf-8").splitlines()]
        answers = {question: assistant.ask(question).as_dict() for question in dict.fromkeys(rows)}
    return {question: json.loads(json.dumps(answer)) for question, answer in answers.items()}


@contextmanager
def _page(settings: Settings, log: Path) -> Iterator[None]:
    """The page in a process of its own, ready with all its replicas; stopped as an operator stops it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("BYLINE_", "GRADIO_"))}
    for name in ("library", "port", "ray", "ray_replicas_least", "ray_replicas_most", "ray_batch"):
        environment[f"BYLINE_{name.upper()}"] = str(getattr(settings, name))
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, "-m", "qa", "serve"], cwd=ROOT, env=environment, stdout=output)
    url = f"http://127.0.0.1:{settings.port}"
    running = f'byline_replicas{{state="RUNNING"}} {settings.ray_replicas_least}.0'
    try:
        deadline = time.monotonic() + 180
        while True:
            try:
                if running in httpx.get(f"{url}/metrics").text:
                    break
            except httpx.TransportError:
                pass
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The page did not come: {log.read_text()}")
            time.sleep(0.5)
        yield
    finally:
        process.terminate()
        process.wait()


def _ends(settings: Settings, arguments: argparse.Namespace) -> list[threading.Timer]:
    """What ends replicas, and when."""

    def kill() -> None:
        victim = _replicas(settings)[0]
        print(f"killing replica {victim} of {_replicas(settings)}", file=sys.stderr)
        os.kill(victim, signal.SIGKILL)

    def drain() -> None:
        print(f"replacing replicas {_replicas(settings)}", file=sys.stderr)
        Cluster(settings).deploy()

    return [threading.Timer(arguments.kill_at, kill), threading.Timer(arguments.drain_at, drain)]


def _replicas(settings: Settings) -> list[int]:
    title = f"ray::ServeReplica:{Cluster(settings).name}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if title in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:  # it has ended
            continue
    return sorted(found)


async def _asked(
    settings: Settings, arguments: argparse.Namespace, expected: Expected, ends: list[threading.Timer]
) -> dict[str, Any]:
    tally = Tally()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=180, limits=limits, base_url=f"http://127.0.0.1:{settings.port}") as client:
        for end in ends:
            end.start()
        begun = time.perf_counter()
        askers = (
            _ask_until(client, begun + arguments.seconds, random.Random(asker), expected, tally)
            for asker in range(arguments.askers)
        )
        await asyncio.gather(*askers)
        seconds = time.perf_counter() - begun
    for end in ends:
        await asyncio.to_thread(end.join)
    return tally.as_dict(seconds)


async def _ask_until(
    client: httpx.AsyncClient, end: float, chance: random.Random, expected: Expected, tally: Tally
) -> None:
    questions = list(expected)
    while (begun := time.perf_counter()) < end:
        question = chance.choice(questions)
        tally.asked += 1
        try:
            answer = await _answer(client, question)
        except (httpx.HTTPError, RuntimeError) as error:
            tally.lost.append(f"{question}: {type(error).__name__}: {error}")
            continue
        tally.latencies.append(time.perf_counter() - begun)
        if any(answer[name] != expected[question][name] for name in ("text", "citations")):
            tally.wrong.append(f"{question}: {answer['text']!r}, not {expected[question]['text']!r}")


async def _answer(client: httpx.AsyncClient, question: str) -> dict[str, Any]:
    """The answer by the two calls of Gradio's HTTP API."""
    joined = await client.post("/gradio_api/call/chat", json={"data": [question, None, None, "", ""]})
    joined.raise_for_status()
    event = ""
    async with client.stream("GET", f"/gradio_api/call/chat/{joined.json()['event_id']}") as lines:
        async for line in lines.aiter_lines():
            if line.startswith("event:"):
                event = line.partition(":")[2].strip()
            elif line.startswith("data:") and event in ("complete", "error"):
                if event == "error":
                    raise RuntimeError(line)
                answer: dict[str, Any] = json.loads(line.partition(":")[2])[0]
                return answer
    raise RuntimeError("the stream ended without an answer")


def _counted(settings: Settings) -> dict[str, float]:
    """As the page counted: questions that an answer was read together with, on average, and those sent again."""
    lines = httpx.get(f"http://127.0.0.1:{settings.port}/metrics").text.splitlines()
    values = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}
    together = values["byline_read_together_sum"] / values["byline_read_together_count"]
    return {"read_together": round(together, 2), "sent_again": values["byline_resent_total"]}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
