"""A conversation: follow-ups and their correction, what is kept in the browser, asking again, stopping."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from journeys import HOW_MANY, MAYOR, UNKNOWN, WHO, answered, ask, settled
from playwright.sync_api import Page, expect

from qa.assistant import Assistant
from qa.page.desk import ASKING_AT_ONCE, DESK

ONE = "And who led the Ukrainian one?"


def test_a_follow_up_shows_what_it_was_understood_as_and_is_corrected_in_one_click(page: Page) -> None:
    ask(page, WHO)
    turn = ask(page, ONE)
    expect(turn.locator(".by-understood q")).to_have_text("Who led the Ukrainian delegation?")
    turn.get_by_role("button", name="Not what you meant?").click()
    box = page.locator("#by-box textarea")
    expect(box).to_have_value("Who led the Ukrainian delegation?")
    expect(box).to_be_focused()
    expect(page.locator(".by-editing")).to_be_visible()
    box.fill("Who said they would share proposals?")  # a "they" that is not to be resolved this time
    box.press("Enter")
    settled(page, 2)
    turn = page.locator(".by-turn").nth(1)
    expect(turn.locator(".by-question")).to_have_text("Who said they would share proposals?")
    expect(turn.locator(".by-understood")).to_have_count(0)
    expect(page.locator(".by-editing")).to_be_hidden()


def test_the_last_question_is_asked_again_or_changed(page: Page) -> None:
    ask(page, UNKNOWN)
    ask(page, WHO)
    page.get_by_role("button", name="Ask again").click()
    settled(page, 2)
    page.get_by_role("button", name="Edit").click()
    box = page.locator("#by-box textarea")
    expect(box).to_have_value(WHO)
    page.get_by_role("button", name="Cancel").click()
    expect(box).to_have_value("")
    page.get_by_role("button", name="Edit").click()
    box.fill(HOW_MANY)
    box.press("Enter")
    expect(page.locator(".by-turn").nth(1).locator(".by-question")).to_have_text(HOW_MANY)
    settled(page, 2)
    expect(page.locator(".by-turn").nth(0).locator(".by-question")).to_have_text(UNKNOWN)


def test_a_reload_brings_the_conversation_back_and_others_can_be_opened_and_deleted(page: Page) -> None:
    ask(page, WHO)
    short = page.locator(".by-short strong")
    expect(short).to_have_text("Vladimir Medinsky")
    page.get_by_role("button", name="New chat").click()
    expect(page.locator(".by-welcome")).to_be_visible()
    ask(page, UNKNOWN)
    page.reload()
    settled(page, 1)
    expect(page.locator(".by-dont-say")).to_be_visible()
    past = page.locator(".by-past")
    past.locator("summary").click()
    expect(past.locator("li")).to_have_count(2)
    past.get_by_role("button", name=WHO, exact=True).click()
    expect(short).to_have_text("Vladimir Medinsky")
    page.locator(".by-cite").first.click()
    expect(page.locator("#by-sources mark.by-chosen")).to_be_in_viewport()
    expect(ask(page, ONE).locator(".by-understood")).to_be_visible()  # what came back is talked on from
    past.locator("summary").click()
    past.get_by_role("button", name=f"Delete the conversation: {WHO}").click()
    expect(page.locator(".by-welcome")).to_be_visible()
    expect(past.locator("li")).to_have_count(1)
    assert WHO not in page.evaluate("JSON.stringify(localStorage)")


def test_the_same_answer_in_another_conversation_is_kept_too(page: Page) -> None:
    for _ in range(2):
        page.get_by_role("button", name="New chat").click()
        expect(page.locator(".by-welcome")).to_be_visible()
        ask(page, WHO)
    page.reload()
    settled(page, 1)
    expect(page.locator(".by-short strong")).to_have_text("Vladimir Medinsky")
    page.locator(".by-past summary").click()
    expect(page.locator(".by-past li")).to_have_count(2)


def test_an_answer_that_is_left_alone_writes_over_no_other_conversation(
    serve_here: Callable[[Assistant], str],
    open_page: Callable[..., Page],
    assistant: Assistant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = open_page(at=serve_here(assistant))
    ask(page, WHO)
    ask(page, ONE)
    page.get_by_role("button", name="New chat").click()
    expect(page.locator(".by-welcome")).to_be_visible()
    monkeypatch.setattr("qa.page.chat.STREAM_PAUSE", 0.3)
    box = page.locator("#by-box textarea")
    box.fill(HOW_MANY)
    box.press("Enter")
    expect(page.locator(".by-turn .by-short")).to_be_visible()  # it unfolds
    past = page.locator(".by-past")
    past.locator("summary").click()
    past.get_by_role("button", name=WHO, exact=True).click()
    expect(page.locator(".by-turn")).to_have_count(2)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    ask(page, MAYOR)  # which takes its time to unfold too
    kept = page.evaluate("JSON.parse(localStorage['byline:conversation:' + sessionStorage['byline:current']])")
    assert [turn["question"] for turn in kept] == [WHO, ONE, MAYOR]


@pytest.mark.parametrize("forged", ["nonsense", '[{"question": "<img src=x onerror=window.pwned=1>"}]', "short"])
def test_what_someone_else_wrote_into_the_history_is_not_believed(page: Page, forged: str) -> None:
    ask(page, WHO)
    key = "byline:conversation:" + page.evaluate("sessionStorage.getItem('byline:current')")
    if forged == "short":
        forged = page.evaluate("key => localStorage.getItem(key)", key).replace('"short":"Vladimir', '"short":"Joseph')
    title = json.dumps([{"id": key.split(":")[2], "title": "<img src=x onerror=window.pwned=1>"}])
    page.evaluate(
        "([key, forged, title]) => { localStorage.setItem(key, forged); localStorage.setItem('byline:index', title); }",
        [key, forged, title],
    )
    page.reload()
    settled(page, 1)
    expect(page.locator(".by-short")).to_have_count(0)
    expect(page.locator("body")).not_to_contain_text("Joseph")
    page.locator(".by-past summary").click()
    expect(page.locator(".by-past li button").first).to_have_text("<img src=x onerror=window.pwned=1>")
    assert page.evaluate("window.pwned") is None
    expect(ask(page, WHO).locator(".by-short strong")).to_have_text("Vladimir Medinsky")


def test_questions_to_ask_next_are_offered_and_answered(page: Page) -> None:
    ask(page, WHO)
    suggested = page.locator("#by-suggestions [data-question]")
    expect(page.locator("#by-suggestions")).to_contain_text("Ask next")
    question = suggested.first.text_content() or ""
    assert question and question != WHO and suggested.count() <= 3
    suggested.first.click()
    expect(answered(page, 1).locator(".by-question")).to_have_text(question)
    expect(page.locator(".by-turn").nth(1).locator(".by-short")).to_be_visible()


def test_waiting_is_shown_and_can_be_stopped(
    serve_here: Callable[[Assistant], str], open_page: Callable[..., Page], assistant: Assistant
) -> None:
    page = open_page(at=serve_here(assistant))
    released = threading.Event()
    try:
        for _ in range(ASKING_AT_ONCE):
            DESK.take(released.wait)
        box = page.locator("#by-box textarea")
        box.fill(WHO)
        box.press("Enter")
        expect(page.locator(".by-status")).to_contain_text("Waiting for the question before yours")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".by-welcome")).to_be_visible()
        expect(box).to_have_value(WHO)
        box.press("Enter")
        expect(page.locator(".by-status")).to_contain_text("Waiting")
        page.keyboard.press("Escape")
        expect(box).to_have_value(WHO)
    finally:
        released.set()
    box.press("Enter")
    expect(answered(page, 0).locator(".by-short strong")).to_have_text("Vladimir Medinsky")


def test_a_stopped_question_is_meant_as_it_was(
    serve_here: Callable[[Assistant], str], open_page: Callable[..., Page], assistant: Assistant
) -> None:
    page = open_page(at=serve_here(assistant))
    ask(page, UNKNOWN)
    ask(page, WHO)
    box = page.locator("#by-box textarea")
    page.get_by_role("button", name="Edit").click()
    box.fill(MAYOR)
    released = threading.Event()
    try:
        for _ in range(ASKING_AT_ONCE):
            DESK.take(released.wait)
        box.press("Enter")
        expect(page.locator(".by-status")).to_contain_text("Waiting")
        page.get_by_role("button", name="Stop").click()
        expect(box).to_have_value(MAYOR)
        expect(page.locator(".by-turn")).to_have_count(2)
        expect(page.locator(".by-editing")).to_be_visible()
        box.fill("half a que")
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator(".by-status")).to_contain_text("Waiting")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".by-status")).to_have_count(0)
        expect(box).to_have_value("half a que")
        page.get_by_role("button", name="Edit").click()
        box.fill(MAYOR)
        box.press("Enter")
        expect(page.locator(".by-status")).to_contain_text("Waiting")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".by-editing")).to_be_visible()
    finally:
        released.set()
    box.press("Enter")
    expect(page.locator(".by-turn").nth(1).locator(".by-question")).to_have_text(MAYOR)
    settled(page, 2)
    expect(page.locator(".by-turn").nth(0).locator(".by-question")).to_have_text(UNKNOWN)


def test_what_could_not_be_asked_takes_no_answer_s_place(page: Page) -> None:
    ask(page, WHO)
    page.get_by_role("button", name="Edit").click()
    box = page.locator("#by-box textarea")
    box.fill(" ")
    box.press("Enter")
    expect(page.locator(".by-turn")).to_have_count(2)
    expect(page.locator(".by-short strong")).to_have_text("Vladimir Medinsky")
    page.reload()
    expect(page.locator(".by-short strong")).to_have_text("Vladimir Medinsky")


def test_what_another_window_kept_is_not_overwritten(page: Page) -> None:
    ask(page, WHO)
    page.evaluate(
        """() => {
          const key = Object.keys(localStorage).find((one) => one.startsWith("byline:conversation:"));
          const turns = JSON.parse(localStorage.getItem(key));
          localStorage.setItem(key, JSON.stringify([...turns, { ...turns[0], question: "Asked in another window?" }]));
        }"""
    )
    ask(page, UNKNOWN)
    expect(page.locator(".by-past li")).to_have_count(2)
    kept = page.evaluate(
        """() => Object.keys(localStorage).filter((one) => one.startsWith("byline:conversation:"))
          .map((key) => JSON.parse(localStorage.getItem(key)).map((turn) => turn.question)).sort()"""
    )
    assert kept == sorted([[WHO, "Asked in another window?"], [WHO, UNKNOWN]])
