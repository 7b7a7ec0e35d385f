"""Export and import: the same bytes back, vectors used or made, broken lines named."""

from __future__ import annotations

import gzip
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import index
from index.article import Article
from index.check import check
from index.embedder import Embedder
from index.errors import LibraryError, SourceError
from index.library import Library
from index.sources import read_source
from index.transfer import Export, export, import_
from qa.cli import byline
from tests.index.texts import CHARACTERS

SCHEMA = json.loads((Path(index.__file__).parent / "exported.schema.json").read_text())


class NoEmbedding(Embedder):
    def encode(self, texts, cancelled=lambda: False) -> np.ndarray:
        raise AssertionError("nothing has to be embedded")


@pytest.fixture
def filled(library: Library, bridge: Article, ferry: Article) -> Library:
    library.add([bridge, ferry, Article("odd", "Zeile eins\r\nZwei\u2028😀 “drei”.", source="/a/b.txt", language="de")])
    for words in ("The ferry.", ferry.text):  # corrected until it reads as another does
        library.update([replace(ferry, id="twin", text=words)])
    return library


text = st.text(CHARACTERS, max_size=120)
article = st.builds(
    Article,
    id=st.text(CHARACTERS, min_size=1, max_size=20).filter(str.strip),
    text=text.filter(str.strip),
    title=text,
    publisher=text,
    author=text,
    published=st.sampled_from(("", "2024-02-29")),
    url=text,
    source=text,
    language=st.sampled_from(("", "pt-BR")),
)


@given(st.lists(article, max_size=3, unique_by=lambda one: one.id), st.booleans())
@settings(max_examples=5, deadline=None)
def test_out_in_and_out_again_is_the_same_bytes(embedder: Embedder, articles: list[Article], vectors: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("first.jsonl", "second.jsonl")]
        library = Library.open(Path(folder, "one"), embedder)
        library.restore(((one, [], np.zeros((0, 0))) for one in articles), embed=True)  # those that read the same too
        export(library, str(paths[0]), vectors)
        library.close()
        other = Library.open(Path(folder, "two"), NoEmbedding() if vectors and articles else embedder)
        report = import_(other, Export(paths[0]))
        assert report.problems == [] and len(report.stored.added) == len(articles)
        assert [other.article(one.id) for one in articles] == articles
        export(other, str(paths[1]), vectors)
        other.close()
        if articles:  # without any, the second has an embedder recorded, and the first may not
            assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("vectors", [False, True])
def test_every_line_keeps_to_the_schema(filled: Library, tmp_path: Path, vectors: bool) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    export(filled, str(tmp_path / "out.jsonl"), vectors)
    lines = (tmp_path / "out.jsonl").read_text().split("\n")
    assert lines.pop() == "" and len(lines) == 5
    for line in lines:
        jsonschema.validate(json.loads(line), SCHEMA)
    ids = [json.loads(line)["id"] for line in lines[1:]]
    assert ids == sorted(ids) and json.loads(lines[0])["articles"] == 4


def test_an_imported_library_is_sound_and_searched_alike(filled: Library, tmp_path: Path, embedder: Embedder) -> None:
    export(filled, str(tmp_path / "out.jsonl.gz"), vectors=True)
    other = Library.open(tmp_path / "other", embedder)
    import_(other, Export(tmp_path / "out.jsonl.gz"))
    question = "Who cut the ribbon of the bridge?"
    scores = [hit.dense for hit in filled.search(question)]
    assert [hit.dense for hit in other.search(question)] == pytest.approx(scores, abs=1e-5)
    assert other.search(question, mode="lexical")[0].passage.article_id == "bridge"
    assert check(tmp_path / "other").problems == []
    again = import_(other, Export(tmp_path / "out.jsonl.gz"))
    assert len(again.stored.unchanged) == 4 and not again.stored.added
    first = (tmp_path / "out.jsonl.gz").read_bytes()
    export(filled, str(tmp_path / "out.jsonl.gz"), vectors=True)
    assert (tmp_path / "out.jsonl.gz").read_bytes() == first


def test_vectors_of_another_embedder_are_made_anew(filled: Library, tmp_path: Path, embedder: Embedder) -> None:
    export(filled, str(tmp_path / "out.jsonl"), vectors=True)
    lines = (tmp_path / "out.jsonl").read_text().split("\n")
    header = json.loads(lines[0])
    header["embedder"]["hash"] = "0" * 64
    (tmp_path / "out.jsonl").write_text("\n".join([json.dumps(header), *lines[1:]]))
    other = Library.open(tmp_path / "other", embedder)
    report = import_(other, Export(tmp_path / "out.jsonl"))
    assert "another embedder (000000000000)" in report.embedded_because and len(report.stored.added) == 4
    assert check(tmp_path / "other").problems == []


def test_broken_lines_are_named_and_the_rest_comes_in(filled: Library, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(filled, str(path), vectors=True)
    header, *rows = path.read_text().split("\n")[:-1]
    bridge, ferry = map(json.loads, rows[:2])
    broken = [
        "{",
        "[1]",
        json.dumps({**bridge, "id": "a", "text": ""}),
        json.dumps({**bridge, "id": "b", "passages": [[0, 10**9]]}),
        json.dumps({**bridge, "id": "c", "vectors": "AAAA"}),
        json.dumps({**bridge, "id": "d", "published": 7}),
        json.dumps({**bridge, "id": "e", "vectors": None}),
        json.dumps({**bridge, "id": "f\ud800"}),
        "[" * 100_000,
    ]
    path.write_text("\n".join([header, json.dumps(bridge), *broken, json.dumps(ferry)]) + "\n")
    done = CliRunner().invoke(byline, ["index", "import", str(path), "--library", str(tmp_path / "other")])
    assert done.exit_code == 2 and "2 added" in done.output
    assert [f"line {number}: " in done.output for number in range(1, 13)] == [False, False, *[True] * 9, False]
    assert check(tmp_path / "other").problems == []


def test_a_file_cut_off_gives_what_is_before(filled: Library, tmp_path: Path, embedder: Embedder) -> None:
    path = tmp_path / "out.jsonl.gz"
    export(filled, str(path), vectors=True)
    path.write_bytes(path.read_bytes()[:-2000])
    report = import_(Library.open(tmp_path / "other", embedder), Export(path))
    (problem,) = report.problems
    assert "after line 2: cannot be read: Compressed file ended" in problem
    assert report.stored.added == ["bridge"]


def test_a_damaged_packed_file_is_named(filled: Library, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl.gz"
    export(filled, str(path))
    data = path.read_bytes()
    path.write_bytes(data[:10] + b"\xff" + data[11:])  # a block of a kind that there is not
    with pytest.raises(SourceError, match="cannot be read"):
        Export(path)


def test_an_older_export_does_not_undo_a_correction(filled: Library, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(filled, str(path))
    corrected = replace(filled.article("bridge"), text="The bridge opened on Sunday.")
    filled.update([corrected])
    report = import_(filled, Export(path)).stored
    assert filled.article("bridge").text == "The bridge opened on Sunday." and report.updated == []
    assert [article_id for article_id, _ in report.refused] == ["bridge"]


@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b'{"id": "a", "text": "Words."}\n', b"\xff\xfe", b"[" * 9999, b"\x1f\x8bno"]
)
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(SourceError, match=r"no exported library|cannot be read"):
        Export(tmp_path / "x.jsonl")


def test_a_newer_export_and_none_at_all_are_refused(tmp_path: Path, filled: Library) -> None:
    export(filled, str(tmp_path / "x.jsonl"))
    (tmp_path / "x.jsonl").write_text((tmp_path / "x.jsonl").read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(SourceError, match="newer Byline"):
        Export(tmp_path / "x.jsonl")
    with pytest.raises(SourceError, match="cannot be read"):
        Export(tmp_path / "none.jsonl")


def test_a_file_that_cannot_be_written_is_one_sentence_and_no_file(filled: Library, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="could not be written"):
        export(filled, str(tmp_path / "no" / "folder.jsonl"))
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(LibraryError, match="could not be written"):
        export(filled, str(tmp_path / "folder.jsonl"))
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_add_reads_the_articles_of_an_exported_file(filled: Library, tmp_path: Path) -> None:
    export(filled, str(tmp_path / "out.jsonl"), vectors=True)
    found = list(read_source(tmp_path / "out.jsonl"))
    assert [one.id for one in found if isinstance(one, Article)] == ["bridge", "ferry", "odd", "twin"]
    assert len(found) == 4 and not any(isinstance(one, Article) and "/a/b" in one.publisher for one in found)


def test_to_standard_output_and_the_schema(filled: Library) -> None:
    flags = ["--library", str(filled.path)]
    done = CliRunner().invoke(byline, ["index", "export", "-", *flags])
    assert done.exit_code == 0 and len(done.stdout.splitlines()) >= 5
    assert json.loads(CliRunner().invoke(byline, ["index", "export", "--schema"]).stdout) == SCHEMA
    assert CliRunner().invoke(byline, ["index", "export", *flags]).exit_code == 2


def test_an_export_can_be_read_by_anything_that_reads_gzip(filled: Library, tmp_path: Path) -> None:
    export(filled, str(tmp_path / "out.jsonl.gz"))
    assert json.loads(gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()).split(b"\n")[0])["articles"] == 4
