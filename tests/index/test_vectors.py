"""The vector index finds what brute force finds, whatever was added or removed before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.store import Store
from index.vectors import VectorIndex
from tests.index.vectors_by_hand import DIMENSION, bases, brute, put, same, unit


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
