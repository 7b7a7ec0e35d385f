"""``byline index build``: a library built by many machines, on Ray."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import click

from qa.cli_care import open_library
from qa.cli_options import STORING, chooses_files, finish, settings_of, takes

WATCHED_EVERY = 2.0
"""Seconds between two looks at whether a machine is left to work on."""
WAITING = "no worker is left: waiting for a machine to join"
JOINED = "a machine has joined: starting workers"


@click.command()
@click.argument("sources", nargs=-1)
@takes(*STORING)
@click.option(
    "--ray",
    "address",
    is_flag=False,
    flag_value="local",
    metavar="[ADDRESS]",
    help="The cluster: HOST:PORT, or auto for the one on this machine; alone, Ray is started here.",
)
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Models loaded. [default: a core or GPU each]")
@chooses_files
def build(
    sources: tuple[str, ...],
    address: str | None,
    workers: int | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    given: tuple[str, ...],
    **flags: Any,
) -> None:
    """Add articles from SOURCES as 'index add' does, on a Ray cluster: files, folders, s3://…, gs://… and the like.

    Every machine of the cluster has Byline installed and sees the same paths (docs/scaling.md). A worker that is killed
    costs its batch. Stopped or killed, the same command goes on; files that have not changed since are not read again.

    \b
    Example:
      byline index build --ray articles/
      byline index build --ray head.internal:6379 s3://archive/2025/ --library milvus://milvus.internal/news
    """
    from index.cluster import Build
    from index.cluster_joining import joined
    from index.sources import Choice
    from qa.adding import ArticleBar, given_fields

    where, named = _told_apart(address, sources)
    choice = Choice(include, exclude, given_fields(given))
    library = open_library(settings_of(flags), create=True)
    doing = Build(library, named, choice)
    if doing.to_read:
        with (
            library.writing(),  # before Ray is started, which takes its time, and takes standard error away
            _quiet() as stream,
            joined(where, workers) as cluster,
            ArticleBar(doing.expected, stream) as bar,
            watched(lambda: cluster.machines, bar.say),
        ):

            def dealt_with(articles: int, passages: int) -> None:
                workers = doing.workers_heard
                bar.expect(doing.expected, f"{workers} worker{'s' if workers != 1 else ''}")
                bar.dealt_with(articles, passages)

            doing.run(cluster, dealt_with)
    report = doing.report
    same = f", {report.same:,} files the same" if report.same else ""
    click.echo(
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged{same}: "
        f"{library.article_count:,} articles, {library.passage_count:,} passages in {library.address}."
    )
    finish([*report.problems, *report.refused])


def _told_apart(address: str | None, sources: Sequence[str]) -> tuple[str, list[str]]:
    """The cluster and the sources: what follows --ray and names no cluster is the first source.

    Raises:
        UsageError: --ray is not there, or no source.
    """
    from index.cluster_address import HERE, is_client, is_cluster

    if address is None:
        raise click.UsageError("Say --ray to build on Ray; on one machine 'byline index add SOURCE…' does the same.")
    if not (is_cluster(address) or is_client(address)):
        address, sources = HERE, [address, *sources]
    if not sources:
        raise click.UsageError(
            "Name the files or folders to build from"
            + (f"; a file called {address!r} is ./{address}." if Path(address).exists() else ".")
        )
    return address, list(sources)


@contextmanager
def watched(machines: Callable[[], int], say: Callable[[str], object], every: float = WATCHED_EVERY) -> Iterator[None]:
    """Say so, every few seconds, while no machine is left that a worker can be on: Ray waits for one in silence."""
    ended = threading.Event()

    def watch() -> None:
        waiting = False
        while not ended.wait(every):
            with suppress(Exception):  # Ray is busy or gone: whoever waits for the workers is told
                left = machines() > 0
                if not left or waiting:
                    say(JOINED if left else WAITING)
                waiting = not left

    thread = threading.Thread(target=watch, name="byline-watching", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(every)


@contextmanager
def _quiet() -> Iterator[TextIO]:
    """Ray writes to both streams, from its C++ too: let it, to nowhere. Yields standard error, for us to write to."""
    sys.stdout.flush()
    sys.stderr.flush()
    streams = sys.stdout, sys.stderr
    kept = [os.dup(number) for number in (1, 2)]
    with Path(os.devnull).open("w") as nowhere, os.fdopen(os.dup(2), "w") as stream:
        try:
            for number in (1, 2):
                os.dup2(nowhere.fileno(), number)
            sys.stdout = sys.stderr = nowhere
            yield stream
        finally:
            sys.stdout, sys.stderr = streams
            for number, old in zip((1, 2), kept, strict=True):
                os.dup2(old, number)
                os.close(old)
