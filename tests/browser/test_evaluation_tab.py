"""The tab "Evaluate": there for the owner alone; a set is run with its progress, and its report shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qa.assistant import Assistant
from qa.page.blocks import create_page, start
from qa.settings import Settings

SET = [
    {"id": "1", "question": "Who led the Russian delegation?", "answers": ["Vladimir Medinsky"]},
    {"id": "2", "question": "What is <b>bold</b> about terns?", "answers": ["<i>nothing</i>"]},
    {"id": "3", "question": "Who won the World Cup?", "answerable": False},
]


@pytest.fixture
def owner_page(
    browser: Browser, assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """The page as its owner sees it, served from this process, in a folder that runs can be kept in."""
    monkeypatch.chdir(tmp_path)
    settings = Settings.checked({"editable": True, "port": 0})
    served = create_page(assistant, settings)
    address = start(served, settings)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.goto(address)
        yield page
    finally:
        context.close()
        served.close()


def test_the_owner_runs_a_set_and_reads_its_report(owner_page: Page, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in SET), encoding="utf-8")
    owner_page.get_by_role("tab", name="Evaluate").click()
    status = owner_page.locator("#by-eval-status")
    run = owner_page.get_by_role("button", name="Run", exact=True)
    run.click()
    expect(status).to_contain_text("Choose a question set first")
    owner_page.evaluate(
        """() => { window.seen = [];
          new MutationObserver(() => window.seen.push(document.getElementById("by-eval-status").innerText))
            .observe(document.body, { subtree: true, childList: true, characterData: true }); }"""
    )
    owner_page.locator("#by-eval-file input[type=file]").set_input_files(path)
    expect(owner_page.locator("#by-eval-file a[href*=mine]")).to_be_visible()  # it has been sent
    run.click()
    expect(status).to_contain_text("Done. The run is in runs/page-")
    assert any("of 3 questions" in line and "s left" in line for line in owner_page.evaluate("window.seen"))
    report = owner_page.frame_locator("#by-eval-report iframe")
    expect(report.locator(".lead")).to_contain_text("3 questions, 2 of them answerable")
    expect(report.locator("body")).to_contain_text("<b>bold</b>")
    report.locator('a[href$="#run"]').first.click()
    expect(report.locator(".lead")).to_contain_text("3 questions, 2 of them answerable")
    with owner_page.expect_download() as saved:
        owner_page.get_by_role("link", name="Save the report").click()
    assert "<h1>page-" in Path(saved.value.path()).read_text(encoding="utf-8")
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "report.html").exists() and (folder / "summary.json").exists()


def test_a_run_is_stopped_and_what_was_asked_is_kept(owner_page: Page, tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    rows = ({**SET[0], "id": str(number)} for number in range(400))
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    owner_page.get_by_role("tab", name="Evaluate").click()
    status = owner_page.locator("#by-eval-status")
    owner_page.locator("#by-eval-file input[type=file]").set_input_files(path)
    expect(owner_page.locator("#by-eval-file")).to_contain_text("long")
    owner_page.get_by_role("button", name="Run", exact=True).click()
    expect(status).to_contain_text("of 400 questions")
    owner_page.get_by_role("button", name="Stop").click()
    expect(status).to_contain_text("Stopped after")
    (folder,) = (tmp_path / "runs").iterdir()
    asked = len((folder / "rows.jsonl").read_text(encoding="utf-8").splitlines())
    assert 0 < asked < 400 and not (folder / "report.html").exists()


def test_a_broken_set_is_named_by_its_line(owner_page: Page, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text("{", encoding="utf-8")
    owner_page.get_by_role("tab", name="Evaluate").click()
    owner_page.locator("#by-eval-file input[type=file]").set_input_files(path)
    expect(owner_page.locator("#by-eval-file")).to_contain_text("broken")
    owner_page.get_by_role("button", name="Run", exact=True).click()
    expect(owner_page.locator("#by-eval-status")).to_contain_text("line 1: not JSON")


def test_others_have_no_such_tab(page: Page) -> None:
    expect(page.get_by_role("tab", name="Ask")).to_be_visible()
    expect(page.get_by_role("tab", name="Evaluate")).to_have_count(0)
