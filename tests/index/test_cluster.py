"""Built on Ray: the library is the one that ``add`` makes, whoever is killed, and a second time nothing is done."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from index.cluster import Build
from index.cluster_joining import Cluster, joined
from index.embedder import Embedder
from index.errors import ClusterError, SourceError
from index.library import Library
from index.opening import open_library
from index.sources import Choice, read_source
from tests.conftest import PROJECT
from tests.index.conftest import fresh, sync

pytestmark = pytest.mark.usefixtures("settled")
LINES = 1_300
WORKER = Cluster(workers=1, gpus=False)


@pytest.fixture(scope="module")
def ray_address() -> Iterator[str]:
    """Ray on this machine, with a token of its own; others may join it there."""
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # a socket's path has at most 107 characters
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_TMPDIR", folder)
        patched.setenv("RAY_AUTH_MODE", "token")
        patched.setenv("RAY_AUTH_TOKEN", os.urandom(32).hex())
        with joined(workers=2):
            import ray

            yield ray.get_runtime_context().gcs_address
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    """Files of each kind, one that cannot be read, and the same text in two of them."""
    folder, store = tmp_path / "articles", tmp_path / "store"
    folder.mkdir()
    store.mkdir()
    lines = [json.dumps({"id": f"s{n}", "text": f"Ship {n} left.", "publisher": "The Post"}) for n in range(LINES)]
    (folder / "ships.jsonl").write_text("\n".join([*lines[:700], "{broken", *lines[700:]]))
    for name in ("bridge", "copy"):
        (folder / f"{name}.txt").write_text("---\ntitle: Bridge\n---\n" + "The bridge opened on Friday. " * 60)
    (folder / "scan.pdf").write_text("no PDF")
    table = {"id": ["p1", "p2"], "TEXT": ["The ferry stopped.", "The tram came."], "published": ["2025-03-04", None]}
    pyarrow.parquet.write_table(pyarrow.table({**table, "other": [[1], [2]]}), store / "rows.parquet")
    return [str(folder), f"file://{store}"]


def added(folder: Path, embedder: Embedder, sources: list[str]) -> tuple[Library, list[str]]:
    """What ``index add`` makes of the sources, and what it says."""
    library = Library.open(folder, embedder)
    found = [one for source in sources for one in read_source(source)]
    library.add(one for one in found if not isinstance(one, SourceError))
    return library, [str(one) for one in found if isinstance(one, SourceError)]


def assert_same(library: Library, other: Library) -> None:
    """The same articles, each once, with the same passages, vectors and hits."""
    ids = [summary.id for summary in library.articles()]
    assert len(ids) == len(set(ids)) and library.articles() == other.articles()
    assert library.passage_count == other.passage_count and library.stories() == other.stories()
    for one, two in zip(library.snapshot().articles(), other.snapshot().articles(), strict=True):
        assert one.values == two.values
        assert [(passage.start, passage.end) for passage in one.passages] == [
            (passage.start, passage.end) for passage in two.passages
        ]
        for passage, same in zip(one.passages, two.passages, strict=True):
            np.testing.assert_allclose(
                np.frombuffer(passage.vector, "<f4"), np.frombuffer(same.vector, "<f4"), atol=2e-2
            )
    for query in ("When did the bridge open?", "ship 17", "the ferry"):
        ours, theirs = library.search(query, k=3), other.search(query, k=3)
        assert [hit.passage.article_id for hit in ours][:1] == [hit.passage.article_id for hit in theirs][:1]
        assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], abs=0.02)


class Killing(Build):
    """Kills the worker that sent the first batch."""

    def _rows(self, cluster: Cluster) -> Iterator[dict[str, Any]]:
        for number, row in enumerate(super()._rows(cluster)):
            if number == 0:
                os.kill(int(row["worker"].split()[-1]), signal.SIGKILL)
            yield row


def test_with_a_worker_killed_it_is_what_add_makes_and_a_second_time_nothing_is_done(
    ray_address: str, tmp_path: Path, embedder: Embedder, sources: list[str]
) -> None:
    assert WORKER.machines == 1 and Cluster(workers=1, gpus=True).machines == 0, "no graphics card is in it"
    library = Library.open(tmp_path / "library", embedder)
    build = Killing(library, sources, Choice())
    report = build.run(WORKER)
    other, problems = added(tmp_path / "other", embedder, sources)
    assert len(build.workers) == 2, "another worker took over"
    assert_same(library, other)
    assert sorted(report.problems) == sorted(problems) and len(problems) == 2
    assert "ships.jsonl line 701" in problems[1] and (report.added, report.unchanged) == (LINES + 3, 1)

    generation = library.generation
    again = Build(library, sources, Choice())
    report = again.run(WORKER)
    assert (report.added, report.unchanged, report.same) == (0, 0, 5) and again.workers == {}
    assert library.generation == generation and len(report.problems) == 2


def test_what_a_file_holds_no_more_is_withdrawn_by_the_next_sync(
    ray_address: str, tmp_path: Path, embedder: Embedder
) -> None:
    lines = tmp_path / "a.jsonl"
    library = Library.open(tmp_path / "library", embedder)
    for rows in (["Rain fell.", "Snow fell."], ["Rain fell."]):
        lines.write_text("".join(json.dumps({"id": text[:4], "text": text}) + "\n" for text in rows))
        Build(library, [str(lines)], Choice()).run(WORKER)
    assert library.article_count == 2, "a build removes nothing"
    assert sync(library, lines).removed == ["Snow"] and sync(library, lines).same == 1


def test_a_killed_build_goes_on_and_embeds_nothing_again(
    ray_address: str, tmp_path: Path, embedder: Embedder, sources: list[str]
) -> None:
    first = Library.open(tmp_path / "library", embedder)
    command = ["index", "build", "--ray", ray_address, "--workers", "1", "--library", str(first.path), *sources]
    with subprocess.Popen([sys.executable, "-m", "qa", *command], cwd=PROJECT, stderr=subprocess.PIPE) as killed:
        while not first.article_count:
            with suppress(subprocess.TimeoutExpired):
                killed.wait(0.02)
                pytest.fail(str(killed.stderr and killed.stderr.read()))
        killed.kill()
    stored = first.article_count
    build = Build(first, sources, Choice())
    report = build.run(WORKER)
    assert 0 < stored < LINES and report.added == LINES + 3 - stored
    assert report.passages == report.added, "what is left has one passage each"
    other, _ = added(tmp_path / "other", embedder, sources)
    assert_same(first, other)
    assert Build(first, sources, Choice()).run(WORKER).same == 5


def test_into_milvus_but_for_what_a_worker_cannot_see_which_is_named_and_read_the_next_time(
    ray_address: str, milvus: str, tmp_path: Path, embedder: Embedder, sources: list[str]
) -> None:
    import fsspec

    fsspec.filesystem("memory").pipe("/only-here/ferry.txt", b"The ferry stopped.")
    both = [sources[1], "memory://only-here"]
    library = open_library(fresh(milvus), embedder)
    for added_now, same in ((2, 0), (0, 1)):
        report = Build(library, both, Choice()).run(WORKER)
        assert (report.added, report.same) == (added_now, same) and len(report.problems) == 1
        assert "memory:///only-here/ferry.txt" in report.problems[0] and "does not see it" in report.problems[0]
    other, _ = added(tmp_path / "other", embedder, sources[1:])
    assert_same(library, other)


def test_another_embedder_on_a_machine_is_named(ray_address: str, tmp_path: Path) -> None:
    class Other(Embedder):
        """Its weights are others than those that the workers find under its name."""

        hash = "0" * 64  # type: ignore[assignment]

    (tmp_path / "ferry.txt").write_text("The ferry stopped.")
    library = Library.open(tmp_path / "library", Other())
    with pytest.raises(Exception, match="has other weights"):
        Build(library, [str(tmp_path / "ferry.txt")], Choice()).run(WORKER)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1", "no.such.host.invalid:6379", "ray://127.0.0.1:1", "127.0.0.1:99999"]
)
def test_where_no_cluster_answers_a_sentence_says_so(address: str) -> None:
    with pytest.raises(ClusterError, match=address), joined(address):
        pass


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    with pytest.raises(ClusterError, match=r"pip install .*'\.\[scale\]'"), joined():
        pass


def test_pages_of_the_web_are_left_to_add(tmp_path: Path, embedder: Embedder) -> None:
    with pytest.raises(SourceError, match="index add"):
        Build(Library.open(tmp_path, embedder), ["https://news.example/feed.xml"], Choice())
