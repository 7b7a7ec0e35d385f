"""Takes the pictures of the page, of each thing it does, in docs/screens/.

Run: python docs/make_screenshot.py   (needs Chromium and the test extra)
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from browser_tools import NO_BROWSER, chromium_path, running_chromium, running_page  # noqa: E402
from journeys import MAYOR, UNKNOWN, WHO, ask  # noqa: E402

FOLDER = ROOT / "docs" / "screens"
WIDE, PHONE = (1280, 800), (360, 740)
COLOURS = 256
"""Colours a picture is kept in: text on paper needs no more, and it is a quarter of the size."""
PATIENCE = 180_000
Opener = Callable[..., Page]


def main() -> None:
    """Save all pictures."""
    path = chromium_path()
    if path is None:
        sys.exit(NO_BROWSER)
    expect.set_options(timeout=PATIENCE)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_page(Path(folder)) as url, running_chromium(path) as browser:
        for picture in (answer, follow_up, abstention, filtered, restored, dark, phone, keyboard, library, feedback):
            with opener(browser, url) as opened:
                picture(opened)


@contextmanager
def opener(browser: Browser, url: str) -> Iterator[Opener]:
    """Opens pages of a size and a scheme, and closes them."""
    contexts = []

    def opened(size: tuple[int, int] = WIDE, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.locator("#by-holdings", has_text="passages").wait_for()
        page.locator("#by-suggestions [data-question]").first.wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()


def save(page: Page, path: Path) -> None:
    """Save what the page shows, in few colours."""
    shot = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"Saved {path.relative_to(ROOT)} ({path.stat().st_size // 1024} KiB).")


def answer(opened: Opener) -> None:
    """An answer with its source marked beside it; then with a preview of a source; then the start."""
    page = opened()
    save(page, FOLDER / "start.png")
    turn = ask(page, MAYOR)
    page.locator("#by-suggestions [data-question]").first.wait_for()
    turn.locator(".by-cite").first.click()
    page.locator("#by-sources mark.by-chosen").wait_for()
    page.mouse.move(0, 0)
    save(page, FOLDER / "answer.png")
    turn.locator(".by-cite").nth(1).hover()
    page.get_by_role("tooltip").wait_for()
    save(page, FOLDER / "preview.png")


def follow_up(opened: Opener) -> None:
    """A follow-up, with what it was understood as."""
    page = opened()
    ask(page, "Who cut the rope at the opening of the Sethe Swing Bridge?")
    ask(page, "How old is she?").locator(".by-cite").first.click()
    page.locator("#by-sources mark.by-chosen").wait_for()
    page.mouse.move(0, 0)
    save(page, FOLDER / "follow-up.png")


def abstention(opened: Opener) -> None:
    """What the articles do not say, with the closest of them."""
    page = opened()
    ask(page, UNKNOWN)
    page.mouse.move(0, 0)
    save(page, FOLDER / "abstention.png")


def filtered(opened: Opener) -> None:
    """A question asked of one publisher, the list of publishers open."""
    page = opened()
    page.locator(".by-publishers summary").click()
    page.get_by_role("checkbox", name="Ebberlode Post").check()
    page.keyboard.press("Escape")
    ask(page, "How many people came to the Quernhaven Lantern Fair in August 2025?").locator(".by-cite").first.click()
    page.locator(".by-publishers summary").click()
    page.mouse.move(0, 0)
    save(page, FOLDER / "filter.png")


def restored(opened: Opener) -> None:
    """Conversations that came back after a reload."""
    page = opened()
    ask(page, UNKNOWN)
    page.get_by_role("button", name="New chat").click()
    page.locator(".by-welcome").wait_for()
    ask(page, WHO)
    page.reload()
    page.locator(".by-log[aria-busy=false] .by-turn .by-cite").first.wait_for()
    page.locator(".by-past summary").click()
    page.mouse.move(0, 0)
    save(page, FOLDER / "history.png")


def dark(opened: Opener) -> None:
    """The same in the dark."""
    page = opened(scheme="dark")
    ask(page, MAYOR).locator(".by-cite").first.click()
    page.locator("#by-suggestions [data-question]").first.wait_for()
    page.mouse.move(0, 0)
    save(page, FOLDER / "dark.png")


def phone(opened: Opener) -> None:
    """On a phone: the start, an answer, its source over it."""
    page = opened(PHONE)
    turn = ask(page, WHO)
    page.mouse.move(0, 0)
    save(page, FOLDER / "phone-answer.png")
    turn.locator(".by-cite").first.click()
    page.locator("#by-sources mark.by-chosen").wait_for()
    save(page, FOLDER / "phone-source.png")


def keyboard(opened: Opener) -> None:
    """Where the keyboard is, and the preview it brings."""
    page = opened()
    ask(page, WHO)
    page.locator("#by-suggestions [data-question]").first.wait_for()
    while page.evaluate("!document.activeElement.matches('.by-cite')"):
        page.keyboard.press("Shift+Tab")
    page.get_by_role("tooltip").wait_for()
    save(page, FOLDER / "keyboard.png")


def library(opened: Opener) -> None:
    """The library with an article of the visitor's own, another one open; and the same on a phone in the dark."""
    for size, scheme, name in ((WIDE, "light", "library.png"), (PHONE, "dark", "library-phone.png")):
        page = opened(size, scheme)
        page.get_by_role("tab", name="Library").click()
        form = page.get_by_role("button", name="Add articles")
        form.click()
        note = FilePayload(name="pier.txt", mimeType="text/plain", buffer=b"The pier was painted by Odo Lark in May.")
        page.locator("#by-lib-files input[type=file]").set_input_files(note)
        page.locator(".by-lib-done").wait_for()
        form.click()
        page.locator("#by-lib-files").wait_for(state="hidden")
        if size == WIDE:
            page.locator("#by-lib-table [data-open]").nth(1).click()
            page.locator("#by-lib-pane article").wait_for()
        page.mouse.move(0, 0)
        save(page, FOLDER / name)


def feedback(opened: Opener) -> None:
    """What is asked of an answer that was not right."""
    page = opened()
    ask(page, WHO)
    page.get_by_role("button", name="No, this is not right").click()
    page.get_by_label("The right answer").wait_for()
    page.locator("#by-suggestions [data-question]").first.wait_for()
    page.mouse.move(0, 0)
    save(page, FOLDER / "feedback.png")


if __name__ == "__main__":
    main()
