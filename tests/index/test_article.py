"""What an article may be."""

from __future__ import annotations

import pytest

from index.article import Article, clean_text, parse_date
from index.errors import SourceError


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": "", "text": "x"}, "id"),
        ({"id": "a", "text": " \n"}, "no text"),
        ({"id": "a", "text": "x", "published": "soon"}, "YYYY-MM-DD"),
        ({"id": "a", "text": "x", "published": "2025-02-30"}, "YYYY-MM-DD"),
        ({"id": "a", "text": "half \ud800"}, "half a character"),
        ({"id": "a", "text": "nul \0"}, "NUL"),
        ({"id": "a", "text": "x", "title": "t" * 2001}, "2,001"),
        ({"id": "a" * 201, "text": "x"}, "201"),
        ({"id": "a", "text": 3}, "int"),
    ],
)
def test_an_article_that_cannot_be_stored_is_refused_with_the_reason(fields: dict, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        Article(**fields)


def test_the_fingerprint_is_of_what_a_reader_sees() -> None:
    one = Article(id="a", text="x", source="here")
    assert one.fingerprint == Article(id="b", text="x", source="there").fingerprint
    assert one.fingerprint != Article(id="a", text="x", title="t").fingerprint


@pytest.mark.parametrize(
    ("given", "date"),
    [("2025-5-7", "2025-05-07"), ("2022/06/16", "2022-06-16"), ("2025-05-17T10:00Z", "2025-05-17"), ("May 5", None)],
)
def test_dates(given: str, date: str | None) -> None:
    assert parse_date(given) == date


def test_clean_text_can_always_be_stored() -> None:
    assert clean_text("\ufeffa\r\nb\rc\0\udfff") == "a\nb\nc\ufffd\ufffd"
