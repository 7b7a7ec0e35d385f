"""What an article, its names and its link say is shown as text, and nothing of it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from journeys import ask
from playwright.sync_api import Page, expect

from index.article import Article
from index.embedder import Embedder
from index.library import Library
from qa.assistant import Assistant

RUN = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>"
QUESTION = "Who sailed the lugger Ossory Belle to Fensby?"
TEXT = (
    f"On Monday Wexmoor Threlkeld sailed the lugger Ossory Belle to Fensby {RUN} \u202egnp.exe\u202c with a crew of "
    "four. " + "spume " * 2_000
)
LINK = "javascript:window.pwned=1"
ARTICLES = [
    Article("../../<b>up</b>", TEXT, f"A title {RUN}", f'P"ost {RUN}', published="2025-01-02", url=LINK),
    Article("plain", "The tide turned at six. Nobody was hurt.", "Tide", "Gull", published="2025-01-03"),
]


def test_a_hostile_article_is_text_wherever_it_is_shown(
    serve_here: Callable[[Assistant], str], open_page: Callable[..., Page], embedder: Embedder, tmp_path: Path
) -> None:
    library = Library.open(tmp_path / "hostile", embedder)
    library.add(ARTICLES)
    page = open_page(at=serve_here(Assistant(library)))
    page.on("dialog", lambda dialog: dialog.dismiss())
    turn = ask(page, QUESTION)
    expect(turn.locator(".by-short")).to_contain_text("Wexmoor Threlkeld")
    turn.locator(".by-cite").first.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("<script>window.pwned=1</script>")
    turn.locator(".by-cite").first.click()
    mark = page.locator("#by-sources mark.by-chosen")
    expect(mark).to_contain_text("onerror=window.pwned=1")
    assert (mark.text_content() or "") in TEXT
    expect(page.locator("#by-sources .by-title")).to_contain_text("<img src=x")
    expect(page.locator("#by-sources a")).to_have_count(0)
    page.locator(".by-publishers summary").click()
    page.get_by_role("checkbox", name='P"ost').check()
    expect(ask(page, QUESTION).locator(".by-limited")).to_contain_text("<script>")
    page.reload()
    expect(page.locator(".by-log[aria-busy=false] .by-turn")).to_have_count(2)
    assert page.locator("#by-page img, #by-page script, #by-page iframe, #by-page b b").count() == 0
    assert page.evaluate("window.pwned") is None
    assert [path.name for path in tmp_path.iterdir()] == ["hostile"]
