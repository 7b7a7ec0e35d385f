"""Filters beside the question: honoured in retrieval, shown with the answer, and lifted with one click."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from journeys import WHO, ask, settled
from playwright.sync_api import Page, expect

POST = "Ebberlode Post (invented)"
FAIR = "How many people came to the Lantern Fair?"


def test_a_question_is_asked_of_one_publisher_and_then_of_all(page: Page) -> None:
    page.locator(".by-publishers summary").click()
    page.get_by_role("checkbox", name=POST).check()
    page.keyboard.press("Escape")
    expect(page.locator(".by-publishers summary")).to_have_text(POST)
    turn = ask(page, FAIR)
    expect(turn.locator(".by-limited")).to_have_text(f"Looked only at {POST}")
    expect(turn.locator(".by-sentence figcaption").first).to_contain_text(POST)
    turn = ask(page, WHO)
    expect(turn.locator(".by-dont-say")).to_be_visible()
    turn.get_by_role("button", name="Ask all articles").click()
    expect(page.locator(".by-turn").nth(1).locator(".by-short strong")).to_have_text("Vladimir Medinsky")
    settled(page, 2)
    expect(page.locator(".by-publishers summary")).to_have_text("All publishers")
    page.reload()
    settled(page, 2)
    expect(page.locator(".by-turn").nth(0).locator(".by-limited")).to_have_text(f"Looked only at {POST}")


def test_days_limit_a_question_and_are_collapsed_on_a_phone(open_page: Callable[..., Page]) -> None:
    phone = open_page(360, 740)
    start = phone.locator("[name=from]")
    expect(start).to_be_hidden()
    phone.locator(".by-filters > summary").click()
    start.fill("2025-06-01")
    expect(phone.locator(".by-filtered")).to_have_text(re.compile(r"\(1\)"))
    turn = ask(phone, WHO)  # its article is of May
    expect(turn.locator(".by-dont-say")).to_be_visible()
    expect(turn.locator(".by-limited")).to_have_text("Looked only at articles from 1 June 2025")
    phone.locator("[name=to]").fill("2025-05-01")
    expect(ask(phone, WHO).get_by_role("alert")).to_contain_text("after its last")
    phone.get_by_role("button", name="Clear").click()
    expect(ask(phone, WHO).locator(".by-short strong")).to_have_text("Vladimir Medinsky")


def test_the_chat_endpoint_takes_the_same_filters(address: str) -> None:
    client = Client(address, verbose=False)
    asked = client.predict(FAIR, publishers=[POST], published_from="2025-01-01", api_name="/chat")
    assert asked["citations"] and {citation["publisher"] for citation in asked["citations"]} == {POST}
    assert client.predict(WHO, published_to="2020-01-01", api_name="/chat")["abstained"]
    with pytest.raises(AppError, match="YYYY-MM-DD"):
        client.predict(WHO, published_to="yesterday", api_name="/chat")
