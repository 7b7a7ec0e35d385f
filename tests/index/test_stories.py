"""One story, many copies: grouped by what they say and when, kept, and told again when its leader goes."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.copies import likeness, repeats, signature
from index.embedder import Embedder
from index.library import Library
from index.migrations import MIGRATIONS, migrate

WORDS = (
    "harbour council bridge ferry mayor storm river school museum library engine captain sailor market summer winter "
    "ticket tunnel lantern tower garden orchard quarry signal station railway police doctor teacher farmer baker"
).split()


def story(seed: int, words: int = 120) -> list[str]:
    chance = random.Random(seed)
    return [f"{chance.choice(WORDS)}{chance.randrange(9)}" for _ in range(words)]


def article(name: str, words: list[str], day: str = "2025-03-04") -> Article:
    return Article(name, " ".join(words) + ".", title=name, publisher=name, published=day)


def edited(words: list[str], every: int) -> list[str]:
    return [f"new{place}" if place % every == 0 else word for place, word in enumerate(words)]


def test_small_edits_make_a_copy_and_other_words_do_not(library: Library) -> None:
    first, other = story(1), story(2)
    library.add([article("wire", first), article("post", edited(first, 40)), article("other", other)])
    assert library.stories() == [["post", "wire"]] or library.stories() == [["wire", "post"]]
    assert [one.id for one in library.copies("post")] == ["wire"] and library.copies("other") == []
    assert library.article_count == 3


def test_this_years_notice_is_not_last_years_but_the_very_same_text_is_one(library: Library) -> None:
    words = story(3)
    library.add(
        [
            article("solstice 2024", words, "2024-12-18"),
            article("solstice 2025", edited(words, 20), "2025-12-18"),
            article("consent", story(4), "2021-01-01"),
            article("consent again", story(4), "2024-05-05"),
            article("undated", edited(words, 35), ""),
        ]
    )
    groups = [set(ids) for ids in library.stories()]
    assert {"consent", "consent again"} in groups
    assert not any({"solstice 2024", "solstice 2025"} <= group for group in groups)
    assert any("undated" in group for group in groups)


def test_when_the_first_copy_goes_the_others_are_still_one_story(library: Library) -> None:
    words = story(5)
    library.add([article("a", words), article("b", edited(words, 50)), article("c", edited(words, 45))])
    library.remove(["a"])
    assert [set(ids) for ids in library.stories()] == [{"b", "c"}]
    library.remove(["c"])
    assert library.stories() == []


def test_a_correction_moves_an_article_to_the_story_it_now_tells(library: Library) -> None:
    words = story(6)
    library.add([article("a", words), article("b", story(7))])
    library.update([article("b", edited(words, 50))])
    assert [set(ids) for ids in library.stories()] == [{"a", "b"}]
    library.update([article("a", story(8))])
    assert library.stories() == []


def test_a_library_from_before_there_were_stories_gets_them_at_its_first_write(
    tmp_path: Path, embedder: Embedder
) -> None:
    words = story(9)
    library = Library.open(tmp_path, embedder)
    library.add([article("a", words), article("b", edited(words, 50))])
    library.close()
    as_before(tmp_path / "library.sqlite")
    again = Library.open(tmp_path, embedder)
    assert again.stories() == [] and again.search("harbour")
    again.add([article("c", story(10))])
    assert again.stories() == [["a", "b"]] and again.versions("a") == []


def as_before(path: Path) -> None:
    """Take the steps of the schema back from the third on."""
    connection = sqlite3.connect(path)
    for index in ("unit_articles_article", "articles_story", "bands_article", "articles_publisher"):
        connection.execute(f"DROP INDEX {index}")
    for table in ("versions", "units", "unit_articles", "bands"):
        connection.execute(f"DROP TABLE {table}")
    for column in ("story", "signature"):
        connection.execute(f"ALTER TABLE articles DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()


def test_taking_a_step_back_and_forward_gives_the_same_schema(tmp_path: Path, embedder: Embedder) -> None:
    Library.open(tmp_path, embedder).close()

    def schema() -> set[str]:
        with sqlite3.connect(tmp_path / "library.sqlite") as connection:
            return {
                row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'")
            }

    before = schema()
    as_before(tmp_path / "library.sqlite")
    with sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None) as connection:
        migrate(connection)
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    assert schema() == before


def test_a_passage_with_a_number_of_its_own_is_no_repeat() -> None:
    said = "The council said 12 people were hurt when the crane fell on the quay on Sunday morning."
    assert repeats(said, said + " More follows.")
    assert not repeats(said.replace("12", "14"), said + " More follows.")
    assert not repeats(said, "The council said nothing of the crane.")


def test_likeness_is_about_the_share_of_common_runs_of_words() -> None:
    words = story(11, 2000)
    one, other = signature(" ".join(words)), signature(" ".join(edited(words, 10)))
    assert one is not None and other is not None
    runs = [{tuple(some[place : place + 3]) for place in range(len(some) - 2)} for some in (words, edited(words, 10))]
    exact = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
    assert abs(float(likeness(one, other)) - exact) < 0.13  # three standard errors at 128 permutations
    assert signature("Too short to tell.") is None


@settings(max_examples=8, deadline=None)
@given(
    kept=st.lists(st.tuples(st.integers(1, 3), st.integers(20, 60)), min_size=1, max_size=4),
    passing=st.lists(st.tuples(st.integers(1, 3), st.integers(20, 60)), min_size=1, max_size=3),
)
def test_what_came_and_went_leaves_the_stories_as_they_were(
    embedder: Embedder, kept: list[tuple[int, int]], passing: list[tuple[int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as where:
        library = Library.open(where, embedder)
        library.add(article(f"k{n}", edited(story(seed), every)) for n, (seed, every) in enumerate(kept))
        before = tables(library)
        library.add(article(f"p{n}", edited(story(seed), every)) for n, (seed, every) in enumerate(passing))
        library.remove([f"p{n}" for n in range(len(passing))])
        assert tables(library) == before
        library.close()


def tables(library: Library) -> list[list[tuple]]:
    rows = library._store.rows
    return [
        rows("SELECT id, story, signature FROM articles ORDER BY key"),
        rows("SELECT * FROM bands ORDER BY band, article"),
        rows("SELECT * FROM versions"),
    ]
