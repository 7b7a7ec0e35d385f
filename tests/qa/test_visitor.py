"""Visitors' own articles: theirs alone, within limits, gone in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.article import Article
from index.errors import LibraryError
from qa.assistant import Assistant
from qa.page.visitor import AWAY_SECONDS, OWN_PREFIX, Visitors
from qa.settings import Settings

WHO = "Who painted the pier at Quernhaven?"
PIER = Article(id="pier", text="The pier at Quernhaven was painted by Odo Lark in May.", title="The pier")


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visitors(clock: Clock) -> Iterator[Visitors]:
    limits = {"visitors": 2, "visitor_articles": 2, "visitor_characters": 1000, "visitor_minutes": 10}
    made = Visitors(Settings.checked(limits), clock)
    yield made
    made.close()


def folders(visitors: Visitors) -> list[Path]:
    return list(visitors._folder.iterdir()) if visitors._folder else []


def test_only_the_one_who_brought_an_article_is_answered_from_it(visitors: Visitors, assistant: Assistant) -> None:
    before = assistant.library.article_count
    (name,), problems = visitors.add("ann", assistant.library, [PIER])
    assert name.startswith(OWN_PREFIX) and not problems
    mine = visitors.assistant("ann", assistant)
    assert mine.ask(WHO).short == "Odo Lark" and mine.library.article_count == before + 1
    for other in ("bob", ""):
        assert visitors.assistant(other, assistant) is assistant
    assert assistant.ask(WHO).short != "Odo Lark" and assistant.library.article_count == before
    with pytest.raises(LibraryError):
        assistant.library.article(name)


def test_what_does_not_fit_is_said_and_the_rest_is_added(visitors: Visitors, assistant: Assistant) -> None:
    long = Article(id="long", text="word " * 500, title="Long")
    short = Article(id="short", text="One came.", title="Short")
    third = Article(id="third", text="Two came.", title="Third")
    ids, problems = visitors.add("ann", assistant.library, [PIER, long, short, third])
    assert len(ids) == 2
    assert "1,000 characters" in problems[0] and "“Long”" in problems[0]
    assert "2 articles of your own" in problems[1] and "“Third”" in problems[1]


def test_there_is_room_for_so_many_visitors(visitors: Visitors, assistant: Assistant, clock: Clock) -> None:
    for name in ("ann", "bob"):
        visitors.add(name, assistant.library, [PIER])
    with pytest.raises(LibraryError, match="Too many visitors"):
        visitors.add("cy", assistant.library, [PIER])
    visitors.add("bob", assistant.library, [PIER])  # who is here already is not turned away
    clock.now = 601
    assert visitors.add("cy", assistant.library, [PIER])[0]


def test_a_visit_ends_after_the_tab_is_closed_and_after_a_time(
    visitors: Visitors, assistant: Assistant, clock: Clock
) -> None:
    visitors.add("ann", assistant.library, [PIER])
    clock.now = 599
    assert visitors.own("ann") is not None  # asking keeps it
    clock.now = 1198
    assert visitors.own("ann") is not None and len(folders(visitors)) == 1
    visitors.leave("ann")
    clock.now += AWAY_SECONDS - 1
    visitors.sweep()
    assert folders(visitors)
    clock.now += 2
    visitors.sweep()
    assert not folders(visitors) and visitors.own("ann") is None
    visitors.add("bob", assistant.library, [PIER])
    clock.now += 601
    visitors.sweep()
    assert not folders(visitors)


def test_a_tab_that_comes_back_in_time_keeps_its_articles(
    visitors: Visitors, assistant: Assistant, clock: Clock
) -> None:
    visitors.add("ann", assistant.library, [PIER])
    visitors.leave("ann")
    clock.now = AWAY_SECONDS - 1
    assert visitors.own("ann") is not None
    clock.now = AWAY_SECONDS + 100
    assert visitors.own("ann") is not None


def test_when_the_page_stops_nothing_is_left(visitors: Visitors, assistant: Assistant) -> None:
    visitors.add("ann", assistant.library, [PIER])
    folder = visitors._folder
    assert folder is not None and folder.stat().st_mode & 0o077 == 0
    visitors.close()
    assert not folder.exists()
