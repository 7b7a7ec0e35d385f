"""How fast the news is indexed, and the same passages through plain ``SentenceTransformer.encode``.

``python -m benchmarks.indexing --data ../shared/data``: wall and processor time, passages and tokens a second, peak
memory, size on disk. Stopped half way, it goes on where it was; the figures are then of the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.news_library import news_articles, news_library
from index.embedder import Embedder
from index.embedding import embedded_texts
from index.passages import split_article

SAMPLE = 5_000


class CountingEmbedder(Embedder):
    """Counts the tokens that go through it."""

    tokens = 0

    def _token_counts(self, texts: Sequence[str]) -> np.ndarray:
        counts = super()._token_counts(texts)
        self.tokens += int(counts.sum())
        return counts


def main() -> None:
    """Index, measure, print the figures and write them as JSON beside the library."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.indexing",
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.indexing --data ../shared/data",
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--library", type=Path, default=Path(".byline/news"), help="where the library is kept")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="passages of the comparison (count)")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    figures = {**index_news(options.data, options.library), **compare(options.data, options.sample)}
    print("\n".join(f"{name:28} {value:,}" for name, value in figures.items()))
    if figures["passages_indexed_now"]:  # what a second run finds done was not measured by it
        (options.library / "indexing.json").write_text(json.dumps(figures, indent=2) + "\n")


def index_news(data: Path, folder: Path) -> dict[str, float]:
    """Index what is lacking; seconds, rates, mebibytes."""
    embedder = CountingEmbedder()
    embedder.encode(["warm"])
    stored, count = 0, sum(1 for _ in news_articles(data))
    begun, worked = time.perf_counter(), time.process_time()
    with tqdm(total=count, unit="article", mininterval=10) as bar:

        def progress(articles: int, passages: int) -> None:
            nonlocal stored
            stored += passages
            spent = time.perf_counter() - begun
            bar.set_postfix_str(f"{stored:,} passages, {stored / spent:.0f}/s", refresh=False)
            bar.update(articles)

        library = news_library(data, folder, embedder, progress)
    wall, cpu = time.perf_counter() - begun, time.process_time() - worked
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {
        "articles": library.article_count,
        "passages": library.passage_count,
        "passages_indexed_now": stored,
        "wall_seconds": round(wall, 1),
        "processor_seconds": round(cpu, 1),
        "passages_a_second": round(stored / wall, 1),
        "tokens": embedder.tokens,
        "tokens_a_second": round(embedder.tokens / wall),
        "tokens_a_processor_second": round(embedder.tokens / cpu),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "size_on_disk_mib": size // 2**20,
    }


def compare(data: Path, sample: int) -> dict[str, float]:
    """The first ``sample`` passages by ``SentenceTransformer.encode`` as it comes, and by ours, taking turns."""
    from sentence_transformers import SentenceTransformer

    texts: list[str] = []
    for article in news_articles(data):
        texts += embedded_texts([(article, split_article(article))])
        if len(texts) >= sample:
            break
    embedder = Embedder()
    embedder.encode(["warm"])
    plain = SentenceTransformer(str(embedder.path))
    plain.encode(["warm"])
    spent = {"plain": [0.0, 0.0], "ours": [0.0, 0.0]}
    for first in range(0, sample, 1_000):  # in turns, so that what else the machine does falls on both
        some = texts[first : min(first + 1_000, sample)]
        for name, encode in (("plain", plain.encode), ("ours", embedder.encode)):
            begun, worked = time.perf_counter(), time.process_time()
            encode(some)
            spent[name][0] += time.perf_counter() - begun
            spent[name][1] += time.process_time() - worked
    tokens = int(embedder._token_counts(texts[:sample]).sum())
    return {
        "compared_passages": sample,
        "plain_tokens_a_second": round(tokens / spent["plain"][0]),
        "our_tokens_a_second": round(tokens / spent["ours"][0]),
        "times_plain": round(spent["plain"][0] / spent["ours"][0], 2),
        "times_plain_by_processor_time": round(spent["plain"][1] / spent["ours"][1], 2),
    }


if __name__ == "__main__":
    main()
