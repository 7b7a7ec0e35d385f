"""A conversation that the browser kept comes back only as far as the library bears it out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from index.article import Article
from index.errors import LibraryError, QuestionError
from index.filters import Filters
from qa.answer import ABSTENTION, Alternative, Answer, Citation, Closest, Sentence
from qa.page.asked import Asked
from qa.page.records import UNREADABLE, record_of, restored
from qa.page.turns import ShownTurn

QUOTE = "Mayor Ann Lee cut the ribbon."


@pytest.fixture
def turn(bridge: Article) -> ShownTurn:
    start = bridge.text.index(QUOTE)
    cited = Citation(
        1,
        "bridge",
        bridge.title,
        bridge.publisher,
        bridge.published,
        "",
        start,
        start + 29,
        QUOTE,
        start + 6,
        start + 13,
    )
    answer = Answer(
        "Who cut it?",
        "Who cut it (the ribbon)?",
        "Ann Lee [1]",
        "Ann Lee",
        (Sentence(QUOTE, (1,)),),
        (cited,),
        0.8,
        (Alternative("Mayor", 0.3, (cited,)),),
        trace={"secret": 1},
    )
    return ShownTurn("Who cut it?", answer, filters=Filters(("The Courier",), "2025-01-01"), verbatim=True)


def _back(turns: list[dict[str, Any]], *articles: Article) -> tuple[ShownTurn, ...]:
    held = {article.id: article for article in articles}

    def article_of(name: str) -> Article:
        if name not in held:
            raise LibraryError("There is none.")
        return held[name]

    return restored(json.dumps(turns), article_of)


def test_a_turn_comes_back_as_it_was_without_its_trace(turn: ShownTurn, bridge: Article) -> None:
    assert turn.answer is not None
    assert _back([record_of(turn)], bridge) == (replace(turn, answer=replace(turn.answer, trace={})),)
    notice = ShownTurn("?", notice="The question is too long.")
    assert _back([record_of(notice)], bridge) == (notice,)


def test_what_the_library_does_not_bear_out_is_not_shown_again(turn: ShownTurn, bridge: Article) -> None:
    changed = replace(bridge, text="Nobody cut anything. " + bridge.text)
    for articles in ((), (changed,)):
        (found,) = _back([record_of(turn)], *articles)
        assert found.answer is not None and found.answer.abstained and found.answer.text == ABSTENTION
        assert found.dropped == 1 and not found.answer.alternatives and not found.answer.sentences


@pytest.mark.parametrize(
    "forge",
    [
        {"short": "Somebody else", "text": "Somebody else [1]"},
        {"sentences": [{"text": "The mayor stole it.", "citations": [1]}]},
        {"confidence": 7.5},
        {"trace": {"x": ["y"]}},
        {"closest": [{"article_id": "bridge", "title": "t", "publisher": "", "published": "", "url": "javascript:1",
                      "start": -9, "end": 5, "text": "made up"}]},
    ],
)  # fmt: skip
def test_a_forged_record_says_nothing_that_the_articles_do_not(
    turn: ShownTurn, bridge: Article, forge: dict[str, Any]
) -> None:
    record = record_of(turn)
    answer = record["answer"]
    assert isinstance(answer, dict)
    (found,) = _back([{**record, "answer": {**answer, **forge}}], bridge)
    assert found.answer is not None
    assert found.answer.short in ("", "Ann Lee") and 0 <= found.answer.confidence <= 1 and not found.answer.trace
    assert all(sentence.text in bridge.text for sentence in found.answer.sentences) and not found.answer.closest


def test_the_names_of_a_source_are_the_library_s_not_the_record_s(turn: ShownTurn, bridge: Article) -> None:
    text = json.dumps(record_of(turn)).replace("Bridge opens", "Forged").replace("The Courier", "Forged")
    (found,) = _back([json.loads(text)], bridge)
    assert found.answer is not None and found.answer.citations[0].title == "Bridge opens"


def test_who_else_carries_a_sentence_is_not_taken_from_a_record(turn: ShownTurn, bridge: Article) -> None:
    assert turn.answer is not None
    carried = replace(turn.answer.citations[0], carried_by=("The Post",))
    record = record_of(replace(turn, answer=replace(turn.answer, citations=(carried,))))
    (back,) = _back([record], bridge)
    assert back.answer is not None and back.answer.citations[0].carried_by == ()


@pytest.mark.parametrize(
    "record", [None, 7, "x", [], {}, {"question": 3}, {"question": "q", "onload": "x"}, {"question": "q", "answer": {}}]
)
def test_a_record_that_is_none_is_named_and_passed_over(record: Any, turn: ShownTurn, bridge: Article) -> None:
    first, second = _back([record, record_of(turn)], bridge)
    assert first.answer is None and first.notice == UNREADABLE
    assert second.answer is not None and second.answer.short == "Ann Lee"


def test_a_citation_cannot_point_before_the_text(turn: ShownTurn, bridge: Article) -> None:
    record = record_of(turn)
    text = json.dumps(record).replace('"start": 29', '"start": -33').replace('"end": 58', '"end": -4')
    (found,) = _back([json.loads(text)], bridge)
    assert found.answer is not None and found.answer.abstained


@pytest.mark.parametrize("kept", ["", "{}", "nonsense", "[" * 10_000, "7"])
def test_a_conversation_that_is_none_is_refused_in_a_sentence(kept: str) -> None:
    with pytest.raises(QuestionError, match="could not be restored"):
        restored(kept, lambda _: pytest.fail("no article is looked up"))


def test_what_the_page_sends_with_a_question_is_checked() -> None:
    limits = {"publishers": ["Post"], "published_from": "2025-01-01", "published_to": ""}
    asked = Asked.read(json.dumps({"limits": limits, "replace": 2, "verbatim": True}))
    assert asked.filters == Filters(("Post",), "2025-01-01") and asked.replace == 2 and asked.verbatim
    assert not Asked.read("").filters
    for bad in ("[]", '{"limits": 3}', '{"replace": "x"}', '{"other": 1}', "nonsense"):
        with pytest.raises(QuestionError, match="reload"):
            Asked.read(bad)
    for days in (("2025-13-01", ""), ("2025-02-02", "2025-02-01"), ("' OR 1", "")):
        backwards = {"publishers": [], "published_from": days[0], "published_to": days[1]}
        with pytest.raises(QuestionError):
            _ = Asked.read(json.dumps({"limits": backwards})).filters


def test_closest_passages_come_back_where_they_still_stand(bridge: Article) -> None:
    passage = Closest("bridge", "x", "x", "", "", 0, 28, bridge.text[:28])
    turn = ShownTurn("Who?", Answer("Who?", "Who?", ABSTENTION, closest=(passage,)))
    (found,) = _back([record_of(turn)], bridge)
    assert found.answer is not None and [one.title for one in found.answer.closest] == ["Bridge opens"]
