"""Pages of an owner: editable, behind a password, embedded, called by programs; and what readers thought of answers."""

from __future__ import annotations

import asyncio
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from conftest import ANSWER_MILLISECONDS
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Browser, expect
from served import served, tab
from test_library import PIER, WHO, ask, open_library, upload

from index.article import Article
from qa.assistant import Assistant
from qa.evaluate.sets import load_questions

ROOT = Path(__file__).resolve().parents[2]
DELEGATION = "Who led the Russian delegation?"


@pytest.fixture(scope="module")
def some(sample_articles: list[Article]) -> list[Article]:
    return [article for article in sample_articles if article.id in ("prisoner-swap", "new-mayor")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("owned") / "library"


@pytest.fixture(scope="module")
def owned(assistant: Assistant, folder: Path, some: list[Article]) -> Iterator[str]:
    """A page whose library anyone may change, and whose functions are MCP tools."""
    with served(assistant, folder, some, editable=True, mcp=True) as url:
        yield url


def test_what_the_owner_adds_and_removes_is_so_for_everyone(owned: str, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "pier.txt"
    file.write_text(PIER)
    with tab(browser, owned, ANSWER_MILLISECONDS) as mine, tab(browser, owned, ANSWER_MILLISECONDS) as other:
        rows = open_library(mine)
        expect(rows).to_have_count(2)
        expect(upload(mine, file)).to_contain_text("1 article added")
        expect(mine.locator("#by-lib-add")).to_contain_text("for everyone")
        expect(open_library(other)).to_have_count(3)
        expect(ask(other, WHO).locator(".by-short strong")).to_have_text("Odo Lark")
        mine.get_by_role("button", name="Remove pier").click()
        expect(rows).to_have_count(2)
        expect(ask(other, WHO)).not_to_contain_text("Odo Lark")
        mine.get_by_role("button", name="Undo").click()
        expect(rows).to_have_count(3)
        expect(ask(other, WHO).locator(".by-short strong")).to_have_text("Odo Lark")


def test_feedback_is_kept_and_exported_as_a_question_set(
    owned: str, folder: Path, browser: Browser, tmp_path: Path
) -> None:
    with tab(browser, owned, ANSWER_MILLISECONDS) as page:
        ask(page, DELEGATION)
        page.get_by_role("button", name="Yes, this is right").click()
        expect(page.locator("#by-feedback")).to_contain_text("Thank you")
        ask(page, "Who is the mayor of Quernhaven now?")
        page.get_by_role("button", name="No, this is not right").click()
        page.get_by_label("The answer is wrong").check()
        page.get_by_label("The right answer").fill("Ann Lee")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#by-feedback")).to_contain_text("Thank you")
    file = tmp_path / "feedback.jsonl"
    command = [sys.executable, "-m", "qa", "feedback", "export", str(file), "--library", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert "2 questions" in done.stdout, done.stderr
    good, wrong = load_questions(file)
    assert good.question == DELEGATION and good.answers == ("Vladimir Medinsky",)
    assert good.articles == ("prisoner-swap",) and wrong.answers == ("Ann Lee",)


def test_search_and_articles_are_endpoints_with_types_and_words(owned: str) -> None:
    client = Client(owned, verbose=False)
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert sorted(named) == ["/articles", "/chat", "/search"]
    assert all(endpoint["description"] for endpoint in named.values())
    passages = client.predict("the Russian delegation", 2, api_name="/search")
    assert len(passages) == 2 and passages[0]["article_id"] == "prisoner-swap"
    listed = client.predict("mayor", api_name="/articles")
    assert listed["total"] == 1 and listed["articles"][0]["id"] == "new-mayor"
    assert not {"source", "text"} & set(listed["articles"][0])
    for arguments, endpoint, said in (
        (("x", 99), "/search", "limit"),
        ((" ",), "/search", "query"),
        (("x", 2, ["A"], "soon"), "/search", "YYYY-MM-DD"),
        (("", "shoe size"), "/articles", "sort"),
        (("", "title", 5, -1), "/articles", "offset"),
    ):
        with pytest.raises(AppError, match=said):
            client.predict(*arguments, api_name=endpoint)


def test_the_same_functions_are_mcp_tools(owned: str) -> None:
    tools, answer, refused = _with_mcp(f"{owned}gradio_api/mcp/")
    assert {tool.name for tool in tools} == {"ask_articles", "search_articles", "list_articles"}
    (asking,) = [tool for tool in tools if tool.name == "ask_articles"]
    assert "citations" in asking.description and asking.inputSchema["properties"]["question"]["type"] == "string"
    assert "understood_as" in asking.inputSchema["properties"]["history"]["description"]
    assert not answer.isError and "Vladimir Medinsky" in answer.content[0].text
    assert refused.isError and "empty" in refused.content[0].text


def _with_mcp(url: str) -> tuple[Any, Any, Any]:
    """The tools of an MCP server, and what one of them says to a question and to none."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk() -> tuple[Any, Any, Any]:
        async with (
            streamable_http_client(url) as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            listed = await session.list_tools()
            answer = await session.call_tool("ask_articles", {"question": DELEGATION})
            return listed.tools, answer, await session.call_tool("ask_articles", {"question": " "})

    with ThreadPoolExecutor(1) as thread:  # Playwright's loop runs in this one
        return thread.submit(lambda: asyncio.run(talk())).result()


def test_behind_a_password_only_who_knows_it_gets_in_and_may_change_the_library(
    assistant: Assistant, some: list[Article], browser: Browser, tmp_path: Path
) -> None:
    with served(assistant, tmp_path, some, auth="ann:pa:ss") as url:
        with pytest.raises(Exception, match=r"(?i)auth|credentials|login"):
            Client(url, verbose=False)
        client = Client(url, auth=("ann", "pa:ss"), verbose=False)
        assert client.predict(DELEGATION, api_name="/chat")["short"] == "Vladimir Medinsky"
        with tab(browser, url, ANSWER_MILLISECONDS) as page:
            for password in ("wrong", "pa:ss"):
                page.get_by_label("username").fill("ann")
                page.get_by_label("password").fill(password)
                page.get_by_role("button", name="Login").click()
                if password == "wrong":
                    expect(page.get_by_text("Incorrect")).to_be_visible()
                    expect(page.get_by_label("username")).to_have_value("")
            expect(open_library(page)).to_have_count(2)
            expect(page.locator("#by-lib-table [data-remove]")).to_have_count(2)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Another site, which serves the files of ``tmp_path``."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()


def test_a_public_page_can_be_embedded_and_an_owner_s_cannot(
    address: str, owned: str, elsewhere: str, browser: Browser, tmp_path: Path
) -> None:
    example = (ROOT / "docs" / "embed.html").read_text(encoding="utf-8")
    assert "http://127.0.0.1:7860/" in example and "<script" not in example
    (tmp_path / "public.html").write_text(example.replace("http://127.0.0.1:7860/", address))
    (tmp_path / "owned.html").write_text(example.replace("http://127.0.0.1:7860/", owned))
    with tab(browser, f"{elsewhere}public.html", ANSWER_MILLISECONDS) as page:
        framed = page.frame_locator("iframe")
        framed.locator("#by-box textarea").fill(DELEGATION)
        framed.locator("#by-box textarea").press("Enter")
        expect(framed.locator(".by-short strong")).to_have_text("Vladimir Medinsky")
    with tab(browser, "about:blank", ANSWER_MILLISECONDS) as page:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(f"{elsewhere}owned.html")
        assert any("frame-ancestors" in text for text in refused), refused
        assert page.frames[1].locator("#by-box").count() == 0
