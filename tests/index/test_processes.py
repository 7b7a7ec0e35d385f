"""Several processes on one library: one writes, others answer; who writes is named; a killed one costs nothing."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.article import Article
from index.check import check
from index.embedder import Embedder
from index.errors import LibraryError
from index.holder import HolderNote, command
from index.library import Library
from index.sources.web import Web
from index.sync import Sync
from index.sync_plan import Source, plan
from tests.conftest import PROJECT

WRITER = """
import json, sys
from pathlib import Path
from index.article import Article
from index.library import Library
sys.argv = ["/usr/bin/byline", "index", "add", "secret.txt"]
library = Library.open(Path(%r))
print("ready", flush=True)
for line in sys.stdin:
    name, what = json.loads(line)
    if name == "hold":
        with library.writing():
            print("holding", flush=True)
            sys.stdin.readline()
    elif name == "remove":
        library.remove(what)
    else:
        getattr(library, name)([Article(*fields) for fields in what])
    print("done", flush=True)
"""


@contextmanager
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that does what it is told to a library."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER % str(folder)], stdin=-1, stdout=-1, text=True, cwd=PROJECT
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield process
        if process.stdin is not None and process.poll() is None:
            process.stdin.close()


def tell(process: subprocess.Popen[str], *order: object) -> str:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_a_reader_answers_from_what_another_process_wrote_without_being_opened_again(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.holder.PATIENCE", 0.05)
    reader = Library.open(tmp_path, embedder)
    with writer(tmp_path) as other:
        assert tell(other, "add", [["ferry", "The ferry made its last trip."]]) == "done"
        for mode in ("fused", "dense", "lexical"):
            assert [hit.passage.article_id for hit in reader.search("last trip of the ferry", mode=mode)] == ["ferry"]
        assert tell(other, "update", [["ferry", "The ferry was sold to Oslo."]]) == "done"
        assert reader.search("ferry", mode="lexical")[0].passage.text == "The ferry was sold to Oslo."
        assert not reader.search("trip", mode="lexical")
        assert reader.search("last trip of the ferry", mode="dense")[0].passage.text == "The ferry was sold to Oslo."

        assert tell(other, "hold", None) == "holding"
        since = r"since \d\d:\d\d; try again when it is done"
        with pytest.raises(LibraryError, match=rf"Process {other.pid} \('byline index add'\) .*{since}") as said:
            reader.remove(["ferry"])
        assert "secret" not in str(said.value)
        assert reader.search("Oslo", mode="lexical")  # a reader answers meanwhile
        assert tell(other) == "done"

        assert tell(other, "remove", ["ferry"]) == "done"
        assert reader.search("ferry") == []
    assert reader.add([Article("next", "The next ferry came.")]).added == ["next"]
    assert check(tmp_path).problems == []


def test_who_is_waited_for_is_said_at_once_and_the_write_goes_on_when_that_one_ends(
    tmp_path: Path, embedder: Embedder
) -> None:
    library = Library.open(tmp_path, embedder)
    said: list[str] = []

    class EndsIt(logging.Handler):
        """Has the other process let go of the library when it hears that it is waited for."""

        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())
            tell(other)

    listening = EndsIt()
    with writer(tmp_path) as other:
        assert tell(other, "hold", None) == "holding"
        logging.getLogger("index").addHandler(listening)
        try:
            assert library.add([Article("a", "Words of a mayor.")]).added == ["a"]
        finally:
            logging.getLogger("index").removeHandler(listening)
    (line,) = said
    assert line.startswith(f"Process {other.pid} ('byline index add') has been writing to {tmp_path} since ")
    assert line.endswith("; waiting up to 10 seconds for it to end…")


def test_the_note_of_a_killed_writer_misleads_nobody(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.holder.PATIENCE", 0.05)
    library = Library.open(tmp_path, embedder)
    with writer(tmp_path) as other:
        assert tell(other, "hold", None) == "holding"
        note = (tmp_path / "writer.json").read_text()
        other.kill()
        other.wait()
    assert library.add([Article("a", "Words of a mayor.")]).added == ["a"]
    (tmp_path / "writer.json").write_text(note)  # another process holds the lock and has not noted itself yet
    with writer(tmp_path) as other:
        assert tell(other, "hold", None) == "holding"
        (tmp_path / "writer.json").write_text(note)
        with pytest.raises(LibraryError, match=r"^Another process is writing to .*; try again"):
            library.remove(["a"])
        for nonsense in ("", "{", "[]", '{"pid": "x"}', '{"pid": 1e999}'):
            (tmp_path / "writer.json").write_text(nonsense)
            assert str(HolderNote(tmp_path)) == f"Another process is writing to {tmp_path}"
        tell(other)


def test_a_number_given_to_another_process_since_is_not_taken_for_the_writer(tmp_path: Path) -> None:
    note = HolderNote(tmp_path)
    note.write()
    assert str(note).startswith(f"Process {os.getpid()} (")
    facts = json.loads((tmp_path / "writer.json").read_text())
    (tmp_path / "writer.json").write_text(json.dumps({**facts, "born": "1"}))
    assert str(note).startswith("Another process")
    (tmp_path / "writer.json").write_text(json.dumps({**facts, "host": "elsewhere", "pid": 1}))
    assert "Process 1 (" in str(note) and " on elsewhere has been writing" in str(note)


def test_a_command_is_named_without_what_it_was_given() -> None:
    assert command(["/opt/venv/bin/byline", "index", "add", "notes/secret.txt"]) == "byline index add"
    assert command(["/work/qa/__main__.py", "index", "rebuild", "--embed"]) == "byline index rebuild"
    assert command(["byline", "ask", "Who? Why"]) == "byline ask"
    assert command(["-c"]) == "-c" and command([]) == "python"


def test_killed_at_any_moment_nothing_is_lost_and_nothing_half_there(tmp_path: Path) -> None:
    """A few of the kills of ``python -m benchmarks.crash``, in a process that forks cleanly."""
    code = (
        "import sys; from pathlib import Path; from benchmarks.crash import crash\n"
        "found = crash(Path(sys.argv[1]), kills=5, seed=7)\n"
        "print(sum(found.phases.values()), found.lost, found.torn)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=PROJECT)
    assert done.stdout == "5 [] []\n", done.stdout + done.stderr


@pytest.mark.parametrize("then", ["deleted", "put back"])
def test_a_sync_killed_before_it_wrote_down_what_it_read_leaves_nothing_behind(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    library, folder = Library.open(tmp_path / "library", embedder), tmp_path / "articles"
    folder.mkdir()

    def synced() -> list[str]:
        Sync(library).carry_out(plan(library, Source(str(folder)), Web()))
        return sorted(library.article(summary.id).text for summary in library.articles())

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    (folder / "always.txt").write_text("The mayor spoke.")
    if then == "put back":
        (folder / "walrus.txt").write_text("A walrus came.")
        synced()
    (folder / "walrus.txt").write_text("A walrus came ashore and slept.")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(library.ledger, "record", killed)
        synced()
    if then == "deleted":
        (folder / "walrus.txt").unlink()
        assert synced() == ["The mayor spoke."]
    else:
        (folder / "walrus.txt").write_text("A walrus came.")
        assert synced() == ["A walrus came.", "The mayor spoke."]
