"""Checking and mending: each kind of damage is found, named, and mended without losing an article."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from index.article import Article
from index.check import CheckReport, check
from index.embedder import Embedder
from index.errors import LibraryError
from index.library import Library
from index.mending import repair
from index.passages import split_article
from qa.cli import byline as group

LONG = " ".join(
    f"The council of Quernhaven met for the {n}th time to speak of the harbour and the mill." for n in range(60)
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A closed library of a few articles, one of many passages, with a removal behind it."""
    folder = tmp_path_factory.mktemp("sound") / "library"
    library = Library.open(folder, embedder)
    library.add([Article(f"a{n}", f"Ship {n} left the harbour. Captain {n} waved.", f"Ship {n}") for n in range(6)])
    library.add([Article("long", LONG), Article("emoji", "Ein 😀 lachte.\n\nÉté.", published="2025-01-02")])
    library.remove(["a3"])
    library.close()
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(sound, tmp_path / "library"))


def sql(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "library.sqlite") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def mended(folder: Path, embedder: Embedder) -> tuple[CheckReport, list[str]]:
    done: list[str] = []
    return repair(folder, embedder, 800, check(folder), lambda articles, passages: None, done.append), done


def test_a_sound_library_is_found_sound_and_left_alone(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    report = check(folder)
    assert report.problems == [] and report.articles == 7 and report.passages > 8
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {path.name: data for path, data in after.items() if data} == {
        path.name: data for path, data in before.items() if data
    }


def test_where_there_is_no_library_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="There is no library"):
        check(tmp_path)


ZERO = "zeroblob(1536)"
DAMAGES = {
    "an offset beyond the text": ('UPDATE passages SET "end" = 99999 WHERE id = 1', "'a0' is not cut"),
    "a passage moved": ("UPDATE passages SET start = start + 300 WHERE id = 8", "'long' is not cut"),
    "a passage gone": ("DELETE FROM passages WHERE id = 8", "'long' is not cut"),
    "passages in another order": (
        'UPDATE passages SET start = 0, "end" = 5 WHERE id = (SELECT max(id) FROM passages WHERE article = 7)',
        "come after",
    ),
    "a vector of zeros": (f"UPDATE passages SET vector = {ZERO} WHERE id = 2", "'a1' has an unsound vector"),
    "a vector too short": ("UPDATE passages SET vector = x'0000803f' WHERE id = 2", "has not 384 numbers"),
    "a vector not finite": (
        f"UPDATE passages SET vector = x'{'0000c07f' * 384}' WHERE id = 2",
        "not of length 1",
    ),
    "a fingerprint": ("UPDATE articles SET fingerprint = 'x' WHERE id = 'a2'", "'a2' does not read as when"),
    "a passage of no article": (
        f"INSERT INTO passages VALUES (900, 77, 0, 5, {ZERO}, 1)",
        "belongs to a row of articles that is not there",
    ),
    "a passage noted as removed": ("INSERT INTO removals VALUES (1, 1)", "Passage 1 is there and noted as removed"),
    "numbers counted too low": ("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'passages'", "counted to 1"),
    "the generation too low": ("UPDATE meta SET value = '1' WHERE name = 'generation'", "recorded generation is '1'"),
    "the generation no number": ("UPDATE meta SET value = 'x' WHERE name = 'generation'", "recorded generation is 'x'"),
    "the embedder not recorded": ("DELETE FROM meta WHERE name = 'embedder_hash'", "not recorded (hash)"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_is_found_and_mended(folder: Path, embedder: Embedder, damage: str) -> None:
    statement, said = DAMAGES[damage]
    before = articles_of(folder)
    sql(folder, statement)
    report = check(folder)
    assert any(said in problem.what for problem in report.problems), report.problems
    assert all(problem.repairable for problem in report.problems)
    after, done = mended(folder, embedder)
    assert after.problems == [] and done
    assert articles_of(folder) == before
    assert_searchable(folder, embedder)


def test_an_article_that_is_none_is_named_and_never_deleted(folder: Path, embedder: Embedder) -> None:
    sql(folder, "UPDATE articles SET published = 'soon' WHERE id = 'a4'")
    (problem,) = check(folder).problems
    assert problem.article == "a4" and not problem.repairable and "YYYY-MM-DD" in problem.what
    assert [problem.article for problem in mended(folder, embedder)[0].problems] == ["a4"]
    with sqlite3.connect(folder / "library.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (7,)


def test_only_what_is_wrong_is_embedded_again(folder: Path, embedder: Embedder) -> None:
    embedded: list[str] = []

    class Noting(Embedder):
        def encode(self, texts, cancelled=lambda: False) -> np.ndarray:
            embedded.extend(texts)
            return embedder.encode(texts, cancelled)

    sql(folder, f"UPDATE passages SET vector = {ZERO} WHERE id = 2")
    assert mended(folder, Noting())[0].problems == []
    assert embedded == ["Ship 1\nShip 1 left the harbour. Captain 1 waved."]


def test_another_embedders_library_is_not_mended_with_this_one(folder: Path, embedder: Embedder) -> None:
    sql(
        folder,
        f"UPDATE passages SET vector = {ZERO} WHERE id = 2",
        "UPDATE meta SET value = 'f' WHERE name = 'embedder_hash'",
    )
    with pytest.raises(LibraryError, match="--embedder"):
        mended(folder, embedder)


def _lose(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.unlink()

    return damage


def _flip(pattern: str, share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = max(folder.glob(pattern), key=lambda path: path.stat().st_size)
        data = bytearray(path.read_bytes())
        data[int(share * (len(data) - 1))] ^= 0x40
        path.write_bytes(data)

    return damage


def _other_ids(folder: Path) -> None:
    import faiss

    (path,) = folder.glob("vectors.*.faiss")
    index = faiss.read_index(str(path))
    index.remove_ids(np.array([1], np.int64))
    index.add_with_ids(np.ones((1, 384), np.float32) / 384**0.5, np.array([5000], np.int64))
    faiss.write_index(index, str(path))
    path.with_suffix(".crc").unlink()


def _other_words(folder: Path) -> None:
    from index.lexical import LexicalIndex

    index = LexicalIndex(folder / "lexical")
    writer = index._index.writer(15_000_000, 1)
    writer.delete_documents_by_query(index._of(1))
    writer.commit()
    writer.wait_merging_threads()


def _older(folder: Path) -> None:
    sql(folder, "UPDATE meta SET value = value + 1 WHERE name = 'generation'")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_lose("vectors.*.faiss"), "There is no FAISS file"),
        (_flip("vectors.*.faiss", 0.5), "is not as it was written"),
        (_other_ids, "FAISS lacks 1 passages"),
        (_other_ids, "1 passages that are not in the store: 5000"),
        (_lose("lexical/meta.json"), "tantivy"),
        (_flip("lexical/*.idx", 0.5), "The tantivy index cannot be read"),
        (_lose("lexical/*.term"), "The tantivy index cannot be read"),
        (_lose("lexical/generation"), "tantivy index is of generation 0"),
        (_other_words, "tantivy lacks 1 passages"),
        (_older, "the next search brings it in step"),
    ],
)
def test_a_damaged_index_is_found_and_derived_anew(
    folder: Path, embedder: Embedder, damage: Callable[[Path], None], said: str
) -> None:
    damage(folder)
    report = check(folder)
    assert any(said in problem.what for problem in report.problems), report.problems

    class NoEmbedding(Embedder):
        def encode(self, texts, cancelled=lambda: False) -> np.ndarray:
            raise AssertionError("nothing has to be embedded")

    assert mended(folder, NoEmbedding())[0].problems == []
    assert_searchable(folder, embedder)


def test_a_wrong_vector_among_cells_is_found(folder: Path, embedder: Embedder, monkeypatch) -> None:
    import faiss

    monkeypatch.setattr("index.vectors.VectorIndex.__init__.__defaults__", (5, 0))
    library = Library.open(folder, embedder)
    library.rebuild()
    assert str(library.info()["vector_index"]).startswith("cells")
    library.close()
    assert check(folder).problems == []
    (path,) = folder.glob("vectors.*.faiss")
    index = faiss.read_index(str(path))
    index.remove_ids(np.array([2], np.int64))
    index.add_with_ids(embedder.encode(["something else"]), np.array([2], np.int64))
    faiss.write_index(index, str(path))
    path.with_suffix(".crc").unlink()
    (problem,) = check(folder).problems
    assert problem.what == "1 vectors in FAISS are not the store's: passage 2 is the first."


def test_what_killed_processes_left_is_named_and_removed(folder: Path, embedder: Embedder) -> None:
    (newest,) = folder.glob("vectors.*.faiss")
    left = [
        folder / "vectors.9.faiss.partial",
        folder / "vectors.1.faiss",
        folder / "lexical" / "generation.partial",
        folder / "lexical" / f"{'0' * 32}.idx",
    ]
    for path in left:
        path.write_bytes(newest.read_bytes() if path.suffix == ".faiss" else b"half")
    assert sorted(str(path) for path in left) == sorted(
        problem.what.split(" is left")[0] for problem in check(folder).problems
    )
    assert mended(folder, embedder)[0].problems == []
    assert not any(path.exists() for path in left) and newest.exists()


def test_the_command_says_what_is_wrong_and_what_it_did(folder: Path) -> None:
    def byline(*arguments: str) -> Result:
        return CliRunner().invoke(group, ["index", "check", "--library", str(folder), *arguments])

    sound = byline()
    assert sound.exit_code == 0 and "is sound: 7 articles" in sound.stdout
    _lose("vectors.*")(folder)
    wrong = byline()
    assert wrong.exit_code == 2 and wrong.stdout == ""
    assert wrong.stderr.splitlines()[-2:] == [
        "There is no FAISS file that can be read; the next search makes one.",
        "1 problem; 'byline index check --repair' mends what can be derived.",
    ]
    told = json.loads(byline("--repair", "--json").stdout)
    assert told["problems"] == [] and told["repaired"] == ["FAISS and tantivy were derived anew."]


def test_mending_keeps_how_an_article_is_cut_elsewhere(folder: Path, embedder: Embedder) -> None:
    """An article is the same one after mending: its row stays, for what other tables say of it."""
    key = "SELECT key FROM articles WHERE id = 'long'"
    with sqlite3.connect(folder / "library.sqlite") as connection:
        before = connection.execute(key).fetchone()
    sql(folder, "DELETE FROM passages WHERE id = 8")
    mended(folder, embedder)
    with sqlite3.connect(folder / "library.sqlite") as connection:
        assert connection.execute(key).fetchone() == before
    library = Library.open(folder, embedder)
    expected = [(passage.start, passage.end) for passage in split_article(library.article("long"))]
    passages = library.passages(range(1, 200)).values()
    assert [(passage.start, passage.end) for passage in passages if passage.article_id == "long"] == expected


def articles_of(folder: Path) -> dict[str, Article]:
    library = Library.open(folder)
    found = {summary.id: library.article(summary.id) for summary in library.articles()}
    library.close()
    return found


def assert_searchable(folder: Path, embedder: Embedder) -> None:
    library = Library.open(folder, embedder)
    for mode in ("fused", "dense", "lexical"):
        assert library.search("council of Quernhaven", mode=mode)[0].passage.article_id == "long"
        assert library.search("Captain 1 waved from ship 1", mode=mode)[0].passage.article_id == "a1"
    library.update([replace(library.article("a1"), text="A whale came.")])
    assert library.search("whale", mode="lexical")[0].passage.article_id == "a1"
    library.close()
    assert check(folder).problems == []
