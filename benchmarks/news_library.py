"""The news library: 11,073 full-text articles of realtimeqa-2022-2023, to be measured on and never quoted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from index.article import Article, clean_text, parse_date
from index.embedder import Embedder
from index.library import Library, Progress

NEWS = "realtimeqa-2022-2023.articles.jsonl.gz"


def news_articles(data: Path) -> Iterator[Article]:
    """Each article of the set in the folder ``data``, by the set's own id, published by its address's host."""
    with gzip.open(data / NEWS, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = clean_text(row["text"])
            if text.strip():
                yield Article(
                    id=row["id"],
                    text=text,
                    title=clean_text(row["title"])[:2000],
                    publisher=(urlsplit(row["url"]).hostname or "").removeprefix("www."),
                    published=parse_date(row["publish_date"]) or "",
                    url=row["url"][:2000],
                    source=NEWS,
                )


def news_library(
    data: Path, folder: Path, embedder: Embedder | None = None, progress: Progress | None = None
) -> Library:
    """Open the news library in ``folder``; what it lacks is indexed first (half an hour of two cores for all of it)."""
    library = Library.open(folder, embedder)
    if not (folder / "complete").exists():
        library.add(news_articles(data), progress)
        (folder / "complete").touch()
    return library
