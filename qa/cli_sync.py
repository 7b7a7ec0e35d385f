"""``byline index sync``: keep the library in step with its sources."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from index.errors import NoLibraryError, SettingsError
from qa.cli_care import open_library
from qa.cli_options import STORING, finish, settings_of, takes

if TYPE_CHECKING:
    from index.library import Library
    from index.sync import Sync, SyncReport
    from index.sync_plan import Plan, Source
    from qa.settings import Settings


@click.command()
@click.argument("sources", nargs=-1)
@takes(*STORING)
@click.option("--dry-run", is_flag=True, help="Show what is new, changed and withdrawn; change nothing.")
@click.option("--reread", is_flag=True, help="Read every file and page again, also those that have not changed.")
@click.option("--allow-empty", is_flag=True, help="Let a source that holds nothing now withdraw all its articles.")
@click.option("--drop", multiple=True, metavar="SOURCE", help="Remove all articles that came of SOURCE. Repeatable.")
@click.option("--allow-private", is_flag=True, help="Fetch from private, loopback and link-local addresses too.")
def sync(
    sources: Sequence[str],
    dry_run: bool,
    reread: bool,
    allow_empty: bool,
    drop: Sequence[str],
    allow_private: bool,
    **flags: Any,
) -> None:
    """Bring the library in step with SOURCES: files, folders, addresses; without any, with those of byline.toml.

    What is new is added, what changed is read again (the version before is kept), what a folder no longer holds is
    removed. A page is removed when its server says that it is gone; one that a feed no longer lists stays.

    \b
    Example:
      byline index sync articles https://news.example/feed.xml
      byline index sync --dry-run
    """
    from index.sources.web import Web
    from index.sync import Sync
    from index.sync_plan import Source, plan
    from qa.terminal import plain

    settings = settings_of(flags)
    chosen = [] if drop and not sources else _chosen(sources, settings)
    if not chosen and not drop:
        raise SettingsError(
            "There is nothing to sync: name files, folders or addresses, or list them in byline.toml as "
            'sources = ["articles", "https://news.example/feed.xml"].'
        )
    web = Web(allow_private=allow_private)
    if dry_run:
        with _unchanged(settings) as library:
            plans = [plan(library, source, web, reread, allow_empty) for source in chosen]
            for made in plans:
                _show(made)
            unknown = [problem for source in drop for problem in _show_drop(library, Source(source).name)]
        finish([*(problem for made in plans for problem in made.problems), *unknown])
        return
    library = open_library(settings, create=True)
    plans = [plan(library, source, web, reread, allow_empty) for source in chosen]
    report = _carry_out(Sync(library, reread=reread), plans, drop)
    click.echo(_told(report, library))
    for name in [] if sources or drop else _no_longer(library, chosen):
        click.echo(plain(f"{name} is not among the sources any more; its articles stay until --drop removes them."))
    finish([*report.problems, *_kept(report)])


def _chosen(sources: Sequence[str], settings: Settings) -> list[Source]:
    from index.sources import Choice
    from index.sync_plan import Source

    if sources:
        return [Source(source) for source in sources]
    return [Source(one.source, Choice(one.include, one.exclude, one.given)) for one in settings.sources]


def _carry_out(sync: Sync, plans: Sequence[Plan], drop: Sequence[str]) -> SyncReport:
    from index.sync_plan import Source
    from qa.adding import ArticleBar

    with ArticleBar(sum(made.expected for made in plans)) as bar:
        sync.progress = bar.dealt_with
        for made in plans:
            sync.carry_out(made)
        for source in drop:
            sync.drop(Source(source).name)
    return sync.report


def _show(made: Plan) -> None:
    from qa.terminal import plain

    for unit in made.look:
        click.echo(plain(f"{'changed?' if unit.name in made.known else 'new':9} {unit.name}"))
    for name in made.withdrawn:
        click.echo(plain(f"withdrawn {name}"))
    click.echo(plain(f"{made.same:,} the same in {made.source.name}"))


@contextmanager
def _unchanged(settings: Settings) -> Iterator[Library]:
    """The library to look at; an empty one that is gone afterwards where there is none yet."""
    try:
        library = open_library(settings)
    except NoLibraryError:
        with tempfile.TemporaryDirectory() as folder:
            library = open_library(settings.model_copy(update={"library": folder}), create=True)
            yield library
            library.close()
    else:
        yield library


def _show_drop(library: Library, source: str) -> list[str]:
    """Show what ``--drop`` would remove; a sentence when nothing came of the source."""
    from index.sync import Sync
    from qa.terminal import plain

    names, problems = Sync(library).came_of(source)
    for name in names:
        click.echo(plain(f"withdrawn {name}"))
    return problems


def _told(report: SyncReport, library: Library) -> str:
    done = f"{len(report.added):,} added, {len(report.updated):,} updated, {len(report.removed):,} removed"
    holds = f"{library.article_count:,} articles, {library.passage_count:,} passages in {library.address}"
    return f"{done}; {report.same:,} files and pages the same: {holds}."


def _kept(report: SyncReport) -> list[str]:
    if not report.kept:
        return []
    return [
        f"{report.kept:,} files that were there before are not found; their articles are kept, as their source could "
        "not be listed whole or holds nothing now. --allow-empty removes those of a source that is empty."
    ]


def _no_longer(library: Library, chosen: Sequence[Source]) -> list[str]:
    """Sources that were synced before and are not now, as their articles stay."""
    now = {source.name for source in chosen}
    return [name for name in library.ledger.sources() if name not in now]
