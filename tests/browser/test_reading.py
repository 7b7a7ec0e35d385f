"""Reading an answer: what its sources say is seen without leaving it, and checked with a press."""

from __future__ import annotations

import re

from journeys import ARTICLE, CHOSEN, WHO, ask
from playwright.sync_api import Page, expect

from qa.page.support import UNCERTAIN_BELOW


def test_a_source_is_previewed_by_pointing_and_by_keyboard(page: Page) -> None:
    turn = ask(page, WHO)
    cite, preview = turn.locator(".by-cite").first, page.get_by_role("tooltip")
    cite.hover()
    expect(preview).to_contain_text("16 May 2025")
    quote = (preview.locator("p").text_content() or "").strip("“”")
    assert "Vladimir Medinsky" in quote and quote in ARTICLE.read_text(encoding="utf-8")
    expect(cite).to_have_attribute("aria-describedby", "by-preview")
    box = preview.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 1280 and box["y"] >= 0
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    page.mouse.move(5, 5)
    page.locator("#by-box textarea").focus()
    while page.evaluate("!document.activeElement.matches('.by-cite')"):
        page.keyboard.press("Shift+Tab")
    expect(preview).to_contain_text("Vladimir Medinsky")


def test_confidence_is_in_words_with_the_number_behind_them(page: Page) -> None:
    confidence = ask(page, WHO).locator(".by-confidence")
    words = (confidence.text_content() or "").strip()
    confidence.hover()
    said = page.get_by_role("tooltip").text_content() or ""
    number = float(said.split("Confidence ")[1].split(":")[0])
    assert words == ("Uncertain" if number < UNCERTAIN_BELOW else "One source")
    expect(confidence).to_have_accessible_name(f"{words}. {said}")


def test_every_mark_is_gone_through_and_copied_with_its_citation(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = ask(page, CHOSEN)
    turn.get_by_role("button", name="Source 1").first.click()
    panel = page.locator("#by-sources")
    first = panel.locator("mark.by-chosen")
    expect(first).to_be_focused()
    expect(first).to_have_css("outline-style", "solid")
    said = first.text_content()
    places = panel.locator(".by-place")
    expect(places).to_have_text(f"1 of {panel.locator('mark').count()}")
    panel.get_by_role("button", name="Next marked sentence").click()
    expect(places).to_contain_text("2 of")
    second = panel.locator("mark.by-chosen")
    expect(second).to_be_in_viewport()
    quote = second.text_content() or ""
    assert quote != said
    panel.get_by_role("button", name="Copy with citation").locator("visible=true").click()
    expect(panel.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    title = panel.locator("details[open] .by-title").text_content() or ""
    assert copied.startswith(f"“{quote}” — {title}, ") and re.search(r" \d{1,2} \w+ \d{4}, https://", copied)
    original = panel.get_by_role("link", name="Read the original of").locator("visible=true")
    assert copied.endswith(original.get_attribute("href") or "none")
    panel.get_by_role("button", name="Previous marked sentence").click()
    expect(panel.locator("mark.by-chosen")).to_have_text(said or "")


def test_copying_works_where_the_clipboard_is_closed_to_the_page(page: Page) -> None:
    turn = ask(page, WHO)
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error()) } })"
    )
    turn.get_by_role("button", name="Copy with citation").click()
    expect(turn.get_by_role("button", name="Copied")).to_be_focused()
    box = page.locator("#by-box textarea")
    box.focus()
    page.keyboard.press("Control+V")
    expect(box).to_have_value(re.compile(r"^Vladimir Medinsky \[1\]\n\[1\] “.+16 May 2025", re.DOTALL))
