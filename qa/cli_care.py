"""``byline index check | export | import``: keeping a library whole, and moving it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from index.errors import LibraryError
from qa.cli_options import STORING, finish, settings_of, takes

if TYPE_CHECKING:
    from tqdm import tqdm

    from index.check import CheckReport
    from index.library import Library
    from qa.settings import Settings


def open_library(settings: Settings, create: bool = False) -> Library:
    """The library that the settings name, with the embedder they name."""
    from index.embedder import Embedder
    from index.opening import open_library as open_at

    embedder = Embedder(settings.embedder, settings.precision)
    return open_at(settings.library, embedder, settings.passage_characters, create, settings.milvus)


@click.command()
@takes(*STORING)
@click.option("--repair", is_flag=True, help="Mend what can be derived; no article is ever deleted.")
@click.option("--json", "as_json", is_flag=True, help="Print what was checked and every problem as JSON.")
def check(repair: bool, as_json: bool, **flags: Any) -> None:
    """Check everything the library holds: the store, offsets, fingerprints, vectors, both search indexes.

    Exits 0 when all is sound, else 2 with a line a problem. --repair derives the indexes anew, cuts and embeds only
    the articles whose passages or vectors are wrong, and saves what can be read of a damaged store. A library in Milvus
    is checked row by row, and repaired by 'byline index rebuild'.

    \b
    Example:
      byline index check
      byline index check --repair
    """
    from tqdm import tqdm

    from index.check import check as check_library
    from index.embedder import Embedder
    from index.opening import in_milvus

    settings = settings_of(flags)
    if in_milvus(settings.library):
        _check_in_milvus(settings, repair, as_json)
        return
    folder = Path(settings.library).expanduser()
    with tqdm(unit="article", disable=None) as bar:
        report = check_library(folder, _shown_by(bar))
    done: list[str] = []
    if repair and report.problems:
        from index.mending import repair as mend

        def said(what: str) -> None:
            done.append(what)
            if not as_json:
                click.echo(what)

        embedder = Embedder(settings.embedder, settings.precision)
        with tqdm(unit="article", disable=None) as bar:
            report = mend(folder, embedder, settings.passage_characters, report, _shown_by(bar), said)
    cure = "'byline index check --repair' mends what can be derived"
    _print(report, done, (str(folder), "FAISS and tantivy in step", cure), as_json)


def _check_in_milvus(settings: Settings, repair: bool, as_json: bool) -> None:
    """Check a library in Milvus, where nothing is repaired by the piece."""
    from tqdm import tqdm

    from index.milvus.check import check as check_rows

    if repair:
        raise LibraryError(
            f"{settings.library} is in Milvus, where --repair mends nothing; 'byline index rebuild' clears away what a "
            "stopped write left, with --embed it cuts and embeds every article anew."
        )
    with tqdm(unit="article", disable=None) as bar:
        report = check_rows(settings.library, settings.milvus, _shown_by(bar))
    cure = "'byline index rebuild --embed' cuts and embeds every article anew"
    _print(report, [], (settings.library, "each searched by what it says,", cure), as_json)


def _shown_by(bar: tqdm[NoReturn]) -> Callable[[int, int], object]:
    def progress(articles: int, of: int) -> None:
        bar.total = of
        bar.update(articles)

    return progress


def _print(report: CheckReport, done: list[str], words: tuple[str, str, str], as_json: bool) -> None:
    """Print what was found; ``words`` say where, how it is searched, and what mends it."""
    where, searched, cure = words
    what = f"{report.articles:,} articles and {report.passages:,} passages with their vectors"
    if as_json:
        problems = [{**asdict(problem), "repairable": problem.repairable} for problem in report.problems]
        click.echo(json.dumps({**asdict(report), "problems": problems, "repaired": done}))
    elif not report.problems:
        click.echo(f"{where} is sound: {what}, {searched} at generation {report.generation}.")
    lines = [problem.what for problem in report.problems]
    if any(problem.repairable for problem in report.problems):
        count = f"{len(lines):,} problem{'s' if len(lines) > 1 else ''}"
        lines.append(f"{count}; {cure}.")
    finish(lines)


@click.command("export")
@click.argument("file", required=False)
@takes("library", "passage_characters")
@click.option("--vectors", is_flag=True, help="With each article's passages and their vectors: no embedding on import.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a line instead.")
def export(file: str | None, vectors: bool, schema: bool, **flags: Any) -> None:
    """Write the whole library to FILE, one JSON object a line; FILE.gz is compressed, - is standard output.

    \b
    Example:
      byline index export library.jsonl.gz --vectors
      byline index export - | head
    """
    from tqdm import tqdm

    if schema:
        import index

        click.echo((Path(index.__file__).parent / "exported.schema.json").read_text(), nl=False)
        return
    if not file:
        raise click.UsageError("Name the FILE to write, or - for standard output.")
    from index.transfer import export as write

    library = open_library(settings_of(flags))
    with tqdm(total=library.article_count, unit="article", disable=None) as bar:
        articles = write(library, file, vectors, lambda articles, _: bar.update(articles))
    if file != "-":
        click.echo(f"{articles:,} articles written to {file}.")


@click.command("import")
@click.argument("file")
@takes(*STORING)
def import_(file: str, **flags: Any) -> None:
    """Add the articles of FILE, made by 'byline index export', to the library.

    Vectors in it are used when the same embedder made them. What is there already changes nothing, so a stopped import
    goes on when it is run again. A line that cannot be read, or whose article reads otherwise here, is named,
    the rest is added, and the command exits 2.

    \b
    Example:
      byline index import library.jsonl.gz --library ./copy
    """
    from tqdm import tqdm

    from index.transfer import Export
    from index.transfer import import_ as read

    exported = Export(Path(file))
    library = open_library(settings_of(flags), create=True)
    with tqdm(total=exported.articles, unit="article", disable=None) as bar:
        report = read(library, exported, lambda articles, _: bar.update(articles))
    if report.embedded_because and report.stored.passages:
        click.echo(f"{report.stored.passages:,} passages were embedded: {report.embedded_because}.")
    click.echo(
        f"{len(report.stored.added)} added, {len(report.stored.unchanged)} unchanged: "
        f"{library.article_count:,} articles, {library.passage_count:,} passages in {library.address}."
    )
    refused = [f"article {article_id!r} not added: {why}." for article_id, why in report.stored.refused]
    finish([*report.problems, *refused])


CARE = (check, export, import_)
"""Commands of the group ``byline index``."""
