"""Visitors who ask at the same time each get the answer to their own question."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

ASKED = {
    "Who led the Russian delegation?": "Vladimir Medinsky",
    "Who is the mayor of Quernhaven now?": "Sunniva Oakreath",
    "Where are new bearings for the swing bridge cast?": "Denmark",
    "Who raised the alarm at Orlingfold Primary School?": "Maud Treliskey",
    "How many tern pairs were there in 2009?": "88",
    "How much will Brinewell Canning spend on a second line?": "£26 million",
}


def test_six_visitors_at_once_are_all_answered_and_none_mixed_up(open_page: Callable[..., Page]) -> None:
    pages = {question: open_page(800, 600) for question in ASKED}
    for question, page in pages.items():
        page.locator("#by-box textarea").fill(question)
    for page in pages.values():
        page.locator("#by-box textarea").press("Enter")
    for question, page in pages.items():
        expect(page.locator(".by-log[aria-busy=false] .by-turn .by-question")).to_have_text(question)
        expect(page.locator(".by-short")).to_contain_text(ASKED[question])
        expect(page.locator(".by-turn")).to_have_count(1)
