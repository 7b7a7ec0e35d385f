"""Takes the README's picture: asks the page a question, opens its first source, saves docs/page.png.

Run: python docs/make_screenshot.py   (needs Chromium and the test extra)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from browser_tools import NO_BROWSER, chromium_path, running_chromium, running_page  # noqa: E402

QUESTION = "Who led the Russian delegation?"
PICTURE = ROOT / "docs" / "page.png"
PATIENCE = 180_000


def main() -> None:
    """Save the picture."""
    path = chromium_path()
    if path is None:
        sys.exit(NO_BROWSER)
    with tempfile.TemporaryDirectory() as folder, running_page(Path(folder)) as url, running_chromium(path) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.get_by_role("button", name=QUESTION).click()
        page.locator(".by-log[aria-busy=false] .by-cite").first.click()
        page.locator("#by-sources .by-chosen mark").wait_for()
        page.locator("#by-holdings", has_text="passages").wait_for()
        page.mouse.move(0, 0)
        page.screenshot(path=PICTURE)
    print(f"Saved {PICTURE.relative_to(ROOT)} ({PICTURE.stat().st_size // 1024} KiB).")


if __name__ == "__main__":
    main()
