"""The page as its visitors find it: first paint, first answer, median answer, memory, twenty visitors at once.

Run: python -m benchmarks.page [--out page.json]   (needs Chromium and the test extra)

The page is started as a user starts it, over the sample articles, which it indexes first. Paint and first answer are
taken in a real browser; the rest through the same calls that the page's own script makes (queue/join and queue/data),
so that twenty browsers on the same two cores do not measure themselves. A question is answered when its conversation
is no longer busy: waiting, searching, reading and the quarter of a second of streaming are all in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from browser_tools import NO_BROWSER, chromium_path, page_process, running_chromium, running_page  # noqa: E402

QUESTIONS = ROOT / "data" / "questions" / "sample.jsonl"
VISITORS = 20
ASKED = 200
"""Questions after which memory is read (count)."""


class Visitor:
    """One visitor of the page at ``url``, by the calls that its script makes."""

    def __init__(self, client: httpx.AsyncClient, url: str, function: int) -> None:
        self._client, self._url, self._function = client, url, function
        self._session = uuid.uuid4().hex[:12]

    async def ask(self, question: str) -> tuple[float, str]:
        """Seconds until the question is answered, and the last HTML of the conversation."""
        begun = time.perf_counter()
        joined = await self._client.post(
            f"{self._url}gradio_api/queue/join",
            json={
                "data": [question, "", None],
                "fn_index": self._function,
                "session_hash": self._session,
                "event_data": None,
                "trigger_id": None,
            },
        )
        joined.raise_for_status()
        shown = ""
        address = f"{self._url}gradio_api/queue/data?session_hash={self._session}"
        async with self._client.stream("GET", address) as events:
            async for line in events.aiter_lines():
                event = json.loads(line[5:]) if line.startswith("data:") else {}
                if event.get("msg") == "process_generating":
                    shown = _patched(shown, event["output"]["data"][0])
                if event.get("msg") == "process_completed":
                    if not event.get("success"):
                        raise RuntimeError(f"The page failed on {question!r}: {event}")
                    break
        return time.perf_counter() - begun, shown


def _patched(shown: str, sent: Any) -> str:
    """The conversation's HTML after an update: Gradio sends it whole first, then what changed of it."""
    if isinstance(sent, str):
        return sent
    for action, path, value in sent if isinstance(sent, list) else []:
        if not path and action == "replace":
            shown = value
        elif not path and action == "append":
            shown += value
    return shown


def main() -> None:
    """Measure, print one table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("page.json"), help="where the figures are written")
    arguments = parser.parse_args()
    chromium = chromium_path()
    if chromium is None:
        sys.exit(NO_BROWSER)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with running_page(Path(folder)) as url:
            figures = {"served_seconds": time.perf_counter() - begun}
            figures |= _in_the_browser(chromium, url, begun)
            figures |= asyncio.run(_asked(url))
            figures["memory_mb"] = _memory(page_process(url))
    figures = {name: round(value, 3) for name, value in figures.items()}
    for name, value in figures.items():
        print(f"{name:32} {value:>10.3f}")
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _in_the_browser(chromium: str, url: str, begun: float) -> dict[str, float]:
    """First paint after navigation, and the first answer after the process was started and after it was asked."""
    with running_chromium(chromium) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(180_000)
        page.goto(url)
        page.locator("#by-box textarea").fill("Who led the Russian delegation?")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000")
        painted = time.perf_counter() - begun
        asked = time.perf_counter()
        page.locator("#by-box textarea").press("Enter")
        page.locator(".by-log[aria-busy=false] .by-turn").wait_for()
        done = time.perf_counter()
        page.reload()
        page.locator("#by-box textarea").wait_for()
        warm = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000")
    return {
        "first_paint_seconds": paint,
        "first_paint_warm_seconds": warm,
        "box_ready_since_start_seconds": painted,
        "first_answer_since_asked_seconds": done - asked,
        "first_answer_since_start_seconds": done - begun,
    }


async def _asked(url: str) -> dict[str, float]:
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines() if line]
    async with httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=200)) as client:
        function = await _function(client, url)
        alone = [await Visitor(client, url, function).ask(question) for question in questions[:40]]
        crowd = [Visitor(client, url, function) for _ in range(VISITORS)]
        begun = time.perf_counter()
        together = await asyncio.gather(*(one.ask(asked) for one, asked in zip(crowd, questions, strict=False)))
        spent = time.perf_counter() - begun
        right = dict(zip(questions, (_answer(shown) for _, shown in alone), strict=False))
        answered = [_answer(shown) for _, shown in together]
        mixed = sum(right[asked] != said for asked, said in zip(questions, answered, strict=False))
        for number in range(ASKED - 40 - VISITORS):
            await Visitor(client, url, function).ask(questions[number % len(questions)])
    times = sorted(seconds for seconds, _ in together)
    return {
        "median_answer_seconds": statistics.median(seconds for seconds, _ in alone),
        "p95_answer_seconds": sorted(seconds for seconds, _ in alone)[37],
        "visitors": float(VISITORS),
        "visitors_answered": float(sum('aria-busy="false"' in shown for _, shown in together)),
        "visitors_mixed_up": float(mixed),
        "visitors_median_seconds": statistics.median(times),
        "visitors_p95_seconds": times[max(0, round(0.95 * VISITORS) - 1)],
        "visitors_all_seconds": spent,
        "questions_asked": float(ASKED),
    }


async def _function(client: httpx.AsyncClient, url: str) -> int:
    """The page's number for what happens when a question is asked: the one that three things trigger."""
    config = (await client.get(f"{url}config")).json()
    return next(one["id"] for one in config["dependencies"] if [t[1] for t in one["targets"]] == ["submit"] * 3)


def _answer(shown: str) -> str:
    """What the conversation says, from its question on, without its busy mark."""
    return shown.partition('<section class="by-turn">')[2]


def _memory(process: int) -> float:
    """Mebibytes of the page's process that are in memory now."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
