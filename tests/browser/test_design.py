"""The page for every reader: by keyboard, on a phone, in the dark, with a screen reader; nothing jumps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from journeys import MAYOR, UNKNOWN, WHO, answered, ask
from playwright.sync_api import Page, expect

GRAVE = ("serious", "critical")


def _violations(page: Page) -> list[str]:
    """What axe-core finds of serious or critical kind: the rule, and the places."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']} at {[node['target'] for node in one['nodes']]} {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_on_any_part_of_the_page(open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.querySelector('.gradio-container')).backgroundColor")
    assert (sum(int(part) for part in paper[4:-1].split(",")[:3]) < 200) == (scheme == "dark")
    expect(page.locator("#by-suggestions [data-question]").first).to_be_visible()
    page.locator(".by-publishers summary").click()
    assert _violations(page) == []
    ask(page, UNKNOWN)
    ask(page, WHO)
    ask(page, "And the Ukrainian one?")
    ask(page, MAYOR).locator(".by-cite").first.click()
    expect(page.locator("#by-sources mark.by-chosen")).to_be_visible()
    page.locator(".by-past summary").click()
    page.locator(".by-turn").last.locator(".by-confidence").hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert _violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_a_source_comes_up_over_the_answer_and_goes_again(
    open_page: Callable[..., Page], scheme: str
) -> None:
    phone = open_page(360, 740, scheme)
    turn = ask(phone, WHO)
    sources = phone.locator("#by-sources")
    expect(sources).to_be_hidden()
    expect(phone.locator("#by-box")).to_be_in_viewport()
    turn.locator(".by-cite").first.click()
    expect(sources.locator("mark.by-chosen")).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    if scheme == "light":
        assert _violations(phone) == []
    sources.get_by_role("button", name="Close the sources").click()
    expect(sources).to_be_hidden()
    expect(turn.locator(".by-cite").first).to_be_focused()


def test_everything_is_reached_by_keyboard_and_the_focus_is_seen(page: Page) -> None:
    reached: list[str] = []

    def tab_to(selector: str, key: str = "Tab") -> None:
        for _ in range(80):
            page.keyboard.press(key)
            reached.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
            outline = "e => getComputedStyle(e).outlineStyle !== 'none' || e.matches('#by-box textarea, input')"
            assert page.evaluate(f"({outline})(document.activeElement)"), f"no outline on {reached[-1]}"
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"{selector} was not reached: {reached}")

    tab_to("#by-box textarea")
    page.keyboard.type(WHO)
    page.keyboard.press("Enter")
    turn = answered(page, 0)
    expect(page.locator("#by-suggestions [data-question]").first).to_be_visible()
    tab_to(".by-cite", "Shift+Tab")
    page.keyboard.press("Enter")
    mark = page.locator("#by-sources mark.by-chosen")
    expect(mark).to_be_focused()
    tab_to("[data-copy-mark]")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(turn.locator(".by-cite:focus")).to_have_count(1)
    tab_to(".by-past summary", "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(".by-past [data-open]")
    page.keyboard.press("Escape")
    expect(page.locator(".by-past summary")).to_be_focused()
    tab_to(".by-publishers summary")
    page.keyboard.press("Enter")
    tab_to("[name=publisher]")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)


def test_nothing_jumps_while_an_answer_comes(page: Page) -> None:
    ask(page, UNKNOWN)
    page.evaluate(
        """() => {
          window.places = [];
          const note = () => {
            const asked = [...document.querySelectorAll(".by-question")][1];
            const box = document.getElementById("by-box").getBoundingClientRect();
            const said = !!asked?.closest(".by-turn")?.querySelector(".by-short");
            if (asked) window.places.push([Math.round(asked.getBoundingClientRect().top), Math.round(box.top), said]);
            window.requestAnimationFrame(note);
          };
          note();
        }"""
    )
    ask(page, MAYOR)
    expect(page.locator("#by-suggestions [data-question]").first).to_be_visible()
    places = page.evaluate("window.places")
    assert len(places) > 10
    assert len({box for _, box, _ in places}) == 1, "the box moved"
    before = [top for top, _, said in places if not said]
    moved = [top for place, top in enumerate(before) if place and abs(top - before[place - 1]) > 2]
    assert len(moved) <= 1, f"the question is put in its place once, {moved}"
    answered = [top for top, _, said in places if said]
    assert answered and max(answered + before[-1:]) - min(answered + before[-1:]) <= 2, (before[-1:], answered)


def test_the_page_has_a_name_an_icon_and_no_one_else_s_signature(page: Page) -> None:
    assert page.title() == "Byline"
    assert (page.locator("link[rel=icon]").first.get_attribute("href") or "").startswith("data:image/svg+xml")
    expect(page.locator("footer")).not_to_contain_text("Gradio")
    expect(page.locator("footer")).not_to_contain_text("Settings")
    assert page.locator("html").get_attribute("lang")
