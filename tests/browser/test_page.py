"""The main journey in a real browser: ask, read the answer, check its source; and what must not happen on the way."""

from __future__ import annotations

import urllib.request

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from journeys import ARTICLE, UNKNOWN, WHO, answered, ask
from playwright.sync_api import Dialog, Page, expect

from qa.answer import ABSTENTION


def test_an_answer_leads_to_the_very_sentence_in_the_article(page: Page) -> None:
    turn = ask(page, WHO)
    expect(turn.locator(".by-short strong")).to_have_text("Vladimir Medinsky")
    cite = turn.get_by_role("button", name="Source 1").first
    expect(cite).to_have_text("[1]")
    cite.click()
    mark = page.locator("#by-sources mark.by-chosen")
    expect(mark).to_be_in_viewport()
    marked = mark.text_content() or ""
    assert "Vladimir Medinsky" in marked
    assert marked in ARTICLE.read_text(encoding="utf-8")
    expect(mark.locator("strong")).to_have_text("Vladimir Medinsky")
    expect(mark).to_be_focused()
    page.keyboard.press("Escape")
    expect(cite).to_be_focused()


def test_the_answer_streams_in(page: Page) -> None:
    page.evaluate(
        """() => {
          window.seen = [];
          const note = () => window.seen.push(document.getElementById("by-conversation").innerText);
          new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    ask(page, WHO)
    seen: list[str] = page.evaluate("[...new Set(window.seen)]")
    assert any("Searching the articles" in text or "Reading" in text for text in seen)
    unfolding = [len(text) for text in seen if "Medinsky" in text]
    assert len(unfolding) >= 3 and unfolding[0] < unfolding[-1]


def test_what_the_articles_do_not_say_has_no_citation(page: Page) -> None:
    turn = ask(page, UNKNOWN)
    expect(turn.locator(".by-dont-say")).to_have_text(ABSTENTION)
    expect(turn.locator(".by-cite")).to_have_count(0)
    expect(turn.get_by_text("not sources for an answer")).to_be_visible()
    expect(page.locator("#by-sources mark")).to_have_count(0)
    turn.locator(".by-closest").first.click()
    passage = page.locator("#by-sources .by-passage.by-chosen")
    expect(passage).to_be_in_viewport()
    expect(page.locator("#by-sources")).to_contain_text("not sources")
    expect(page.locator("#by-sources mark")).to_have_count(0)


def test_a_citation_of_an_earlier_turn_shows_that_turn_s_sources(page: Page) -> None:
    first = ask(page, WHO)
    ask(page, UNKNOWN)
    expect(page.locator("#by-sources mark")).to_have_count(0)
    first.locator(".by-cite").first.click()
    mark = page.locator("#by-sources mark.by-chosen")
    expect(mark).to_be_in_viewport()
    expect(mark).to_contain_text("Vladimir Medinsky")
    expect(page.locator("#by-sources .by-for")).to_have_text(WHO)


@pytest.mark.parametrize(("question", "said"), [("   ", "empty"), ("why " * 2000, "characters")])
def test_a_question_that_cannot_be_asked_gets_a_sentence(page: Page, question: str, said: str) -> None:
    turn = ask(page, question)
    expect(turn.get_by_role("alert")).to_contain_text(said)
    expect(page.locator("body")).not_to_contain_text("Traceback")
    expect(ask(page, WHO).locator(".by-short strong")).to_have_text("Vladimir Medinsky")


@pytest.mark.parametrize(
    "hostile",
    [
        '<img src=x onerror="window.pwned=1">',
        '<img src="http://192.0.2.1/x.png"><script>window.pwned=1</script>',
        "</h3></section><iframe src=javascript:parent.pwned=1></iframe>",
        "${window.pwned=1} {{#with this}}{{/with}} `+window.pwned=1+`",
    ],
)
def test_a_hostile_question_runs_nothing(page: Page, hostile: str) -> None:
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    turn = ask(page, hostile)
    expect(turn.locator(".by-question")).to_have_text(hostile)
    expect(page.locator("#by-conversation img, #by-conversation iframe, #by-conversation script")).to_have_count(0)
    assert page.evaluate("window.pwned") is None
    assert not dialogs


def test_an_example_is_asked_by_a_click(page: Page) -> None:
    page.get_by_role("button", name=WHO).click()
    expect(answered(page, 0).locator(".by-question")).to_have_text(WHO)


def test_a_half_typed_question_survives_a_click_on_an_example(page: Page) -> None:
    page.locator("#by-box textarea").fill("And who")
    page.get_by_role("button", name=WHO).click()
    answered(page, 0)
    expect(page.locator("#by-box textarea")).to_have_value("And who")


def test_the_page_says_how_much_there_is_toask(page: Page) -> None:
    expect(page.locator("#by-holdings")).to_contain_text("articles")
    expect(page.locator("#by-sources")).to_contain_text("appear here")
    assert page.title() == "Byline"


def test_the_browser_is_told_to_load_from_nowhere_else(address: str) -> None:
    with urllib.request.urlopen(address) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "fonts.googleapis" not in answer.read().decode()


def test_the_chat_endpoint_answers_with_citations(address: str) -> None:
    client = Client(address, verbose=False)
    answer = client.predict(WHO, api_name="/chat")
    assert answer["short"] == "Vladimir Medinsky" and not answer["abstained"]
    text = ARTICLE.read_text(encoding="utf-8")
    assert answer["citations"] and all(citation["quote"] in text for citation in answer["citations"])
    assert client.predict(UNKNOWN, api_name="/chat")["text"] == ABSTENTION
    history = [{"question": answer["understood_as"], "answer": answer["short"]}]
    assert client.predict("And the Ukrainian one?", history, api_name="/chat")["understood_as"]


def test_the_chat_endpoint_says_what_is_wrong_in_a_sentence(address: str) -> None:
    client = Client(address, verbose=False)
    with pytest.raises(AppError, match="empty"):
        client.predict("", api_name="/chat")
    with pytest.raises(AppError, match="history"):
        client.predict(WHO, [{"role": "user"}], api_name="/chat")


def test_the_chat_endpoint_is_the_only_public_one_and_is_described(address: str) -> None:
    named = Client(address, verbose=False).view_api(return_format="dict")["named_endpoints"]
    assert list(named) == ["/chat"]
    parameters = [parameter["parameter_name"] for parameter in named["/chat"]["parameters"]]
    assert parameters == ["question", "history", "publishers", "published_from", "published_to"]
    assert "citations" in named["/chat"]["description"]
