"""Suggested questions are answered from the very sentence they were drafted from, before they are offered."""

from __future__ import annotations

import re

from index.article import Article
from index.library import Library
from qa.assistant import Assistant
from qa.served.assistant import MeteredAssistant
from qa.served.meter import Meter
from qa.suggest import Suggester


def test_each_suggestion_is_answered_from_its_article_and_remembered(assistant: Assistant) -> None:
    suggester = Suggester(assistant)
    found = suggester.suggest(["prisoner-swap", "no-such-article", "mayor-elected"])
    assert 0 < len(found) <= 3 and len(set(found)) == len(found)
    for question in found:
        answer = assistant.ask(question)
        assert any(citation.article_id in ("prisoner-swap", "mayor-elected") for citation in answer.citations)
    asked: list[int] = []
    again = suggester.suggest(["prisoner-swap", "mayor-elected"], go_on=lambda: asked.append(1) is None)
    assert again == found and len(asked) <= 9  # one look for each draft: nothing was asked of the assistant again


def test_a_question_that_was_asked_is_not_suggested(assistant: Assistant) -> None:
    suggester = Suggester(assistant)
    first = suggester.suggest(["prisoner-swap"], most=1)
    assert first and first[0] not in suggester.suggest(["prisoner-swap"], [first[0].upper().rstrip("?")])


def test_it_ends_at_once_when_something_better_is_to_be_done(assistant: Assistant) -> None:
    assert Suggester(assistant).suggest(["prisoner-swap"], go_on=lambda: False) == []
    looks = iter([True, True, False])
    assert Suggester(assistant).suggest(["prisoner-swap"], go_on=lambda: next(looks, False)) == []


def test_a_change_of_the_library_is_seen(assistant: Assistant, library: Library) -> None:
    text = "Captain Wexmoor Threlkeld sailed the lugger Ossory Belle to Fensby in May 2019. The crew were four."
    library.add([Article("voyage", text, "A voyage")])
    suggester = Suggester(Assistant(library))
    before = suggester.suggest(["voyage"])
    library.remove(["voyage"])
    assert suggester.suggest(["voyage"]) == []
    assert all("Ossory Belle" in question for question in before)


def test_checks_are_counted_apart_from_what_people_ask(assistant: Assistant) -> None:
    meter = Meter(dict, lambda: True)
    counted = MeteredAssistant(assistant.library, assistant.settings, meter)

    def count(name: str) -> float:
        return float(re.findall(rf"^{name} (.+)$", meter.text().decode(), re.MULTILINE)[0])

    assert Suggester(counted).suggest(["prisoner-swap"], most=1)
    of_people = ("byline_questions_total", "byline_abstentions_total", "byline_question_seconds_count")
    assert count("byline_checks_total") >= 1 and [count(name) for name in of_people] == [0, 0, 0]
    checks = count("byline_checks_total")
    counted.ask("Who won the World Cup?")
    assert count("byline_checks_total") == checks and [count(name) for name in of_people] == [1, 1, 1]
