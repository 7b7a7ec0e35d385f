"""Real parts for every test: the packaged embedder, the shipped reader, a library in a temporary folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a core: more threads would wait for one another, spinning
    os.environ["OMP_NUM_THREADS"] = "1"
for name in [name for name in os.environ if name.startswith("BYLINE_")]:
    del os.environ[name]  # a person's own settings must not decide what a test sees

from index.article import Article  # noqa: E402
from index.embedder import Embedder  # noqa: E402
from index.library import Library  # noqa: E402
from index.sources import read_source  # noqa: E402
from qa.assistant import Assistant  # noqa: E402

PROJECT = Path(__file__).parent.parent
SAMPLE = PROJECT / "data" / "articles"


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture
def library(tmp_path: Path, embedder: Embedder) -> Iterator[Library]:
    opened = Library.open(tmp_path / "library", embedder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sample_articles() -> list[Article]:
    found = list(read_source(SAMPLE))
    assert all(isinstance(article, Article) for article in found), found
    return [article for article in found if isinstance(article, Article)]


@pytest.fixture(scope="session")
def sample_library(
    tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, sample_articles: list[Article]
) -> Library:
    opened = Library.open(tmp_path_factory.mktemp("sample"), embedder)
    opened.add(sample_articles)
    return opened


@pytest.fixture(scope="session")
def assistant(sample_library: Library) -> Assistant:
    return Assistant(sample_library)


@pytest.fixture
def bridge() -> Article:
    return Article(
        id="bridge",
        text="The bridge opened on Friday. Mayor Ann Lee cut the ribbon.\n\nIt cost £3 million, Mr. Dodd said.",
        title="Bridge opens",
        publisher="The Courier",
        published="2025-03-04",
    )


@pytest.fixture
def ferry() -> Article:
    return Article(
        id="ferry",
        text="The ferry made its last trip. Captain Jo Marsh was in tears.",
        title="Ferry stops",
        publisher="The Post",
        published="2024-01-31",
    )
