"""The library tab's parts: which articles are listed, how they are shown, how uploads are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.article import Article
from index.errors import SourceError
from index.store import ArticleSummary
from qa.page.adding import in_steps, pasted, read_uploads
from qa.page.library_render import PART_CHARACTERS, render_article, render_done, render_list
from qa.page.listing import View, listed

HOSTILE = '<img src=x onerror="window.pwned=1">\u202e"\'></td><script>'


def summary(name: str, title: str = "", publisher: str = "", published: str = "", passages: int = 1) -> ArticleSummary:
    return ArticleSummary(name, title, publisher, "", published, "", "/home/me/secret.txt", 10, passages)


ROWS = [
    summary("a", "Bridge", "Post", "2025-01-01", 3),
    summary("b", "anchor", "Courier", "2024-01-01", 9),
    summary("c", "Cannery", "Post", "", 1),
]


@pytest.mark.parametrize(
    ("view", "ids"),
    [
        (View(), "abc"),
        (View(falling=False), "cba"),
        (View(sort="title", falling=False), "bac"),
        (View(sort="passages"), "bac"),
        (View(search="POST 2025"), "a"),
        (View(search="post", sort="title", falling=True), "ca"),
        (View(search="walrus"), ""),
        (View(sort="; DROP TABLE"), "abc"),
    ],
)
def test_search_and_sort(view: View, ids: str) -> None:
    assert "".join(row.id for row in listed(ROWS, view).rows) == ids


def test_one_s_own_come_first_and_a_page_past_the_end_is_the_last() -> None:
    assert [row.id for row in listed(ROWS, View(), {"c"}).rows] == ["c", "a", "b"]
    last = listed(ROWS, View(page=99), rows=2)
    assert [row.id for row in last.rows] == ["c"] and (last.page, last.pages, last.found) == (1, 2, 3)
    assert listed(ROWS, View(page=-3), rows=2).page == 0


def test_hostile_titles_names_and_texts_are_text() -> None:
    row = summary(HOSTILE, HOSTILE, HOSTILE, "2025-01-01")
    for html in (
        render_list(listed([row], View(sort="title")), View(opened=HOSTILE), {HOSTILE}, {HOSTILE}),
        render_article(Article(id="x", text=HOSTILE * 3, title=HOSTILE, url="javascript:alert(1)"), 0),
        render_done(HOSTILE, [HOSTILE] * 9, undo=True),
    ):
        assert "<img" not in html and "<script" not in html and "javascript:" not in html.split("by-lib-text")[0]
    assert "\u202e" not in render_done(HOSTILE, [HOSTILE])
    assert "<bdi>" in render_list(listed([row], View()), View(), (), ())
    assert "And 4 more" in render_done("", [HOSTILE] * 9)


def test_a_path_of_the_owner_s_machine_is_not_shown() -> None:
    assert "/home/me" not in render_list(listed(ROWS, View()), View(), (), ())


def test_a_long_article_is_shown_in_parts_that_are_the_whole() -> None:
    article = Article(id="long", text="".join(f"{number:05} " for number in range(10_000)), title="Long")
    seen = ""
    for part in range(3):
        html = render_article(article, part)
        assert f"Part {part + 1} of 3" in html and len(html) < PART_CHARACTERS + 2000
        seen += html.split('by-lib-text">')[1].split("</div>")[0]
    assert seen == article.text
    assert "Part 3 of 3" in render_article(article, 99) and "Part 1 of 3" in render_article(article, -5)


def test_uploads_are_read_and_gone_and_a_broken_one_stops_no_other(tmp_path: Path) -> None:
    paths = []
    for number, (name, content) in enumerate(
        [
            ("good.txt", b"A walrus was seen."),
            ("bad.txt", b"\0\1\2"),
            ("..‮<b>.md", b"# Seal\n\nA seal too."),
            ("x.exe", b"x"),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_bytes(content)
        paths.append(str(folder / name))
    said: list[str] = []
    articles, problems = read_uploads(paths, said.append)
    assert [article.text.split()[-1] for article in articles] == ["seen.", "too."]
    assert articles[0].title == "good" and str(tmp_path) not in articles[0].source
    assert len(problems) == 2 and not any(str(tmp_path) in problem for problem in problems)
    assert "(2 of 4)" in said[1]
    assert not list(tmp_path.iterdir())


def test_pasted_text_needs_words_and_a_real_date() -> None:
    article = pasted("  A walrus was seen\nin Oslo. ", "", " The  Post ", "2025/05/17")
    assert (article.title, article.publisher, article.published) == ("A walrus was seen", "The Post", "2025-05-17")
    with pytest.raises(SourceError, match="no text"):
        pasted(" \n", "Title", "", "")
    with pytest.raises(SourceError, match="YYYY-MM-DD"):
        pasted("Words.", "", "", "yesterday")


def test_work_is_followed_step_by_step_and_its_error_comes_through() -> None:
    assert list(in_steps(lambda say: say("one") or "done")) == ["one", "done"]

    def fails(_: object) -> str:
        raise SourceError("broken")

    (error,) = in_steps(fails)
    assert isinstance(error, SourceError)

    def panics(_: object) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_steps(panics))
