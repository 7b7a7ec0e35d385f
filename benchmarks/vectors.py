"""What each kind of vector index costs and finds: build, memory, opening, recall against exact search, milliseconds.

``python -m benchmarks.vectors --library .byline/news --data ../shared/data --count 10000 100000 1000000``: the vectors
of a library, read only, moved about to reach the count; the questions of the news set. ``exact`` and ``cells`` are the
product's own, out of a real store; ``graph`` is HNSW over 8-bit vectors, to compare with. Each figure is kept as it is
measured: run it again to go on.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import resource
import shutil
import sqlite3
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.graph import Graph
from benchmarks.news import news_questions
from index.article import Article, Passage
from index.embedder import Embedder
from index.store import Store
from index.vector_base import write_base
from index.vector_kinds import Nearest, changed_cells
from index.vectors import VectorIndex
from qa.evaluate.metrics import percentile

KINDS = ("exact", "cells", "graph")
STAGES = ("build", "search")
DEPTH = 100
"""Passages asked for, as a search of the library does (count); recall is of the first ten."""
MOVED = 0.5
"""Length of the noise added to a unit vector: at a million the nearest neighbour of a passage is then about as near as
the trend over more and more real passages lets expect (``neighbour_cosine``)."""
_COLUMNS = {
    "kind": "kind",
    "passages": "passages",
    "build_s": "build s",
    "build_cpu_s": "CPU s",
    "build_peak_mib": "peak MiB",
    "bytes_a_vector": "bytes a vector",
    "file_mib": "file MiB",
    "open_ms": "open ms",
    "opened_mib": "MiB opened",
    "searched_mib": "MiB searched",
    "recall_at_build": "recall at build",
    "recall_at_10": "recall@10",
    "median_ms": "median ms",
    "p95_ms": "p95 ms",
    "p95_cpu_ms": "p95 CPU ms",
    "median_of_a_tenth_ms": "a tenth, ms",
    "neighbour_cosine": "neighbour",
}
"""The table's, by the names in its JSON. ``a tenth``: the search limited to every tenth passage."""
_AN_ARTICLE = 1000
"""Passages put into one article of the store (count)."""
Row = dict[str, Any]


def main() -> None:
    """Measure what is lacking, print the table, keep it as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.vectors",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.vectors --library .byline/news --data ../shared/data --count 100000",
    )
    parser.add_argument("--library", type=Path, required=True, help="the library whose vectors are taken")
    parser.add_argument("--data", type=Path, required=True, help="the folder with the news questions")
    parser.add_argument("--count", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="passages (count)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--again", nargs="+", choices=STAGES, default=[], help="what is measured although it was")
    parser.add_argument("--out", type=Path, default=Path(".byline/vectors"), help="where stores and figures are kept")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    options.out.mkdir(parents=True, exist_ok=True)
    taken = {"library": str(options.library.resolve()), "passages": _count(options.library)}
    told = options.out / "library.json"
    if told.exists() and json.loads(told.read_text()) != taken:
        parser.error(f"{options.out} holds the figures of {told.read_text().strip()}; choose another --out")
    told.write_text(json.dumps(taken) + "\n")
    file = options.out / "vectors.json"
    figures: dict[str, Row] = json.loads(file.read_text()) if file.exists() else {}
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as fresh:  # a process each: memory is counted
        for count, kind in product(options.count, options.kinds):
            folder = options.out / str(count)
            fresh.apply(prepare, (options.library, options.data, folder, count))
            for name, stage in {"build": build, "search": search}.items():
                if name in options.again or f"{name} {kind} {count}" not in figures:
                    figures[f"{name} {kind} {count}"] = fresh.apply(stage, (kind, folder))
                    file.write_text(json.dumps(figures, indent=2) + "\n")
    print_table(figures)


def print_table(figures: dict[str, Row]) -> None:
    """As Markdown: one line for each kind at each size."""
    rows: dict[tuple[int, int], Row] = {}
    for name, row in figures.items():
        _, kind, count = name.split()
        known = rows.setdefault((int(count), KINDS.index(kind)), {"kind": kind, "passages": int(count)})
        known.update(row, recall_at_build=row.get("facts", {}).get("recall_at_10", ""))
    print("| " + " | ".join(_COLUMNS.values()) + " |\n|" + "---|" * len(_COLUMNS))
    for _, row in sorted(rows.items()):
        cells = [
            f"{value:,}" if isinstance(value, int) else str(value) for value in (row.get(name, "") for name in _COLUMNS)
        ]
        print("| " + " | ".join(cells) + " |")


# --- the store


def prepare(library: Path, data: Path, folder: Path, count: int) -> None:
    """A store of ``count`` passages in ``folder``, the questions' vectors, and the ten nearest passages of each."""
    if (folder / "nearest.npy").exists():
        return
    folder.mkdir(exist_ok=True)
    (folder / "library.sqlite").unlink(missing_ok=True)
    store = Store(folder / "library.sqlite")
    vectors = moved(stored_vectors(library), count)
    for first in tqdm(range(0, count, _AN_ARTICLE), unit="thousand", desc=f"storing {count:,}", mininterval=5):
        some = vectors[first : first + _AN_ARTICLE]
        article = Article(id=str(first), text="x" * len(some))
        store.put([(article, [Passage(article.id, n, n + 1, "x") for n in range(len(some))], some)])
    questions = Embedder().encode([question.question for question in news_questions(data)])
    nearest = Nearest(questions)
    for ids, some in store.vectors_since(0):
        nearest.see(ids, some)
    store.close()
    np.save(folder / "questions.npy", questions)
    np.save(folder / "nearest.npy", nearest.ids)


def stored_vectors(library: Path) -> np.ndarray:
    """Every vector of a library, of shape (n, dimension); it is read only."""
    with sqlite3.connect(f"{(library / 'library.sqlite').resolve().as_uri()}?mode=ro", uri=True) as connection:
        return np.stack([np.frombuffer(row[0], "<f4") for row in connection.execute("SELECT vector FROM passages")])


def _count(library: Path) -> int:
    with sqlite3.connect(f"{(library / 'library.sqlite').resolve().as_uri()}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM passages").fetchone()[0])


def moved(vectors: np.ndarray, count: int) -> np.ndarray:
    """``count`` vectors in random order: the given ones, and copies with Gaussian noise of their own covariance."""
    randomness = np.random.default_rng(0)
    if count <= len(vectors):
        return vectors[randomness.choice(len(vectors), count, replace=False)]
    variances, directions = np.linalg.eigh(np.cov(vectors.T))
    spread = (directions * np.sqrt(np.maximum(variances, 0)) * MOVED / np.sqrt(variances.sum())).T.astype(np.float32)
    order = randomness.permutation(count)
    result, copies = vectors[order % len(vectors)], np.flatnonzero(order >= len(vectors))
    for some in np.array_split(copies, -(-len(copies) // 50_000)):
        noisy = result[some] + randomness.standard_normal((len(some), len(spread)), np.float32) @ spread
        result[some] = noisy / np.linalg.norm(noisy, axis=1, keepdims=True)
    return result


# --- an index over it


def opened(kind: str, folder: Path, store: Store) -> VectorIndex | Graph:
    """The index of that kind in ``folder``."""
    place = folder / kind
    place.mkdir(exist_ok=True)
    if kind == "graph":
        return Graph(place, store)
    return VectorIndex(place, store, 384, exact_up_to=10**9 if kind == "exact" else 0)


def build(kind: str, folder: Path) -> Row:
    """Derive the index from the store."""
    store = Store(folder / "library.sqlite")
    shutil.rmtree(folder / kind, ignore_errors=True)
    before, begun, worked = memory()["VmRSS"], time.perf_counter(), time.process_time()
    index = opened(kind, folder, store)
    index.sync()
    row: Row = {
        "build_s": round(time.perf_counter() - begun, 1),
        "build_cpu_s": round(time.process_time() - worked, 1),
        "build_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - before,
    }
    if kind == "cells" and isinstance(index, VectorIndex):
        assert index._base is not None
        with TemporaryDirectory(dir=folder) as place:
            begun = time.perf_counter()
            write_base(Path(place), *changed_cells(index._base, 10**6, np.arange(1, _AN_ARTICLE), []))
            row["article_removed_s"] = round(time.perf_counter() - begun, 2)
    return row


def search(kind: str, folder: Path) -> Row:
    """Open the index, ask every question in one thread."""
    import faiss

    faiss.omp_set_num_threads(1)
    store = Store(folder / "library.sqlite")
    questions, nearest = np.load(folder / "questions.npy"), np.load(folder / "nearest.npy")
    size = sum(path.stat().st_size for path in (folder / kind).iterdir())
    before, begun = memory(), time.perf_counter()
    index = opened(kind, folder, store)
    open_ms, after = (time.perf_counter() - begun) * 1000, memory()
    if isinstance(index, Graph):
        index.tune(questions, nearest)
    index.catch_up()
    found, spent, worked = timed(lambda query: index.search(query, DEPTH), questions)
    shares = [
        len({number for number, _ in hits[:10]} & set(right)) / 10
        for hits, right in zip(found, nearest.tolist(), strict=True)
    ]
    used = memory()
    count = store.counts()[1]
    tenth = np.arange(1, count + 1, 10)
    _, filtered, _ = timed(lambda query: index.search(query, DEPTH, tenth), questions[:100])
    some = store.vectors(np.random.default_rng(0).integers(1, count + 1, 200).tolist())
    neighbours = [index.search(vector, 2)[1][1] for vector in some.values()]
    return {
        "facts": index.facts(),
        "bytes_a_vector": round(size / count),
        "file_mib": size // 2**20,
        "open_ms": round(open_ms, 1),
        "opened_mib": after["VmRSS"] - before["VmRSS"],
        "searched_mib": used["VmRSS"] - before["VmRSS"],
        "of_it_mapped_mib": used["RssFile"] - before["RssFile"],
        "recall_at_10": round(float(np.mean(shares)), 4),
        "median_ms": round(percentile(spent, 0.5), 2),
        "p95_ms": round(percentile(spent, 0.95), 2),
        "p95_cpu_ms": round(percentile(worked, 0.95), 2),
        "median_of_a_tenth_ms": round(percentile(filtered, 0.5), 2),
        "neighbour_cosine": round(float(np.median(neighbours)), 2),
    }


def timed(ask: Callable[[np.ndarray], Any], queries: np.ndarray) -> tuple[list[Any], list[float], list[float]]:
    """What each query finds, its milliseconds, and those the processor gave it; the first ten are asked once before."""
    for query in queries[:10]:
        ask(query)
    found, spent, worked = [], [], []
    for query in queries:
        begun, since = time.perf_counter(), time.thread_time()
        found.append(ask(query))
        spent.append((time.perf_counter() - begun) * 1000)
        worked.append((time.thread_time() - since) * 1000)
    return found, spent, worked


def memory() -> dict[str, int]:
    """Resident memory of this process as Linux counts it, in MiB: all of it, and what is mapped from files."""
    status = Path("/proc/self/status").read_text()
    return {name: int(size) // 1024 for name, size in re.findall(r"^(VmRSS|RssFile):\s+(\d+) kB", status, re.MULTILINE)}


if __name__ == "__main__":
    main()
