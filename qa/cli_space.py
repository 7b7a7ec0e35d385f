"""``byline space create``: this project, with the user's own articles, as a Hugging Face Space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa.cli_options import finish, settings_of, takes

if TYPE_CHECKING:
    from qa.space import SpaceFile

MANY_ARTICLES = 500
"""Articles from which the command says that the Space embeds them each time it starts."""


@click.group()
def space() -> None:
    """Publish Byline with your articles as a Hugging Face Space.

    \b
    Example:
      byline space create my-news --dry-run
    """


@space.command()
@click.argument("name")
@click.option("--articles", metavar="FOLDER", type=click.Path(path_type=Path), help="Send the articles of this folder.")
@click.option("--private", is_flag=True, help="Only you may see the Space.")
@click.option("--update", is_flag=True, help="Bring the Space of that name up to date.")
@click.option("--dry-run", is_flag=True, help="List what would be sent, with sizes in bytes; send nothing.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File with a token that may write; default HF_TOKEN, or what 'hf auth login' stored.",
)
@takes("library")
def create(
    name: str,
    articles: Path | None,
    private: bool,
    update: bool,
    dry_run: bool,
    token_file: Path | None,
    **flags: Any,
) -> None:
    """Make the Space NAME (my-news, or owner/my-news) on the free hardware, from this project and your articles.

    Sent are the program, its reader, and the articles of --articles, else of your library, else, where none is named
    and there is none yet, the sample. The paths of your files stay here, but an article without a title or an id is
    sent under its file's name. byline.toml is not sent: set BYLINE_… variables in the Space's own settings.

    \b
    Example:
      byline space create my-news --articles articles/ --private
    """
    if update and private:
        raise click.UsageError("--private is for a new Space; who may see this one is set on its page at the hub.")
    from qa.space import article_files, articles_of, find_project, project_files

    project = find_project()
    found, problems = articles_of(settings_of(flags), articles, project)
    files = [*project_files(project), *article_files(found)]
    total = sum(file.size for file in files)
    summary = f"{len(files)} files, {total:,} bytes, {len(found):,} articles"
    if dry_run:
        click.echo("\n".join(_listed(files)))
        click.echo(f"{summary} would be sent to the Space {name}; nothing was.")
    else:
        from qa.hub import send

        click.echo(f"Sending {summary}…")
        click.echo(
            f"The Space is at {send(files, name, _token(token_file), private, update)}; it builds for some minutes."
        )
    if len(found) > MANY_ARTICLES:
        click.echo(
            "A Space on the free hardware embeds its articles anew each time it starts; so many will take a while."
        )
    finish([f"not sent: {problem}" for problem in problems])


def _listed(files: Sequence[SpaceFile]) -> list[str]:
    return [f"{file.size:>12,}  {file.path}" for file in files]


def _token(file: Path | None) -> str | None:
    from qa.space import SpaceError

    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SpaceError(f"The token could not be read from {file}: {error}.") from error
