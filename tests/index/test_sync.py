"""In step with the sources: the new in, the changed anew, the withdrawn out, and nothing lost by mistake."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.embedder import Embedder
from index.library import Library
from index.sources import Choice
from index.sources.web import Web
from index.sync import Sync
from index.sync_plan import Source, plan
from tests.index.conftest import sync, texts

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    for name, text in (("bridge", "The bridge opened on Friday."), ("ferry", "The ferry made its last trip.")):
        (made / f"{name}.txt").write_text(told(text))
    return made


def told(text: str) -> str:
    """A file that reads the same whatever it is called."""
    return f"---\ntitle: News\n---\n{text}"


def test_what_is_new_is_added_and_a_second_time_nothing_is_opened(library: Library, folder: Path) -> None:
    assert len(sync(library, folder).added) == 2
    generation = library.generation
    made = plan(library, Source(str(folder)), Web())
    assert (made.same, made.look, made.withdrawn) == (2, [], [])
    assert sync(library, folder).same == 2 and library.generation == generation


def test_a_file_that_was_only_touched_is_the_same(library: Library, folder: Path) -> None:
    sync(library, folder)
    (folder / "ferry.txt").touch()
    made = plan(library, Source(str(folder)), Web())
    assert len(made.look) == 1
    report = sync(library, folder)
    assert (report.same, report.read, report.updated) == (2, 0, [])


def test_a_corrected_article_keeps_its_id_and_its_version_and_only_the_newest_answers(
    library: Library, folder: Path
) -> None:
    (first,) = [name for name in sync(library, folder).added if name.startswith("ferry")]
    (folder / "ferry.txt").write_text("The submarine made its last trip.")
    assert sync(library, folder).updated == [first]
    assert library.article(first).text == "The submarine made its last trip."
    (version,) = library.versions(first)
    assert (version.number, version.article.text) == (1, "The ferry made its last trip.")
    assert version.replaced.startswith("20")
    for mode in ("fused", "dense", "lexical"):
        assert all("ferry made" not in hit.passage.text for hit in library.search("the ferry's last trip", mode=mode))


def test_what_a_folder_no_longer_holds_is_removed_with_all_its_traces(library: Library, folder: Path) -> None:
    unique = "Zanzibarquux"
    (folder / "secret.txt").write_text(f"The minister met {unique} in the harbour.")
    sync(library, folder)
    (folder / "secret.txt").write_text(f"The minister met {unique} at noon in the harbour.")
    sync(library, folder)
    (folder / "secret.txt").unlink()
    (gone,) = sync(library, folder).removed
    assert gone.startswith("secret") and library.versions(gone) == [] and len(texts(library)) == 2
    library.close()
    for path in (path for path in library.path.rglob("*") if path.is_file()):
        held = path.read_bytes().lower()
        assert unique.lower().encode() not in held, path
        assert b"zanzibar" not in held, path


def test_a_renamed_file_is_the_same_article(library: Library, folder: Path) -> None:
    sync(library, folder)
    (folder / "ferry.txt").rename(folder / "last-trip.txt")
    report = sync(library, folder)
    assert (report.added, report.updated, report.removed) == ([], [], [])
    assert {Path(summary.source).name for summary in library.articles()} == {"bridge.txt", "last-trip.txt"}
    (folder / "last-trip.txt").unlink()
    assert len(sync(library, folder).removed) == 1


def test_a_renamed_file_that_is_corrected_keeps_its_id_and_its_versions(library: Library, folder: Path) -> None:
    (ferry,) = [name for name in sync(library, folder).added if name.startswith("ferry")]
    (folder / "ferry.txt").rename(folder / "last-trip.txt")
    sync(library, folder)
    (folder / "last-trip.txt").write_text(told("The ferry made its last trip but one."))
    report = sync(library, folder)
    assert (report.added, report.updated, report.removed, report.problems) == ([], [ferry], [], [])
    assert [version.article.text for version in library.versions(ferry)] == ["The ferry made its last trip."]


def test_what_reads_as_an_article_from_elsewhere_is_one_of_its_own_when_corrected(
    library: Library, folder: Path
) -> None:
    library.add([Article("mine", "The ferry made its last trip.", "News", source="elsewhere")])
    sync(library, folder)
    (folder / "ferry.txt").write_text(told("The ferry sank."))
    report = sync(library, folder)
    assert report.problems == [] and "The ferry sank." in texts(library)
    assert library.article("mine").text == "The ferry made its last trip."


def test_an_article_that_moved_into_an_archive_can_be_corrected_there(library: Library, folder: Path) -> None:
    (folder / "a.md").write_text("---\nid: flood\n---\nThe river rose.")
    sync(library, folder)
    (folder / "a.md").unlink()
    for words in ("The river rose.", "The river fell.", "The river froze."):
        with zipfile.ZipFile(folder / "2024.zip", "w") as archive:
            archive.writestr("a.md", f"---\nid: flood\n---\n{words}")
        report = sync(library, folder)
        assert (report.problems, report.removed) == ([], []) and library.article("flood").text == words


def test_an_article_with_an_id_of_its_own_may_move_and_change_at_once(library: Library, folder: Path) -> None:
    (folder / "a.md").write_text("---\nid: flood\n---\nThe river rose.")
    sync(library, folder)
    (folder / "a.md").unlink()
    (folder / "b.md").write_text("---\nid: flood\n---\nThe river fell.")
    report = sync(library, folder)
    assert (report.updated, report.removed, report.problems) == (["flood"], [], [])
    assert library.article("flood").text == "The river fell." and len(library.versions("flood")) == 1


def test_files_that_read_the_same_are_articles_of_their_own(library: Library, folder: Path) -> None:
    (folder / "copy.txt").write_text(told("The ferry made its last trip."))
    sync(library, folder)
    assert library.article_count == 3
    (folder / "ferry.txt").write_text(told("The ferry sails again."))
    assert len(sync(library, folder).updated) == 1
    assert texts(library) == [
        "The bridge opened on Friday.",
        "The ferry made its last trip.",
        "The ferry sails again.",
    ]


def test_what_moves_while_its_old_name_gets_other_words_is_not_lost(library: Library, folder: Path) -> None:
    sync(library, folder)
    (folder / "ferry.txt").rename(folder / "a-moved.txt")
    (folder / "ferry.txt").write_text(told("The ferry sails again."))
    sync(library, folder)
    assert "The ferry made its last trip." in texts(library) and "The ferry sails again." in texts(library)


def test_a_name_that_a_renamed_file_left_is_free_for_another_article(library: Library, folder: Path) -> None:
    sync(library, folder)
    (folder / "ferry.txt").rename(folder / "moved.txt")
    sync(library, folder)
    (folder / "ferry.txt").write_text(told("The ferry made its last trip."))
    assert len(sync(library, folder).added) == 1 and library.article_count == 3
    (folder / "ferry.txt").write_text(told("The ferry sails again."))
    assert len(sync(library, folder).updated) == 1
    assert "The ferry made its last trip." in texts(library) and "The ferry sails again." in texts(library)
    (folder / "moved.txt").unlink()
    (folder / "bridge.txt").unlink()
    assert len(sync(library, folder).removed) == 2 and texts(library) == ["The ferry sails again."]


def test_two_files_with_one_id_are_told_apart_once_one_changes(library: Library, folder: Path) -> None:
    for name in ("x.md", "y.md"):
        (folder / name).write_text("---\nid: flood\n---\nThe river rose.")
    sync(library, folder)
    (folder / "x.md").write_text("---\nid: flood\n---\nThe river fell.")
    assert sync(library, folder).updated == ["flood"]
    (problem,) = sync(library, folder).problems
    assert "'flood'" in problem and "give it an id of its own" in problem


def test_a_line_taken_out_of_a_file_of_many_is_removed(library: Library, folder: Path) -> None:
    lines = folder / "many.jsonl"
    lines.write_text('{"id": "x", "text": "Rain fell."}\n{"id": "y", "text": "Snow fell."}\n')
    sync(library, folder)
    lines.write_text('{"id": "x", "text": "Rain fell."}\n')
    assert sync(library, folder).removed == ["y"]


def test_a_file_that_breaks_keeps_its_articles_and_says_so_each_time(library: Library, folder: Path) -> None:
    lines = folder / "many.jsonl"
    lines.write_text('{"id": "x", "text": "Rain fell."}\n{"id": "y", "text": "Snow fell."}\n')
    sync(library, folder)
    lines.write_text('{"id": "x", "text": "Rain fell."}\n{"id": "y", "tex')
    for _ in range(2):
        report = sync(library, folder)
        assert report.removed == [] and "line 2" in report.problems[0]
    assert library.article("y").text == "Snow fell."


def test_a_source_that_holds_nothing_or_is_away_withdraws_nothing(library: Library, folder: Path) -> None:
    sync(library, folder)
    for path in folder.iterdir():
        path.rename(folder.parent / path.name)
    report = sync(library, folder)
    assert report.kept == 2 and report.removed == [] and library.article_count == 2 and report.problems
    folder.rmdir()
    assert sync(library, folder).kept == 2
    report = sync(library, folder, allow_empty=True)
    assert len(report.removed) == 2 and library.article_count == 0 and report.problems == []


def test_a_folder_whose_name_is_no_utf8_is_kept_in_step(library: Library, tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"caf\xe9")))  # noqa: PTH118 - bytes
    folder.mkdir()
    (folder / "a.txt").write_text("Rain fell.")
    assert len(sync(library, folder).added) == 1 and sync(library, folder).same == 1


def test_a_folder_that_may_not_be_read_withdraws_nothing(library: Library) -> None:
    with tempfile.TemporaryDirectory() as where:
        Path(where).chmod(0o755)
        inner = Path(where, "inner")
        inner.mkdir()
        (inner / "c.txt").write_text("A third.")
        Path(where, "d.txt").write_text("A fourth.")
        sync(library, where)
        inner.chmod(0)
        with as_nobody():
            made = plan(library, Source(where), Web())
        inner.chmod(0o755)
    assert made.kept == 1 and made.withdrawn == [] and "inner" in made.problems[0]


def test_to_allow_an_empty_source_is_not_to_lose_one_that_cannot_be_read(library: Library) -> None:
    with tempfile.TemporaryDirectory() as where:
        Path(where, "d.txt").write_text("A fourth.")
        sync(library, where)
        Path(where).chmod(0)
        with as_nobody():
            made = plan(library, Source(where), Web(), allow_empty=True)
        Path(where).chmod(0o755)
    assert made.kept == 1 and made.withdrawn == [] and "cannot be read" in made.problems[0]


def test_a_deleted_file_leaves_also_where_it_was_synced_by_another_name_too(library: Library, folder: Path) -> None:
    sync(library, folder / "ferry.txt", folder)
    (folder / "ferry.txt").unlink()
    assert len(sync(library, folder).removed) == 1 and texts(library) == ["The bridge opened on Friday."]
    (folder / "again.txt").write_text(told("The ferry made its last trip."))
    sync(library, folder)
    (folder / "again.txt").unlink()
    assert len(sync(library, folder).removed) == 1


def test_a_file_that_one_source_leaves_out_stays_for_the_other(library: Library, folder: Path) -> None:
    sync(library, folder / "ferry.txt", folder)
    sync(library, folder, choice=Choice(exclude=("ferry*",)))
    assert library.article_count == 2


def test_patterns_that_change_choose_anew_among_an_archives_members(library: Library, folder: Path) -> None:
    with zipfile.ZipFile(folder / "old.zip", "w") as archive:
        archive.writestr("tram.txt", "The tram came.")
        archive.writestr("bus.txt", "The bus came.")
    sync(library, folder)
    assert len(sync(library, folder, choice=Choice(exclude=("tram*",))).removed) == 1
    assert len(sync(library, folder).added) == 1


@contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions do not bind root, as whom containers run tests."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


def test_what_is_said_of_a_source_is_said_of_its_articles_when_it_changes(library: Library, folder: Path) -> None:
    sync(library, folder)
    report = sync(library, folder, choice=Choice(given={"publisher": "The Post"}))
    assert len(report.updated) == 2
    assert {summary.publisher for summary in library.articles()} == {"The Post"}


def test_a_source_can_be_dropped_but_not_what_another_holds(library: Library, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "copy.txt").write_text(told("The ferry made its last trip."))
    sync(library, folder, other)
    doing = Sync(library)
    doing.drop(Source(str(folder)).name)
    assert len(doing.report.removed) == 2 and texts(library) == ["The ferry made its last trip."]
    assert library.ledger.sources() == [str(other)]


def test_stopped_half_way_it_goes_on(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        (folder / f"n{number:02}.txt").write_text(f"Report number {number}.")
    monkeypatch.setattr("index.sync._FILES_AT_ONCE", 10)
    real, read = Library.add, []

    def stopping(self: Library, articles, *how):
        if len(read) == 2:
            raise KeyboardInterrupt
        read.append(1)
        return real(self, articles, *how)

    monkeypatch.setattr(Library, "add", stopping)
    with pytest.raises(KeyboardInterrupt):
        sync(library, folder)
    monkeypatch.setattr(Library, "add", real)
    assert library.article_count == 20
    report = sync(library, folder)
    assert report.same == 20 and len(report.added) == 22


NAMES = st.sampled_from(["a.txt", "b.txt", "sub/c.txt", "sub/d.md"])
WORDS = st.sampled_from(["Rain fell.", "Snow fell.", "The wind rose.", "Fog lay on the harbour."])
CHANGES = st.lists(st.dictionaries(NAMES, WORDS), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=CHANGES)
def test_after_a_sync_the_library_holds_what_the_folder_holds(embedder: Embedder, states: list[dict]) -> None:
    with tempfile.TemporaryDirectory() as where:
        library = Library.open(Path(where, "library"), embedder)
        root = Path(where, "articles")
        for state in states:
            for path in list(root.rglob("*.*")):
                path.unlink()
            for name, text in state.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(told(text))
            root.mkdir(exist_ok=True)
            sync(library, root, allow_empty=True)
            assert texts(library) == sorted(state.values())
            for text in texts(library):
                assert library.search(text, mode="lexical")[0].passage.text == text
        library.close()


def test_an_article_removed_by_hand_stays_away_until_its_file_changes(library: Library, folder: Path) -> None:
    (ferry,) = [name for name in sync(library, folder).added if name.startswith("ferry")]
    library.remove([ferry])
    assert sync(library, folder).added == []
    (folder / "ferry.txt").write_text("The ferry came back.")
    assert sync(library, folder).added == [ferry]
    assert isinstance(library.article(ferry), Article)


def test_one_article_in_two_files_is_added_once_and_can_be_corrected(library: Library, folder: Path) -> None:
    row = '{"id": "x", "text": "The bridge opened on Friday, and the mayor came."}\n'
    for name in ("one", "two"):
        (folder / f"{name}.jsonl").write_text(row)
    report = sync(library, folder)
    assert report.added.count("x") == 1 and sync(library, folder).same == 4
