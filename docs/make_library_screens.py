"""Takes the pictures of the library tab and of feedback: docs/screens/library.png, library-phone.png, feedback.png.

Run: python docs/make_library_screens.py   (needs Chromium and the test extra)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from browser_tools import NO_BROWSER, chromium_path, running_chromium, running_page  # noqa: E402

SCREENS = ROOT / "docs" / "screens"
PATIENCE = 180_000
NOTE = {
    "name": "pier.txt",
    "mimeType": "text/plain",
    "buffer": b"The pier at Quernhaven was painted by Odo Lark in May. It took him a week.",
}


def main() -> None:
    """Save the pictures."""
    path = chromium_path()
    if path is None:
        sys.exit(NO_BROWSER)
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_page(Path(folder)) as url, running_chromium(path) as browser:
        page = _tab(browser, url, 1280, 800, "light")
        _add(page)
        page.locator("#by-lib-table [data-open]").nth(1).click()
        page.locator("#by-lib-pane article").wait_for()
        _save(page, "library.png")
        page = _tab(browser, url, 360, 740, "dark")
        _add(page)
        _save(page, "library-phone.png")
        page = _tab(browser, url, 1280, 800, "light")
        page.locator("#by-box textarea").fill("Who led the Russian delegation?")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="No, this is not right").click()
        page.get_by_label("The right answer").wait_for()
        _save(page, "feedback.png")


def _tab(browser: Browser, url: str, width: int, height: int, scheme: str) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    return page


def _add(page: Page) -> None:
    """Add an article in the library tab, and close the form again."""
    page.get_by_role("tab", name="Library").click()
    page.locator("#by-lib-table table").wait_for()
    form = page.get_by_role("button", name="Add articles")
    form.click()
    page.locator("#by-lib-files input[type=file]").set_input_files([NOTE])  # type: ignore[list-item]
    page.locator(".by-lib-done").wait_for()
    form.click()
    page.locator("#by-lib-files").wait_for(state="hidden")


def _save(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)  # transitions
    page.screenshot(path=SCREENS / name)
    print(f"Saved docs/screens/{name} ({(SCREENS / name).stat().st_size // 1024} KiB).")


if __name__ == "__main__":
    main()
