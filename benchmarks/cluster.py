"""What building on Ray gains, and whether a killed node costs anything: rates of 1 and 2 workers, each passage once.

``python -m benchmarks.cluster --data ../shared/data --passages 5000 --kill-node``: the news, by ``index add``'s code in
one process, by Ray with one worker and with two; then by three Ray nodes (a head without cores, two of one core), one
of them killed at a third of the way. Writes ``cluster.json`` into the folder of work.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cluster_nodes import Nodes
from benchmarks.copied import cuts_of
from benchmarks.news_library import news_articles
from index.cluster import Build
from index.cluster_joining import joined
from index.embedder import Embedder
from index.library import Library
from index.passages import split_article
from index.sources import Choice, read_source

_ARTICLES_A_FILE = 50


FIGURES = "cluster.json"
"""What ``--work`` holds once figures have been written to it."""


def main() -> None:
    """Do what was asked for, print the figures and write them."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cluster",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.cluster --data ../shared/data --passages 5000 --kill-node",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=5_000, help="about how many are built (count)")
    parser.add_argument("--work", type=Path, default=Path(".byline/cluster"), help="folder for libraries and figures")
    parser.add_argument("--kill-node", action="store_true", help="build on three nodes and kill one")
    parser.add_argument("--no-rates", action="store_true", help="leave the rates of Ray's workers out")
    parser.add_argument("--one", type=Path, help="a library that one process made of the news before, to compare with")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.pop("OMP_NUM_THREADS", None)
    work = options.work.resolve()
    if options.one and options.one.resolve().is_relative_to(work):
        parser.error("--one lies in --work, whose contents are replaced; name another --work")
    if work.exists() and any(work.iterdir()) and not (work / FIGURES).exists():
        parser.error(f"{work} holds something else, which would be lost; name another --work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    figures: dict[str, Any] = {"cores": os.cpu_count(), **write_sources(options.data, work / "news", options.passages)}
    if options.one:
        (work / "one").symlink_to(options.one.resolve())
    else:
        said(work, figures, "one process", one_process(work))
        said(work, figures, "stored alone", stored_alone(work))
    if not options.no_rates:
        for workers in (1, 2):
            said(work, figures, f"ray, workers: {workers}", on_ray(work, workers))
        one, two = (figures[f"ray, workers: {workers}"]["passages_a_second"] for workers in (1, 2))
        said(work, figures, "times from one worker to two", round(two / one, 2))
    if options.kill_node:
        said(work, figures, "node killed", with_a_node_killed(work, figures["passages"]))


def said(work: Path, figures: dict[str, Any], name: str, found: Any) -> None:
    """Print a figure, and write all so far."""
    figures[name] = found
    print(json.dumps({name: found}), flush=True)
    (work / FIGURES).write_text(json.dumps(figures, indent=2) + "\n")


def write_sources(data: Path, folder: Path, most: int) -> dict[str, int]:
    """The first news articles, of about ``most`` passages, as files of JSON lines."""
    folder.mkdir()
    articles = passages = 0
    lines: list[str] = []
    for article in news_articles(data):
        row = {name: value for name, value in asdict(article).items() if name != "source"}
        lines.append(json.dumps(row, ensure_ascii=False))
        articles += 1
        passages += len(split_article(article))
        if len(lines) == _ARTICLES_A_FILE or passages >= most:
            (folder / f"{articles:06}.jsonl").write_text("\n".join(lines))
            lines = []
        if passages >= most:
            break
    return {"articles": articles, "passages": passages}


class Clock:
    """When passages were stored: seconds in all, and the rate from the first stored batch to the last."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.stored: list[tuple[float, int]] = []

    def dealt_with(self, articles: int, passages: int) -> None:
        """Note a batch."""
        if passages:
            self.stored.append((time.perf_counter(), passages))

    def figures(self) -> dict[str, float]:
        """Seconds with all starting and ending, and passages a second without."""
        (first, _), (last, _) = self.stored[0], self.stored[-1]
        between = sum(passages for _, passages in self.stored[1:])
        return {
            "seconds": round(time.perf_counter() - self.begun, 1),
            "seconds_to_first_batch": round(first - self.begun, 1),
            "passages_a_second": round(between / max(last - first, 0.001), 1),
        }


def one_process(work: Path) -> dict[str, float]:
    """By ``Library.add``, which uses every core."""
    library, clock = Library.open(work / "one"), Clock()
    library.add(articles(work), clock.dealt_with)
    return clock.figures()


def articles(work: Path) -> Iterator[Any]:
    """What the files hold; nothing in them is broken."""
    yield from read_source(work / "news")


def stored_alone(work: Path) -> dict[str, float]:
    """What one writer takes of passages that are embedded already: the most that a cluster can make."""
    other, library = Library.open(work / "one"), Library.open(work / "stored")
    cut = list(cuts_of(other))
    begun = time.perf_counter()
    library.take(cut)
    seconds = time.perf_counter() - begun
    return {"seconds": round(seconds, 2), "passages_a_second": round(library.passage_count / seconds, 1)}


def on_ray(work: Path, workers: int) -> dict[str, float]:
    """By Ray started here, with so many workers, a core each."""
    library, clock = Library.open(work / f"ray{workers}"), Clock()
    with joined(workers=workers) as cluster:
        Build(library, [str(work / "news")], Choice()).run(cluster, clock.dealt_with)
    return {**clock.figures(), **compared(library, work)}


def with_a_node_killed(work: Path, passages: int) -> dict[str, Any]:
    """By the command, on three nodes, of which one is killed at a third of the way; then the same command again."""
    folder = Path(tempfile.mkdtemp(prefix="byl", dir="/tmp"))  # a socket's path has at most 107 characters
    environment = {
        **os.environ,
        "RAY_TMPDIR": str(folder),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH", "")])),
    }
    library = Library.open(work / "nodes")
    clock = Clock()
    found: dict[str, Any] = {}
    with Nodes(folder, environment) as nodes:
        found["network namespaces"] = nodes.namespaces
        command = [*nodes.head.within, sys.executable, "-m", "qa", "index", "build", "--ray", nodes.address]
        command += [str(work / "news"), "--library", str(work / "nodes")]
        clock.begun = time.perf_counter()
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as build:
            while build.poll() is None:
                time.sleep(0.5)
                stored = library.passage_count
                clock.dealt_with(0, stored - sum(count for _, count in clock.stored))
                if "killed at" not in found and stored >= passages / 3:
                    found["killed at"] = stored
                    found["processes killed"] = nodes.workers[1].kill()
                    killed = time.perf_counter()
                elif (
                    "killed at" in found
                    and "seconds until more was stored" not in found
                    and stored > found["killed at"]
                ):
                    found["seconds until more was stored"] = round(time.perf_counter() - killed, 1)
            found["said"] = build.stdout.read().decode().strip() if build.stdout else ""
        if build.returncode:
            sys.exit(f"The build ended with {build.returncode}: {found['said']}")
        found |= {"exit status": build.returncode, **clock.figures(), **compared(library, work)}
        generation, begun = library.generation, time.perf_counter()
        again = subprocess.run(command, env=environment, capture_output=True, text=True)
        found["second run"] = {
            "exit status": again.returncode,
            "seconds": round(time.perf_counter() - begun, 1),
            "said": again.stdout.strip() + again.stderr.strip(),
            "changed nothing": library.generation == generation,
        }
    shutil.rmtree(folder, ignore_errors=True)
    return found


def compared(library: Library, work: Path) -> dict[str, Any]:
    """Whether a library holds the articles of the sources with the passages of the one-process build, each once."""
    other = Library.open(work / "one", Embedder())
    with library.snapshot() as ours:
        wanted = {raw.values["id"]: _cut_of(raw) for raw in ours.articles()}
        counts = ours.counts()
    asked = {article.id for article in articles(work)}
    same, found, furthest = True, 0, 0.0
    with other.snapshot() as theirs:
        for raw in theirs.articles():
            if raw.values["id"] in asked:
                text, spans, vectors = wanted.get(raw.values["id"], ("", [], np.zeros(0)))
                others = _cut_of(raw)
                same &= (text, spans) == others[:2]
                furthest = max(furthest, float(np.max(np.abs(vectors - others[2])))) if same else np.inf
                found += 1
    stored = sum(len(spans) for _, spans, _ in wanted.values())
    return {
        "articles": counts[0],
        "passages": counts[1],
        "each passage once, as in one process": same and found == len(wanted) == counts[0] and stored == counts[1],
        "largest difference in a vector": round(furthest, 5),
    }


def _cut_of(raw: Any) -> tuple[str, list[tuple[int, int]], np.ndarray]:
    """Text, places of passages and vectors of an article in a snapshot."""
    spans = [(passage.start, passage.end) for passage in raw.passages]
    return raw.article().text, spans, np.frombuffer(b"".join(one.vector for one in raw.passages), "<f4")


if __name__ == "__main__":
    main()
