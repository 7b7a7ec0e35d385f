"""``byline index …``: add, remove, history, copies, list, info, rebuild; the rest in files beside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from qa.cli_build import build
from qa.cli_care import CARE, open_library
from qa.cli_options import STORING, chooses_files, finish, settings_of, takes
from qa.cli_sync import sync


@click.group()
def index() -> None:
    """Add, remove, list articles; keep them in step with their sources; describe, check, move, rebuild the library.

    \b
    Example:
      byline index add data/articles
    """


for command in (build, sync, *CARE):
    index.add_command(command)


@index.command()
@click.argument("sources", nargs=-1, required=True)
@takes(*STORING)
@click.option("--update", is_flag=True, help="Replace articles of the same id, whatever file they came from.")
@chooses_files
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
    """Add articles from SOURCES: files, folders, archives, addresses of pages, feeds, sitemaps and object stores.

    Files: .txt .md .html .pdf .docx .eml .jsonl .csv .parquet, and .zip .tar.gz .warc(.gz) of them. An article that
    is there already changes nothing; a source read again after an edit replaces its article. What cannot be read is
    named, the rest is added, and the command then exits 2.

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
    library = open_library(settings_of(flags), create=True)
    report = reading.store(library, update)
    click.echo(
        f"{len(report.added)} added, {len(report.updated)} updated, {len(report.unchanged)} unchanged: "
        f"{library.article_count:,} articles, {library.passage_count:,} passages in {library.address}."
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
    gone = open_library(settings_of(flags)).remove(ids)
    click.echo(f"{len(gone)} removed.")
    finish([f"no article {name!r}; 'byline index list' shows them." for name in ids if name not in gone])


@index.command()
@click.argument("article_id", metavar="ID")
@takes("library")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a version, with its text.")
def history(article_id: str, as_json: bool, **flags: Any) -> None:
    """Show the earlier versions of an article, and what changed with each.

    \b
    Example:
      byline index history prisoner-swap
    """
    from dataclasses import asdict

    from qa.history import changes
    from qa.terminal import plain

    library = open_library(settings_of(flags))
    now, versions = library.article(article_id), library.versions(article_id)
    if as_json:
        for version in versions:
            click.echo(json.dumps(asdict(version)))
        return
    if not versions:
        click.echo(plain(f"{article_id} has not changed since it was added."))
    for version, later in zip(versions, [*(one.article for one in versions[1:]), now], strict=True):
        click.echo(plain(f"Version {version.number}, replaced {version.replaced}:"))
        for line in changes(version.article, later):
            click.echo(plain(f"  {line}"))


@index.command()
@takes("library")
@click.option("--json", "as_json", is_flag=True, help="One JSON list of ids a story.")
def copies(as_json: bool, **flags: Any) -> None:
    """List the stories that several articles carry (wire copy with small edits), the earliest of each first.

    \b
    Example:
      byline index copies
    """
    from qa.terminal import plain

    library = open_library(settings_of(flags))
    for ids in library.stories():
        if as_json:
            click.echo(json.dumps(ids))
            continue
        first, *others = (library.article(article_id) for article_id in ids)
        click.echo(plain(f"{first.published or 'no date   '}  {first.id}  {first.title}"))
        for other in others:
            click.echo(
                plain(f"    {other.published or 'no date   '}  {other.id}  ({other.publisher or 'no publisher'})")
            )


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

    for summary in open_library(settings_of(flags)).articles():
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
    facts = open_library(settings_of(flags)).info()
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

    library = open_library(settings_of(flags))
    if embed:
        with tqdm(total=library.article_count, unit="article", disable=None) as bar:
            library.reembed(lambda articles, _: bar.update(articles))
    else:
        library.rebuild()
    click.echo(f"{library.passage_count:,} passages indexed in {library.address}.")
