"""Damaged files, full disks, folders that cannot be written to: one sentence, and the rest safe."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from index.article import Article
from index.check import check
from index.embedder import Embedder
from index.errors import LibraryError
from index.library import Library
from index.mending import repair
from index.salvage import salvage
from tests.index.conftest import sync

ARTICLES = [
    Article(
        f"n{n}",
        f"Report {n}: the mayor spoke of ships. " + f"Number {n} was drawn in the harbour. " * (n % 40),
        f"T{n}",
    )
    for n in range(120)
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A closed library of several generations, with deletions in tantivy."""
    folder = tmp_path_factory.mktemp("damage") / "library"
    library = Library.open(folder, embedder)
    library.add(ARTICLES[:100])
    library.add(ARTICLES[100:])
    library.remove(["n7", "n101"])
    library.close()
    return folder


@pytest.fixture(scope="module")
def queries(embedder: Embedder) -> Embedder:
    """An embedder that knows one question by heart and embeds no passage: a search must not need to."""
    row = embedder.encode(["Which number was drawn in the harbour?"])

    class Knowing(Embedder):
        def encode(self, texts, cancelled=lambda: False) -> np.ndarray:
            assert len(texts) == 1, "no passage may be embedded"
            return row

    return Knowing()


def assert_answers(folder: Path, embedder: Embedder, what: str) -> None:
    """A search finds what it should, and nothing is wrong with any index after it."""
    library = Library.open(folder, embedder)
    hits = library.search("Which number was drawn in the harbour?", k=30)
    assert len(hits) == 30 and all("was drawn in the harbour" in hit.passage.text for hit in hits), what
    assert all(abs(hit.dense or 9) < 1.01 for hit in hits), what
    library.close()
    assert [problem.what for problem in check(folder).problems if problem.mend != "leftover"] == [], what


def derived_files(folder: Path) -> list[Path]:
    return sorted(path for path in [*folder.glob("vectors.*"), *(folder / "lexical").iterdir()] if path.stat().st_size)


@pytest.mark.parametrize("ending", ["faiss", "crc", ".json", "generation", "meta.json", "managed.json", "segment"])
def test_flipped_bytes_of_an_index_change_no_answer(
    sound: Path, queries: Embedder, tmp_path: Path, ending: str
) -> None:
    rng = random.Random(ending)
    files = [path for path in derived_files(sound) if path.name.endswith(ending)]
    if ending == "segment":
        files = [path for path in derived_files(sound) if len(path.name.split(".")[0]) == 32]
    assert files
    for number in range(4):
        copy = Path(shutil.copytree(sound, tmp_path / f"copy{number}"))
        path = copy / rng.choice(files).relative_to(sound)
        data = bytearray(path.read_bytes())
        for _ in range(rng.choice((1, 1, 20))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        assert_answers(copy, queries, path.name)
        shutil.rmtree(copy, ignore_errors=True)  # tantivy's threads may still put a lock there


@pytest.mark.parametrize("keep", [0])
def test_indexes_cut_off_change_no_answer(sound: Path, queries: Embedder, tmp_path: Path, keep: int) -> None:
    for number, path in enumerate(derived_files(sound)):
        copy = Path(shutil.copytree(sound, tmp_path / f"copy{number}"))
        (copy / path.relative_to(sound)).write_bytes(path.read_bytes()[:keep])
        assert_answers(copy, queries, path.name)
        shutil.rmtree(copy, ignore_errors=True)  # tantivy's threads may still put a lock there


def test_an_index_damaged_while_it_is_open_is_derived_anew(sound: Path, queries: Embedder, tmp_path: Path) -> None:
    library = Library.open(Path(shutil.copytree(sound, tmp_path / "library")), queries)
    library.rebuild()  # without the terms of what was removed, as it is after
    right = library.search("Which number was drawn?")
    with library._derived.held() as (vectors, _):
        vectors._tail.add(np.array([1]), np.full((1, 384), np.nan, np.float32))
    again = library.search("Which number was drawn?")
    assert [hit.score for hit in again] == pytest.approx([hit.score for hit in right], abs=1e-5)


# --- the store


def _cut_off(data: bytearray, rng: random.Random) -> bytearray:
    return data[: len(data) * 2 // 3]


def _garbage(data: bytearray, rng: random.Random) -> bytearray:
    middle = len(data) // 2
    data[middle : middle + 20_000] = rng.randbytes(20_000)
    return data


def _no_header(data: bytearray, rng: random.Random) -> bytearray:
    data[:4096] = rng.randbytes(4096)
    return data


def _one_page(data: bytearray, rng: random.Random) -> bytearray:
    data[5 * 4096 : 6 * 4096] = rng.randbytes(4096)
    return data


@pytest.mark.parametrize(("damage", "least"), [(_cut_off, 30), (_garbage, 60), (_no_header, 118), (_one_page, 20)])
def test_of_a_damaged_store_what_can_be_read_is_saved(
    sound: Path, embedder: Embedder, tmp_path: Path, damage, least: int
) -> None:
    folder = Path(shutil.copytree(sound, tmp_path / "library"))
    store = folder / "library.sqlite"
    store.write_bytes(damage(bytearray(store.read_bytes()), random.Random(0)))
    before = store.read_bytes()
    report = check(folder)
    (problem,) = report.problems
    assert "library.sqlite is damaged (" in problem.what and problem.repairable and store.read_bytes() == before
    done: list[str] = []
    after = repair(folder, embedder, 800, report, lambda articles, passages: None, done.append)
    assert after.problems == [] and after.articles >= least
    assert f"{after.articles:,} articles were saved" in done[0]
    (kept,) = folder.glob("library.damaged-*.sqlite")
    assert kept.read_bytes() == before and str(kept) in done[0]
    library = Library.open(folder, embedder)
    by_id = {article.id: article for article in ARTICLES}
    for summary in library.articles():
        assert library.article(summary.id) == by_id[summary.id]
    assert library.search("the mayor spoke of ships")
    assert "what else it held could not be read" in done[0]
    library.add(ARTICLES)
    library.close()
    assert check(folder).problems == []


def test_an_emptied_store_is_not_taken_for_a_new_library(sound: Path, embedder: Embedder, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sound, tmp_path / "library"))
    (folder / "library.sqlite").write_bytes(b"")
    with pytest.raises(LibraryError, match="is an empty file, though"):
        Library.open(folder, embedder)
    assert "is an empty file, though" in check(folder).problems[0].what


def test_what_lies_in_the_log_of_an_emptied_store_is_saved(embedder: Embedder, tmp_path: Path) -> None:
    library = Library.open(tmp_path / "live", embedder)
    library.add(ARTICLES[:9])
    folder = Path(shutil.copytree(tmp_path / "live", tmp_path / "library"))  # as when the machine stops: with its log
    library.close()
    assert (folder / "library.sqlite-wal").stat().st_size
    (folder / "library.sqlite").write_bytes(b"")
    with pytest.raises(LibraryError, match="empty file"):
        Library.open(folder, embedder)
    done: list[str] = []
    after = repair(folder, embedder, 800, check(folder), lambda articles, passages: None, done.append)
    assert after.problems == [] and after.articles == 9, done


def test_a_damaged_store_is_one_sentence_to_every_command(sound: Path, embedder: Embedder, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sound, tmp_path / "library"))
    data = bytearray((folder / "library.sqlite").read_bytes())
    (folder / "library.sqlite").write_bytes(_garbage(data, random.Random(0))[: len(data) // 2])
    with pytest.raises(LibraryError, match="index check"):
        library = Library.open(folder, embedder)
        [library.article(summary.id) for summary in library.articles()]
    with pytest.raises(LibraryError):
        Library.open(folder, embedder).add([Article("new", "New words.")])


def test_what_was_lost_is_read_again_by_the_next_sync(embedder: Embedder, tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    for article in ARTICLES[:3]:
        (articles / f"{article.id}.txt").write_text(article.text)
    library = Library.open(tmp_path / "library", embedder)
    lost = sync(library, articles).added[1]
    library.close()
    store = tmp_path / "library" / "library.sqlite"
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE articles SET text = 'broken' WHERE id = ?", [lost])
    connection.close()
    salvage(tmp_path / "library")
    library = Library.open(tmp_path / "library", embedder)
    assert library.article_count == 2
    assert sync(library, articles).added == [lost] and library.article(lost).text == ARTICLES[1].text
    library.close()


def test_an_article_that_cannot_be_read_leaves_the_rest_to_be_mended(
    sound: Path, embedder: Embedder, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sound, tmp_path / "library"))
    with sqlite3.connect(folder / "library.sqlite") as connection:
        connection.execute("UPDATE articles SET published = 'garbage' WHERE id = 'n1'")
    connection.close()
    shutil.rmtree(folder / "lexical")
    report = repair(folder, embedder, 800, check(folder), lambda articles, passages: None, lambda _: None)
    assert any("Remove it, then add it again" in problem.what for problem in report.problems)
