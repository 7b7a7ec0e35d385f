"""What the page shows for an answer, and that nothing an article or a question says becomes markup of ours."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from index.article import Article
from index.errors import LibraryError
from index.filters import Filters
from index.store import ArticleSummary
from qa.answer import ABSTENTION, Alternative, Answer, Citation, Closest, Sentence
from qa.page.filters import limits_in_words, render_filters
from qa.page.marks import with_citation
from qa.page.markup import WINDOW_CHARACTERS, date_in_words, web_link, window_around, windows_around
from qa.page.render import count_words, render_conversation, render_status, render_suggestions, render_turn
from qa.page.sources import render_sources
from qa.page.support import support_of
from qa.page.turns import ShownTurn, answered
from qa.wanted import Wanted

NASTY = [
    "</mark><script>window.pwned=1</script>",
    '" onmouseover="window.pwned=1',
    "<img src=x onerror=window.pwned=1>",
    "'><svg/onload=alert(1)>",
    "</details></div><iframe src=//evil.example>",
    "{{constructor}} ${alert(1)} `x`",
    "&lt;b&gt; &amp; ﷽ \u202e",
]
OURS = {"section", "div", "h2", "h3", "p", "strong", "button", "figure", "blockquote", "figcaption", "span", "ul", "li"}
OURS |= {"b", "small", "details", "summary", "mark", "header", "nav", "a", "q"}


class _Tags(HTMLParser):
    """Every tag and attribute of a page's HTML, and the text between the tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked: list[str] = []
        self._in_mark = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "mark":
            self._in_mark = True
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_mark:
            self.marked[-1] += data


def _article(text: str = "One came. Ada Byron led the team. It was late.", **fields: str) -> Article:
    return Article(**{"id": "a", "text": text, "title": "A title", "publisher": "The Daily", **fields})


def _cite(article: Article, quote: str, short: str, number: int = 1) -> Citation:
    start = article.text.index(quote)
    first = article.text.index(short, start)
    return Citation(
        number,
        article.id,
        article.title,
        article.publisher,
        article.published,
        article.url,
        start,
        start + len(quote),
        quote,
        first,
        first + len(short),
    )


def _answer(*citations: Citation, short: str = "Ada Byron", question: str = "Who led the team?") -> Answer:
    marks = "".join(f"[{citation.number}]" for citation in citations)
    sentences = tuple(Sentence(citation.quote, (citation.number,)) for citation in citations)
    return Answer(question, question, f"{short} {marks}", short, sentences, citations, 0.9)


def _only_ours(html: str) -> _Tags:
    found = _Tags(html)
    for tag, attributes in found.tags:
        assert tag in OURS, f"<{tag}> is not one of the page's own tags"
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
    return found


def test_who_else_carries_a_sentence_is_said_beside_it_and_escaped() -> None:
    cited = replace(
        _cite(_article(), "Ada Byron led the team.", "Ada Byron"), carried_by=("<b>Post", "Mail", "Sun", "Star")
    )
    html = render_turn(ShownTurn("Who?", _answer(cited)), 1)
    assert "The Daily · also in &lt;b&gt;Post, Mail and 2 others" in html
    assert "also in" not in render_turn(ShownTurn("Who?", _answer(replace(cited, carried_by=()))), 1)


def test_an_answer_has_its_short_answer_in_bold_its_sentence_and_a_button_for_its_source() -> None:
    article = _article(published="2025-05-17")
    answer = _answer(_cite(article, "Ada Byron led the team.", "Ada Byron"))
    html = render_turn(ShownTurn(answer.question, answer), 3)
    assert "<strong>Ada Byron</strong>" in html
    assert "Ada Byron led the team. [1]The Daily · 17 May 2025" in _Tags(html).text
    button = next(attributes for tag, attributes in _Tags(html).tags if tag == "button")
    assert button["aria-label"] == "Source 1: A title"
    assert button["data-preview"] == "“Ada Byron led the team.”"
    assert (button["data-preview-title"], button["data-preview-where"]) == ("A title", "The Daily · 17 May 2025")
    assert (button["data-turn"], button["data-key"]) == ("3", "c1")
    assert "One source" in html and "Confidence 0.90" in html


def test_the_panel_holds_the_whole_article_with_the_sentence_marked_and_the_answer_stronger() -> None:
    article = _article(text="First line.\nAda Byron led\nthe team & won. Last.", url="https://example.com/a?b=1&c=2")
    answer = _answer(_cite(article, "Ada Byron led\nthe team & won.", "Ada Byron"))
    html = render_sources(ShownTurn(answer.question, answer), 0, lambda _: article)
    found = _only_ours(html)
    assert found.marked == ["Ada Byron led\nthe team & won."]
    assert "<strong>Ada Byron</strong>" in html
    assert article.text in found.text
    link = next(attributes for tag, attributes in found.tags if tag == "a")
    assert link["href"] == article.url and link["rel"] == "noopener noreferrer" and link["target"] == "_blank"


@pytest.mark.parametrize("nasty", NASTY)
def test_what_an_article_says_stays_text(nasty: str) -> None:
    article = _article(
        f"Before {nasty} it. Ada {nasty} led. After.", title=nasty, publisher=nasty, url="https://x/" + nasty
    )
    quote = f"Ada {nasty} led."
    citation = _cite(article, quote, f"Ada {nasty}")
    answer = replace(
        _answer(citation, short=f"Ada {nasty}", question=nasty),
        understood_as=f"{nasty}?",
        alternatives=(Alternative(nasty, 0.3, (citation,)),),
    )
    turn = ShownTurn(answer.question, answer)
    _only_ours(render_conversation([turn], ""))
    _only_ours(render_turn(turn, 0, 2))
    panel = _only_ours(render_sources(turn, 0, lambda _: article, "a0-0", True))
    assert panel.marked == [quote]
    _only_ours(render_suggestions([nasty], nasty))


@pytest.mark.parametrize("nasty", NASTY)
def test_what_a_question_or_a_passage_says_stays_text(nasty: str) -> None:
    article = _article(f"Before. {nasty} After.", title=nasty)
    start = article.text.index(nasty)
    passage = Closest("a", nasty, nasty, nasty, nasty, start, start + len(nasty), nasty)
    turn = ShownTurn(nasty, Answer(nasty, nasty, ABSTENTION, closest=(passage,)))
    _only_ours(render_conversation([turn, ShownTurn(nasty, notice=nasty)], "", render_status(nasty, nasty)))
    assert nasty in _only_ours(render_sources(turn, 0, lambda _: article, "p0", True)).text


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


def test_a_citation_that_no_longer_holds_is_dropped_and_the_reader_is_told() -> None:
    article = _article()
    good = _cite(article, "Ada Byron led the team.", "Ada Byron")
    moved = replace(good, number=2, start=good.start + 1, end=good.end + 1)
    turn = answered(_answer(good, moved), lambda _: article)
    assert turn.answer is not None
    assert [citation.number for citation in turn.answer.citations] == [1]
    assert turn.dropped == 1 and turn.answer.text == "Ada Byron [1]"
    html = render_turn(turn, 0)
    assert "[1]" in html and "[2]" not in html and "left out" in html


def test_an_answer_whose_every_citation_fails_is_not_given() -> None:
    changed = _article("Nobody led the team, it turns out, whatever was said.")
    answer = _answer(_cite(_article(), "Ada Byron led the team.", "Ada Byron"))
    turn = answered(answer, lambda _: changed)
    assert turn.answer is not None and turn.answer.abstained and turn.answer.text == ABSTENTION
    html = render_turn(turn, 0)
    assert "Ada Byron" not in html and 'class="by-cite"' not in html and "left out" in html


def test_an_alternative_without_a_citation_that_holds_is_not_mentioned() -> None:
    article = _article()
    good = _cite(article, "Ada Byron led the team.", "Ada Byron")
    other = Alternative("Charles", 0.3, (replace(good, quote="Charles led the team.!!"),))
    turn = answered(replace(_answer(good), alternatives=(other,)), lambda _: article)
    assert turn.dropped == 0 and "Charles" not in render_turn(turn, 0)


def test_other_answers_are_called_other_articles_only_when_they_come_from_some() -> None:
    article, second = _article(), _article("Charles led it.", id="b")
    good = _cite(article, "Ada Byron led the team.", "Ada Byron")
    charles = Alternative("Charles", 0.3, (_cite(second, "Charles led it.", "Charles"),))
    elsewhere = replace(_answer(good), alternatives=(charles,))
    same = replace(_answer(good), alternatives=(Alternative("One", 0.3, (_cite(article, "One came.", "One"),)),))
    assert "Other articles say" in render_turn(ShownTurn("?", elsewhere), 0)
    html = render_turn(ShownTurn("?", same), 0)
    assert "Other articles say" not in html and "Less likely answers" in html


def test_the_panel_of_an_earlier_turn_does_not_mark_what_has_changed_or_gone_since() -> None:
    answer = _answer(_cite(_article(), "Ada Byron led the team.", "Ada Byron"))
    turn = ShownTurn(answer.question, answer)
    changed = render_sources(turn, 0, lambda _: _article("Now it reads otherwise."))
    assert "<mark" not in changed and "has changed" in changed

    def gone(_: str) -> Article:
        raise LibraryError("There is none.")

    html = render_sources(turn, 0, gone)
    assert "<mark" not in html and "no longer in the library" in html


def test_every_cited_sentence_of_an_article_is_marked_once_in_its_own_order() -> None:
    article = _article("Ada Byron led. It rained. Ada Byron, 36, won. They left.")
    late = _cite(article, "Ada Byron, 36, won.", "Ada Byron")
    early = _cite(article, "Ada Byron led.", "Ada Byron", 2)
    same = Alternative("36", 0.3, (_cite(article, "Ada Byron, 36, won.", "36"),))
    answer = replace(_answer(late, early), alternatives=(same,))
    html = render_sources(ShownTurn(answer.question, answer), 0, lambda _: article, "c1", True)
    found = _only_ours(html)
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


def test_only_the_last_turn_can_be_asked_again_or_changed() -> None:
    answer = _answer(_cite(_article(), "Ada Byron led the team.", "Ada Byron"))
    turn = ShownTurn(answer.question, answer)
    html = render_conversation([turn, turn], "")
    assert html.count('data-act="retry"') == html.count('data-act="edit"') == 1
    assert html.rindex("<section") < html.index('data-act="edit"')
    copied = next(value for tag, at in _Tags(html).tags if tag == "button" and (value := at.get("data-copy")))
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
    articles = [_article(text, publisher=publisher) for publisher, text in cited]
    citations = [_cite(one, one.text, one.text, number) for number, one in enumerate(articles, 1)]
    support = support_of(replace(_answer(*citations), confidence=confidence))
    assert support.words == words and f"Confidence {confidence:.2f}" in support.number


def test_an_answer_to_a_filtered_question_says_what_was_looked_at() -> None:
    filters = Filters(("The Daily", "<b>Post"), "2025-05-01")
    answer = _answer(_cite(_article(), "Ada Byron led the team.", "Ada Byron"))
    html = render_turn(ShownTurn(answer.question, answer, filters=filters), 0)
    assert "Looked only at The Daily or &lt;b&gt;Post, from 1 May 2025" in html
    none = Answer("Who won?", "Who won?", ABSTENTION)
    assert "Ask all articles" in render_turn(ShownTurn("Who won?", none, filters=filters), 0)
    assert "Looked only" not in render_turn(ShownTurn(answer.question, answer), 0)
    assert limits_in_words(Filters(published_to="2025-05-01")) == "articles to 1 May 2025"


def test_the_filters_list_every_publisher_with_its_articles() -> None:
    summaries = [
        ArticleSummary(str(number), "", name, "", "2025-01-02", "", "", 9, 1)
        for number, name in enumerate(["Post", "<i>", "Post", ""])
    ]
    found = _Tags(render_filters(summaries))
    ticks = [
        attributes["value"] for tag, attributes in found.tags if tag == "input" and attributes["type"] == "checkbox"
    ]
    assert ticks == ["<i>", "Post", ""]
    assert "Post 2" in found.text and "No publisher named 1" in found.text


def test_an_abstention_has_no_citation_and_its_panel_shows_passages_only_when_asked() -> None:
    article = _article()
    passage = Closest("a", "A title", "The Daily", "", "", 0, 9, "One came.")
    turn = ShownTurn("Who won?", Answer("Who won?", "Who won?", ABSTENTION, closest=(passage,)))
    html = render_turn(turn, 0)
    assert ABSTENTION in _Tags(html).text
    assert 'class="by-cite"' not in html and "Closest in the articles" in html and "not sources" in html
    assert "no sources" in render_sources(turn, 0, lambda _: article)
    asked = render_sources(turn, 0, lambda _: article, "p0", chosen=True)
    assert "<mark" not in asked and "not sources" in asked and "One came." in asked


def test_a_very_long_article_is_shown_around_the_citation() -> None:
    text = "word " * 20_000 + "Ada Byron led the team. " + "word " * 20_000
    article = _article(text.strip())
    answer = _answer(_cite(article, "Ada Byron led the team.", "Ada Byron"))
    html = render_sources(ShownTurn(answer.question, answer), 0, lambda _: article)
    assert len(html) < WINDOW_CHARACTERS + 3000
    assert _Tags(html).marked == ["Ada Byron led the team."]
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


def test_an_answer_unfolds_word_by_word_and_a_mark_comes_only_after_its_whole_text() -> None:
    article = _article()
    answer = _answer(_cite(article, "Ada Byron led the team.", "Ada Byron"))
    turn = ShownTurn(answer.question, answer)
    assert count_words(answer) == 7
    texts = [_Tags(render_turn(turn, 0, words)).text.removeprefix(answer.question) for words in range(1, 8)]
    assert texts[0] == "Ada "
    assert texts[1] == "Ada Byron [1]"
    assert texts[5].count("[1]") == 1
    assert "Ada Byron led the team. [1]" in texts[6]


def test_a_follow_up_shows_what_it_was_understood_as_and_other_questions_do_not() -> None:
    answer = _answer(_cite(_article(), "Ada Byron led the team.", "Ada Byron"))
    assert "Understood as" not in render_turn(ShownTurn(answer.question, answer), 0)
    followed = replace(answer, understood_as="Who led the other team?")
    html = render_turn(ShownTurn(answer.question, followed), 0)
    assert "Understood as: Who led the other team?" in _Tags(html).text
    assert 'data-correct="Who led the other team?"' in html


def test_dates_are_written_out_and_anything_else_is_left_alone() -> None:
    assert date_in_words("2025-05-07") == "7 May 2025"
    assert date_in_words("some time") == "some time"


def test_a_reason_is_shown_in_its_sentences_alone() -> None:
    sentence = Sentence("Ada Byron led the team.", (1,))
    citation = _cite(_article(), sentence.text, "Ada Byron")
    words = Answer("Who?", "Who?", "Ada Byron [1]", "Ada Byron", (sentence,), (citation,), 0.9)
    sentences = replace(words, wanted=Wanted.SENTENCES)
    assert 'class="by-short"' in render_turn(ShownTurn("Who?", words), 0)
    shown = render_turn(ShownTurn("Why?", sentences), 0)
    assert 'class="by-short"' not in shown and sentence.text.split()[0] in _Tags(shown).text
    assert count_words(words) - count_words(sentences) == 2
