"""A document to its articles: which function reads which ending. One broken document never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from index.article import Article
from index.errors import SourceError
from index.sources.document import Document, Parsed, Problem, article_of
from index.sources.formats import parse_csv, parse_html, parse_jsonl, parse_text
from index.sources.office import parse_docx, parse_eml, parse_pdf

_ONE: dict[str, Callable[[Document], Parsed]] = {
    ".txt": parse_text,
    ".md": parse_text,
    ".html": parse_html,
    ".htm": parse_html,
    ".pdf": parse_pdf,
    ".docx": parse_docx,
    ".eml": parse_eml,
}
_MANY: dict[str, Callable[[Document], Iterator[Parsed | Problem]]] = {".jsonl": parse_jsonl, ".csv": parse_csv}
SUFFIXES = (*_ONE, *_MANY)


def articles_of(document: Document) -> Iterator[Article | Problem]:
    """Yield each article of a document, or the problem in its place."""
    try:
        if document.suffix in _MANY:
            none = True
            for parsed in _MANY[document.suffix](document):
                none = False
                yield parsed if isinstance(parsed, SourceError) else article_of(parsed, document, many=True)
            if none:
                raise SourceError(f"{document.name}: there are no articles in it.")
        else:
            yield article_of(_ONE[document.suffix](document), document, many=False)
    except SourceError as error:
        yield error
