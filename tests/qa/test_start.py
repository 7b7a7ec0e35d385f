"""Before the first question: what cannot be read or taken into an empty library is said."""

from __future__ import annotations

from pathlib import Path

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
