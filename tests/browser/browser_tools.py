"""Starts the real page as a user would, and a real browser on it. Shared by the tests and docs/make_screenshot.py."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(ROOT / "app.py")]
START_SECONDS = 180
"""Longest the page may take to be served, on a machine that is busy with other work."""
NO_BROWSER = "The browser tests need Chromium, which is not on this machine: run 'apt-get install chromium'."
_SERVED: dict[str, subprocess.Popen[bytes]] = {}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str | None:
    """Where Chromium is, or None."""
    return shutil.which("chromium") or next((path for path in ["/usr/bin/chromium"] if Path(path).exists()), None)


@contextmanager
def running_page(folder: Path) -> Iterator[str]:
    """Serve the page over the sample articles with its library in ``folder``; gives its address.

    Raises:
        RuntimeError: it stopped, or was not there in time; with the end of what it printed.
    """
    port = _free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("BYLINE_", "GRADIO_"))}
    environment |= {"BYLINE_LIBRARY": str(folder / "library"), "BYLINE_PORT": str(port), "HF_HUB_OFFLINE": "1"}
    log = folder / "page.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(COMMAND, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}/"
        _SERVED[url] = process
        _wait_for(url, process, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running_chromium(path: str) -> Iterator[Browser]:
    """A headless Chromium that looks up nothing of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def page_process(url: str) -> int:
    """The process number of the page that ``running_page`` serves at ``url``."""
    return _SERVED[url].pid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The page stopped with status {process.returncode}:\n{_end_of(log)}")
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The page was not served within {START_SECONDS} seconds:\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:]
