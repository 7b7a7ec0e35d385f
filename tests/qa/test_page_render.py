"""What the page shows for an answer, and that nothing an article or a question says becomes markup of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.filters import Filters
from index.store import PublisherSummary
from qa.answer import ABSTENTION, Alternative, Answer, Closest, Sentence
from qa.page.filters import limits_in_words, render_filters
from qa.page.markup import date_in_words
from qa.page.render import count_words, render_conversation, render_status, render_suggestions, render_turn
from qa.page.sources import render_sources
from qa.page.support import support_of
from qa.page.turns import ShownTurn, answered
from qa.wanted import Wanted
from tests.qa.shown import NASTY, Tags, an_answer, an_article, cite, only_ours


def test_who_else_carries_a_sentence_is_said_beside_it_and_escaped() -> None:
    cited = replace(
        cite(an_article(), "Ada Byron led the team.", "Ada Byron"), carried_by=("<b>Post", "Mail", "Sun", "Star")
    )
    html = render_turn(ShownTurn("Who?", an_answer(cited)), 1)
    assert "The Daily · also in &lt;b&gt;Post, Mail and 2 others" in html
    assert "also in" not in render_turn(ShownTurn("Who?", an_answer(replace(cited, carried_by=()))), 1)


def test_an_answer_has_its_short_answer_in_bold_its_sentence_and_a_button_for_its_source() -> None:
    article = an_article(published="2025-05-17")
    answer = an_answer(cite(article, "Ada Byron led the team.", "Ada Byron"))
    html = render_turn(ShownTurn(answer.question, answer), 3)
    assert "<strong>Ada Byron</strong>" in html
    assert "Ada Byron led the team. [1]The Daily · 17 May 2025" in Tags(html).text
    button = next(attributes for tag, attributes in Tags(html).tags if tag == "button")
    assert button["aria-label"] == "Source 1: A title"
    assert button["data-preview"] == "“Ada Byron led the team.”"
    assert (button["data-preview-title"], button["data-preview-where"]) == ("A title", "The Daily · 17 May 2025")
    assert (button["data-turn"], button["data-key"]) == ("3", "c1")
    assert "One source" in html and "Confidence 0.90" in html


@pytest.mark.parametrize("nasty", NASTY)
def test_what_an_article_says_stays_text(nasty: str) -> None:
    article = an_article(
        f"Before {nasty} it. Ada {nasty} led. After.", title=nasty, publisher=nasty, url="https://x/" + nasty
    )
    quote = f"Ada {nasty} led."
    citation = cite(article, quote, f"Ada {nasty}")
    answer = replace(
        an_answer(citation, short=f"Ada {nasty}", question=nasty),
        understood_as=f"{nasty}?",
        alternatives=(Alternative(nasty, 0.3, (citation,)),),
    )
    turn = ShownTurn(answer.question, answer)
    only_ours(render_conversation([turn], ""))
    only_ours(render_turn(turn, 0, 2))
    panel = only_ours(render_sources(turn, 0, lambda _: article, "a0-0", True))
    assert panel.marked == [quote]
    only_ours(render_suggestions([nasty], nasty))


@pytest.mark.parametrize("nasty", NASTY)
def test_what_a_question_or_a_passage_says_stays_text(nasty: str) -> None:
    article = an_article(f"Before. {nasty} After.", title=nasty)
    start = article.text.index(nasty)
    passage = Closest("a", nasty, nasty, nasty, nasty, start, start + len(nasty), nasty)
    turn = ShownTurn(nasty, Answer(nasty, nasty, ABSTENTION, closest=(passage,)))
    only_ours(render_conversation([turn, ShownTurn(nasty, notice=nasty)], "", render_status(nasty, nasty)))
    assert nasty in only_ours(render_sources(turn, 0, lambda _: article, "p0", True)).text


def test_a_citation_that_no_longer_holds_is_dropped_and_the_reader_is_told() -> None:
    article = an_article()
    good = cite(article, "Ada Byron led the team.", "Ada Byron")
    moved = replace(good, number=2, start=good.start + 1, end=good.end + 1)
    turn = answered(an_answer(good, moved), lambda _: article)
    assert turn.answer is not None
    assert [citation.number for citation in turn.answer.citations] == [1]
    assert turn.dropped == 1 and turn.answer.text == "Ada Byron [1]"
    html = render_turn(turn, 0)
    assert "[1]" in html and "[2]" not in html and "left out" in html


def test_an_answer_whose_every_citation_fails_is_not_given() -> None:
    changed = an_article("Nobody led the team, it turns out, whatever was said.")
    answer = an_answer(cite(an_article(), "Ada Byron led the team.", "Ada Byron"))
    turn = answered(answer, lambda _: changed)
    assert turn.answer is not None and turn.answer.abstained and turn.answer.text == ABSTENTION
    html = render_turn(turn, 0)
    assert "Ada Byron" not in html and 'class="by-cite"' not in html and "left out" in html


def test_an_alternative_without_a_citation_that_holds_is_not_mentioned() -> None:
    article = an_article()
    good = cite(article, "Ada Byron led the team.", "Ada Byron")
    other = Alternative("Charles", 0.3, (replace(good, quote="Charles led the team.!!"),))
    turn = answered(replace(an_answer(good), alternatives=(other,)), lambda _: article)
    assert turn.dropped == 0 and "Charles" not in render_turn(turn, 0)


def test_other_answers_are_called_other_articles_only_when_they_come_from_some() -> None:
    article, second = an_article(), an_article("Charles led it.", id="b")
    good = cite(article, "Ada Byron led the team.", "Ada Byron")
    charles = Alternative("Charles", 0.3, (cite(second, "Charles led it.", "Charles"),))
    elsewhere = replace(an_answer(good), alternatives=(charles,))
    same = replace(an_answer(good), alternatives=(Alternative("One", 0.3, (cite(article, "One came.", "One"),)),))
    assert "Other articles say" in render_turn(ShownTurn("?", elsewhere), 0)
    html = render_turn(ShownTurn("?", same), 0)
    assert "Other articles say" not in html and "Less likely answers" in html


def test_only_the_last_turn_can_be_asked_again_or_changed() -> None:
    answer = an_answer(cite(an_article(), "Ada Byron led the team.", "Ada Byron"))
    turn = ShownTurn(answer.question, answer)
    html = render_conversation([turn, turn], "")
    assert html.count('data-act="retry"') == html.count('data-act="edit"') == 1
    assert html.rindex("<section") < html.index('data-act="edit"')
    copied = next(value for tag, at in Tags(html).tags if tag == "button" and (value := at.get("data-copy")))
    assert copied.splitlines() == ["Ada Byron [1]", "[1] “Ada Byron led the team.” — A title, The Daily"]


@pytest.mark.parametrize(
    ("confidence", "cited", "words"),
    [
        (0.9, [("Post", "A."), ("Courier", "B.")], "Well supported"),
        (0.9, [("Post", "A."), ("post ", "B.")], "One source"),  # one publisher twice
        (0.9, [("Post", "A."), ("Courier", "A.")], "One source"),  # one agency's sentence at two publishers
        (0.9, [("Post", "A.")], "One source"),
        (0.3, [("Post", "A."), ("Courier", "B.")], "Uncertain"),
    ],
)
def test_the_words_of_confidence_follow_the_number_and_the_publishers(
    confidence: float, cited: list[tuple[str, str]], words: str
) -> None:
    articles = [an_article(text, publisher=publisher) for publisher, text in cited]
    citations = [cite(one, one.text, one.text, number) for number, one in enumerate(articles, 1)]
    support = support_of(replace(an_answer(*citations), confidence=confidence))
    assert support.words == words and f"Confidence {confidence:.2f}" in support.number


def test_reasons_that_differ_are_no_witnesses_for_one_another() -> None:
    articles = [
        an_article(text, publisher=publisher) for publisher, text in (("Post", "Storms."), ("Courier", "Debt."))
    ]
    citations = [cite(one, one.text, one.text, number) for number, one in enumerate(articles, 1)]
    support = support_of(replace(an_answer(*citations), wanted=Wanted.SENTENCES))
    assert support.words == "One source each" and "independent" not in support.number


def test_an_answer_to_a_filtered_question_says_what_was_looked_at() -> None:
    filters = Filters(("The Daily", "<b>Post"), "2025-05-01")
    answer = an_answer(cite(an_article(), "Ada Byron led the team.", "Ada Byron"))
    html = render_turn(ShownTurn(answer.question, answer, filters=filters), 0)
    assert "Looked only at The Daily or &lt;b&gt;Post, from 1 May 2025" in html
    none = Answer("Who won?", "Who won?", ABSTENTION)
    assert "Ask all articles" in render_turn(ShownTurn("Who won?", none, filters=filters), 0)
    assert "Looked only" not in render_turn(ShownTurn(answer.question, answer), 0)
    assert limits_in_words(Filters(published_to="2025-05-01")) == "articles to 1 May 2025"


def test_the_filters_list_every_publisher_with_its_articles() -> None:
    several = [
        PublisherSummary("", 1, "", ""),
        PublisherSummary("<i>", 1, "2025-01-02", "2025-01-02"),
        PublisherSummary("Post", 2, "2024-12-31", "2025-01-01"),
    ]
    found = Tags(render_filters(several))
    days = [(held["min"], held["max"]) for tag, held in found.tags if tag == "input" and held["type"] == "date"]
    assert days == [("2024-12-31", "2025-01-02")] * 2
    ticks = [
        attributes["value"] for tag, attributes in found.tags if tag == "input" and attributes["type"] == "checkbox"
    ]
    assert ticks == ["<i>", "Post", ""]
    assert "Post 2" in found.text and "No publisher named 1" in found.text


def test_an_abstention_has_no_citation_and_its_panel_shows_passages_only_when_asked() -> None:
    article = an_article()
    passage = Closest("a", "A title", "The Daily", "", "", 0, 9, "One came.")
    turn = ShownTurn("Who won?", Answer("Who won?", "Who won?", ABSTENTION, closest=(passage,)))
    html = render_turn(turn, 0)
    assert ABSTENTION in Tags(html).text
    assert 'class="by-cite"' not in html and "Closest in the articles" in html and "not sources" in html
    assert "no sources" in render_sources(turn, 0, lambda _: article)
    asked = render_sources(turn, 0, lambda _: article, "p0", chosen=True)
    assert "<mark" not in asked and "not sources" in asked and "One came." in asked


def test_an_answer_unfolds_word_by_word_and_a_mark_comes_only_after_its_whole_text() -> None:
    article = an_article()
    answer = an_answer(cite(article, "Ada Byron led the team.", "Ada Byron"))
    turn = ShownTurn(answer.question, answer)
    assert count_words(answer) == 7
    texts = [Tags(render_turn(turn, 0, words)).text.removeprefix(answer.question) for words in range(1, 8)]
    assert texts[0] == "Ada "
    assert texts[1] == "Ada Byron [1]"
    assert texts[5].count("[1]") == 1
    assert "Ada Byron led the team. [1]" in texts[6]


def test_a_follow_up_shows_what_it_was_understood_as_and_other_questions_do_not() -> None:
    answer = an_answer(cite(an_article(), "Ada Byron led the team.", "Ada Byron"))
    assert "Understood as" not in render_turn(ShownTurn(answer.question, answer), 0)
    followed = replace(answer, understood_as="Who led the other team?")
    html = render_turn(ShownTurn(answer.question, followed), 0)
    assert "Understood as: Who led the other team?" in Tags(html).text
    assert 'data-correct="Who led the other team?"' in html


def test_dates_are_written_out_and_anything_else_is_left_alone() -> None:
    assert date_in_words("2025-05-07") == "7 May 2025"
    assert date_in_words("some time") == "some time"


def test_a_reason_is_shown_in_its_sentences_alone() -> None:
    sentence = Sentence("Ada Byron led the team.", (1,))
    citation = cite(an_article(), sentence.text, "Ada Byron")
    words = Answer("Who?", "Who?", "Ada Byron [1]", "Ada Byron", (sentence,), (citation,), 0.9)
    sentences = replace(words, wanted=Wanted.SENTENCES)
    assert 'class="by-short"' in render_turn(ShownTurn("Who?", words), 0)
    shown = render_turn(ShownTurn("Why?", sentences), 0)
    assert 'class="by-short"' not in shown and sentence.text.split()[0] in Tags(shown).text
    assert count_words(words) - count_words(sentences) == 2
