"""Writing to Milvus: a kill at any write leaves the old or the new, one writes at a time, readers never see between."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from index.article import Article
from index.errors import LibraryError
from index.milvus import lease
from index.milvus.connection import MilvusOptions
from index.milvus.library import MilvusLibrary


class Killed(BaseException):
    """A writer ends here, as by a kill: nothing after it runs but what the test lets run."""


def texts(library: MilvusLibrary, query: str) -> list[str]:
    return [hit.passage.text for hit in library.search(query)]


CALLS = 8
"""At most so many calls of ``upsert`` and ``delete`` turn one article (count)."""


def killed_at(library: MilvusLibrary, call: int, monkeypatch: pytest.MonkeyPatch, names=("upsert", "delete")) -> None:
    """Have the process end just before the ``call``-th write from now on, its own clearing up included."""
    real, count = library._rows.connection.call, 0

    def counted(name: str, *args, **options):
        nonlocal count
        if name in names and "claim" not in str(args) + str(options):
            count += 1
            if count >= call:
                raise Killed
        return real(name, *args, **options)

    monkeypatch.setattr(library._rows.connection, "call", counted)


@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_a_kill_while_an_article_is_replaced_leaves_the_old_or_the_new(
    opened: MilvusLibrary, bridge: Article, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    opened.add([bridge])
    corrected = replace(bridge, text="The bridge was closed. Mayor Bo Ray cut the power.")
    whole = False
    with monkeypatch.context() as patch:
        killed_at(opened, call, patch)
        try:
            opened.update([corrected])
            whole = True
        except Killed:
            pass
    now = opened.article("bridge")
    assert now in (bridge, corrected) and (now == corrected or not whole)
    assert texts(opened, "Who cut what at the bridge?") == [now.text], "one answers, and only one"
    assert [one.article for one in opened.versions("bridge")] == ([] if now == bridge else [bridge])
    opened.add([Article("other", "Another article, so that somebody writes.")])
    assert opened.passage_count == 2 and opened.article("bridge") == now
    assert opened.update([corrected]).updated == ([] if now == corrected else ["bridge"])
    assert [one.article for one in opened.versions("bridge")] == [bridge]
    records = opened._rows.connection.rows(opened._rows.records_name, 'kind == "text"', ["owner"])
    assert len({row["owner"] for row in records}) == 3, "no text that no article has"


@pytest.mark.parametrize("call", range(1, 6))
def test_a_kill_while_an_article_is_removed_leaves_it_whole_or_gone(
    opened: MilvusLibrary, bridge: Article, ferry: Article, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    opened.add([bridge, ferry])
    opened.update([replace(bridge, text="The bridge was closed.")])
    with monkeypatch.context() as patch:
        killed_at(opened, call, patch)
        with pytest.raises(Killed):
            opened.remove(["bridge"])
    there = any(summary.id == "bridge" for summary in opened.articles())
    assert bool([text for text in texts(opened, "bridge closed") if "bridge" in text]) == there
    assert len(opened.versions("bridge")) == there
    opened.remove(["bridge"])
    assert opened.remove(["ferry"]) == ["ferry"] and opened.passage_count == 0 == opened.article_count
    rows = opened._rows.connection.rows(opened._rows.records_name, 'kind != ""', ["id"])
    assert sorted(row["id"] for row in rows) == ["facts", "journal"], "nothing of either is left"


def test_a_stopped_reembed_changes_nothing(opened: MilvusLibrary, bridge: Article, ferry: Article) -> None:
    opened.add([bridge, ferry])
    before = opened.search("ribbon ferry")

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened.reembed(stop)
    assert opened.search("ribbon ferry") == before
    opened.rebuild()
    names = opened._rows.connection.call("list_collections")
    assert len([name for name in names if name.startswith(f"{opened.address.rpartition('/')[2]}_passages")]) == 1
    assert opened.search("ribbon ferry") == before


def test_one_writes_at_a_time_and_a_dead_one_is_passed_over(
    opened: MilvusLibrary,
    bridge: Article,
    ferry: Article,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(lease, "PATIENCE", 0.3)
    monkeypatch.setattr(lease, "BEAT", 0.05)
    other = MilvusLibrary(opened.address, opened.embedder, 800)
    with (
        opened.writing(),
        pytest.raises(LibraryError, match=r"Process \d+ .* has been writing to milvus://.*try again"),
    ):
        other.add([ferry])
    (waited,) = caplog.messages
    assert "has been writing to milvus://" in waited and waited.endswith("; waiting up to 0.3 seconds for it to end…")
    assert other.add([ferry]).added == ["ferry"]
    dead = MilvusLibrary(opened.address, opened.embedder, 800)
    dead._lease._beat()  # a claim that no thread keeps alive: its process was killed
    monkeypatch.setattr(lease, "DEAD_AFTER", 0.5)
    monkeypatch.setattr(lease, "PATIENCE", 5.0)
    assert other.add([bridge]).added == ["bridge"]
    with pytest.raises(LibraryError, match="another process took over"):
        dead._lease.check()
    other.close()
    dead.close()


def test_an_article_answers_at_every_moment_while_it_is_replaced(opened: MilvusLibrary, bridge: Article) -> None:
    reader = MilvusLibrary(opened.address, opened.embedder, 800)
    states = [replace(bridge, text=f"The bridge was painted for the {number}th time.") for number in range(8)]
    opened.add([bridge])
    done, found = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            found.append(texts(reader, "What was done to the bridge?"))

    reading = threading.Thread(target=read)
    reading.start()
    for state in states:
        opened.update([state])
    done.set()
    reading.join()
    known = {bridge.text, *(state.text for state in states)}
    assert len(found) > 8 and all(len(some) == 1 and some[0] in known for some in found)
    reader.close()


def test_two_processes_see_what_the_other_wrote(opened: MilvusLibrary, bridge: Article, ferry: Article) -> None:
    reader = MilvusLibrary(opened.address, opened.embedder, 800, MilvusOptions(consistency="Strong"))
    assert reader.search("ribbon") == []
    opened.add([bridge, ferry])
    assert next(hit.passage.article_id for hit in reader.search("ribbon of the bridge")) == "bridge"
    opened.remove(["bridge"])
    assert [hit.passage.article_id for hit in reader.search("ribbon of the bridge")] == ["ferry"]
    reader.close()


def test_of_many_removed_at_once_the_story_of_those_that_stay_has_a_leader(
    opened: MilvusLibrary, bridge: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.milvus.writing._ARTICLES_AT_ONCE", 1)
    story = " ".join(f"The council met for the {n}th time to speak of the harbour." for n in range(12))
    opened.add([Article(name, story, name) for name in ("aa", "bb", "cc")])
    assert opened.stories() == [["aa", "bb", "cc"]]
    assert opened.remove(["aa", "none", "bb"]) == ["aa", "bb"]
    opened.add([Article("dd", story, "dd")])
    assert opened.stories() == [["cc", "dd"]]


def test_a_page_corrected_all_day_is_removed_with_all_its_versions(
    opened: MilvusLibrary, bridge: Article, ferry: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.milvus.writing._ROWS_AT_ONCE", 2)
    opened.add([bridge, ferry])
    for number in range(5):
        opened.update([replace(bridge, text=f"The bridge was closed for the {number + 2}nd time.")])
    assert len(opened.versions("bridge")) == 5
    longest = 0
    record = type(opened._rows).record

    def noted(self, rows) -> None:
        nonlocal longest
        longest = max([longest, *(row["said"].count("[") - 1 for row in rows if row["id"] == "journal")])
        record(self, rows)

    monkeypatch.setattr(type(opened._rows), "record", noted)
    assert opened.remove(["bridge"]) == ["bridge"] and longest == 2
    assert opened.versions("bridge") == [] and opened.article_count == 1
    opened.remove(["ferry"])
    rows = opened._rows.connection.rows(opened._rows.records_name, 'kind != ""', ["id"])
    assert sorted(row["id"] for row in rows) == ["facts", "journal"], "no text of either is left"
