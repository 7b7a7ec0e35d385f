"""The panel beside an answer: its articles whole, or around what is cited, with each cited sentence marked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.article import Article
from index.errors import LibraryError
from qa.answer import Alternative
from qa.page.marks import with_citation
from qa.page.markup import WINDOW_CHARACTERS, web_link, window_around, windows_around
from qa.page.sources import render_sources
from qa.page.turns import ShownTurn
from tests.qa.shown import Tags, an_answer, an_article, cite, only_ours


def test_the_panel_holds_the_whole_article_with_the_sentence_marked_and_the_answer_stronger() -> None:
    article = an_article(text="First line.\nAda Byron led\nthe team & won. Last.", url="https://example.com/a?b=1&c=2")
    answer = an_answer(cite(article, "Ada Byron led\nthe team & won.", "Ada Byron"))
    html = render_sources(ShownTurn(answer.question, answer), 0, lambda _: article)
    found = only_ours(html)
    assert found.marked == ["Ada Byron led\nthe team & won."]
    assert "<strong>Ada Byron</strong>" in html
    assert article.text in found.text
    link = next(attributes for tag, attributes in found.tags if tag == "a")
    assert link["href"] == article.url and link["rel"] == "noopener noreferrer" and link["target"] == "_blank"


def test_the_panel_of_an_earlier_turn_does_not_mark_what_has_changed_or_gone_since() -> None:
    answer = an_answer(cite(an_article(), "Ada Byron led the team.", "Ada Byron"))
    turn = ShownTurn(answer.question, answer)
    changed = render_sources(turn, 0, lambda _: an_article("Now it reads otherwise."))
    assert "<mark" not in changed and "has changed" in changed

    def gone(_: str) -> Article:
        raise LibraryError("There is none.")

    html = render_sources(turn, 0, gone)
    assert "<mark" not in html and "no longer in the library" in html


def test_every_cited_sentence_of_an_article_is_marked_once_in_its_own_order() -> None:
    article = an_article("Ada Byron led. It rained. Ada Byron, 36, won. They left.")
    late = cite(article, "Ada Byron, 36, won.", "Ada Byron")
    early = cite(article, "Ada Byron led.", "Ada Byron", 2)
    same = Alternative("36", 0.3, (cite(article, "Ada Byron, 36, won.", "36"),))
    answer = replace(an_answer(late, early), alternatives=(same,))
    html = render_sources(ShownTurn(answer.question, answer), 0, lambda _: article, "c1", True)
    found = only_ours(html)
    assert found.marked == ["Ada Byron led.", "Ada Byron, 36, won."]
    marks = [attributes for tag, attributes in found.tags if tag == "mark"]
    assert [mark["data-keys"] for mark in marks] == ["c2", "c1 a0-0"]
    assert "<strong>Ada Byron</strong>, <strong>36</strong>, won." in html
    assert html.count("<details") == 1 and article.text in found.text
    assert marks[0]["data-copy"] == "“Ada Byron led.” — A title, The Daily"


def test_what_is_copied_names_the_source_and_only_a_web_address(bridge: Article) -> None:
    quote = "Mayor Ann Lee cut the ribbon."
    assert with_citation(quote, bridge) == f"“{quote}” — Bridge opens, The Courier, 4 March 2025"
    linked = replace(bridge, url="https://courier.example/1")
    assert with_citation(quote, linked).endswith("4 March 2025, https://courier.example/1")
    assert "javascript" not in with_citation(quote, replace(bridge, url="javascript:alert(1)"))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT://x%0aalert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "//evil.example",
        "java\nscript:alert(1)",
        "https://x/\njavascript:alert(1)",
        'https://x/" onmouseover="alert(1)',
        "file:///etc/passwd",
        "",
    ],
)
def test_only_a_plain_web_address_becomes_a_link(url: str) -> None:
    assert web_link(url, "Read", "Read it") == ""


def test_a_very_long_article_is_shown_around_the_citation() -> None:
    text = "word " * 20_000 + "Ada Byron led the team. " + "word " * 20_000
    article = an_article(text.strip())
    answer = an_answer(cite(article, "Ada Byron led the team.", "Ada Byron"))
    html = render_sources(ShownTurn(answer.question, answer), 0, lambda _: article)
    assert len(html) < WINDOW_CHARACTERS + 3000
    assert Tags(html).marked == ["Ada Byron led the team."]
    assert html.count("…") == 2 and f"of its {len(article.text):,} characters" in html


def test_two_citations_far_apart_in_a_very_long_line_are_both_shown_and_not_all_between() -> None:
    text = "A led. " + "x" * 5_000_000 + " B led."
    shown = windows_around(text, [(0, 6), (len(text) - 6, len(text))])
    assert len(shown) == 2 and sum(window.end - window.start for window in shown) <= WINDOW_CHARACTERS


@pytest.mark.parametrize(("start", "end"), [(0, 4), (499_990, 499_995), (250_000, 250_030), (100, 90_000)])
def test_the_window_holds_the_citation_wherever_it_stands(start: int, end: int) -> None:
    shown = window_around("word " * 100_000, start, end)
    assert 0 <= shown.start <= start < end <= shown.end <= 500_000
    assert shown.end - shown.start <= max(WINDOW_CHARACTERS, end - start)
