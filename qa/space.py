"""What a Hugging Face Space of this project consists of: its files, with the user's own articles among them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.article import Article
from index.embedder import Embedder
from index.errors import BylineError, NoLibraryError
from index.opening import open_library
from index.sources import read_source
from index.sources.metadata import FIELDS
from qa.settings import Settings

ROOT_FILES = ("README.md", "app.py", "requirements.txt", "LICENSE", "docs/screens/answer.png")
PACKAGES = ("index", "qa")
ARTICLES_FOLDER = "data/articles"
ARTICLES_FILE_BYTES = 50_000_000
"""Articles are sent as JSONL files of at most about this size: Byline reads files of up to 100 MB."""


class SpaceError(BylineError):
    """A Space could not be put together, made or updated."""


@dataclass(frozen=True, slots=True)
class SpaceFile:
    """A file of the Space: ``path`` in it, and ``content``, a file here or the bytes themselves."""

    path: str
    content: Path | bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def read(self) -> bytes:
        """The content."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


def find_project() -> Path:
    """The folder of the project: the current one, or the one that this package was installed from.

    Raises:
        SpaceError: neither holds Byline's project.
    """
    here = Path(__file__).resolve().parents[1]
    for folder in (Path.cwd(), here):
        if all((folder / name).exists() for name in ("app.py", "README.md", "requirements.txt", *PACKAGES)):
            return folder
    raise SpaceError(
        f"Neither {Path.cwd()} nor {here} is Byline's project folder (app.py, README.md, requirements.txt, index, qa); "
        "run this in the folder you cloned."
    )


def project_files(project: Path) -> list[SpaceFile]:
    """The program, its weights, and what a Space needs beside them; nothing hidden, nothing compiled."""
    roots = [project / name for name in ROOT_FILES if (project / name).is_file()]
    inside = [path for name in PACKAGES for path in sorted((project / name).rglob("*")) if _belongs(path, project)]
    return [SpaceFile(path.relative_to(project).as_posix(), path) for path in (*roots, *inside)]


def _belongs(path: Path, project: Path) -> bool:
    hidden = any(part.startswith((".", "__pycache__")) for part in path.relative_to(project).parts)
    return path.is_file() and not hidden and path.suffix != ".pyc"


def articles_of(settings: Settings, folder: Path | None, project: Path) -> tuple[list[Article], list[str]]:
    """The articles to send, and what could not be read.

    They are those of ``folder``; without one those of the library, or the sample where no library was named and there
    is none yet.

    Raises:
        SpaceError: there is none.
        NoLibraryError: the library named is not there.
    """
    problems: list[str] = []
    articles = _of_library(settings) if folder is None else []
    if not articles:
        for found in read_source(folder or project / ARTICLES_FOLDER):
            if isinstance(found, Article):
                articles.append(found)
            else:
                problems.append(str(found))
    if not articles:
        raise SpaceError("\n".join(problems) or f"There are no articles in {folder or project / ARTICLES_FOLDER}.")
    return articles, problems


def _of_library(settings: Settings) -> list[Article]:
    """The library's articles; none where it is the default one and is not there or empty."""
    named = settings.library != Settings.model_fields["library"].default
    try:
        library = open_library(settings.library, Embedder(settings.embedder), create=False, milvus=settings.milvus)
    except NoLibraryError:
        if named:
            raise
        return []
    try:
        articles = [library.article(summary.id) for summary in library.articles()]
    finally:
        library.close()
    if named and not articles:
        raise SpaceError(f"The library {settings.library} holds no articles; add some with 'byline index add FILE…'.")
    return articles


def article_files(articles: Iterable[Article], most_bytes: int = ARTICLES_FILE_BYTES) -> list[SpaceFile]:
    """The articles as JSONL files that Byline reads back just as they are, but for ``source``: paths stay at home."""
    parts = list(_parts(articles, most_bytes))
    return [
        SpaceFile(f"{ARTICLES_FOLDER}/articles-{number:03}.jsonl", content) for number, content in enumerate(parts, 1)
    ]


def _parts(articles: Iterable[Article], most_bytes: int) -> Iterator[bytes]:
    lines: list[bytes] = []
    size = 0
    for article in articles:
        row = {name: value for name in (*FIELDS, "text") if (value := getattr(article, name))}
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        if lines and size + len(line) > most_bytes:
            yield b"".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield b"".join(lines)


def lay_out(files: Sequence[SpaceFile], folder: Path) -> None:
    """Write the files into ``folder``, as the Space has them."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read())
