"""Two places where a library can be: a folder, and Milvus (Milvus Lite, served in this process)."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.embedder import Embedder
from index.library import Library
from index.milvus.library import MilvusLibrary
from index.opening import open_library
from index.sources import Choice
from index.sources.web import Web
from index.store import Store
from index.sync import Sync, SyncReport
from index.sync_plan import Source, plan

MODES = ("fused", "dense", "lexical")
_NUMBERS = itertools.count()


def found(library: Library, query: str, **options) -> list[str]:
    """The articles of the passages found, best first."""
    return [hit.passage.article_id for hit in library.search(query, **options)]


def sync(library: Library, *where: Path | str, choice: Choice | None = None, **options: bool) -> SyncReport:
    """As the command does it."""
    doing = Sync(library, reread=options.get("reread", False))
    web = Web(allow_private=True, interval=0)
    for one in where:
        for path in Path(one).rglob("*") if Path(one).is_dir() else ():
            os.utime(path, (1e9, path.stat().st_mtime))
        doing.carry_out(plan(library, Source(str(one), choice or Choice()), web, **options))
    return doing.report


def texts(library: Library) -> list[str]:
    return sorted(library.article(summary.id).text for summary in library.articles())


class Backend:
    """Opens libraries at one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    def open(self, embedder: Embedder, create: bool = True, name: str = "") -> Library:
        """The library there, or another beside it."""
        return open_library(self._address + name, embedder, create=create)


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Milvus that libraries are made in, ready for a name."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    server, database, port = start_server_in_thread(str(tmp_path_factory.mktemp("milvus") / "data.db"))
    yield f"milvus://127.0.0.1:{port}/"
    server.stop(grace=0).wait()
    database.close()


def fresh(milvus: str) -> str:
    """The address of a library in it that no test has used."""
    return f"{milvus}test_{next(_NUMBERS)}_"


@pytest.fixture(params=["sqlite", "milvus"])
def backend(request: pytest.FixtureRequest, tmp_path: Path, milvus: str) -> Backend:
    if request.param == "sqlite":
        return Backend(str(tmp_path / "library"))
    return Backend(fresh(milvus))


@pytest.fixture
def anywhere(backend: Backend, embedder: Embedder) -> Iterator[Library]:
    """An empty library at one place or the other."""
    opened = backend.open(embedder)
    yield opened
    opened.close()


@pytest.fixture
def address(milvus: str) -> str:
    return fresh(milvus)


@pytest.fixture
def opened(address: str, embedder: Embedder) -> Iterator[MilvusLibrary]:
    library = MilvusLibrary(address, embedder, 800)
    yield library
    library.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store, without a library around it."""
    opened = Store(tmp_path / "library.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as settled, however young."""
    monkeypatch.setattr("index.sync_plan.JUST_CHANGED", -3600.0)
