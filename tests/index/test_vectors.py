"""The vector index finds what brute force finds, whatever was added, removed, lost or replaced before."""

from __future__ import annotations

import os
import re
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article, Passage
from index.library import Library
from index.store import Store
from index.vector_base import clear_bases
from index.vectors import VectorIndex

DIMENSION = 16
Brute = list[tuple[int, float]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "library.sqlite")
    yield opened
    opened.close()


def unit(count: int, seed: int, dimension: int = DIMENSION) -> np.ndarray:
    """Unit vectors that lie in clusters, as embeddings do."""
    randomness = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((40, dimension))
    vectors = centres[randomness.integers(0, 40, count)] + 0.7 * randomness.standard_normal((count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def put(store: Store, article_id: str, vectors: np.ndarray) -> None:
    passages = [Passage(article_id, number, number + 1, "x") for number in range(len(vectors))]
    store.put([(Article(id=article_id, text=f"{article_id} " + "x" * len(vectors)), passages, vectors)])


def brute(store: Store, query: np.ndarray, k: int) -> Brute:
    hits = [
        (int(number), float(vector @ query))
        for ids, vectors in store.vectors_since(0)
        for number, vector in zip(ids, vectors, strict=True)
    ]
    return sorted(hits, key=lambda hit: -hit[1])[:k]


def same(found: Brute, expected: Brute) -> bool:
    """The same passages with the same cosines; those of equal cosine in any order."""
    cosines = [[cosine for _, cosine in hits] for hits in (found, expected)]
    return (
        len(found) == len(expected)
        and np.allclose(*cosines, atol=1e-5)
        and {number for number, cosine in found if cosine > cosines[1][-1] + 1e-5}
        == {number for number, cosine in expected if cosine > cosines[1][-1] + 1e-5}
    )


def bases(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("vectors.*"))


@pytest.mark.parametrize(("exact_up_to", "least"), [(10_000, 1.0), (100, 0.96)])
def test_each_kind_finds_the_nearest_and_says_what_it_is(
    tmp_path: Path, store: Store, exact_up_to: int, least: float
) -> None:
    put(store, "many", unit(4000, seed=1))
    index = VectorIndex(tmp_path, store, DIMENSION, exact_up_to)
    index.sync()
    queries = unit(50, seed=2)
    found = [index.search(query, 10) for query in queries]
    expected = [brute(store, query, 10) for query in queries]
    shares = [len({n for n, _ in a} & {n for n, _ in b}) / 10 for a, b in zip(found, expected, strict=True)]
    assert np.mean(shares) >= least
    for hits in found:
        assert [cosine for _, cosine in hits] == sorted((cosine for _, cosine in hits), reverse=True)
        stored = store.vectors([number for number, _ in hits])
    assert all(abs(stored[number] @ queries[-1] - cosine) < 1e-5 for number, cosine in found[-1]), "true cosines"
    facts = index.facts()
    assert index.kind == ("exact" if exact_up_to > 4000 else "cells") and str(facts["vector_index"]).startswith(
        index.kind
    )
    assert facts["recall_at_10"] == 1.0 if index.kind == "exact" else 0.97 < float(facts["recall_at_10"]) <= 1
    again = VectorIndex(tmp_path, store, DIMENSION, exact_up_to)
    again.catch_up()
    assert again.facts() == facts and [again.search(query, 10) for query in queries] == found


@pytest.mark.parametrize("exact_up_to", [10_000, 100])
def test_a_limit_to_some_passages_is_kept_exactly(tmp_path: Path, store: Store, exact_up_to: int) -> None:
    put(store, "many", unit(2000, seed=1))
    index = VectorIndex(tmp_path, store, DIMENSION, exact_up_to)
    index.sync()
    put(store, "later", unit(30, seed=3))
    index.catch_up()
    query = unit(1, seed=4)[0]
    for allowed in (np.arange(5, 2031, 7), np.array([3, 1999, 2011]), np.array([2030])):
        expected = [hit for hit in brute(store, query, 3000) if hit[0] in set(allowed.tolist())][:20]
        assert same(index.search(query, 20, allowed), expected)
    assert index.search(query, 20, np.array([], np.int64)) == []


def test_additions_wait_in_memory_and_removals_leave_the_file(tmp_path: Path, store: Store) -> None:
    put(store, "many", unit(300, seed=1))
    index = VectorIndex(tmp_path, store, DIMENSION, tail_up_to=50)
    index.sync()
    before = bases(tmp_path)
    put(store, "few", unit(40, seed=2))
    index.sync()
    assert bases(tmp_path) == before and index.facts()["vectors_in_memory"] == 40 and len(index) == 340
    put(store, "more", unit(40, seed=3))
    index.sync()
    assert bases(tmp_path) != before and len(bases(tmp_path)) == 2 and index.facts()["vectors_in_memory"] == 0

    secret = unit(1, seed=99)
    put(store, "secret", np.repeat(secret, 60, axis=0))
    index.sync()
    assert secret.tobytes() in next(tmp_path.glob("*.faiss")).read_bytes()
    store.delete(["secret"])
    index.sync()
    assert secret.tobytes() not in next(tmp_path.glob("*.faiss")).read_bytes()
    assert same(index.search(secret[0], 5), brute(store, secret[0], 5))


class Overtaken(Store):
    """Another process writes while this one reads what was removed."""

    meanwhile: np.ndarray | None = None

    def removed_since(self, generation: int) -> list[int]:
        removed = super().removed_since(generation)
        if self.meanwhile is not None:
            vectors, self.meanwhile = self.meanwhile, None
            put(self, "meanwhile", vectors)
        return removed


def test_what_is_added_while_it_is_read_is_there_once(tmp_path: Path) -> None:
    store = Overtaken(tmp_path / "library.sqlite")
    put(store, "first", unit(5, seed=1))
    index = VectorIndex(tmp_path, store, DIMENSION)
    index.sync()
    put(store, "second", unit(5, seed=2))
    store.meanwhile = unit(5, seed=3)
    index.catch_up()
    index.catch_up()
    assert len(index) == 15 and same(index.search(unit(1, seed=4)[0], 15), brute(store, unit(1, seed=4)[0], 15))
    store.delete(["second", "meanwhile"])
    index.catch_up()
    assert len(index) == 5 and same(index.search(unit(1, seed=4)[0], 15), brute(store, unit(1, seed=4)[0], 15))
    store.close()


def test_what_was_removed_is_not_in_cells_either(tmp_path: Path, store: Store) -> None:
    put(store, "many", unit(2000, seed=1))
    put(store, "gone", unit(50, seed=2))
    index = VectorIndex(tmp_path, store, DIMENSION, exact_up_to=100)
    index.sync()
    put(store, "few", unit(10, seed=3))
    store.delete(["gone"])
    index.sync()
    kept = np.sort(np.concatenate([ids for ids, _ in index.contents()]))
    assert kept.tolist() == [*range(1, 2001), *range(2051, 2061)] and len(index) == 2010
    assert VectorIndex(tmp_path, store, DIMENSION, exact_up_to=100).generation == store.generation
    for ids, vectors in index.contents():
        stored = store.vectors(ids.tolist())
        assert all(stored[number] @ vector > 0.995 for number, vector in zip(ids.tolist(), vectors, strict=True))


def test_a_library_that_grows_and_shrinks_goes_to_cells_and_back(tmp_path: Path, store: Store) -> None:
    index = VectorIndex(tmp_path, store, DIMENSION, exact_up_to=500, tail_up_to=10)
    for number in range(10):
        put(store, str(number), unit(100, seed=number))
    index.sync()
    assert index.kind == "cells"
    store.delete([str(number) for number in range(4)])
    index.sync()
    assert index.kind == "cells" and len(index) == 600, "a library near the limit does not go to and fro"
    store.delete([str(number) for number in range(4, 8)])
    index.sync()
    assert index.kind == "exact" and len(index) == 200
    store.delete(["8", "9"])
    index.sync()
    assert len(index) == 0 and bases(tmp_path) == [] and index.search(unit(1, seed=1)[0], 5) == []


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


Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 25)),
        st.tuples(st.just("remove"), st.integers(0, 30)),
        st.tuples(st.just("sync"), st.just(0)),
        st.tuples(st.just("reopen"), st.just(0)),
        st.tuples(st.just("read"), st.just(0)),
    ),
    max_size=25,
)


@given(steps=STEPS, exact_up_to=st.sampled_from([10, 60, 1000]), tail_up_to=st.sampled_from([0, 10, 1000]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happened_the_search_is_of_what_is_stored(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], exact_up_to: int, tail_up_to: int
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    store = Store(folder / "library.sqlite")

    def opened() -> VectorIndex:
        return VectorIndex(folder, store, DIMENSION, exact_up_to, tail_up_to)

    writer, reader, added = opened(), opened(), 0
    for number, (name, size) in enumerate(steps):
        if name == "add":
            put(store, str(added), unit(size, seed=number))
            added += 1
        elif name == "remove":
            store.delete([str(size % max(added, 1))])
        elif name == "sync":
            writer.sync()
        elif name == "reopen":
            writer = opened()
        else:
            reader.catch_up()
    writer.catch_up()
    query, passages = unit(1, seed=1000)[0], store.counts()[1]
    everything = np.arange(1, 1000)  # a limit, so that cells are searched exactly too
    for index in (writer, reader):
        index.catch_up()
        assert len(index) == passages
        assert same(index.search(query, 12, everything), brute(store, query, 12))
    writer.sync()
    assert len(writer) == passages and same(writer.search(query, 12, everything), brute(store, query, 12))
    store.close()
