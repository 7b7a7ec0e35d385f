"""Files to articles: every format, and what is wrong with a file said in a sentence that names it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import read_source


def one(path: Path) -> Article:
    (found,) = read_source(path)
    assert isinstance(found, Article), found
    return found


def problem(path: Path) -> str:
    (found,) = read_source(path)
    assert isinstance(found, SourceError), found
    return str(found)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_front_matter(tmp_path: Path) -> None:
    article = one(
        write(
            tmp_path,
            "a.md",
            "---\nid: a-1\ntitle: Fire: all safe\npublisher: Post\ndate: 2025/03/04\nmood: glad\n---\n\nThe body.\n",
        )
    )
    assert (article.id, article.title, article.publisher, article.published) == (
        "a-1",
        "Fire: all safe",
        "Post",
        "2025-03-04",
    )
    assert article.text == "The body.\n"


def test_a_rule_in_the_text_is_not_front_matter(tmp_path: Path) -> None:
    text = "---\nJust a line of words\n---\nMore."
    assert one(write(tmp_path, "a.txt", text)).text == text


def test_a_sidecar_goes_before_the_document(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "Text.")
    write(
        tmp_path, "a.meta.json", json.dumps({"id": "given", "title": "Title", "published": "2025-01-02", "note": "x"})
    )
    article = one(path)
    assert (article.id, article.title, article.published) == ("given", "Title", "2025-01-02")


def test_markdown_heading_is_the_title(tmp_path: Path) -> None:
    assert one(write(tmp_path, "a.md", "# The title\n\nText.")).title == "The title"


def test_html_without_its_menus(tmp_path: Path) -> None:
    page = (
        "<html><head><title>Bridge opens | Post</title><meta property='og:site_name' content='Post'>"
        "<meta property='article:published_time' content='2025-03-04T10:00:00Z'></head><body><nav>Home Sport</nav>"
        "<article><h1>Bridge opens</h1><p>The mayor cut the ribbon of the new bridge on Friday; a crowd cheered.</p>"
        "<p>It cost £3 million &amp; took two years, which is a year longer than the council had planned.</p></article>"
        "<footer>Subscribe now</footer></body></html>"
    )
    article = one(write(tmp_path, "a.html", page))
    assert "£3 million & took" in article.text and "Subscribe" not in article.text and "Sport" not in article.text
    assert article.publisher == "Post" and article.published == "2025-03-04"


def test_jsonl_a_broken_line_does_not_stop_the_others(tmp_path: Path) -> None:
    rows = [
        '{"id": "a", "text": "One."}',
        "{broken",
        '{"id": "b"}',
        "",
        '{"text": "Two.", "date": "2025-01-01"}',
        "[1]",
    ]
    found = list(read_source(write(tmp_path, "a.jsonl", "\n".join(rows))))
    assert [type(item) for item in found] == [Article, SourceError, SourceError, Article, SourceError]
    assert "line 2" in str(found[1]) and "line 3" in str(found[2])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "The café paid £5 for “naïve” art by Müller, and the façade of the café was painted again."
    assert one(write(tmp_path, "a.txt", text.encode(encoding))).text == text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.md", b" \n\n", "empty"),
        ("binary.txt", b"\x00\x01\x02" * 50, "not a text file"),
        ("a.odt", b"x", "reads .txt"),
        ("a.docx", b"x", "Word document"),
        ("a.pdf", b"%PDF-1.4\n%%EOF", "PDF"),
        ("a.eml", b"Subject: nothing\n\n", "no text"),
        ("a.csv", b"title,words\nT,W\n", "name the columns"),
        ("a.zip", b"PK\x03\x04", "zip archive"),
        ("a.tar.gz", b"\x1f\x8b", "tar archive"),
        ("a.html", b"<html><body></body></html>", "no article found"),
        ("a.md", b"---\ntitle: T\ndate: someday\n---\nText.", "YYYY-MM-DD"),
        ("a.md", b"---\ntitle: [1, 2]\n---\nText.", "must be text"),
        ("a.md", b"---\ntitle: T\n---\n", "no text"),
    ],
)
def test_a_bad_file_is_named_with_the_reason(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = write(tmp_path, name, content)
    message = problem(path)
    assert str(path) in message and said in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert problem(tmp_path / "none.txt") == f"{tmp_path / 'none.txt'}: no such file."


def test_a_folder_is_read_in_order_and_hidden_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub", "b.txt", "B.")
    write(tmp_path, "a.txt", "A.")
    write(tmp_path, ".secret.txt", "S.")
    write(tmp_path, "README.md", "About.")
    write(tmp_path, "picture.png", b"\x89PNG")
    assert [article.text for article in read_source(tmp_path) if isinstance(article, Article)] == ["A.", "B."]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no articles in this folder" in problem(empty)


def test_files_of_one_name_in_two_folders_are_two_articles(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "report.txt", f"Report of {folder}.")
    ids = [article.id for article in read_source(tmp_path) if isinstance(article, Article)]
    assert len(set(ids)) == 2


def test_a_file_keeps_its_id_when_its_text_changes(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "One.")
    before = one(path)
    write(tmp_path, "a.txt", "Two.")
    assert one(path).id == before.id and one(path).source == before.source


@pytest.mark.parametrize(
    "name", [b"caf\xe9.txt", ("ж" * 123 + ".txt").encode(), b"~nobody.txt", b"a\nb.txt", b"--help.txt"]
)
def test_odd_names_are_read_or_named(tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))  # noqa: PTH118 - bytes
    path.write_text("A walrus.")
    (tmp_path / "other.txt").write_text("A seal.")
    found = list(read_source(tmp_path))
    assert len(found) == 2
    assert any(isinstance(item, Article) and item.text == "A seal." for item in found)
    assert all(str(item).encode() for item in found)


def test_a_path_too_long_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in problem(tmp_path / ("x" * 300)) or "no such file" in problem(tmp_path / ("x" * 300))


def test_a_number_of_five_thousand_digits_is_no_crash(tmp_path: Path) -> None:
    assert "not JSON" in problem(write(tmp_path, "a.jsonl", '{"text": ' + "9" * 5000 + "}"))


def test_front_matter_nested_too_deeply_is_no_crash(tmp_path: Path) -> None:
    (found,) = read_source(write(tmp_path, "a.md", "---\ntitle: " + "[" * 5000 + "\n---\nText."))
    assert isinstance(found, Article | SourceError)


def test_a_headline_corrected_keeps_the_id_of_its_address(tmp_path: Path) -> None:
    body = "---\ntitle: {}\nurl: https://a.example/2025/bridge-opens\n---\nText."
    before = one(write(tmp_path, "a.md", body.format("Bridge opns")))
    after = one(write(tmp_path, "a.md", body.format("Bridge opens")))
    assert before.id == after.id and before.id.startswith("bridge-opens-")


def test_a_hostile_name_stays_a_name(tmp_path: Path) -> None:
    article = one(write(tmp_path, "..%2F<script>$(rm).txt", "Text."))
    assert "/" not in article.id and "<" not in article.id
