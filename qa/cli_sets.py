"""``byline eval validate | draft``: the question sets themselves, checked and proposed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.cli_options import finish, settings_of

if TYPE_CHECKING:
    from index.library import Library

FILE = click.Path(path_type=Path)


def _opened(library: str) -> Library:
    """The library at an address, to be read."""
    from index.opening import open_library

    return open_library(library, create=False, milvus=settings_of({}).milvus)


@click.command()
@click.argument("question_set", metavar="SET", type=FILE)
@click.option("--library", metavar="FOLDER", help="Check too that this library has the articles that are named.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a line first.")
def validate(question_set: Path, library: str | None, schema: bool) -> None:
    """Say what is wrong with a question set: every broken line, with its field.

    \b
    Example:
      byline eval validate data/questions/sample.jsonl --library .byline/library
    """
    from qa.evaluate.sets import load_set

    if schema:
        from qa.evaluate.sets.row import schema as schema_of

        click.echo(json.dumps(schema_of(), indent=2, ensure_ascii=False))
    found = load_set(question_set, keep_going=True)
    if library and found.articles is None:
        found = found.known_to(_opened(library).ids(), keep_going=True)
    answerable = sum(question.answerable for question in found.questions)
    click.echo(f"{question_set}: {len(found.questions)} questions, {answerable} answerable ({found.kind}).")
    finish(found.problems)


@click.command()
@click.argument("library", metavar="LIBRARY")
@click.option(
    "--most", type=click.IntRange(min=1), default=5, show_default=True, metavar="N", help="Questions an article."
)
@click.option("--out", type=FILE, metavar="FILE", help="Write them here. [default: standard output]")
def draft(library: str, most: int, out: Path | None) -> None:
    """Propose questions with answers and quotes from the articles of LIBRARY, for a person to edit.

    They are made by rule from plain English sentences: few, in the articles' own words, none unanswerable. Reword
    them, and add some that the articles do not answer.

    \b
    Example:
      byline eval draft .byline/library --out questions.jsonl
    """
    from index.errors import QuestionError
    from qa.evaluate.drafted_set import drafted_rows

    opened = _opened(library)
    rows = [json.dumps(row, ensure_ascii=False) for row in drafted_rows(opened, most)]
    if not rows:
        raise QuestionError(f"No sentence of the articles in {library} can be turned into a question by rule.")
    if out is None:
        click.echo("\n".join(rows))
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write("\n".join(rows) + "\n")
    except FileExistsError:
        raise QuestionError(f"{out} is there already; remove it, or choose another --out.") from None
    except OSError as error:
        raise QuestionError(f"{out} cannot be written: {error.strerror}.") from error
    click.echo(f"{len(rows)} questions in {out}.")


SETS = (validate, draft)
"""Commands of the group ``byline eval``."""
