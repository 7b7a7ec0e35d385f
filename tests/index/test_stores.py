"""Object stores, Parquet, and large files in stretches: read as the same articles in a small file here would be."""

from __future__ import annotations

import itertools
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import fsspec
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.errors import SourceError
from index.library import Library
from index.sources import Choice, read_source, units_of
from index.sources.opened import StoredFile
from index.sources.reading import read_unit
from index.transfer import export
from tests.index.conftest import sync

_NUMBERS = itertools.count()


@pytest.fixture
def store() -> SimpleNamespace:
    """A folder in a store of this process, that no test has used."""
    address = f"memory://test{next(_NUMBERS)}"
    system, root = fsspec.core.url_to_fs(address)
    return SimpleNamespace(address=address, put=lambda name, data: system.pipe(f"{root}/{name}", data), root=root)


def read(source: str | Path, choice: Choice | None = None) -> tuple[list[Article], list[str]]:
    found = list(read_source(source, choice))
    articles = [one for one in found if isinstance(one, Article)]
    return articles, [str(one) for one in found if isinstance(one, SourceError)]


def test_a_store_is_read_as_a_folder_is(store: SimpleNamespace, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        archive.writestr("tram.txt", "The tram came.")
    store.put("2025/ferry.txt", b"The ferry stopped.")
    store.put("2025/ferry.meta.json", b'{"publisher": "The Post"}')
    store.put("old.zip", (tmp_path / "old.zip").read_bytes())
    store.put("notes.exe", b"passed over")
    store.put(".hidden/secret.txt", b"passed over")
    articles, problems = read(store.address)
    assert [(one.text, one.publisher) for one in articles] == [
        ("The ferry stopped.", "The Post"),
        ("The tram came.", ""),
    ]
    assert articles[0].source == f"memory://{store.root}/2025/ferry.txt" and problems == []
    assert [one.title for one in read(store.address, Choice(include=("2025/*",)))[0]] == ["ferry"]
    assert read(f"{store.address}/2025/ferry.txt")[0] == articles[:1]
    (tmp_path / "ferry.txt").write_text("The ferry stopped.")
    assert [one.title for one in read(f"file://{tmp_path}/ferry.txt")[0]] == ["ferry"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("memory://nothing-here", "no such file or folder"),
        ("nonsense://bucket/folder", "needs another package|cannot be opened"),
        ("s3://bucket/folder", "s3fs"),
    ],
)
def test_what_is_wrong_with_a_store_is_one_sentence(address: str, said: str) -> None:
    articles, (problem,) = read(address)
    assert articles == [] and problem.startswith(address)
    assert any(words in problem for words in said.split("|")), problem


@pytest.mark.usefixtures("settled")
def test_a_store_is_kept_in_step_with(store: SimpleNamespace, library: Library) -> None:
    store.put("ferry.txt", b"The ferry stopped.")
    store.put("tram.txt", b"The tram came.")
    assert len(sync(library, store.address).added) == 2
    assert (sync(library, store.address).same, sync(library, store.address).read) == (2, 0)
    store.put("tram.txt", b"The tram went.")
    assert len(sync(library, store.address).updated) == 1
    fsspec.filesystem("memory").rm(f"{store.root}/tram.txt")
    assert len(sync(library, store.address).removed) == 1 and library.article_count == 1


def test_rows_of_parquet_are_read_as_lines_are(tmp_path: Path) -> None:
    rows = {
        "id": ["a", "b", "c"],
        "Text": ["The ferry stopped.", None, "The tram came."],
        "date": [date(2025, 3, 4), None, None],
        "updated": [datetime(2025, 3, 5, 10, tzinfo=UTC), None, None],
        "author": [b"Jo Marsh", None, None],
        "embedding": [[0.5], [0.5], [0.5]],
    }
    pyarrow.parquet.write_table(pyarrow.table(rows), tmp_path / "rows.parquet")
    (first, last), (problem,) = read(tmp_path / "rows.parquet")
    assert (first.id, first.text, first.published) == ("a", "The ferry stopped.", "2025-03-04")
    assert (first.updated, first.author, last.text) == ("2025-03-05", "Jo Marsh", "The tram came.")
    assert 'row 1 on, line 2: must be a JSON object with "text"' in problem


def test_parquet_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more")
    pyarrow.parquet.write_table(pyarrow.table({"words": ["x"]}), tmp_path / "nameless.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"text": pyarrow.array([], "string")}), tmp_path / "none.parquet")
    articles, problems = read(tmp_path)
    assert articles == [] and len(problems) == 3
    for problem, said in zip(problems, ("not a Parquet file", "one of them 'text'", "no rows"), strict=True):
        assert said in problem
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)  # as if it were not installed
    assert "pip install -c constraints.txt -e '.[scale]'" in read(tmp_path / "none.parquet")[1][0]


@given(
    texts=st.lists(st.text(min_size=1, max_size=60).filter(str.strip), min_size=1, max_size=12), size=st.integers(1, 90)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_read_in_stretches_is_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: list[str], size: int
) -> None:
    lines = [json.dumps({"id": f"n{n}", "text": text}, ensure_ascii=n % 2 == 0) for n, text in enumerate(texts)]
    path = tmp_path / "many.jsonl"
    path.write_bytes("\n".join([*lines, "{broken", ""]).encode(errors="replace"))
    pyarrow.parquet.write_table(
        pyarrow.table({"text": [text.encode(errors="replace") for text in texts]}),
        tmp_path / "many.parquet",
        row_group_size=2,
    )
    whole = read(path), read(tmp_path / "many.parquet")
    with monkeypatch.context() as patched:
        patched.setattr("index.sources.rows.PART_BYTES", size)
        parts = read(path), read(tmp_path / "many.parquet")
        (unit,) = units_of(path)
        assert isinstance(unit, StoredFile)
        apart = [one for part in reversed(unit.parts()) for one in read_unit(part) if isinstance(one, Article)]
    assert parts[0][0] == whole[0][0] and parts[1][0] == whole[1][0]
    assert len(parts[0][1]) == 1 and "not JSON" in parts[0][1][0]
    assert sorted(one.id for one in apart) == sorted(one.id for one in whole[0][0])


def test_each_stretch_of_an_exported_library_is_known_for_one(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([Article(f"a{n}", f"Ship {n} left.", source="/home/ann/ships.txt") for n in range(20)])
    export(library, str(tmp_path / "out.jsonl"))
    monkeypatch.setattr("index.sources.rows.PART_BYTES", 300)
    articles, problems = read(tmp_path / "out.jsonl")
    assert len(articles) == 20 and problems == [] and {one.publisher for one in articles} == {""}
