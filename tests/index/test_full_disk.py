"""A full disk and a folder that cannot be written to: one sentence, and what was stored is safe."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.article import Article
from index.check import CheckReport, Problem, check
from index.embedder import Embedder
from index.errors import LibraryError
from index.library import Library
from index.mending import repair
from index.transfer import export

SAID = r"^[^\n]*(could not be written|cannot be written to|cannot be used|Could not open the library's store)[^\n]*$"
MANY = [Article(f"m{n}", f"The ferry number {n} crossed the bay. " + "Once more it did. " * 150) for n in range(12)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("full") / "library"
    library = Library.open(folder, embedder)
    library.add([Article(f"a{n}", f"Ship {n} left the harbour for the {n}th time.") for n in range(30)])
    library.close()
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "library"))


@contextmanager
def room(bytes_: int) -> Iterator[None]:
    """Meanwhile every file that grows past so many bytes fails to, as on a full disk (Python ignores the signal)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def assert_safe(folder: Path, embedder: Embedder) -> None:
    """All thirty are there and found, and nothing is wrong."""
    library = Library.open(folder, embedder)
    assert {f"a{n}" for n in range(30)} <= {summary.id for summary in library.articles()}
    for mode in ("dense", "lexical"):
        assert library.search("Ship 7 left the harbour for the 7th time", mode=mode)
    library.close()
    assert [problem.what for problem in check(folder).problems] == []


@pytest.mark.parametrize("bytes_", [0, 4096, 60_000])
def test_no_room_to_add(folder: Path, embedder: Embedder, bytes_: int) -> None:
    with pytest.raises(LibraryError, match=SAID), room(bytes_):
        Library.open(folder, embedder).add(MANY)
    assert_safe(folder, embedder)


@pytest.mark.parametrize("write", [Library.rebuild, Library.reembed, lambda library: library.remove(["a29"])])
@pytest.mark.parametrize("bytes_", [0, 20_000])
def test_no_room_for_other_writes(
    folder: Path, embedder: Embedder, write: Callable[[Library], object], bytes_: int
) -> None:
    library = Library.open(folder, embedder)
    with pytest.raises(LibraryError, match=SAID), room(bytes_):
        write(library)
    library.update([Article("a29", "Ship 29 left the harbour for the 29th time.")])  # the same library goes on
    library.close()
    assert_safe(folder, embedder)


def test_no_room_to_search_with_indexes_that_must_be_derived(folder: Path, embedder: Embedder) -> None:
    for path in folder.glob("vectors.*"):
        path.unlink()
    library = Library.open(folder, embedder)
    with pytest.raises(LibraryError, match="The articles are safe"), room(100):
        library.search("ship")
    assert library.search("ship")
    library.close()
    assert_safe(folder, embedder)


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_no_room_to_export(folder: Path, tmp_path: Path, embedder: Embedder, name: str) -> None:
    library = Library.open(folder, embedder)
    with pytest.raises(LibraryError, match=SAID), room(1000):
        export(library, str(tmp_path / name), vectors=True)
    assert not list(tmp_path.glob("out.*"))


def test_no_room_to_mend(folder: Path, embedder: Embedder) -> None:
    data = bytearray((folder / "library.sqlite").read_bytes())
    data[:100] = b"x" * 100
    (folder / "library.sqlite").write_bytes(data)
    report = check(folder)
    with pytest.raises(LibraryError, match=r"could not be saved: .* nothing was changed"), room(5000):
        repair(folder, embedder, 800, report, lambda *_: None, lambda _: None)
    assert (folder / "library.sqlite").read_bytes() == data
    assert repair(folder, embedder, 800, report, lambda *_: None, lambda _: None).problems == []
    assert_safe(folder, embedder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a mebibyte and a half, where this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", disk]).returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_disk_that_fills_up(small_disk: Path, sound: Path, tmp_path: Path, embedder: Embedder) -> None:
    folder = Path(shutil.copytree(sound, small_disk / "library"))
    library = Library.open(folder, embedder)
    library.search("ship")
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - 60_000))
    with pytest.raises(LibraryError, match=SAID):
        library.add(MANY)
    assert_safe(Path(shutil.copytree(folder, tmp_path / "copy")), embedder)


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Be a user to whom nothing belongs, but who may look into the test's ``folder``; root may write anywhere."""
    if os.geteuid():
        yield
        return
    temporary = Path(tempfile.gettempdir())
    for path in (folder, *folder.parents):
        if path.is_relative_to(temporary) and path != temporary:
            path.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_cannot_be_written_to(folder: Path, tmp_path: Path, embedder: Embedder) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    problems = CheckReport(problems=[Problem("left over", "leftover")])
    with as_nobody(tmp_path):
        with pytest.raises(LibraryError, match=SAID):
            Library.open(folder, embedder)
        with pytest.raises(LibraryError, match="can its folder be written to"):
            check(folder)
        with pytest.raises(LibraryError, match=SAID):
            repair(folder, embedder, 800, problems, lambda *_: None, lambda _: None)
        with pytest.raises(LibraryError, match=SAID):
            Library.open(folder / "new", embedder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert_safe(folder, embedder)


def test_a_folder_that_may_no_longer_be_written_to(folder: Path, tmp_path: Path, embedder: Embedder) -> None:
    library = Library.open(folder, embedder)
    library.search("ship")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    with as_nobody(tmp_path):
        assert library.search("Ship 7 left")  # it can still be read
        with pytest.raises(LibraryError, match="cannot be written to"):
            library.add(MANY[:1])
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    library.close()
    assert_safe(folder, embedder)
