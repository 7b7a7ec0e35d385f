"""Two libraries read as one: what is whose never gets mixed up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article
from index.embedder import Embedder
from index.errors import LibraryError
from index.filters import Filters
from index.joined import JoinedLibrary
from index.library import Library
from index.store import PublisherSummary
from qa.assistant import Assistant


@pytest.fixture
def own(tmp_path: Path, embedder: Embedder) -> Iterator[Library]:
    opened = Library.open(tmp_path / "own", embedder)
    yield opened
    opened.close()


def test_both_are_found_in_one_order_and_every_passage_is_cut_from_its_article(
    library: Library, own: Library, bridge: Article, ferry: Article
) -> None:
    library.add([bridge])
    own.add([ferry])
    both = JoinedLibrary(library, own)
    assert (both.article_count, both.passage_count) == (2, 2)
    for query, best in (("Who cut the ribbon of the bridge?", "bridge"), ("Who was the ferry's captain?", "ferry")):
        hits = both.search(query)
        assert hits[0].passage.article_id == best
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert len({hit.passage.id for hit in hits}) == len(hits)
        for hit in hits:
            assert hit.passage.text == both.article(hit.passage.article_id).text[hit.passage.start : hit.passage.end]
            assert both.passages([hit.passage.id]) == {hit.passage.id: hit.passage}
    assert both.titles(["bridge", "ferry", "none"]) == {"bridge": "Bridge opens", "ferry": "Ferry stops"}
    assert [summary.id for summary in both.articles()] == ["bridge", "ferry"]  # newest first
    assert both.ids() == ["ferry", "bridge"]  # one's own first
    assert both.publishers() == sorted(library.publishers() + own.publishers(), key=lambda one: one.name)
    only = both.search("bridge ferry", filters=Filters(publishers=("The Post",)))
    assert [hit.passage.article_id for hit in only] == ["ferry"]


def test_a_publisher_of_both_is_counted_once_over_the_days_of_either(
    library: Library, own: Library, bridge: Article
) -> None:
    dated = replace(bridge, publisher="The Gazette", published="2024-05-02")
    library.add([dated, replace(dated, id="b", text=f"{bridge.text} Twice.", published="")])
    own.add([replace(dated, id="c", text=f"{bridge.text} Again.", published="2023-01-09")])
    assert library.publishers() == [PublisherSummary("The Gazette", 2, "2024-05-02", "2024-05-02")]
    both = JoinedLibrary(library, own)
    assert both.publishers() == [PublisherSummary("The Gazette", 3, "2023-01-09", "2024-05-02")]
    own.add([replace(dated, id="d", text="No more.", publisher="", published="")])
    assert both.publishers()[0] == PublisherSummary("", 1, "", "")


def test_the_newest_are_one_of_each_publisher_first_and_one_s_own_before_the_shared(
    library: Library, own: Library
) -> None:
    def article(name: str, publisher: str, published: str) -> Article:
        return Article(id=name, text=f"{name} came by the ferry.", publisher=publisher, published=published)

    library.add(
        [article("a", "Post", "2025-03-01"), article("b", "Post", "2025-02-01"), article("c", "", "2024-01-01")]
    )
    assert library.newest(9) == ["a", "c", "b"]
    assert library.newest(2) == ["a", "c"]
    own.add([article("d", "Post", "2020-01-01")])
    assert JoinedLibrary(library, own).newest(3) == ["d", "a", "c"]


def test_an_article_of_one_s_own_hides_the_shared_one_of_the_same_id(
    library: Library, own: Library, bridge: Article
) -> None:
    library.add([bridge])
    own.add([replace(bridge, title="Mine")])
    assert JoinedLibrary(library, own).article("bridge").title == "Mine"
    assert library.article("bridge").title == "Bridge opens"


def test_an_assistant_over_both_cites_either_and_shares_the_models(assistant: Assistant, own: Library) -> None:
    own.add([Article(id="pier", text="The pier at Quernhaven was painted by Odo Lark in May.", title="The pier")])
    both = assistant.with_library(JoinedLibrary(assistant.library, own))
    assert both.reader is assistant.reader and both.library.embedder is assistant.library.embedder
    for question, said, where in (
        ("Who painted the pier at Quernhaven?", "Odo Lark", "pier"),
        ("Who led the Russian delegation?", "Vladimir Medinsky", "prisoner-swap"),
    ):
        answer = both.ask(question)
        assert answer.short == said and answer.citations[0].article_id == where
        assert all(citation.holds_in(both.library.article(citation.article_id)) for citation in answer.citations)
    assert "Odo Lark" not in assistant.ask("Who painted the pier at Quernhaven?").text


def test_neither_can_be_written_to_through_it(library: Library, own: Library, bridge: Article) -> None:
    both = JoinedLibrary(library, own)
    for write in (
        lambda: both.add([bridge]),
        lambda: both.update([bridge]),
        lambda: both.remove(["bridge"]),
        both.rebuild,
        both.reembed,
    ):
        with pytest.raises(LibraryError, match="cannot be written"):
            write()
    assert both.search("anything") == [] and both.article_count == 0
    with pytest.raises(LibraryError, match="none"):
        both.article("none")


def test_copies_and_versions_are_those_of_the_library_an_article_is_of(library: Library, own: Library) -> None:
    text = " ".join(f"The {word} was opened by the mayor of Quernhaven on a wet Friday." for word in "ABCDEFGH")
    names = ("wire", "post", "mail")
    library.add([Article(name, f"{text} {name} reports.", publisher=name) for name in names])
    own.add([Article("post", "Quite another text."), Article("notes", text + " Noted."), Article("draft", text)])
    own.update([Article("draft", text + " Corrected.")])
    both = JoinedLibrary(library, own)
    assert [copy.id for copy in both.copies("wire")] == ["mail"]  # the shared post cannot be shown beside one's own
    assert [copy.id for copy in both.copies("notes")] == ["draft"]
    assert len(both.versions("draft")) == 1 and both.versions("wire") == []
    assert {frozenset(ids) for ids in both.stories()} == {frozenset(names), frozenset({"notes", "draft"})}
