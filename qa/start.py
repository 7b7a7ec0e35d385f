"""Before the first question: open the library and, while it is empty, read the articles that came with the project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from index.article import Article
from index.errors import LibraryError
from index.library import Library
from index.sources import read_source
from qa.assistant import Assistant
from qa.settings import Settings
from qa.terminal import plain

FILLING = "filling"
"""File in the library's folder while its first articles are read."""

Say = Callable[[str], None]


def prepare(settings: Settings, say: Say = print) -> Assistant:
    """Open the library of ``settings``, fill it from ``settings.articles`` if it is empty; one line a step.

    A filling that was stopped goes on. Files that cannot be read are named and passed over; a missing folder leaves the
    library as it is.
    """
    assistant = Assistant.from_settings(settings)
    library = assistant.library
    folder = Path(settings.articles) if settings.articles else None
    filling = Path(library.path) / FILLING
    if (not library.article_count or filling.exists()) and folder is not None and folder.is_dir():
        try:
            _fill(library, folder, filling, say)
        except LibraryError as error:
            if not library.article_count:
                raise
            say(f"{error} What is there already can be asked.")  # another process may be filling it
    say(f"Library {library.address}: {library.article_count:,} articles, {library.passage_count:,} passages.")
    return assistant


def _fill(library: Library, folder: Path, filling: Path, say: Say) -> None:
    say(f"Indexing the articles in {folder}…")
    try:
        filling.parent.mkdir(parents=True, exist_ok=True)  # of a library in Milvus nothing else may be here
        filling.touch()
    except OSError as error:
        raise LibraryError(f"The library's folder {library.path} cannot be written to: {error.strerror}.") from error
    articles = []
    for found in read_source(folder):
        if isinstance(found, Article):
            articles.append(found)
        else:
            say(plain(f"  passed over: {found}"))
    for article_id, why in library.add(articles).refused:
        say(plain(f"  passed over: article {article_id!r}: {why}."))
    filling.unlink(missing_ok=True)
