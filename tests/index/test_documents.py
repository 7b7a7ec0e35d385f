"""Office formats, tables and archives to articles: what they say of themselves, paragraphs whole, bombs left alone."""

from __future__ import annotations

import csv
import io
import re
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import pypdf
import pytest
from docx.oxml import parse_xml
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from index.article import Article
from index.errors import SourceError
from index.sources import Choice, read_source
from index.sources.office import unwrapped

PAGE = (
    "<html lang='en-GB'><head><meta charset='{charset}'><title>Bridge opens</title>"
    "<meta property='article:modified_time' content='2025-03-06T10:00:00Z'></head><body><article><h1>Bridge opens</h1>"
    "<p>The mayor cut the ribbon of the café bridge on Friday; “a long wait,” she said, and a crowd cheered.</p>"
    "<p>It cost £3 million and took two years, a year longer than the council had planned for it.</p></article></body>"
)


def articles(path: Path, choice: Choice | None = None) -> list[Article]:
    found = list(read_source(path, choice))
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


def problems(path: Path) -> list[str]:
    return [str(item) for item in read_source(path) if isinstance(item, SourceError)]


def pdf(lines: list[str]) -> bytes:
    """A PDF of one page with a text layer, as a program would print it: a line at a time."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(600, 800)
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica")}
    )  # fmt: skip
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
    )
    stream = DecodedStreamObject()
    shown = "".join(f"({line}) Tj 0 -14 Td\n" for line in lines)
    stream.set_data(f"BT /F1 12 Tf 40 700 Td\n{shown}ET".encode("latin-1"))
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.add_metadata({"/Title": "Bridge opens", "/Author": "Jo Marsh", "/CreationDate": "D:20250304100000Z"})
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_pdf(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(["The mayor cut the ribbon of the new", "bridge on Friday.", "It cost three million."]))
    (article,) = articles(path)
    assert (article.title, article.author, article.published) == ("Bridge opens", "Jo Marsh", "2025-03-04")
    assert "the new bridge on Friday." in article.text


def test_lines_broken_to_fit_a_page_become_paragraphs_again() -> None:
    text = (
        "A council that had long re-\nfused said yes on Monday and\nmade it public at once.\n\nNobody was glad of\nit."
    )
    assert unwrapped(text).split("\n\n") == [
        "A council that had long refused said yes on Monday and made it public at once.",
        "Nobody was glad of it.",
    ]


def test_word(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("“We open on Friday,” said the mayor.")
    document.add_table(1, 2).rows[0].cells[0].text = "Cost"
    document.core_properties.title, document.core_properties.author = "Bridge opens", "Jo Marsh"
    document.core_properties.created = datetime(2025, 3, 4)
    document.save(str(tmp_path / "a.docx"))
    (article,) = articles(tmp_path / "a.docx")
    assert (article.title, article.author, article.published) == ("Bridge opens", "Jo Marsh", "2025-03-04")
    assert article.text.startswith("“We open on Friday,” said the mayor.\n\nCost")


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word_of(body: str, properties: bool = True) -> bytes:
    """A Word document of the given XML, with the properties of python-docx's template or none."""
    document, whole = docx.Document(), io.BytesIO()
    kept = document.element.body
    for child in parse_xml(f'<w:body xmlns:w="{W}">{body}</w:body>')[::-1]:
        kept.insert(0, child)
    document.save(whole)
    if properties:
        return whole.getvalue()
    bare = io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "_rels/.rels":
                data = re.sub(rb"<Relationship [^>]*core-properties[^>]*/>", b"", data)
            if name != "docProps/core.xml":
                new.writestr(name, data)
    return bare.getvalue()


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            f"<w:p>{run('She will ')}<w:ins>{run('not ')}</w:ins>"
            f"<w:del><w:r><w:delText>surely</w:delText></w:r></w:del>{run('resign.')}</w:p>",
            "She will not resign.",
        ),
        (f"<w:p>{run('Cost: ')}<w:sdt><w:sdtContent>{run('20 million')}</w:sdtContent></w:sdt>{run(' in all.')}</w:p>",
         "Cost: 20 million in all."),
        (f"<w:sdt><w:sdtContent><w:p>{run('A paragraph.')}</w:p></w:sdtContent></w:sdt>", "A paragraph."),
        (f"<w:p>{run('On ')}<w:fldSimple w:instr='DATE'>{run('5 May')}</w:fldSimple>{run(' it rained.')}</w:p>",
         "On 5 May it rained."),
        ("<w:p><w:r><w:t>One</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r></w:p>", "One\ntwo\tthree"),
        (
            f"<w:tbl><w:tr><w:tc><w:p>{run('Sea')}</w:p><w:tbl><w:tr><w:tc><w:p>{run('cold')}</w:p></w:tc></w:tr></w:tbl>"
            f"</w:tc><w:tc><w:p>{run('wide')}</w:p></w:tc></w:tr></w:tbl>",
            "Sea\ncold | wide",
        ),
    ],
)  # fmt: skip
def test_no_word_of_a_word_document_is_lost_nor_what_was_deleted_kept(tmp_path: Path, body: str, text: str) -> None:
    (tmp_path / "a.docx").write_bytes(word_of(body))
    (article,) = articles(tmp_path / "a.docx")
    assert (article.text.strip(), article.published, article.updated) == (text, "", "")


def test_a_word_document_that_says_nothing_of_itself_is_given_no_title_or_day(tmp_path: Path) -> None:
    (tmp_path / "ferry.docx").write_bytes(word_of(f"<w:p>{run('The ferry stopped.')}</w:p>", properties=False))
    (article,) = articles(tmp_path / "ferry.docx")
    assert (article.title, article.author, article.published, article.updated) == ("ferry", "", "", "")


def test_cells_that_read_the_same_are_cells_of_their_own(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(2, 3)
    for row, words in zip(table.rows, [("Arsenal", "1", "1"), ("Both", "", "No")], strict=True):
        for cell, word in zip(row.cells, words, strict=True):
            cell.text = word
    table.rows[1].cells[0].merge(table.rows[1].cells[1])
    document.save(str(tmp_path / "a.docx"))
    (article,) = articles(tmp_path / "a.docx")
    assert article.text.strip() == "Arsenal | 1 | 1\nBoth | No"


def test_only_a_date_that_a_page_states_of_itself_is_its_date(tmp_path: Path) -> None:
    page = re.sub("<meta property=[^>]*>", "", PAGE.format(charset="utf-8"))
    told = page.replace("on Friday;", "on Friday, as the treaty of 8 May 1995 has it;")
    path = tmp_path / "a.html"
    path.write_text(told.replace("</article>", "</article><footer>Copyright 2019 The Post</footer>"))
    assert articles(path)[0].published == ""
    path.write_text(told.replace("<title>", "<meta property='article:published_time' content='2025-03-04'><title>"))
    assert articles(path)[0].published == "2025-03-04"


def test_a_csv_that_would_lose_words_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,title,text\na,A,"One ""two""."\nb,B,Cold, wet and windy.\nc,C,Three.\n')
    found = list(read_source(path))
    assert [item.text for item in found if isinstance(item, Article)] == ['One "two".', "Three."]
    assert [str(item) for item in found if not isinstance(item, Article)] == [
        f"{path} line 3: more fields than the first line names; put a text with the separator in quotes."
    ]
    path.write_text('id,title,text\na,A,One.\nb,B,"Two\nc,C,Three.\n')
    assert len(problems(path)) == 1 and "line 3: not CSV" in problems(path)[0]


def test_no_number_is_no_value(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "The ferry stopped.", "url": NaN, "author": NaN, "published": NaN}\n')
    (article,) = articles(path)
    assert (article.url, article.author, article.published) == ("", "", "")


def test_mail(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "Brücke öffnet", "Jo Marsh <jo@post.example>"
    message["Date"] = "Tue, 04 Mar 2025 10:00:00 +0000"
    message.set_content("Die Brücke wurde am Freitag eröffnet.", charset="iso-8859-1")
    message.add_attachment(b"x" * 99, maintype="image", subtype="png", filename="../../x.png")
    (tmp_path / "a.eml").write_bytes(bytes(message))
    (article,) = articles(tmp_path / "a.eml")
    assert (article.title, article.author, article.publisher) == ("Brücke öffnet", "Jo Marsh", "post.example")
    assert article.published == "2025-03-04" and article.text.strip() == "Die Brücke wurde am Freitag eröffnet."


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(tmp_path: Path, delimiter: str) -> None:
    buffer = io.StringIO()
    rows = csv.writer(buffer, delimiter=delimiter)
    rows.writerows([["id", "Body", "title"], ["a", 'One, "two";\nthree.', "T"], ["b", "", "U"], ["c", "Four.", ""]])
    (tmp_path / "a.csv").write_text(buffer.getvalue())
    found = list(read_source(tmp_path / "a.csv"))
    assert [type(item) for item in found] == [Article, SourceError, Article]
    assert isinstance(found[0], Article) and found[0].text == 'One, "two";\nthree.' and found[0].title == "T"


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_a_page_in_the_encoding_it_declares(tmp_path: Path, charset: str) -> None:
    (tmp_path / "a.html").write_bytes(PAGE.format(charset=charset).encode(charset))
    (article,) = articles(tmp_path / "a.html")
    assert "café" in article.text and "“a long wait,” she said" in article.text
    assert article.language == "en-GB" and article.updated == "2025-03-06"


def members() -> dict[str, bytes]:
    return {
        "news/a.txt": b"One.",
        "news/a.meta.json": b'{"title": "First"}',
        "../../b.md": b"# Second\n\nTwo.",
        "c.png": b"\x89PNG",
        "empty.txt": b"",
    }


def test_zip_with_sidecars_and_names_that_lead_nowhere(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, data in members().items():
            archive.writestr(name, data)
    found = list(read_source(tmp_path / "a.zip"))
    assert [item.title for item in found if isinstance(item, Article)] == ["First", "Second"]
    assert next(str(item) for item in found if isinstance(item, SourceError)).endswith("empty.txt: the file is empty.")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip"]
    assert [article.title for article in articles(tmp_path / "a.zip", Choice(include=("*.md",)))] == ["Second"]


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_tar(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tar.gz" if mode == "w:gz" else "a.tar")
    with tarfile.open(path, mode) as archive:
        for name, data in members().items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("passwd.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert [item.text for item in read_source(path) if isinstance(item, Article)] == ["One.", "# Second\n\nTwo."]


def test_bombs_are_left_alone_at_their_declared_size(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.txt", b"0" * 101_000_000)
        archive.writestr("small.txt", b"Small.")
    assert [item.text for item in read_source(tmp_path / "a.zip") if isinstance(item, Article)] == ["Small."]
    with (tmp_path / "zeros.txt").open("wb") as file:
        file.truncate(1_000_000_000)
    assert "1,000,000,000 bytes" in problems(tmp_path / "zeros.txt")[0]
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 201_000_000)
    assert "when unpacked" in problems(tmp_path / "a.docx")[0]


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No more bytes than these are held at once."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()


def test_a_member_larger_than_it_says_is_not_unpacked(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"0" * 60_000_000)
    lying = packed.getvalue().replace((60_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    (tmp_path / "a.zip").write_bytes(lying)
    with at_most(20_000_000):
        assert "a.txt: cannot be read" in problems(tmp_path / "a.zip")[0]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_cannot_be_unpacked_in_part_is_named(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("a.txt", b"0" * 60_000_000)
    with at_most(20_000_000):
        assert "a.txt: cannot be read: packed by another method" in problems(tmp_path / "a.zip")[0]


def test_a_header_as_large_as_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = {"comment": "0" * 60_000_000}
        archive.addfile(info)
    with at_most(20_000_000):
        assert "not a tar archive that can be read: a header of 60,0" in problems(tmp_path / "a.tar.gz")[0]


def test_a_large_table_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sources.formats.MAX_TEXT_CHARACTERS", 1000)
    (tmp_path / "a.csv").write_text('"text,title\n' + "x" * 2000)
    assert "not CSV" in problems(tmp_path / "a.csv")[0]


def test_archives_of_people_one_does_not_know_are_not_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "One.")
    (found,) = read_source(tmp_path / "a.zip", Choice(archives=False))
    assert isinstance(found, SourceError) and ".zip" in str(found)


def test_warc(tmp_path: Path) -> None:
    with (tmp_path / "a.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for status, url in (("200 OK", "https://post.example/bridge"), ("404 Not Found", "https://post.example/none")):
            headers = StatusAndHeaders(status, [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            body = io.BytesIO(PAGE.format(charset="utf-8").encode())
            writer.write_record(writer.create_warc_record(url, "response", payload=body, http_headers=headers))
    (article,) = articles(tmp_path / "a.warc.gz")
    assert article.url == article.source == "https://post.example/bridge" and article.title == "Bridge opens"
    assert articles(tmp_path / "a.warc.gz", Choice(include=("bri*",))) == [article]
    (told,) = read_source(tmp_path / "a.warc.gz", Choice(exclude=("bri*",)))
    assert "no articles in it" in str(told)


def test_patterns_choose_and_fields_given_go_first(tmp_path: Path) -> None:
    for name in ("2024/a.txt", "2025/a.txt", "2025/b.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"---\npublisher: Own\n---\n{name}")
    choice = Choice(include=("2025/*",), exclude=("*.md",), given={"publisher": "The Post"})
    (article,) = articles(tmp_path, choice)
    assert article.text == "2025/a.txt" and article.publisher == "The Post"
