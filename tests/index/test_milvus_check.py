"""``byline index check`` on Milvus: what is sound is said to be, and each damage to a row is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from index.article import Article
from index.errors import LibraryError
from index.milvus.check import check
from index.milvus.connection import MilvusOptions
from index.milvus.library import MilvusLibrary
from index.milvus.schema import key_of
from index.milvus.store import PASSAGE, WHOLE, MilvusStore, text_rows
from qa.cli import byline

LONG = Article("long", " ".join(f"Ship {number} left the port on Friday." for number in range(60)), publisher="Post")


@pytest.fixture
def filled(opened: MilvusLibrary, bridge: Article) -> MilvusLibrary:
    """Two articles, of which one has an earlier version."""
    opened.add([bridge, LONG])
    opened.update([replace(bridge, text="The bridge was closed. Mayor Bo Ray cut the power.")])
    return opened


def problems(library: MilvusLibrary) -> list[str]:
    return [problem.what for problem in check(library.address, MilvusOptions()).problems]


def test_a_sound_library_is_said_to_be_and_counted(filled: MilvusLibrary) -> None:
    seen: list[tuple[int, int]] = []
    report = check(filled.address, MilvusOptions(), lambda articles, of: seen.append((articles, of)))
    assert report.problems == [] and seen == [(1, 2), (1, 2)]
    assert (report.articles, report.passages, report.generation) == (2, filled.passage_count, filled.generation)
    assert filled.add([Article("next", "The next ferry came.")]).added == ["next"], "others may write again"


Damage = Callable[[MilvusStore, str], None]


def passages(store: MilvusStore, collection: str) -> list[dict[str, Any]]:
    """The rows of the long article's passages, to write again."""
    fields = [*PASSAGE, "publisher", "day", "length", "words", "title", "about", "vector"]
    rows = store.connection.rows(collection, f'key == "{key_of("long")}"', fields)
    return sorted((dict(row) for row in rows), key=lambda row: row["id"])


def changed(**values: Any) -> Damage:
    """The second passage of the long article with other values."""

    def damage(store: MilvusStore, collection: str) -> None:
        store.connection.put(collection, [{**passages(store, collection)[1], **values}])

    return damage


def gone(store: MilvusStore, collection: str) -> None:
    store.connection.delete(collection, f"id in [{passages(store, collection)[1]['id']}]")


def twice(store: MilvusStore, collection: str) -> None:
    row = passages(store, collection)[-1]
    store.connection.put(collection, [{**row, "id": row["id"] + 1}])


def of_nobody(store: MilvusStore, collection: str) -> None:
    row = passages(store, collection)[0]
    store.connection.put(collection, [{**row, "id": 7, "key": key_of("nobody")}])


def without_text(store: MilvusStore, collection: str) -> None:
    revision = store.current([key_of("long")])[key_of("long")]["revision"]
    store.connection.delete(store.records_name, f'kind == "text" and owner == "{revision}"')


def text_of_nobody(store: MilvusStore, collection: str) -> None:
    store.record(list(text_rows(999, "Nobody wrote this.")))


def another_text(store: MilvusStore, collection: str) -> None:
    row = store.current([key_of("long")], WHOLE)[key_of("long")]
    store.connection.put(store.articles_name, [{**row, "fingerprint": "f" * 64}])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (gone, "'long' is not cut into passages as it should be: characters .* are in no passage"),
        (gone, r"'long' was cut into \d passages and has \d"),
        (twice, "'long' is not cut .* come after"),
        (changed(start=99_990, stop=99_999), "99990-99999 are not in its text"),
        (changed(vector=[0.0] * 384), "'long' has an unsound vector"),
        (changed(text="Ship 1 sank."), r"Passage \d+ of article 'long' is not searched by what it says \(text\)"),
        (changed(words="sank", day=20240101), r"not searched by what it says \(day, words\)"),
        (of_nobody, "1 passages are of no article as it stands"),
        (without_text, "The text of article 'long' is not whole; remove it, then add it again"),
        (text_of_nobody, "1 texts are of no article"),
        (another_text, "'long' does not read as when it was stored"),
    ],
)
def test_a_damaged_row_is_named(filled: MilvusLibrary, damage: Damage, said: str) -> None:
    damage(filled._rows, filled._rows.facts()["passages"])
    found = problems(filled)
    assert any(re.search(said, one) for one in found), found
    assert all("'bridge'" not in one for one in found)


def test_an_article_without_its_text_comes_back_as_the_message_says(filled: MilvusLibrary) -> None:
    without_text(filled._rows, "")
    with pytest.raises(LibraryError, match="remove it, then add it again"):
        filled.article("long")
    assert filled.remove(["long"]) == ["long"] and filled.add([LONG]).added == ["long"]
    assert filled.article("long") == LONG and problems(filled) == []


def test_what_a_killed_writer_left_is_named_until_the_next_to_write(
    filled: MilvusLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(filled._rows, "still_ours", killed)  # as it is about to turn to the new
        patch.setattr(filled._rows, "clear_away", lambda: None)
        with pytest.raises(Killed):
            filled.update([replace(LONG, text="Nothing left the port.")])
    (said,) = problems(filled)
    assert said == "A write was cut off; the next to write clears it away, or 'byline index rebuild' does."
    filled.rebuild()
    assert problems(filled) == []


def test_the_command_says_it_in_lines_and_as_json(filled: MilvusLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYLINE_LIBRARY", filled.address)
    done = CliRunner().invoke(byline, ["index", "check"])
    assert done.exit_code == 0 and done.stdout.startswith(f"{filled.address} is sound: 2 articles and ")
    gone(filled._rows, filled._rows.facts()["passages"])
    done = CliRunner().invoke(byline, ["index", "check"])
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == (
        "2 problems; 'byline index rebuild --embed' cuts and embeds every article anew."
    )
    found = json.loads(CliRunner().invoke(byline, ["index", "check", "--json"]).stdout)["problems"]
    assert [(one["article"], one["repairable"]) for one in found] == [("long", True)] * 2
    done = CliRunner().invoke(byline, ["index", "check", "--repair"])
    assert isinstance(done.exception, LibraryError) and "'byline index rebuild'" in str(done.exception)
    filled.reembed()
    assert problems(filled) == []
