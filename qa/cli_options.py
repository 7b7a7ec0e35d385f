"""Settings as command-line options, and how a command says what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from qa.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = {
    "library": click.option(
        "--library",
        metavar="FOLDER",
        help="Folder of the library, or milvus://HOST:PORT/NAME. [default: .byline/library]",
    ),
    "embedder": click.option("--embedder", metavar="MODEL", help="Sentence-transformers model: a folder or hub id."),
    "precision": click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"])),
    "reader": click.option("--reader", metavar="MODEL", help="SQuAD 2-style reader: a folder or hub id."),
    "reranker": click.option("--reranker", metavar="MODEL", help="CrossEncoder that reorders passages."),
    "candidates": click.option("--candidates", type=int, metavar="N", help="Passages retrieved for a question."),
    "passages_read": click.option("--passages-read", type=int, metavar="N", help="Of those, how many are read."),
    "read_share": click.option(
        "--read-share", type=float, metavar="S", help="None is read that scores less than this share of the best."
    ),
    "dense_weight": click.option(
        "--dense-weight", type=float, metavar="W", help="Share of the dense score in the fused one, 0 to 1."
    ),
    "min_confidence": click.option(
        "--min-confidence", type=float, metavar="P", help="Least probability of being right, 0 to 1, to answer at."
    ),
    "passage_characters": click.option(
        "--passage-characters", type=int, metavar="N", help="Longest passage an article is cut into."
    ),
    "ray": click.option(
        "--ray",
        is_flag=False,
        flag_value="local",
        metavar="[ADDRESS]",
        help="Have replicas on Ray answer: started here, or 'auto' or HOST:PORT of a cluster this machine is in.",
    ),
    "ray_replicas_least": click.option(
        "--replicas-least", "ray_replicas_least", type=int, metavar="N", help="Replicas kept at least. [default: 1]"
    ),
    "ray_replicas_most": click.option(
        "--replicas-most", "ray_replicas_most", type=int, metavar="N", help="Replicas started at most. [default: 2]"
    ),
    "ray_cpus": click.option("--replica-cpus", "ray_cpus", type=float, metavar="N", help="CPU cores of a replica."),
    "ray_batch": click.option(
        "--batch", "ray_batch", type=int, metavar="N", help="Most questions read for in one pass. [default: 8]"
    ),
}
STORING = ("library", "embedder", "precision", "passage_characters")
ASKING = (
    "library",
    "embedder",
    "precision",
    "reader",
    "reranker",
    "candidates",
    "passages_read",
    "read_share",
    "dense_weight",
    "min_confidence",
)

REPLICAS = ("ray", "ray_replicas_least", "ray_replicas_most", "ray_cpus", "ray_batch")


def takes(*names: str) -> Callable[[Command], Command]:
    """Add the named settings as options to a command."""

    def add(command: Command) -> Command:
        for name in reversed(names):
            command = OPTIONS[name](command)
        return command

    return add


def chooses_files(command: Command) -> Command:
    """Add the options that choose files and say things of all their articles: include, exclude, given."""
    for option in (
        click.option(
            "--field",
            "given",
            multiple=True,
            metavar="NAME=VALUE",
            help="Say this of every article, whatever it says itself: publisher, author, published, updated, language.",
        ),
        click.option("--exclude", multiple=True, metavar="PATTERN", help="No files like this. Repeatable."),
        click.option(
            "--include", multiple=True, metavar="PATTERN", help="Only files like this: '*.md', '2025/*'. Repeatable."
        ),
    ):
        command = option(command)
    return command


def settings_of(flags: dict[str, Any]) -> Settings:
    """The settings with these flags on top; a flag that is None was not given."""
    from qa.settings import Settings

    return Settings.load(flags)


def tell(problems: Sequence[str]) -> None:
    """Print each problem on standard error, control characters cut."""
    from qa.terminal import plain

    for problem in problems:
        click.echo(plain(problem), err=True)


def finish(problems: Sequence[str]) -> None:
    """Print each problem as ``tell`` does, and exit 2 if there is one."""
    tell(problems)
    if problems:
        sys.exit(2)
