"""Answers over the sample library: what is said, where it stands, and when nothing is said."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from index.article import Article
from index.errors import LibraryError, QuestionError
from index.filters import Filters
from index.library import Library
from qa.answer import ABSTENTION, Answer
from qa.assistant import Assistant, Inquiry
from qa.compose import ALTERNATIVE_LEAST
from qa.conversation import Turn
from qa.reader import Reader, Span
from qa.settings import Settings


def check(answer: Answer, library: Library) -> None:
    """What holds for every answer."""
    for citation in [*answer.citations, *(one for other in answer.alternatives for one in other.citations)]:
        assert citation.holds_in(library.article(citation.article_id))
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    if answer.abstained:
        assert answer.text == ABSTENTION and not answer.sentences and not answer.short and not answer.alternatives
    else:
        assert answer.short in answer.citations[0].quote
        assert all(f"[{number}]" in answer.text for number in numbers)
        assert all(sentence.citations for sentence in answer.sentences)
    for near in answer.closest:
        assert library.article(near.article_id).text[near.start : near.end] == near.text
    assert 0 <= answer.confidence <= 1
    json.dumps(answer.as_dict())


def test_who_led_the_russian_delegation(assistant: Assistant) -> None:
    answer = assistant.ask("Who led the Russian delegation?")
    check(answer, assistant.library)
    assert answer.short == "Vladimir Medinsky" and answer.text.startswith("Vladimir Medinsky [1]")
    citation = answer.citations[0]
    assert citation.article_id == "prisoner-swap" and "leader of Russia's delegation" in citation.quote
    article = assistant.library.article("prisoner-swap")
    assert article.text[citation.answer_start : citation.answer_end] == "Vladimir Medinsky"


def test_how_many_prisoners(assistant: Assistant) -> None:
    answer = assistant.ask("How many prisoners will each side release?")
    check(answer, assistant.library)
    assert answer.short.startswith("1,000") and answer.citations[0].article_id == "prisoner-swap"


def test_the_articles_do_not_say(assistant: Assistant) -> None:
    answer = assistant.ask("Who won the World Cup?")
    check(answer, assistant.library)
    assert answer.abstained and answer.text == ABSTENTION and not answer.citations
    assert answer.closest and "[1]" not in answer.text


def test_a_follow_up_is_understood(assistant: Assistant) -> None:
    before = Turn("Who led the Russian delegation?", "Vladimir Medinsky")
    answer = assistant.ask("And who led the Ukrainian one?", [before])
    check(answer, assistant.library)
    assert answer.understood_as == "Who led the Ukrainian delegation?"


def test_the_trace_says_what_each_stage_did(assistant: Assistant) -> None:
    trace = assistant.ask("Who led the Russian delegation?").trace
    assert set(trace["milliseconds"]) == {"retrieve", "read", "select", "compose"}
    first = trace["passages"][0]
    assert first["article_id"] == "prisoner-swap" and first["margin"] is not None and 0 <= first["fused"] <= 1
    assert trace["proposals"][0]["text"] == "Vladimir Medinsky"
    assert len(trace["reader_hash"]) == len(trace["embedder_hash"]) == 64 and trace["calibrated"]


def test_filters_are_honoured(assistant: Assistant) -> None:
    answer = assistant.ask("Who led the Russian delegation?", filters=Filters(published_to="2024-12-31"))
    assert answer.abstained
    assert all(near.published <= "2024-12-31" for near in answer.closest)


def test_a_removed_article_no_longer_answers(library: Library, sample_articles: list[Article]) -> None:
    library.add(sample_articles)
    assistant = Assistant(library)
    assert not assistant.ask("Who led the Russian delegation?").abstained
    library.remove(["prisoner-swap"])
    after = assistant.ask("Who led the Russian delegation?")
    check(after, library)
    assert after.short != "Vladimir Medinsky"
    assert all(near.article_id != "prisoner-swap" for near in after.closest)


def test_the_threshold_is_honoured(sample_library: Library) -> None:
    question = "Who led the Russian delegation?"
    never = Assistant(sample_library, Settings.checked({"min_confidence": 1.0})).ask(question)
    always = Assistant(sample_library, Settings.checked({"min_confidence": 0.0})).ask("Who won the World Cup?")
    assert never.abstained and not always.abstained
    check(always, sample_library)


def test_articles_that_agree_are_cited_together(library: Library) -> None:
    text = "The Sethe Bridge cost £21.7 million, the council said."
    library.add(
        [
            Article(id="one", text=f"{text} It opened on Friday.", title="Bridge", publisher="Post"),
            Article(id="two", text=f"Crowds came on Friday. {text}", title="Bridge opens", publisher="Courier"),
        ]
    )
    answer = Assistant(library).ask("How much did the Sethe Bridge cost?")
    check(answer, library)
    assert {citation.article_id for citation in answer.citations} == {"one", "two"}
    assert len(answer.sentences) == 1 and answer.sentences[0].citations == (1, 2)


@pytest.mark.parametrize(
    ("question", "said"), [("", "empty"), (" \n\t", "empty"), ("why " * 5000, "20,000 characters; the most is 2,000")]
)
def test_questions_that_cannot_be_asked(assistant: Assistant, question: str, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        assistant.ask(question)


def test_an_empty_library_says_how_to_add(library: Library) -> None:
    with pytest.raises(LibraryError, match="byline index add"):
        Assistant(library).ask("Who?")


def test_an_article_citation_survives_only_to_the_letter(assistant: Assistant) -> None:
    citation = assistant.ask("Who led the Russian delegation?").citations[0]
    article = assistant.library.article("prisoner-swap")
    assert citation.holds_in(article)
    assert not citation.holds_in(replace(article, text="!" + article.text))


def test_a_reason_is_told_in_sentences_each_with_its_own_citation(assistant: Assistant) -> None:
    eager = Assistant(assistant.library, Settings.checked({"min_confidence": 0}))
    answer = eager.ask("Why was the opening of the Sethe Swing Bridge put back in September 2024?")
    check(answer, assistant.library)
    assert answer.wanted == "sentences" and 1 <= len(answer.sentences) <= 3
    assert answer.text == " ".join(f"{sentence.text} {sentence.marks}" for sentence in answer.sentences)
    assert [sentence.text for sentence in answer.sentences] == [citation.quote for citation in answer.citations]
    places = [(citation.article_id, citation.start) for citation in answer.citations]
    for one, other in itertools.pairwise(places):
        assert one[0] != other[0] or one[1] < other[1], "sentences of an article come in reading order"
    assert any("hairline cracks" in sentence.text for sentence in answer.sentences)


def test_yes_or_no_is_answered_by_the_sentence_that_says_so(assistant: Assistant) -> None:
    answer = assistant.ask("Did the two countries agree on a ceasefire?")
    check(answer, assistant.library)
    assert answer.text == "The two countries have not agreed on a ceasefire yet. [1]"


def test_every_article_that_gives_the_answer_is_cited(assistant: Assistant) -> None:
    answer = assistant.ask("How much will Brinewell Canning spend on its second line in Quernhaven?")
    check(answer, assistant.library)
    assert answer.short == "£26 million"
    assert {citation.article_id for citation in answer.citations} == {"cannery-trade", "cannery-courier"}


def test_questions_read_together_are_answered_as_each_alone(assistant: Assistant) -> None:
    inquiries = [
        Inquiry("Who led the Russian delegation?"),
        Inquiry("Who won the World Cup?"),
        Inquiry("And who led the Ukrainian one?", (Turn("Who led the Russian delegation?", "Vladimir Medinsky"),)),
        Inquiry("Who led the Russian delegation?", filters=Filters(published_to="2024-12-31")),
        Inquiry("Why was the opening of the Sethe Swing Bridge put back in September 2024?"),
    ]
    together = assistant.ask_many(inquiries)
    for inquiry, answer in zip(inquiries, together, strict=True):
        assert isinstance(answer, Answer) and answer.trace["read_together"] == len(inquiries)
        check(answer, assistant.library)
        alone = assistant.ask(inquiry.question, inquiry.history, inquiry.filters)
        assert replace(answer, trace={}) == replace(alone, trace={}), "to the last digit"
        assert answer.trace["passages"] == alone.trace["passages"] and alone.trace["read_together"] == 1


def test_what_one_question_fails_with_is_nothing_to_the_others(assistant: Assistant) -> None:
    steps: list[str] = []
    asked = [Inquiry(""), Inquiry("Who led the Russian delegation?"), Inquiry("x" * 20_000)]
    empty, answer, long = assistant.ask_many(asked, steps.append)
    assert isinstance(empty, QuestionError) and "empty" in str(empty)
    assert isinstance(answer, Answer) and answer.short == "Vladimir Medinsky"
    assert isinstance(long, QuestionError) and "20,000" in str(long)
    read = sum(passage["margin"] is not None for passage in answer.trace["passages"])
    assert steps == ["Searching the articles…", f"Reading {read} passages…"]


def test_a_reader_that_fails_on_one_question_answers_the_others(assistant: Assistant) -> None:
    class Choosy(Reader):
        def read_pairs(self, questions: Sequence[str], passages: Sequence[str], most: int = 3) -> list[list[Span]]:
            if any("World Cup" in question for question in questions):
                raise ValueError("not that one")
            return super().read_pairs(questions, passages, most)

    picky = Assistant(assistant.library)
    picky.reader = Choosy()
    failed, answer = picky.ask_many([Inquiry("Who won the World Cup?"), Inquiry("Who led the Russian delegation?")])
    assert isinstance(failed, ValueError)
    assert isinstance(answer, Answer) and answer.short == "Vladimir Medinsky"


def test_other_words_of_the_sentence_that_is_cited_are_no_other_answer(assistant: Assistant) -> None:
    # That sentence names a president too, and what the reader makes of him is sure enough to be mentioned.
    answer = assistant.ask("Who led the Russian delegation?")
    (likely,) = [one for one in answer.trace["proposals"][1:] if one["text"] == "Vladimir Putin"]
    assert "Vladimir Putin" in answer.citations[0].quote and likely["probability"] >= ALTERNATIVE_LEAST
    assert not answer.alternatives
