"""The command line: ``byline serve | ask | eval | index | settings``; heavy packages are imported where used."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click

from index.errors import BylineError
from qa.cli_eval import evaluate
from qa.cli_feedback import feedback
from qa.cli_index import index
from qa.cli_options import ASKING, REPLICAS, finish, settings_of, takes
from qa.cli_space import space
from qa.notices import show_notices


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="byline")
def byline() -> None:
    """Ask news articles and get answers with exact citations.

    \b
    Example:
      byline index add data/articles
      byline ask "Who led the Russian delegation?"
    """
    show_notices()


@byline.command()
@takes(*ASKING)
@click.option("--articles", metavar="FOLDER", help="Folder read into an empty library. [default: data/articles]")
@click.option("--host", metavar="ADDRESS", help="Address to serve on. [default: 127.0.0.1]")
@click.option("--port", type=int, metavar="N", help="Port to serve on. [default: 7860]")
@click.option("--editable", is_flag=True, default=None, help="Whoever opens the page may change the library.")
@click.option(
    "--auth",
    metavar="USER:PASSWORD",
    help="Ask for them; who knows them may change the library. BYLINE_AUTH keeps them out of the process list.",
)
@click.option("--mcp", is_flag=True, default=None, help="Offer the page's functions as MCP tools too.")
@takes(*REPLICAS)
def serve(**flags: Any) -> None:
    """Serve the chat page.

    \b
    Example:
      byline serve --library .byline/library --port 7860
      byline serve --ray --replicas-most 4
    """
    settings = settings_of(flags)
    if settings.ray:
        from qa.served.cluster import need_ray

        need_ray()  # before the page's own packages, which take seconds
        from qa.served.serving import serve_with_ray

        serve_with_ray(settings)
    else:
        from qa.page.blocks import serve as serve_page

        serve_page(settings)


@byline.command()
@click.argument("question")
@takes(*ASKING)
@click.option("--publisher", multiple=True, metavar="NAME", help="Only articles of this publisher; may be repeated.")
@click.option("--from", "published_from", default="", metavar="DATE", help="Only articles from this date on.")
@click.option("--to", "published_to", default="", metavar="DATE", help="Only articles up to this date.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer with its trace as JSON.")
def ask(
    question: str,
    publisher: tuple[str, ...],
    published_from: str,
    published_to: str,
    as_json: bool,
    **flags: Any,
) -> None:
    """Answer QUESTION from the library, with each source's quote and where it stands.

    \b
    Example:
      byline ask "Who led the Russian delegation?" --json
    """
    from index.filters import Filters
    from qa.assistant import Assistant
    from qa.terminal import answer_lines

    assistant = Assistant.from_settings(settings_of(flags), create=False)
    answer = assistant.ask(question, filters=Filters(publisher, published_from, published_to))
    if as_json:
        click.echo(json.dumps(answer.as_dict(), indent=2))
    else:
        for line in answer_lines(answer):
            click.echo(line)


@byline.command("settings")
def show_settings() -> None:
    """List every setting with its value here and what it means.

    \b
    Example:
      BYLINE_MIN_CONFIDENCE=0.7 byline settings
    """
    settings = settings_of({})
    for name, field in type(settings).model_fields.items():
        click.echo(f"{name} = {getattr(settings, name)!r}\n    {field.description}")


for command in (evaluate, feedback, index, space):
    byline.add_command(command)


def main() -> None:
    """Run the command; an error is one line on standard error and exit status 2."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        byline.main(prog_name="byline", standalone_mode=False)
    except BylineError as error:
        finish([str(error)])
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped. What was stored is kept; run the same command to go on.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
