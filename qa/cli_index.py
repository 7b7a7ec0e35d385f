"""``byline index …``: add, remove, list, info, rebuild."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from qa.cli_options import STORING, finish, settings_of, takes

if TYPE_CHECKING:
    from index.library import Library
    from qa.settings import Settings


@click.group()
def index() -> None:
    """Add, remove, list articles; describe and rebuild the library.

    \b
    Example:
      byline index add data/articles
    """


def _open_library(settings: Settings, create: bool = False) -> Library:
    from index.embedder import Embedder
    from index.library import Library

    embedder = Embedder(settings.embedder, settings.precision)
    return Library.open(settings.library, embedder, settings.passage_characters, create)


@index.command()
@click.argument("sources", nargs=-1, required=True)
@takes(*STORING)
@click.option("--update", is_flag=True, help="Replace articles of the same id, whatever file they came from.")
@click.option("--include", multiple=True, metavar="PATTERN", help="Only files like this: '*.md', '2025/*'. Repeatable.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="No files like this. Repeatable.")
@click.option(
    "--field",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="Say this of every article, whatever it says itself: publisher, author, published, updated, language.",
)
@click.option("--allow-private", is_flag=True, help="Fetch from private, loopback and link-local addresses too.")
@click.option("--dry-run", is_flag=True, help="Show what would be read; store nothing.")
def add(
    sources: Sequence[str],
    update: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    given: tuple[str, ...],
    allow_private: bool,
    dry_run: bool,
    **flags: Any,
) -> None:
    """Add articles from SOURCES: files, folders, archives, or addresses of pages, feeds and sitemaps.

    Files: .txt .md .html .pdf .docx .eml .jsonl .csv, and .zip .tar.gz .warc(.gz) of them. An article that is there
    already changes nothing; a source read again after an edit replaces its article. What cannot be read is named,
    the rest is added, and the command then exits 2.

    \b
    Example:
      byline index add data/articles notes/interview.pdf https://news.example/feed.xml
      byline index add archive.zip --include '*.html' --field publisher='The Post' --dry-run
    """
    from index.sources import Choice
    from index.sources.web import Web
    from qa.adding import Reading, described, given_fields

    choice = Choice(include, exclude, given_fields(given))
    reading = Reading(sources, choice, Web(allow_private=allow_private))
    if dry_run:
        for article in reading.articles():
            click.echo(described(article))
        finish(reading.problems)
        return
    library = _open_library(settings_of(flags), create=True)
    report = reading.store(library, update)
    click.echo(
        f"{len(report.added)} added, {len(report.updated)} updated, {len(report.unchanged)} unchanged: "
        f"{library.article_count:,} articles, {library.passage_count:,} passages in {library.path}."
    )
    refused = [f"article {article_id!r} not added: {why}." for article_id, why in report.refused]
    finish([*reading.problems, *refused])


@index.command()
@click.argument("ids", nargs=-1, required=True)
@takes("library")
def remove(ids: Sequence[str], **flags: Any) -> None:
    """Remove articles by id, with all their passages.

    \b
    Example:
      byline index remove prisoner-swap
    """
    gone = _open_library(settings_of(flags)).remove(ids)
    click.echo(f"{len(gone)} removed.")
    finish([f"no article {name!r}; 'byline index list' shows them." for name in ids if name not in gone])


@index.command("list")
@takes("library")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_articles(as_json: bool, **flags: Any) -> None:
    """List the articles, newest first.

    \b
    Example:
      byline index list --json
    """
    from dataclasses import asdict

    from qa.terminal import plain

    for summary in _open_library(settings_of(flags)).articles():
        if as_json:
            click.echo(json.dumps(asdict(summary)))
        else:
            date = summary.published or "no date   "
            click.echo(plain(f"{date}  {summary.id}  {summary.title}  ({summary.publisher or 'no publisher'})"))


@index.command()
@takes("library")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def info(as_json: bool, **flags: Any) -> None:
    """Say what the library holds and how it is indexed.

    \b
    Example:
      byline index info
    """
    facts = _open_library(settings_of(flags)).info()
    click.echo(json.dumps(facts) if as_json else "\n".join(f"{name:18} {value}" for name, value in facts.items()))


@index.command()
@takes(*STORING)
@click.option("--embed", is_flag=True, help="Split and embed every article anew, with another embedder for example.")
def rebuild(embed: bool, **flags: Any) -> None:
    """Derive the FAISS and tantivy indexes anew from the store.

    \b
    Example:
      byline index rebuild
      byline index rebuild --embed --embedder ./my-model
    """
    from tqdm import tqdm

    library = _open_library(settings_of(flags))
    if embed:
        with tqdm(total=library.article_count, unit="article", disable=None) as bar:
            library.reembed(lambda articles, _: bar.update(articles))
    else:
        library.rebuild()
    click.echo(f"{library.passage_count:,} passages indexed in {library.path}.")
