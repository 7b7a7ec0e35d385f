"""The command line: ``byline serve | ask | eval | index | settings``; heavy packages are imported where used."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.errors import BylineError, QuestionError
from qa.cli_feedback import feedback
from qa.cli_index import index
from qa.cli_options import ASKING, finish, settings_of, takes
from qa.cli_space import space

if TYPE_CHECKING:
    from qa.evaluate.runner import Report


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="byline")
def byline() -> None:
    """Ask news articles and get answers with exact citations.

    \b
    Example:
      byline index add data/articles
      byline ask "Who led the Russian delegation?"
    """


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
def serve(**flags: Any) -> None:
    """Serve the chat page.

    \b
    Example:
      byline serve --library .byline/library --port 7860
    """
    from qa.page.blocks import serve as serve_page

    serve_page(settings_of(flags))


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


@byline.command("eval")
@click.argument("file", type=click.Path(path_type=Path))
@takes(*ASKING)
@click.option("--json", "as_json", is_flag=True, help="Print the scores and each question's outcome as JSON.")
def evaluate(file: Path, as_json: bool, **flags: Any) -> None:
    """Ask every question of FILE (JSONL) and print how good the answers are.

    Fields of a line: id, question, answers, articles, answerable, tags.

    \b
    Example:
      byline eval data/questions/sample.jsonl --json
    """
    from dataclasses import asdict

    from tqdm import tqdm

    from qa.assistant import Assistant
    from qa.evaluate.question_set import load_questions
    from qa.evaluate.runner import run, summarise

    questions = load_questions(file)
    assistant = Assistant.from_settings(settings_of(flags), create=False)
    known = {summary.id for summary in assistant.library.articles()}
    for question in questions:
        missing = [name for name in question.articles if name not in known]
        if missing:
            raise QuestionError(f"{file}: question {question.id!r} names article {missing[0]!r}, not in the library.")
    with tqdm(total=len(questions), unit="question", disable=None) as bar:
        scored = run(assistant, questions, lambda _: bar.update())
    report = summarise(scored)
    if as_json:
        click.echo(json.dumps({"report": report.as_dict(), "questions": [asdict(outcome) for outcome in scored]}))
    else:
        click.echo("\n".join(_report_lines(report)))


def _report_lines(report: Report) -> list[str]:
    return [
        f"questions              {report.questions} ({report.answerable} answerable)",
        f"exact match            {report.exact_match:.3f}",
        f"F1                     {report.f1:.3f}",
        f"recall@1 / @5 / @20    {report.recall_at_1:.3f} / {report.recall_at_5:.3f} / {report.recall_at_20:.3f}",
        f"citation precision     {report.citation_precision:.3f}",
        f"abstention precision   {report.abstention_precision:.3f}",
        f"abstention recall      {report.abstention_recall:.3f}",
        f"quotes checked / wrong {report.quotes_checked} / {report.quotes_wrong}",
        f"answer time            median {report.median_milliseconds:.0f} ms, p95 {report.p95_milliseconds:.0f} ms",
    ]


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


for group in (index, feedback, space):
    byline.add_command(group)


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
