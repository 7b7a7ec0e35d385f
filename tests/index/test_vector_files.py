"""The files of the vector index: read without being loaded whole, replaced under readers, damaged, cut off, lost."""

from __future__ import annotations

import os
import re
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.article import Article
from index.library import Library
from index.store import Store
from index.vector_base import clear_bases
from index.vectors import VectorIndex
from tests.index.vectors_by_hand import DIMENSION, bases, brute, put, same, unit


class Watched(Store):
    """Writes down the generations from which vectors are asked for, and how many were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[tuple[int, int]] = []

    def vectors_since(self, generation: int, at_once: int = 5000) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.asked.append((generation, 0))
        for ids, vectors in super().vectors_since(generation, at_once):
            self.asked[-1] = (generation, self.asked[-1][1] + len(ids))
            yield ids, vectors


@pytest.mark.parametrize("exact_up_to", [100_000, 100])
def test_opening_reads_neither_the_store_nor_the_file_whole(tmp_path: Path, exact_up_to: int) -> None:
    store = Watched(tmp_path / "library.sqlite")
    put(store, "many", unit(40_000, seed=1, dimension=64))
    VectorIndex(tmp_path, store, 64, exact_up_to).sync()
    put(store, "few", unit(7, seed=2, dimension=64))
    store.asked.clear()
    index = VectorIndex(tmp_path, store, 64, exact_up_to)
    index.catch_up()
    assert store.asked == [(1, 7)] and len(index) == 40_007
    file = next(tmp_path.glob("*.faiss"))
    assert 0 < bytes_in_memory(file) < file.stat().st_size / 4
    store.close()


def bytes_in_memory(file: Path) -> int:
    """How much of a file that this process has mapped is resident; 0 when it is not mapped."""
    mappings = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text(), flags=re.MULTILINE)
    sizes = [re.search(r"^Rss:\s+(\d+) kB", mapping, re.MULTILINE) for mapping in mappings if str(file) in mapping]
    return sum(int(size[1]) * 1024 for size in sizes if size)


@pytest.mark.parametrize("exact_up_to", [10_000, 100])
def test_a_reader_goes_on_while_the_file_is_replaced_and_then_follows(
    tmp_path: Path, store: Store, exact_up_to: int
) -> None:
    put(store, "many", unit(1000, seed=1))
    put(store, "gone", unit(20, seed=2))
    writer, reader = (VectorIndex(tmp_path, store, DIMENSION, exact_up_to, tail_up_to=20) for _ in range(2))
    writer.sync()
    reader.catch_up()
    query, old = unit(1, seed=5)[0], bases(tmp_path)
    before = reader.search(query, 5)
    store.delete(["gone"])
    put(store, "more", unit(30, seed=3))
    writer.sync()
    assert bases(tmp_path) != old
    assert [hit for hit in reader.search(query, 5) if hit in before] == reader.search(query, 5), "deleted, still mapped"
    reader.catch_up()
    assert reader.generation == store.generation and reader.facts() == writer.facts()
    assert reader.search(query, 5) == writer.search(query, 5)


@pytest.mark.parametrize("exact_up_to", [10_000, 100])
def test_a_file_that_another_process_took_away_or_wrote_anew_is_not_added_to(
    tmp_path: Path, store: Store, exact_up_to: int
) -> None:
    put(store, "many", unit(1000, seed=1))
    put(store, "gone", unit(1000, seed=2))
    index = VectorIndex(tmp_path, store, DIMENSION, exact_up_to, tail_up_to=5)
    index.sync()
    query = unit(1, seed=3)[0]
    for seed, exact_then in enumerate((None, 10_000, 100), start=10):
        clear_bases(tmp_path, None)
        if exact_then is not None:
            VectorIndex(tmp_path, store, DIMENSION, exact_then).sync()  # of the same generation
        store.delete(["gone"])
        put(store, str(seed), unit(20, seed=seed))
        index.sync()
        assert same(index.search(query, 10, np.arange(3000)), brute(store, query, 10))
        again = VectorIndex(tmp_path, store, DIMENSION, exact_up_to)
        assert again.generation == store.generation and len(again) == store.counts()[1]


def test_a_crash_before_the_file_was_written_costs_nothing(tmp_path: Path, store: Store) -> None:
    put(store, "many", unit(100, seed=1))
    VectorIndex(tmp_path, store, DIMENSION).sync()
    put(store, "few", unit(20, seed=2))
    store.delete(["many"])
    (tmp_path / "vectors.3.faiss.partial").write_bytes(b"half of a")
    (tmp_path / "vectors.3.json").write_text("{}")
    query = unit(1, seed=3)[0]
    reader = VectorIndex(tmp_path, store, DIMENSION)
    reader.catch_up()
    assert same(reader.search(query, 30), brute(store, query, 30)) and len(reader) == 20
    writer = VectorIndex(tmp_path, store, DIMENSION)
    writer.sync()
    assert same(writer.search(query, 30), brute(store, query, 30))
    assert bases(tmp_path) == ["vectors.3.faiss", "vectors.3.json"]


def test_a_full_disk_costs_nothing(tmp_path: Path, store: Store) -> None:
    put(store, "many", unit(100, seed=1))
    index = VectorIndex(tmp_path, store, DIMENSION, tail_up_to=10)
    index.sync()
    put(store, "more", unit(2000, seed=2))
    before, limits = bases(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises((OSError, RuntimeError)):
            index.sync()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [name for name in bases(tmp_path) if not name.endswith(".json")] == before[:1]
    query = unit(1, seed=3)[0]
    for after in (index, VectorIndex(tmp_path, store, DIMENSION, tail_up_to=10)):
        after.catch_up()
        assert same(after.search(query, 10), brute(store, query, 10))
    index.sync()
    assert bases(tmp_path) == ["vectors.2.faiss", "vectors.2.json"] and len(index) == 2100


@pytest.mark.parametrize("exact_up_to", [10_000, 100])
@pytest.mark.parametrize("damage", ["cut short", "emptied", "no facts", "facts of another", "another's file"])
def test_a_damaged_file_is_passed_over_and_written_anew(
    tmp_path: Path, store: Store, exact_up_to: int, damage: str
) -> None:
    put(store, "many", unit(1000, seed=1))
    VectorIndex(tmp_path, store, DIMENSION, exact_up_to).sync()
    file, facts = tmp_path / "vectors.1.faiss", tmp_path / "vectors.1.json"
    if damage == "cut short":
        os.truncate(file, file.stat().st_size - 100)
    elif damage == "emptied":
        file.write_bytes(b"")
    elif damage == "no facts":
        facts.unlink()
    elif damage == "facts of another":
        facts.write_text('{"kind": "tree", "generation": 1, "passages": 1000, "last_id": 1000, "leaves": 3}')
    else:
        other = Store(tmp_path / "other.sqlite")
        put(other, "more", unit(1001, seed=1))
        (tmp_path / "other").mkdir()
        VectorIndex(tmp_path / "other", other, DIMENSION, exact_up_to).sync()
        shutil.copy(tmp_path / "other" / "vectors.1.faiss", file)
        other.close()
    query = unit(1, seed=2)[0]
    reader = VectorIndex(tmp_path, store, DIMENSION, exact_up_to)
    reader.catch_up()
    assert same(reader.search(query, 10), brute(store, query, 10)), "from the store, with no file written"
    writer = VectorIndex(tmp_path, store, DIMENSION, exact_up_to)
    writer.sync()
    assert writer.facts()["vectors_in_memory"] == 0 and len(writer) == 1000
    assert VectorIndex(tmp_path, store, DIMENSION).generation == 1


def test_a_library_nobody_may_write_to_is_searched_to_its_last_addition(
    library: Library, bridge: Article, ferry: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([bridge, ferry])
    reader = Library.open(library.path, library.embedder)
    library.add([Article(id="wolf", text="A wolf was seen in the park on Sunday.")])

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reader._writer, "acquire", refused)  # as a folder that this user may only read
    assert reader.search("Which animal was seen?", mode="dense")[0].passage.article_id == "wolf"
    assert library.info()["recall_at_10"] == 1.0
    reader.close()
