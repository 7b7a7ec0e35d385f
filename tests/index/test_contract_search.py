"""How a library is searched, wherever it is kept: the same tests over SQLite with its indexes, and over Milvus."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.article import Article
from index.errors import LibraryError
from index.filters import Filters
from index.library import Library
from index.together import ARTICLE_WEIGHT
from tests.index.conftest import MODES, Backend, found


class TestSearch:
    """What is found, and how it is scored."""

    @pytest.fixture
    def library(self, anywhere: Library) -> Library:
        return anywhere

    def test_what_was_added_is_found_and_cut_exactly(self, library: Library, bridge: Article, ferry: Article) -> None:
        report = library.add([bridge, ferry])
        assert report.added == ["bridge", "ferry"] and report.passages == library.passage_count == 2
        for mode in MODES:
            hits = library.search("Who cut the ribbon of the bridge?", mode=mode)
            assert hits[0].passage.article_id == "bridge"
            for hit in hits:
                text = library.article(hit.passage.article_id).text
                assert hit.passage.text == text[hit.passage.start : hit.passage.end]
        assert library.article("bridge") == bridge

    def test_the_article_that_holds_all_of_a_roundabout_question_is_found(self, library: Library) -> None:
        filler = "Nothing else was said that day of the hearing, and the chairman closed it early. " * 18
        first = "A whale lay dead on the sands of Skerry, where a lighthouse keeper found it at dawn."
        whole = f"{first} {filler}Skerry's fishermen told the hearing that they want no ban on nets."
        nets = "Fishermen of Olm told a hearing that they want no ban on nets. They want the nets."
        library.add([Article(id="whole", text=whole), Article(id="nets", text=nets)])
        query = "Which fishermen told a hearing that they want no ban on nets after a dead whale was found "
        query += "at dawn by a lighthouse keeper?"
        assert found(library, query, mode="lexical")[0] == "nets"
        assert found(library, query, mode="dense")[0] == "nets"
        assert found(library, query)[:2] == ["whole", "whole"]

    def test_the_title_and_the_date_can_be_searched_without_being_quoted(
        self, library: Library, bridge: Article
    ) -> None:
        library.add([replace(bridge, title="Zephyr Viaduct inaugurated")])
        hits = library.search("zephyr viaduct", mode="lexical")
        assert hits and "Zephyr" not in hits[0].passage.text
        assert library.search("4 March 2025", mode="lexical")

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            (Filters(publishers=("The Post",)), {"ferry"}),
            (Filters(publishers=("The Post", "The Courier")), {"ferry", "bridge"}),
            (Filters(published_from="2025-01-01"), {"bridge"}),
            (Filters(published_to="2024-12-31"), {"ferry"}),
            (Filters(published_from="2024-01-31", published_to="2024-01-31"), {"ferry"}),
            (Filters(publishers=("Nobody",)), set()),
        ],
    )
    def test_filters(
        self, library: Library, bridge: Article, ferry: Article, mode, filters: Filters, expected: set
    ) -> None:
        library.add([bridge, ferry, Article(id="undated", text="A bridge and a ferry.", publisher="Elsewhere")])
        assert set(found(library, "bridge ferry", mode=mode, filters=filters)) == expected

    def test_an_empty_library_finds_nothing_and_a_missing_one_is_not_made(
        self, backend: Backend, library: Library
    ) -> None:
        assert library.search("anything") == [] and library.articles() == [] and library.passage_count == 0
        for _ in range(2):
            with pytest.raises(LibraryError, match="index add"):
                backend.open(library.embedder, create=False, name="none")

    def test_scores_stay_sound_after_many_updates(self, library: Library, bridge: Article) -> None:
        for number in range(12):
            library.update([replace(bridge, text=f"The Quernhaven bridge opened, version {number}.")])
        (hit,) = library.search("Quernhaven bridge", mode="lexical")
        assert 0 <= hit.score <= 2

    def test_rankings_are_of_absolute_scores(self, library: Library, bridge: Article, ferry: Article) -> None:
        library.add([bridge, ferry])
        dense, lexical = library.rankings("Who cut the ribbon of the bridge?", 10)
        assert [len(dense), len(lexical)] == [2, 1] and dense[0][0] == lexical[0][0]
        (hit, _) = library.search("Who cut the ribbon of the bridge?")
        assert (hit.dense, hit.lexical) == pytest.approx((dense[0][1], lexical[0][1]), abs=1e-5)
        alone = 0.4 * dense[0][1] + 0.6 * lexical[0][1]
        assert hit.score == pytest.approx(
            (alone + ARTICLE_WEIGHT) / (1 + ARTICLE_WEIGHT), abs=1e-5
        )  # it has every word
        assert hit.lexical == pytest.approx(0.496, abs=0.01) and hit.dense == pytest.approx(0.641, abs=0.01)
