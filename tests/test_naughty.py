"""Strings that break programs, each as a question and as an article: no crash, exact citations, nothing lost."""

from __future__ import annotations

import pytest

from index.article import Article, clean_text
from index.errors import QuestionError, SourceError
from index.library import Library
from qa.assistant import Assistant
from qa.terminal import answer_lines

NAUGHTY = [
    "undefined",
    "NULL",
    "(null)",
    "true",
    "1.00",
    "1/0",
    "-9223372036854775808",
    "0x0",
    "1e1000",
    "NaN",
    "., /;'[]\\-=<>?:\"{}|_+!@#$%^&*()`~",
    "Ω≈ç√∫˜µ≤≥÷ åß∂ƒ©˙∆˚¬…æ",
    "田中さんにあげて下さい。部落格",
    "ÅÍÎÏ˝ÓÔÒÚÆ☃ ¸˛Ç◊ı˜Â¯˘¿",
    "❤️ 💔 👾 🙇 💁 👩🏽 👨‍👩‍👧‍👦 🇺🇸🇷🇺",
    "ثم نفس سقطت وبالتحديد،, جزيرتي",
    "בְּרֵאשִׁית, בָּרָא אֱלֹהִים",
    "\u202etest\u202c \u2066test\u2067 \u200b\u200d\ufeff",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤ ̖t̝͕̳̣̻̪͞h̼͓̲̦̳̘̲e͇̣̰̦̬͎",
    "<script>alert(0)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1);",
    '<a href="javascript\\x3Ajavascript:alert(1)">test</a>',
    "' OR 1=1 -- 1",
    "'; DROP TABLE articles; --",
    "$HOME `touch /tmp/naughty` $(touch /tmp/naughty)",
    "../../../../../../etc/passwd",
    "%s%d%n {0} {{x}} ${{7*7}} {% raw %}",
    'AND OR NOT ( title:* ) ~2 ^9 [a TO b] "unclosed',
    "-- --help --version -rf",
    "\x01\x02\x03\x1b[31m\x7f\x80\x9f",
    "a\0b",
    "half \ud800 a pair",
    "\n\n\n?\r\n\t ",
    "word" * 400,
    "é" * 1999,
    "((((((((((" * 100,
    "“" * 500,
    ". " * 900,
    "¿?" * 300,
    "Hello\u2028there\u2029all\x85people\x0bthen",
    "ﬁ ﷽ ǅ İ ı ß ſ",
]


@pytest.fixture(scope="module")
def naughty(tmp_path_factory: pytest.TempPathFactory, embedder) -> Library:
    library = Library.open(tmp_path_factory.mktemp("naughty"), embedder)
    library.add([Article(id="plain", text="The mayor, Ann Lee, opened the bridge on Friday.", title="Bridge")])
    return library


def test_every_string_is_stored_to_the_letter_as_an_article(naughty: Library) -> None:
    articles = [
        Article(id=f"n{place}", text=clean_text(text) or "x", title=clean_text(text)[:200], publisher="P")
        for place, text in enumerate(NAUGHTY)
        if clean_text(text).strip()
    ]
    report = naughty.add(articles)
    assert not report.refused
    for article in articles:
        if article.id in report.added:
            assert naughty.article(article.id) == article
    assert naughty.article("plain").title == "Bridge"


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
def test_every_string_can_be_asked(naughty: Library, text: str) -> None:
    answer = Assistant(naughty).ask(text)
    for citation in answer.citations:
        assert citation.holds_in(naughty.article(citation.article_id))
    printed = "\n".join(answer_lines(answer))
    assert "\x1b" not in printed and "\u202e" not in printed
    assert naughty.article("plain")


def test_what_utf8_cannot_hold_is_refused_not_stored() -> None:
    with pytest.raises(SourceError):
        Article(id="half", text="half \ud800 a pair")


def test_twenty_thousand_characters_are_refused_with_the_limit(naughty: Library) -> None:
    with pytest.raises(QuestionError, match="2,000"):
        Assistant(naughty).ask("why " * 5000)
