"""A library in Milvus: addresses, a server that is away, slow or started again, writers that die, secrets."""

from __future__ import annotations

import fcntl
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
from index.milvus.address import parse_address
from index.milvus.connection import MilvusOptions
from index.milvus.library import MilvusLibrary
from index.opening import folder_of, in_milvus, open_library
from qa.assistant import Assistant
from qa.cli import byline
from qa.settings import Settings

QUICK = MilvusOptions(timeout=1.0)


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
        with pytest.raises(LibraryError, match=r"pip install .*'\.\[scale\]'"):
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


# --- the faces


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
    assert f"{address} is sound: 1 articles and 1 passages" in run("index", "check")


def test_a_file_that_another_process_has_is_said_in_a_sentence(
    tmp_path: Path, embedder: Embedder, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "library.db").mkdir()
    with (tmp_path / "library.db" / "LOCK").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LibraryError, match="another process has it"):
            open_library(f"milvus-lite:{tmp_path / 'library.db'}", embedder)
    assert "Traceback" not in capfd.readouterr().err


def test_a_filter_holds_for_both_sides_of_the_search(opened: MilvusLibrary, bridge: Article, ferry: Article) -> None:
    opened.add([bridge, ferry, replace(ferry, id="later", text=f"{ferry.text} Again.", published="2025-06-01")])
    for mode in ("fused", "dense", "lexical"):
        hits = opened.search("last trip of the ferry", mode=mode, filters=Filters(("The Post",), "2025-01-01"))
        assert [hit.passage.article_id for hit in hits] == ["later"], mode
