"""Broken and hostile files by the seed: good files of every format, cut, flipped, swapped and swollen.

``python -m tests.index.hostile_files 1000`` reads a thousand and prints what became of them and the peak of memory.
"""

from __future__ import annotations

import gzip
import io
import random
import resource
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import docx
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from index.article import Article
from index.sources import read_source
from tests.index.test_documents import PAGE, pdf

WORDS = "The mayor opened the bridge on Friday. “It took two years,” she said; the café gave free tea. "


def _docx() -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    document.add_paragraph(WORDS * 3)
    document.save(buffer)
    return buffer.getvalue()


def _mail() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = (
        "Bridge",
        "Jo <jo@post.example>",
        "Tue, 04 Mar 2025 10:00:00 +0",
    )
    message.set_content(WORDS * 3)
    message.add_alternative(PAGE, subtype="html")
    return bytes(message)


def _zip(names: tuple[str, ...] = ("a.txt", "b/c.md", "../../up.txt", "/etc/x.txt", "C:\\x.txt", "a\0b.txt")) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), WORDS)
    return buffer.getvalue()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in ("a.txt", "../../up.txt", "/etc/x.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(WORDS.encode())
            archive.addfile(info, io.BytesIO(WORDS.encode()))
    return buffer.getvalue()


def _warc() -> bytes:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=False)
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    payload = io.BytesIO(PAGE.encode())
    writer.write_record(writer.create_warc_record("https://a.example/b", "response", payload, http_headers=headers))
    return buffer.getvalue()


GOOD: dict[str, Callable[[], bytes]] = {
    ".txt": lambda: WORDS.encode(),
    ".md": lambda: f"---\ntitle: A: b\ndate: 2025-03-04\n---\n# B\n\n{WORDS}".encode(),
    ".html": lambda: PAGE.encode(),
    ".pdf": lambda: pdf(["The mayor opened the bridge.", "It took two years."]),
    ".docx": _docx,
    ".eml": _mail,
    ".jsonl": lambda: b'{"id": "a", "text": "One.", "date": "2025-01-02"}\n' * 5,
    ".csv": lambda: b'id,text,title\na,"One, two",T\nb,Three,U\n',
    ".zip": _zip,
    ".tar.gz": _tar,
    ".warc": _warc,
}


def _bomb(rng: random.Random) -> tuple[str, bytes]:
    """Files that grow when they are read: zeros zipped, a tree too deep, a number too long, nested brackets."""
    deep = 60_000
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(rng.choice((10**6, 3 * 10**7))))
    choices: list[Callable[[], tuple[str, bytes]]] = [
        lambda: (rng.choice((".zip", ".docx")), zeros.getvalue()),
        lambda: (".html", b"<html><body>" + b"<div><b>" * deep + WORDS.encode() * 9),
        lambda: (".html", b"<!DOCTYPE a [<!ENTITY b '" + b"x" * 999 + b"'>]><html>" + b"&b;" * 9_999),
        lambda: (".jsonl", b'{"text": ' + b"[" * deep + b"}"),
        lambda: (".jsonl", b'{"text": "a", "title": ' + b"9" * deep + b"}"),
        lambda: (".md", b"---\ntitle: " + b"[" * 5_000 + b"\n---\nText."),
        lambda: (".csv", b'text\n"' + b"a,\n" * deep),
        lambda: (
            ".eml",
            b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed\n\n" * 999,
        ),
        lambda: (".tar.gz", gzip.compress(bytes(10**7))),
        lambda: (".warc", gzip.compress(bytes(10**6))),
        lambda: (".txt", b""),
        lambda: (".txt", bytes(10**6)),
        lambda: (rng.choice(list(GOOD)), rng.randbytes(rng.randrange(1, 5_000))),
    ]
    return rng.choice(choices)()


def hostile_files(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """``count`` pairs of an ending and bytes, the same for the same seed."""
    rng = random.Random(seed)
    good = {suffix: make() for suffix, make in GOOD.items()}
    for _ in range(count):
        if rng.random() < 0.25:
            yield _bomb(rng)
            continue
        suffix, data = rng.choice(list(good.items()))
        yield suffix, _harmed(bytearray(data), rng, good)


def _harmed(data: bytearray, rng: random.Random, good: dict[str, bytes]) -> bytes:
    way = rng.randrange(6)
    if way == 0:
        return bytes(data[: rng.randrange(len(data))])
    if way == 1:
        for _ in range(rng.randrange(1, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data)
    if way == 2:
        place = rng.randrange(len(data))
        return bytes(data[:place] + rng.randbytes(rng.randrange(1, 500)) + data[place:])
    if way == 3:  # another format under this ending
        return rng.choice(list(good.values()))
    if way == 4:  # encodings mixed in one file
        return WORDS.encode("utf-16") + WORDS.encode("cp1252") + bytes(data) + WORDS.encode("utf-8")
    return bytes(data) * rng.randrange(2, 20)


def outcomes(count: int, folder: Path, seed: int = 0) -> Counter[str]:
    """Read each file; counts of articles, of refusals, and of files that gave neither."""
    counts: Counter[str] = Counter()
    for number, (suffix, data) in enumerate(hostile_files(count, seed)):
        path = folder / f"{number}{suffix}"
        path.write_bytes(data)
        found = list(read_source(path))
        path.unlink()
        counts["read"] += any(isinstance(item, Article) for item in found)
        counts["refused"] += not any(isinstance(item, Article) for item in found) and bool(found)
        counts["neither"] += not found
    return counts


if __name__ == "__main__":
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as where:
        print(dict(outcomes(int(sys.argv[1]), Path(where))), f"{time.perf_counter() - begun:.0f} s")  # noqa: T201
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")  # noqa: T201
        print("left behind:", [path.name for path in Path(where).iterdir()])  # noqa: T201
