"""Before the first question: what cannot be read or taken into an empty library is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.article import Article
from index.intake import AddReport
from index.library import Library
from qa.settings import Settings
from qa.start import prepare


def test_an_empty_library_is_filled_and_what_is_passed_over_is_named(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "a.jsonl").write_text('{"id": "x", "text": "Rain fell."}\n{"id": "x", "text": "Snow fell."}\n{\n')
    settings = Settings.checked({"library": str(tmp_path / "library"), "articles": str(articles)})
    said: list[str] = []
    prepare(settings, said.append).library.close()
    assert [line for line in said if "line 3: not JSON" in line]
    assert [line for line in said if line.startswith("  passed over: article 'x': an earlier article")]
    assert "1 articles" in said[-1]
    prepare(settings, said.append).library.close()
    assert said[-1] == said[-2], "a filled one is only opened"


def test_a_filling_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    for number in range(6):
        (articles / f"{number}.txt").write_text(f"Report {number}: the ferry made its last trip.")
    settings = Settings.checked({"library": str(tmp_path / "library"), "articles": str(articles)})
    add = Library.add

    def stopped(self: Library, found: list[Article], *more: object, **options: object) -> AddReport:
        add(self, found[:2])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Library, "add", stopped)
        prepare(settings, lambda _: None)
    said: list[str] = []
    assistant = prepare(settings, said.append)
    assert assistant.library.article_count == 6
    assistant.library.remove([next(iter(assistant.library.articles())).id])
    assistant.library.close()
    prepare(settings, said.append).library.close()
    assert "5 articles" in said[-1], "a filled one is only opened"
