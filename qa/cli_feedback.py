"""``byline feedback …``: what readers thought of answers, listed, and turned into a question set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa.cli_options import settings_of, takes

if TYPE_CHECKING:
    from qa.feedback import Entry, Feedback
    from qa.settings import Settings


@click.group()
def feedback() -> None:
    """List what readers thought of answers, and make a question set of it.

    \b
    Example:
      byline feedback export feedback.jsonl
    """


def _open(settings: Settings) -> Feedback:
    from index.opening import folder_of
    from qa.feedback import FILE, Feedback, FeedbackError

    folder = folder_of(settings.library)
    if not (folder / FILE).is_file():
        raise FeedbackError(
            f"There is no feedback for the library {settings.library} yet; readers give it under an answer."
        )
    return Feedback(folder, settings.feedback_entries)


@feedback.command("list")
@takes("library")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with answer and trace.")
def list_feedback(as_json: bool, **flags: Any) -> None:
    """List the feedback, oldest first.

    \b
    Example:
      byline feedback list --json
    """
    from dataclasses import asdict

    from qa.terminal import plain

    for entry in _open(settings_of(flags)).entries():
        if as_json:
            click.echo(json.dumps(asdict(entry)))
        else:
            click.echo("\n".join(plain(line) for line in _lines(entry)))


def _lines(entry: Entry) -> Iterator[str]:
    from qa.answer import ABSTENTION
    from qa.feedback import REASONS

    yield f"{entry.id:>5}  {entry.day}  {entry.verdict:4}  {entry.understood_as}"
    yield f"       answered: {entry.answer.get('short') or ABSTENTION}"
    if entry.reason:
        yield f"       because:  {REASONS.get(entry.reason, entry.reason)}"
    if entry.correction:
        yield f"       right is: {entry.correction}"


@feedback.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@takes("library")
def export(file: Path, **flags: Any) -> None:
    """Write the feedback to FILE as a question set for 'byline eval'.

    A good answer becomes the accepted one; so does a correction. An answer that was only called wrong is tagged
    "to-edit": write the right one in its place.

    \b
    Example:
      byline feedback export feedback.jsonl
      byline eval feedback.jsonl
    """
    from qa.feedback import FeedbackError

    settings = settings_of(flags)
    store, known = _open(settings), _known(settings)
    rows = [entry.as_question(known) for entry in store.entries()]
    if not rows:
        raise FeedbackError(f"There is no feedback for the library {settings.library} yet.")
    try:
        with file.open("x", encoding="utf-8") as written:
            written.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    except FileExistsError:
        raise FeedbackError(f"{file} is there already; remove it, or choose another.") from None
    except OSError as error:
        raise FeedbackError(f"Could not write {file}: {error.strerror}.") from error
    to_edit = sum("to-edit" in row["tags"] for row in rows)
    click.echo(f"{len(rows):,} question{'' if len(rows) == 1 else 's'} in {file}" + _told(to_edit))


def _told(to_edit: int) -> str:
    return f'; {to_edit:,} tagged "to-edit" need the right answer written in.' if to_edit else "."


def _known(settings: Settings) -> set[str]:
    """Ids of the articles that the library has now."""
    from qa.cli_care import open_library

    library = open_library(settings)
    try:
        return set(library.ids())
    finally:
        library.close()


@feedback.command()
@takes("library")
@click.confirmation_option(prompt="Remove all feedback?")
def clear(**flags: Any) -> None:
    """Remove all feedback, once it is exported.

    \b
    Example:
      byline feedback clear --yes
    """
    click.echo(f"{_open(settings_of(flags)).clear():,} removed.")
