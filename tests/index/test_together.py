"""What an article's passages hold of a query together lifts each of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.article import Passage
from index.together import ARTICLE_WEIGHT, by_article


def passages(*told: tuple[str, str]) -> dict[int, Passage]:
    return {
        number: Passage(article_id, 0, len(text), text, number) for number, (article_id, text) in enumerate(told, 1)
    }


def test_an_article_that_tells_of_all_that_was_asked_comes_before_one_that_tells_of_half() -> None:
    found = passages(("mine", "The gold mine flooded."), ("mine", "Miners of Bellbird sang."), ("other", "Gold mine."))
    ranking = [(3, 0.5), (1, 0.5), (2, 0.1)]
    again = by_article("Which gold mine of Bellbird flooded?", ranking, found)
    assert [number for number, _ in again] == [1, 3, 2]
    first, second, third = (score for _, score in again)
    assert round((1 + ARTICLE_WEIGHT) * first, 6) == 0.5 + ARTICLE_WEIGHT  # its article holds every telling word
    assert second < first and round(first - third, 6) == round(0.4 / (1 + ARTICLE_WEIGHT), 6)


def test_what_was_not_read_has_no_share_and_is_not_lost() -> None:
    found = passages(("mine", "The gold mine flooded."))
    assert by_article("Which mine?", [(1, 0.2), (9, 0.2)], found)[1] == (9, 0.2 / (1 + ARTICLE_WEIGHT))
    assert by_article("?!", [(1, 0.2)], found) == [(1, 0.2 / (1 + ARTICLE_WEIGHT))]
    assert by_article("Which mine?", [], {}) == []


@given(hundredths=st.dictionaries(st.integers(1, 4), st.integers(0, 100), max_size=4), query=st.text(max_size=60))
def test_every_hit_is_kept_once_and_alike_articles_keep_their_order(hundredths: dict[int, int], query: str) -> None:
    ranking = [(number, score / 100) for number, score in hundredths.items()]
    again = by_article(query, ranking, passages(*((f"a{number}", "The same words.") for number in range(1, 5))))
    assert [number for number, _ in again] == [
        number for number, _ in sorted(ranking, key=lambda hit: (-hit[1], hit[0]))
    ]
    assert all(0 <= score <= 1 for _, score in again)
