"""Reports: whole in themselves, escaped, with every failure under its cause and a command that asks it again."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from qa.assistant import Assistant
from qa.evaluate.causes import CAUSES
from qa.evaluate.evidence import Evidence
from qa.evaluate.question_set import Question
from qa.evaluate.report.charts import nice_ticks, thinned
from qa.evaluate.report.page import failures_of, report_html, report_markdown, write_report
from qa.evaluate.report.replay import replay_command
from qa.evaluate.report.templates import markdown_cell, marked
from qa.evaluate.run_folder import Run
from qa.evaluate.runner import ask

NASTY = "<script>alert('x')</script> & \"quotes\""


class Page(HTMLParser):
    """Collects tags and what they point at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]


def test_a_report_is_one_page_with_every_part(small_run: Run) -> None:
    path, markdown = write_report(small_run)
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.tags.count("svg") == 4 and "script" not in page.tags
    assert all(link.startswith("#") for link in page.links)
    for words in ("recall@5", "By kind of question", "Quernhaven Courier (invented)", "How it was run", "byline ask"):
        assert words in text
    assert markdown.read_text(encoding="utf-8").startswith("# Byline evaluation: before")


def test_every_failure_stands_under_its_cause_with_its_passages(small_run: Run) -> None:
    groups = failures_of(small_run, most=40)
    assert {group.cause: group.count for group in groups} == {
        cause: count for cause, count in small_run.finished().causes.items() if count
    }
    text = report_html(small_run)
    for group in groups:
        for row, replay in group.shown:
            assert row.cause == group.cause in CAUSES and row.id in text
            assert shlex.split(replay)[-1] == row.question
            if row.answerable:
                assert row.evidence[0]["kind"] == "expected"
                assert row.evidence[0]["marks"], row.question


def test_only_as_many_failures_as_asked_for(small_run: Run) -> None:
    assert report_html(small_run, most=0).count('class="case"') == 0
    assert "The first 0 are shown" in report_html(small_run, most=0)


def test_nothing_of_questions_answers_or_articles_is_markup(small_run: Run) -> None:
    evidence = Evidence(
        "expected", NASTY, NASTY, NASTY, NASTY, 0, 9, f"{NASTY} in words", ((0, 8), (4, 200), (9, 12)), 1
    )
    row = replace(
        small_run.rows[0],
        question=NASTY, given=NASTY, best=NASTY, expected=(NASTY,), tags=(NASTY,), publishers=(NASTY,),
        turns=((NASTY, NASTY),), cause=next(iter(CAUSES)), evidence=(evidence.as_dict(),),
    )  # fmt: skip
    run = replace(small_run, rows=(row,), problems=(NASTY,))
    text = report_html(run)
    assert "<script" not in text and text.count("&lt;script&gt;") > 8
    assert "<script" not in report_markdown(run).replace("\\<script", "")


def test_marks_are_cut_from_the_text_and_nothing_else() -> None:
    text = marked({"text": "a <b> c", "marks": [[2, 5], [3, 7], [6, 99]]})
    assert text == "a <mark>&lt;b&gt;</mark> c"
    assert markdown_cell("a|b\n*c*") == "a\\|b \\*c\\*"


def test_a_replay_gives_the_same_answer(assistant: Assistant, small_run: Run) -> None:
    from qa.cli import byline

    row = small_run.rows[0]
    done = CliRunner().invoke(byline, shlex.split(replay_command(small_run, row))[1:])
    assert f'"short": "{row.given}"' in done.output


def test_a_conversation_is_replayed_from_its_set(small_run: Run) -> None:
    row = replace(small_run.rows[0], turns=(("Who?", "Ann"),))
    command = shlex.split(replay_command(small_run, row))
    assert command[:4] == ["byline", "eval", "run", small_run.began_with["set_path"]] and "--only" in command


@pytest.mark.parametrize(
    ("article_says", "settings", "cause"),
    [
        (("no such words",), {}, "not retrieved"),
        (("Vladimir Medinsky",), {"min_confidence": 1.0}, "abstained wrongly"),
        (("Rustem Umerov",), {}, "retrieved but not read"),
        ((), {"min_confidence": 0.0}, "should have abstained"),
    ],
)
def test_causes(assistant: Assistant, article_says: tuple[str, ...], settings: dict[str, float], cause: str) -> None:
    asked = Assistant(assistant.library, assistant.settings.model_copy(update=settings))
    asked.reader = assistant.reader
    articles = ("prisoner-swap",) if article_says else ()
    row = ask(asked, Question("1", "Who led the Russian delegation?", article_says, articles, bool(article_says)))
    assert row.cause in (cause, "wrong span") if cause == "retrieved but not read" else row.cause == cause


def test_numbers_of_an_axis_are_round_and_reach_the_end() -> None:
    assert nice_ticks(27) == [0, 10, 20, 30] and nice_ticks(1) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    points = [(float(place), 0.0) for place in range(1000)]
    assert len(thinned(points)) == 240 and thinned(points)[-1] == points[-1]


def test_colours_are_given_for_dark_and_for_print(small_run: Run) -> None:
    css = re.search(r"<style>(.*?)</style>", report_html(small_run), re.DOTALL)
    assert css and "prefers-color-scheme: dark" in css[1] and "@media print" in css[1]
