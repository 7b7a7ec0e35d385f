"""What every browser test does: ask, wait for the answer; and the questions whose answers are known."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

WHO = "Who led the Russian delegation?"
HOW_MANY = "How many prisoners will each side release?"
MAYOR = "Who is the mayor of Quernhaven now?"
CHOSEN = "Who was chosen as mayor?"
UNKNOWN = "Who won the World Cup?"
ARTICLE = Path(__file__).resolve().parents[2] / "data" / "articles" / "prisoner-swap-article.txt"


def ask(page: Page, question: str) -> Locator:
    """Type a question, press Enter, wait until it is answered; gives its turn."""
    before = page.locator(".by-turn").count()
    box = page.locator("#by-box textarea")
    box.fill(question)
    box.press("Enter")
    return answered(page, before)


def answered(page: Page, number: int) -> Locator:
    """Wait until the turn of that number, counted from 0, is there and nothing is being answered; gives it."""
    turn = page.locator(".by-turn").nth(number)
    expect(turn).to_be_visible()
    expect(page.locator(".by-log")).to_have_attribute("aria-busy", "false")
    return turn


def settled(page: Page, turns: int) -> None:
    """Wait until there are so many turns and nothing is being answered."""
    expect(page.locator(".by-log[aria-busy=false] .by-turn")).to_have_count(turns)
