"""The library: nothing lost, nothing twice, nothing answered from what was removed."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from index.article import Article
from index.embedder import Embedder
from index.errors import LibraryError, SourceError
from index.filters import Filters
from index.library import Library
from index.migrations import MIGRATIONS
from index.vectors import VectorIndex
from tests.index.conftest import MODES, found
from tests.index.texts import SHORT_TEXTS


def derived_sizes(library: Library) -> tuple[int, int]:
    """Passages in FAISS and in tantivy."""
    with library._derived.held() as (vectors, words):
        return len(vectors), len(words)


def test_a_date_filter_that_is_no_date_is_refused() -> None:
    with pytest.raises(LibraryError, match="YYYY-MM-DD"):
        Filters(published_from="yesterday")
    with pytest.raises(LibraryError, match="must be text"):
        Filters(publishers=("The P\udcffst",))


@pytest.mark.parametrize("damage", ["faiss gone", "faiss broken", "tantivy gone", "tantivy broken", "both behind"])
def test_derived_indexes_are_made_anew_without_embedding(
    tmp_path: Path, embedder: Embedder, bridge: Article, ferry: Article, damage: str
) -> None:
    library = Library.open(tmp_path, embedder)
    library.add([bridge])
    if damage == "both behind":  # as after a crash between SQLite's commit and the rest
        library._derived.sync = lambda: None  # type: ignore[method-assign]
    library.add([ferry])
    library.close()
    (vector_file,) = tmp_path.glob("vectors.*.faiss")
    if damage == "faiss gone":
        vector_file.unlink()
    elif damage == "faiss broken":
        vector_file.write_bytes(b"not an index")
    elif damage == "tantivy gone":
        for path in (tmp_path / "lexical").iterdir():
            path.unlink()
    elif damage == "tantivy broken":
        (tmp_path / "lexical" / "meta.json").write_text("{")

    class NoEmbedding(Embedder):
        def encode(self, texts, cancelled=lambda: False) -> np.ndarray:
            assert len(texts) == 1, "only a query may be embedded"
            return super().encode(texts, cancelled)

    again = Library.open(tmp_path, NoEmbedding())
    for mode in MODES:
        assert found(again, "captain of the ferry", mode=mode)[0] == "ferry"
        assert found(again, "ribbon of the bridge", mode=mode)[0] == "bridge"


def test_a_store_that_is_no_database_is_named_and_left_alone(tmp_path: Path, embedder: Embedder) -> None:
    (tmp_path / "library.sqlite").write_bytes(b"these are somebody's notes" * 100)
    with pytest.raises(LibraryError, match=r"library\.sqlite"):
        Library.open(tmp_path, embedder)
    assert (tmp_path / "library.sqlite").read_bytes().startswith(b"these are")


def test_a_reader_takes_what_another_wrote_and_writes_nothing(
    tmp_path: Path, embedder: Embedder, bridge, ferry
) -> None:
    reader, writer = Library.open(tmp_path, embedder), Library.open(tmp_path, embedder)
    for write in (lambda: writer.add([bridge, ferry]), lambda: writer.remove(["bridge"])):
        write()
        before = {path: path.stat().st_mtime_ns for path in [*tmp_path.glob("vectors.*"), *tmp_path.glob("lexical/*")]}
        assert found(reader, "captain of the ferry", mode="lexical")[0] == "ferry"
        assert found(reader, "captain of the ferry", mode="dense")[0] == "ferry"
        after = {path: path.stat().st_mtime_ns for path in [*tmp_path.glob("vectors.*"), *tmp_path.glob("lexical/*")]}
        assert after == before
    assert derived_sizes(reader) == (1, 1)


def test_terms_replayed_after_a_crash_are_there_once(tmp_path: Path, embedder: Embedder, bridge: Article) -> None:
    library = Library.open(tmp_path, embedder)
    library.add([bridge])
    library.close()
    (tmp_path / "lexical" / "generation").unlink()  # as when killed between tantivy's commit and the mark
    again = Library.open(tmp_path, embedder)
    assert len(again.search("ribbon", mode="lexical")) == 1 and derived_sizes(again)[1] == 1


def test_a_store_put_back_from_a_copy_is_followed(tmp_path: Path, embedder: Embedder, bridge: Article, ferry) -> None:
    library = Library.open(tmp_path, embedder)
    library.add([bridge])
    library.close()
    copy = (tmp_path / "library.sqlite").read_bytes()
    later = Library.open(tmp_path, embedder)
    later.add([ferry])
    later.remove(["bridge"])
    later.close()
    (tmp_path / "library.sqlite").write_bytes(copy)
    back = Library.open(tmp_path, embedder)
    for number in range(4):
        back.add([replace(ferry, id=f"f{number}", text=f"Ferry number {number} sank.")])
    assert [found(back, "who cut the ribbon", mode=mode)[0] for mode in MODES] == ["bridge"] * 3
    assert derived_sizes(back) == (5, 5) and back.passage_count == 5


def test_a_store_that_was_replaced_meanwhile_is_not_written_to(
    tmp_path: Path, embedder: Embedder, bridge: Article, ferry: Article
) -> None:
    """As mending a damaged one does: what is written to the file that was there before would be lost."""
    library = Library.open(tmp_path, embedder)
    library.add([bridge])
    (tmp_path / "copy").write_bytes((tmp_path / "library.sqlite").read_bytes())
    (tmp_path / "copy").replace(tmp_path / "library.sqlite")
    with pytest.raises(LibraryError, match="mended or replaced"):
        library.add([ferry])


def test_a_library_opens_while_another_process_writes_for_long(
    tmp_path: Path, embedder: Embedder, bridge: Article
) -> None:
    library = Library.open(tmp_path, embedder)
    library.add([bridge])
    with sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        reader = Library.open(tmp_path, embedder, create=False)
        assert found(reader, "who cut the ribbon") == ["bridge"]
        writer.execute("ROLLBACK")
    writer.close()


def test_an_article_that_cannot_be_read_can_be_removed(
    tmp_path: Path, embedder: Embedder, bridge: Article, ferry: Article
) -> None:
    library = Library.open(tmp_path, embedder)
    library.add([bridge, ferry, replace(bridge, id="third", text="A third article.")])
    library.close()
    with sqlite3.connect(tmp_path / "library.sqlite") as damaging:
        damaging.execute("UPDATE articles SET published = 'soon' WHERE id = 'ferry'")
    damaging.close()
    library = Library.open(tmp_path, embedder)
    with pytest.raises(SourceError):
        library.remove(["third"])  # after which all is derived anew, and that one is in the way
    assert library.remove(["ferry"]) == ["ferry"]
    assert [found(library, "who cut the ribbon", mode=mode) for mode in MODES] == [["bridge"]] * 3
    assert derived_sizes(library) == (1, 1)


def test_above_the_limit_vectors_go_to_cells_and_stay_in_step(library: Library, embedder: Embedder) -> None:
    articles = [Article(id=f"n{n}", text=f"Report number {n} is about {word}.") for n, word in enumerate(WORDS)]
    library.add(articles)
    (library.path / "cells").mkdir()
    index = VectorIndex(library.path / "cells", library._store, 384, exact_up_to=50)
    index.sync()
    assert index.kind == "cells" and len(index) == len(articles)
    query = embedder.encode([articles[7].text])[0]
    assert library.passages([index.search(query, 1)[0][0]]).popitem()[1].article_id == "n7"
    allowed = np.array([number for number, _ in index.search(query, 5)][1:2])
    assert [number for number, _ in index.search(query, 5, allowed)] == list(allowed)
    library.remove(["n7"])
    index.sync()
    assert len(index) == len(articles) - 1


WORDS = [f"{one} {two}" for one in ("cats", "ships", "tax", "rain", "music") for two in map(str, range(16))]


def rows_of(library: Library) -> dict[str, list[tuple]]:
    """Every row of every table, but what says that something was: the generation, removals, numbers given."""
    with sqlite3.connect(library.path / "library.sqlite") as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in tables if name not in ("removals", "sqlite_sequence")]
        return {
            name: [row for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2") if row[0] != "generation"]
            for name in kept
        }


@given(texts=SHORT_TEXTS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_came_and_went_leaves_no_row_behind(library: Library, bridge: Article, texts: list[str]) -> None:
    library.add([bridge])
    before = (library.articles(), library.search("bridge ribbon"))
    rows, sizes = rows_of(library), derived_sizes(library)
    articles = [Article(id=f"h{number}", text=text) for number, text in enumerate(texts)]
    report = library.add(articles)
    for article in articles:
        if article.id in report.added:
            assert library.article(article.id).text == article.text
    library.remove(report.added)
    after = library.search("bridge ribbon")
    assert (library.articles(), [hit.passage for hit in after]) == (before[0], [hit.passage for hit in before[1]])
    assert [hit.dense for hit in after] == [hit.dense for hit in before[1]]
    assert (rows_of(library), derived_sizes(library)) == (rows, sizes)


def test_a_library_of_an_older_byline_is_brought_up_to_date(
    tmp_path: Path, embedder: Embedder, bridge: Article
) -> None:
    with sqlite3.connect(tmp_path / "library.sqlite") as connection:
        connection.executescript(MIGRATIONS[0] + "; PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO articles (id, text, title, publisher, author, published, url, source, fingerprint) "
            "VALUES ('bridge', ?, ?, ?, '', ?, '', '', ?)",
            (bridge.text, bridge.title, bridge.publisher, bridge.published, bridge.fingerprint),
        )
    connection.close()
    library = Library.open(tmp_path, embedder)
    assert library.article("bridge") == bridge
    assert library.add([bridge]).unchanged == ["bridge"]
    corrected = replace(bridge, updated="2025-03-06", language="en-GB")
    assert library.update([corrected]).updated == ["bridge"] and library.article("bridge") == corrected
    assert found(library, "ribbon") == ["bridge"]


def test_what_is_removed_or_half_added_leaves_the_indexes_in_step(
    library: Library, bridge: Article, ferry: Article
) -> None:
    def interrupted():
        yield ferry
        raise KeyboardInterrupt

    library.add([bridge])
    with pytest.raises(KeyboardInterrupt):
        library.add(interrupted())
    library.remove(["bridge"])
    assert derived_sizes(library) == (library.passage_count, library.passage_count)


def test_the_store_is_plain_sqlite(library: Library, bridge: Article) -> None:
    library.add([bridge])
    with sqlite3.connect(library.path / "library.sqlite") as connection:
        assert connection.execute("SELECT title FROM articles").fetchall() == [("Bridge opens",)]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert json.dumps(library.info())
