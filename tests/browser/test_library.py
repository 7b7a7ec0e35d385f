"""The library tab of a public page: what a visitor adds is theirs alone, and what is hostile is only text."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PIER = "The pier at Quernhaven was painted by Odo Lark in May."
WHO = "Who painted the pier at Quernhaven?"


def open_library(page: Page) -> Locator:
    """Go to the tab; gives the rows of the list."""
    page.get_by_role("tab", name="Library").click()
    rows = page.locator("#by-lib-table tbody tr")
    expect(rows.first).to_be_visible()
    return rows


def upload(page: Page, *files: Path) -> Locator:
    """Choose files to add; gives the line that says what became of them."""
    if not page.locator("#by-lib-files").is_visible():
        page.get_by_role("button", name="Add articles").click()
    page.locator("#by-lib-files input[type=file]").set_input_files([str(file) for file in files])
    return page.locator("#by-lib-status")


def ask(page: Page, question: str) -> Locator:
    """Ask in the other tab; gives the answer's turn."""
    page.get_by_role("tab", name="Ask").click()
    before = page.locator(".by-turn").count()
    page.locator("#by-box textarea").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".by-turn").nth(before)
    expect(turn).to_be_visible()
    expect(page.locator(".by-log")).to_have_attribute("aria-busy", "false")
    return turn


def test_a_file_is_added_and_asked_of_and_no_other_visitor_sees_it(open_page, tmp_path: Path) -> None:
    mine, other = open_page(), open_page()
    before = open_library(mine).count()
    file = tmp_path / "pier.txt"
    file.write_text(PIER)
    expect(upload(mine, file)).to_contain_text("1 article added")
    expect(mine.locator("#by-lib-table tbody tr")).to_have_count(before + 1)
    expect(mine.locator("#by-lib-table tbody tr").first).to_contain_text("only you")
    expect(mine.locator("#by-holdings")).to_contain_text(f"{before + 1} articles")
    turn = ask(mine, WHO)
    expect(turn.locator(".by-short strong")).to_have_text("Odo Lark")
    turn.get_by_role("button", name="Source 1").first.click()
    expect(mine.locator("#by-sources mark").first).to_contain_text("Odo Lark")

    expect(open_library(other)).to_have_count(before)
    expect(ask(other, WHO)).not_to_contain_text("Odo Lark")
    expect(other.locator("#by-sources")).not_to_contain_text("Odo Lark")

    # feedback would show the owner what only this visitor has
    mine.locator("[data-verdict=up]").click()
    expect(mine.locator("#by-feedback")).to_contain_text("nothing of it is kept")

    rows = open_library(mine)
    rows.first.get_by_role("button", name="Remove pier").click()
    expect(mine.locator("#by-lib-status")).to_contain_text("Removed “pier”")
    expect(mine.locator("#by-lib-table tbody tr")).to_have_count(before)
    expect(ask(mine, WHO)).not_to_contain_text("Odo Lark")
    open_library(mine)
    mine.get_by_role("button", name="Undo").click()
    expect(mine.locator("#by-lib-table tbody tr").first).to_contain_text("pier")
    mine.reload()
    expect(open_library(mine)).to_have_count(before)


def test_the_list_is_searched_sorted_and_read(page: Page) -> None:
    rows = open_library(page)
    every = rows.count()
    page.locator("#by-lib-search input, #by-lib-search textarea").first.fill("mayor")
    expect(page.locator("#by-lib-table caption")).to_contain_text(re.compile(r"^\d of "))
    assert 0 < rows.count() < every
    page.locator("#by-lib-search input, #by-lib-search textarea").first.fill("")
    expect(rows).to_have_count(every)
    page.locator("#by-lib-table").get_by_role("button", name="Title").click()
    expect(page.locator("#by-lib-table th").first).to_have_attribute("aria-sort", "ascending")
    titles = [title.casefold() for title in page.locator("#by-lib-table [data-open]").all_inner_texts()]
    assert titles == sorted(titles)
    first = page.locator("#by-lib-table [data-open]").first
    first.click()
    expect(page.locator("#by-lib-pane h2")).to_have_text(first.inner_text())
    expect(page.locator("#by-lib-pane h2")).to_be_focused()
    expect(page.locator("#by-lib-table [data-remove]")).to_have_count(0)  # nothing here is this visitor's


def test_text_is_pasted_and_a_wrong_date_is_said(page: Page) -> None:
    open_library(page)
    page.get_by_role("button", name="Add articles").click()
    expect(page.locator("#by-lib-add")).to_contain_text("300,000 characters together")
    page.get_by_role("button", name="Paste text instead").click()
    page.get_by_label("Text", exact=True).fill(PIER)
    page.get_by_label("Date").fill("soon")
    page.get_by_role("button", name="Add this text").click()
    expect(page.locator("#by-lib-status")).to_contain_text("YYYY-MM-DD")
    expect(page.get_by_label("Text", exact=True)).to_have_value(PIER)  # not lost
    page.get_by_label("Date").fill("2025-05-17")
    page.get_by_role("button", name="Add this text").click()
    expect(page.locator("#by-lib-status")).to_contain_text("1 article added")
    expect(page.locator("#by-lib-table tbody tr").first).to_contain_text("17 May 2025")
    expect(page.get_by_label("Text", exact=True)).to_have_value("")


def test_hostile_names_and_texts_are_shown_as_text_and_written_nowhere(open_page, tmp_path: Path) -> None:
    page = open_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    rows = open_library(page)
    before = rows.count()
    script = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
    files = {
        "<img src=x onerror=window.pwned=1>.txt": f"{script} A walrus sat on the pier.",
        "‮txt.exe‬ right to left.txt": "A seal sat on the pier.",
        "front.md": f'---\ntitle: "{script}"\nurl: "javascript:window.pwned=1"\n---\n{script} Otters too.',
        "..-..-..-etc-passwd.txt": "A gull sat on the pier.",
        "line.txt": "word " * 1_000_000,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    status = upload(page, *(tmp_path / name for name in files))
    expect(status).to_contain_text("4 articles added")
    expect(status).to_contain_text("“line” was not added")
    expect(rows).to_have_count(before + 4)
    for place in range(4):
        page.locator("#by-lib-table [data-open]").nth(place).click()
        expect(page.locator("#by-lib-table tr[aria-current=true]")).to_have_count(1)
        expect(page.locator("#by-lib-pane .by-lib-text")).to_be_visible()
    expect(ask(page, "What sat on the pier?").locator(".by-said")).to_be_visible()
    # a name with a real path in it, as only a hand-made request has
    evil = page.request.post(
        f"{page.url.rstrip('/')}/gradio_api/upload",
        multipart={"files": {"name": "../../../../tmp/byline-pwned.txt", "mimeType": "text/plain", "buffer": b"x"}},
    )
    assert not Path("/tmp/byline-pwned.txt").exists(), evil.text()
    inside = "#by-library img, #by-library script, #by-library iframe, #by-ask .by-said img, #by-sources img"
    expect(page.locator(inside)).to_have_count(0)
    assert page.evaluate("window.pwned") is None and not dialogs
