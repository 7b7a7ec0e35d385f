"""A library in Milvus: addresses, a server that is away, slow or started again, writers that die, secrets."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.article import Article
from index.embedder import Embedder
from index.errors import LibraryError, SettingsError
from index.filters import Filters
from index.joined import JoinedLibrary
from index.library import Library
from index.milvus import lease
from index.milvus.address import parse_address
from index.milvus.connection import MilvusOptions
from index.milvus.library import MilvusLibrary
from index.opening import folder_of, in_milvus, open_library
from qa.assistant import Assistant
from qa.cli import byline
from qa.settings import Settings
from tests.index.conftest import fresh

QUICK = MilvusOptions(timeout=1.0)


class Killed(BaseException):
    """A writer ends here, as by a kill: nothing after it runs but what the test lets run."""


@pytest.fixture
def address(milvus: str) -> str:
    return fresh(milvus)


@pytest.fixture
def opened(address: str, embedder: Embedder) -> Iterator[MilvusLibrary]:
    library = MilvusLibrary(address, embedder, 800)
    yield library
    library.close()


def texts(library: MilvusLibrary, query: str) -> list[str]:
    return [hit.passage.text for hit in library.search(query)]


# --- addresses


def test_addresses() -> None:
    assert parse_address("milvus://db.example:1234/news").uri == "http://db.example:1234"
    assert parse_address("milvus+tls://db.example/news").uri == "https://db.example:19530"
    assert parse_address("milvus-lite:/a/b.db").folder == Path("/a/b.db")
    assert in_milvus("milvus://h/n") and not in_milvus("milvus") and not in_milvus("./milvus-lite")
    assert folder_of("milvus://h:1/n").is_relative_to(".byline") and folder_of("a/b") == Path("a/b")


@pytest.mark.parametrize(
    "wrong",
    ["milvus://", "milvus://host", "milvus://host:0/n", "milvus://host:99999/n", "milvus://h/1n", "milvus://h/a b",
     "milvus://ann:hunter2@host/n", "milvus-lite:", "milvus-lite:library"],
)  # fmt: skip
def test_an_address_that_is_none_is_told_its_form_without_its_password(wrong: str) -> None:
    with pytest.raises(LibraryError, match=r"its form is milvus") as caught:
        open_library(wrong)
    assert "hunter2" not in str(caught.value)


def test_without_the_extra_the_message_names_it_and_nothing_else_needs_it(
    tmp_path: Path, embedder: Embedder, bridge: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pymilvus", "milvus_lite", "grpc", "ray"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    for address in ("milvus://localhost/news", f"milvus-lite:{tmp_path / 'library.db'}"):
        with pytest.raises(LibraryError, match=r"pip install 'byline\[scale\]'"):
            open_library(address, embedder)
    made = open_library(tmp_path / "library", embedder)
    assert made.add([bridge]).added == ["bridge"] and made.search("ribbon")
    made.close()


def test_a_token_comes_from_the_environment_alone_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "byline.toml").write_text('milvus_token = "ann:hunter2"')
    with pytest.raises(SettingsError, match="BYLINE_MILVUS_TOKEN") as caught:
        Settings.load(folder=tmp_path)
    assert "hunter2" not in str(caught.value)
    (tmp_path / "byline.toml").write_text('milvus_consistency = "Bounded"\nmilvus_timeout = 2.5')
    monkeypatch.setenv("BYLINE_MILVUS_TOKEN", "ann:hunter2")
    settings = Settings.load(folder=tmp_path)
    assert settings.milvus == MilvusOptions(2.5, "Bounded", "ann:hunter2")
    assert "hunter2" not in repr(settings) + settings.model_dump_json() + repr(settings.milvus)
    assert settings.hash == Settings.checked({}).hash


# --- a server that is away


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[int]:
    """Milvus Lite behind its own server, in a process that ends as by a kill."""
    port = port or free_port()
    code = (
        "import sys, time\nfrom milvus_lite.adapter.grpc.server import start_server_in_thread as start\n"
        "kept = start(sys.argv[1], port=int(sys.argv[2]))\nprint('ready', flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder), str(port)], stdout=-1, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        try:
            yield port
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_server_that_is_not_there_is_said_within_the_time_out(embedder: Embedder) -> None:
    begun = time.monotonic()
    with pytest.raises(LibraryError, match=r"cannot be reached for milvus://127\.0\.0\.1"):
        open_library(f"milvus://127.0.0.1:{free_port()}/news", embedder, milvus=QUICK)
    assert time.monotonic() - begun < 5


def test_a_server_that_never_answers_is_given_up_after_the_time_out(embedder: Embedder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(LibraryError, match="Milvus"):
            open_library(f"milvus://127.0.0.1:{silent.getsockname()[1]}/news", embedder, milvus=QUICK)
        assert time.monotonic() - begun < 5


def test_after_a_restart_the_same_process_goes_on(tmp_path: Path, embedder: Embedder, bridge: Article, ferry) -> None:
    with serving(tmp_path / "data.db") as port:
        library = MilvusLibrary(f"milvus://127.0.0.1:{port}/news", embedder, 800, QUICK)
        library.add([bridge])
        assistant = Assistant(library)
        assert assistant.ask("Who cut the ribbon of the bridge?").citations
    with pytest.raises(LibraryError, match="Milvus cannot be reached"):
        assistant.ask("Who cut the ribbon of the bridge?")
    with pytest.raises(LibraryError, match="Milvus cannot be reached"):
        library.add([ferry])
    with serving(tmp_path / "data.db", port):
        assert assistant.ask("Who cut the ribbon of the bridge?").citations
        assert library.add([ferry]).added == ["ferry"]
    library.close()


def test_a_call_that_hangs_is_named_as_slow(opened: MilvusLibrary, bridge: Article) -> None:
    """Between the client and the server, a relay that stops passing anything on."""
    opened.add([bridge])
    server = parse_address(opened.address).uri.rpartition(":")[2]
    with Relay(int(server)) as relay:
        name = opened.address.rpartition("/")[2]
        library = MilvusLibrary(f"milvus://127.0.0.1:{relay.port}/{name}", opened.embedder, 800, QUICK)
        assert library.search("ribbon")
        relay.hold.set()
        with pytest.raises(LibraryError, match=r"did not answer .* within 1 seconds \(the setting milvus_timeout\)"):
            library.search("ribbon")
        relay.hold.clear()
        assert library.search("ribbon")
        relay.hold.set()
        begun = time.monotonic()
        with pytest.raises(LibraryError, match="did not answer"):
            library.add([replace(bridge, id="later", text="Other words.")])
        assert time.monotonic() - begun < 5
        relay.hold.clear()
        assert library.add([replace(bridge, id="later", text="Other words.")]).added == ["later"]
        library.close()


class Relay:
    """Passes bytes on to a port of this machine, while ``hold`` is not set."""

    def __init__(self, to: int) -> None:
        self._to, self.hold = to, threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._open: list[socket.socket] = []

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._server, *self._open):
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                while self.hold.is_set():
                    time.sleep(0.01)
                other.sendall(data)
        except OSError:
            return


# --- writers that die


CALLS = 8
"""At most so many calls of ``upsert`` and ``delete`` turn one article (count)."""


def killed_at(library: MilvusLibrary, call: int, monkeypatch: pytest.MonkeyPatch, names=("upsert", "delete")) -> None:
    """Have the process end just before the ``call``-th write from now on, its own clearing up included."""
    real, count = library._rows.connection.call, 0

    def counted(name: str, *args, **options):
        nonlocal count
        if name in names and "claim" not in str(args) + str(options):
            count += 1
            if count >= call:
                raise Killed
        return real(name, *args, **options)

    monkeypatch.setattr(library._rows.connection, "call", counted)


@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_a_kill_while_an_article_is_replaced_leaves_the_old_or_the_new(
    opened: MilvusLibrary, bridge: Article, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    opened.add([bridge])
    corrected = replace(bridge, text="The bridge was closed. Mayor Bo Ray cut the power.")
    whole = False
    with monkeypatch.context() as patch:
        killed_at(opened, call, patch)
        try:
            opened.update([corrected])
            whole = True
        except Killed:
            pass
    now = opened.article("bridge")
    assert now in (bridge, corrected) and (now == corrected or not whole)
    assert texts(opened, "Who cut what at the bridge?") == [now.text], "one answers, and only one"
    assert [one.article for one in opened.versions("bridge")] == ([] if now == bridge else [bridge])
    opened.add([Article("other", "Another article, so that somebody writes.")])
    assert opened.passage_count == 2 and opened.article("bridge") == now
    assert opened.update([corrected]).updated == ([] if now == corrected else ["bridge"])
    assert [one.article for one in opened.versions("bridge")] == [bridge]
    records = opened._rows.connection.rows(opened._rows.records_name, 'kind == "text"', ["owner"])
    assert len({row["owner"] for row in records}) == 3, "no text that no article has"


@pytest.mark.parametrize("call", range(1, 6))
def test_a_kill_while_an_article_is_removed_leaves_it_whole_or_gone(
    opened: MilvusLibrary, bridge: Article, ferry: Article, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    opened.add([bridge, ferry])
    opened.update([replace(bridge, text="The bridge was closed.")])
    with monkeypatch.context() as patch:
        killed_at(opened, call, patch)
        with pytest.raises(Killed):
            opened.remove(["bridge"])
    there = any(summary.id == "bridge" for summary in opened.articles())
    assert bool([text for text in texts(opened, "bridge closed") if "bridge" in text]) == there
    assert len(opened.versions("bridge")) == there
    opened.remove(["bridge"])
    assert opened.remove(["ferry"]) == ["ferry"] and opened.passage_count == 0 == opened.article_count
    rows = opened._rows.connection.rows(opened._rows.records_name, 'kind != ""', ["id"])
    assert sorted(row["id"] for row in rows) == ["facts", "journal"], "nothing of either is left"


def test_a_stopped_reembed_changes_nothing(opened: MilvusLibrary, bridge: Article, ferry: Article) -> None:
    opened.add([bridge, ferry])
    before = opened.search("ribbon ferry")

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened.reembed(stop)
    assert opened.search("ribbon ferry") == before
    opened.rebuild()
    names = opened._rows.connection.call("list_collections")
    assert len([name for name in names if name.startswith(f"{opened.address.rpartition('/')[2]}_passages")]) == 1
    assert opened.search("ribbon ferry") == before


def test_one_writes_at_a_time_and_a_dead_one_is_passed_over(
    opened: MilvusLibrary, bridge: Article, ferry: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "PATIENCE", 0.3)
    monkeypatch.setattr(lease, "BEAT", 0.05)
    other = MilvusLibrary(opened.address, opened.embedder, 800)
    with (
        opened.writing(),
        pytest.raises(LibraryError, match=r"Process \d+ .* has been writing to milvus://.*try again"),
    ):
        other.add([ferry])
    assert other.add([ferry]).added == ["ferry"]
    dead = MilvusLibrary(opened.address, opened.embedder, 800)
    dead._lease._beat()  # a claim that no thread keeps alive: its process was killed
    monkeypatch.setattr(lease, "DEAD_AFTER", 0.5)
    monkeypatch.setattr(lease, "PATIENCE", 5.0)
    assert other.add([bridge]).added == ["bridge"]
    with pytest.raises(LibraryError, match="another process took over"):
        dead._lease.check()
    other.close()
    dead.close()


def test_an_article_answers_at_every_moment_while_it_is_replaced(opened: MilvusLibrary, bridge: Article) -> None:
    reader = MilvusLibrary(opened.address, opened.embedder, 800)
    states = [replace(bridge, text=f"The bridge was painted for the {number}th time.") for number in range(8)]
    opened.add([bridge])
    done, found = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            found.append(texts(reader, "What was done to the bridge?"))

    reading = threading.Thread(target=read)
    reading.start()
    for state in states:
        opened.update([state])
    done.set()
    reading.join()
    known = {bridge.text, *(state.text for state in states)}
    assert len(found) > 8 and all(len(some) == 1 and some[0] in known for some in found)
    reader.close()


def test_a_library_in_a_file_needs_no_server(tmp_path: Path, embedder: Embedder, bridge: Article) -> None:
    address = f"milvus-lite:{tmp_path / 'deep' / 'library.db'}"
    with pytest.raises(LibraryError, match="There is no library"):
        open_library(address, embedder, create=False)
    first = open_library(address, embedder)
    first.add([bridge])
    first.close()
    again = open_library(address, embedder, create=False)
    assert again.article("bridge") == bridge and again.info()["path"] == address
    own = Library.open(tmp_path / "own", embedder)
    own.add([Article("mine", "My own bridge is made of string.")])
    both = JoinedLibrary(again, own)
    assert {hit.passage.article_id for hit in both.search("bridge")} == {"bridge", "mine"}
    assert len(both.passages([hit.passage.id for hit in both.search("bridge")])) == 2
    again.close()


def test_two_processes_see_what_the_other_wrote(opened: MilvusLibrary, bridge: Article, ferry: Article) -> None:
    reader = MilvusLibrary(opened.address, opened.embedder, 800, MilvusOptions(consistency="Strong"))
    assert reader.search("ribbon") == []
    opened.add([bridge, ferry])
    assert next(hit.passage.article_id for hit in reader.search("ribbon of the bridge")) == "bridge"
    opened.remove(["bridge"])
    assert [hit.passage.article_id for hit in reader.search("ribbon of the bridge")] == ["ferry"]
    reader.close()


# --- the faces


def test_the_commands_take_the_address(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "byline.toml").write_text(f'library = "{address}"')
    (tmp_path / "bridge.txt").write_text("The bridge opened on Friday. Mayor Ann Lee cut the ribbon.")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(byline, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert f"1 articles, 1 passages in {address}" in run("index", "add", "bridge.txt")
    facts = json.loads(run("index", "info", "--json"))
    assert (facts["path"], facts["index"], facts["articles"]) == (address, "Milvus", 1)
    assert "Ann Lee" in run("ask", "Who cut the ribbon?")
    assert "1 articles written" in run("index", "export", "out.jsonl")
    with pytest.raises(LibraryError, match="in Milvus"):
        CliRunner().invoke(byline, ["index", "check"], catch_exceptions=False, standalone_mode=False)


def test_a_filter_holds_for_both_sides_of_the_search(opened: MilvusLibrary, bridge: Article, ferry: Article) -> None:
    opened.add([bridge, ferry, replace(ferry, id="later", text=f"{ferry.text} Again.", published="2025-06-01")])
    for mode in ("fused", "dense", "lexical"):
        hits = opened.search("last trip of the ferry", mode=mode, filters=Filters(("The Post",), "2025-01-01"))
        assert [hit.passage.article_id for hit in hits] == ["later"], mode
