"""Files and pasted text to articles of the library tab. What is uploaded is read once, and removed at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

from index.article import Article, clean_text, parse_date
from index.errors import BylineError, SourceError
from index.sources import Choice, read_source

Result = TypeVar("Result")
Say = Callable[[str], None]


def read_uploads(paths: Sequence[str], say: Say) -> tuple[list[Article], list[str]]:
    """The articles of uploaded files, and a sentence for each that could not be read; the files are gone afterwards.

    Their names come from outside: they are shown, and give an article without a title its title, but nothing more.
    """
    articles: list[Article] = []
    problems: list[str] = []
    for number, path in enumerate(paths, start=1):
        name = clean_text(Path(path).name)
        say(f"Reading {name}" + (f" ({number} of {len(paths)})…" if len(paths) > 1 else "…"))
        try:
            for found in read_source(path, Choice(archives=False)):
                if isinstance(found, Article):
                    articles.append(replace(found, source=f"added in the page: {name}"))
                else:
                    problems.append(str(found).replace(str(Path(path).parent) + "/", ""))
        finally:
            _discard(Path(path))
    return articles, problems


def _discard(path: Path) -> None:
    """Remove an uploaded file and the folder that Gradio made for it alone."""
    path.unlink(missing_ok=True)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        shutil.rmtree(path.parent, ignore_errors=True)


def pasted(text: str, title: str, publisher: str, published: str) -> Article:
    """An article of pasted text.

    Raises:
        SourceError: there is no text, or the date is none.
    """
    words = clean_text(text).strip()
    if not words:
        raise SourceError("There is no text to add; paste the article's words first.")
    date = parse_date(published) if published.strip() else ""
    if date is None:
        raise SourceError(f"The date must be YYYY-MM-DD, not {published.strip()[:40]!r}.")
    first = " ".join(words[:200].split("\n", 1)[0].split())[:80]
    article = Article(
        id="pasted",
        text=words,
        title=" ".join(clean_text(title).split()) or first,
        publisher=" ".join(clean_text(publisher).split()),
        published=date,
        source="pasted in the page",
    )
    return replace(article, id=f"pasted-{article.fingerprint[:16]}")


def in_steps(work: Callable[[Say], Result]) -> Iterator[str | Result | BylineError]:
    """Run ``work`` in a thread; yields each line it says, and at the end what it returned or the error to show."""
    reached: SimpleQueue[tuple[bool, str | Result | BylineError | BaseException]] = SimpleQueue()

    def run() -> None:
        try:
            reached.put((True, work(lambda line: reached.put((False, line)))))
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            reached.put((True, error))

    Thread(target=run, name="byline-adding", daemon=True).start()
    while True:
        last, value = reached.get()
        if isinstance(value, BaseException) and not isinstance(value, BylineError):
            raise value
        yield value
        if last:
            return
