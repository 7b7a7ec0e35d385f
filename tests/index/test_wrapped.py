"""Lines that were broken to a width are joined, and nothing else is."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.sources import read_source
from index.sources.wrapped import joined

PROSE = (
    "The Russian delegation at the talks in Istanbul was led by Vladimir Medinsky, an aide to the president, who said "
    "that he was ready to go on with them. The talks lasted less than two hours, and both sides agreed to release a "
    "thousand prisoners each, the largest such exchange of the war so far."
)


@pytest.mark.parametrize("width", [50, 72, 100])
def test_a_wrapped_paragraph_is_whole_again_and_the_next_is_its_own(width: int) -> None:
    wrapped = textwrap.fill(PROSE, width)
    assert joined(f"{wrapped}\n\n{wrapped}\n") == f"{PROSE}\n\n{PROSE}\n"


@pytest.mark.parametrize(
    "text",
    [
        PROSE + "\n" + PROSE,
        "Mayor of Quernhaven opens the long awaited swing bridge at last\nThe bridge is open.",
        "The curfew tolls the knell of parting day,\nThe lowing herd wind slowly o'er the lea,\n"
        "The plowman homeward plods his weary way,\nAnd leaves the world to darkness and to me.",
        "- " + "\n- ".join(["an item of a list that is as long as the others"] * 5),
        "| a table | of words |\n" * 6,
        "```\n" + "curl --silent --output file.json https://news.example/feed\n" * 5 + "```",
        "a line of verse that somebody wrote, and broke by hand just here  \n" * 5,
        "",
    ],
)
def test_what_is_no_paragraph_keeps_its_lines(text: str) -> None:
    assert joined(text) == text


def test_a_name_over_two_lines_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "talks.txt").write_text(textwrap.fill(PROSE, 68), encoding="utf-8")
    (article,) = read_source(tmp_path / "talks.txt")
    assert isinstance(article, Article) and "Vladimir Medinsky" in article.text


@given(st.text(alphabet="ab. -\n#", max_size=400))
def test_every_character_stays_in_its_place(text: str) -> None:
    assert [one if one != "\n" else " " for one in text] == [one if one != "\n" else " " for one in joined(text)]
