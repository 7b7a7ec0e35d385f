"""Two runs compared: paired intervals, questions won and lost, a page with both reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import QuestionError
from qa.evaluate.compare import compare
from qa.evaluate.report.comparison import comparison_lines, write_comparison
from qa.evaluate.run_folder import Run


def test_a_run_is_the_same_as_itself(small_run: Run) -> None:
    found = compare(small_run, small_run)
    assert found.shared == 12 and not found.wins and not found.losses
    assert {one.verdict for one in found.differences} == {"the same"}


def test_a_regression_shows_where_it_is(small_run: Run, worse_run: Run) -> None:
    found = compare(small_run, worse_run)
    by_name = {one.name: one for one in found.differences}
    assert by_name["recall_at_5"].verdict == "worse" and by_name["recall_at_5"].high < 0
    assert by_name["recall_at_1"].difference == 0
    for change in (*found.wins, *found.losses):
        assert change.gain == pytest.approx(change.second.f1 - change.first.f1, abs=1e-3) != 0
    back = {one.name: one for one in compare(worse_run, small_run).differences}
    assert back["recall_at_5"].verdict == "better"
    assert back["recall_at_5"].difference == -by_name["recall_at_5"].difference


def test_the_page_and_the_lines_name_both_runs_and_what_differs(small_run: Run, worse_run: Run, tmp_path: Path) -> None:
    found = compare(small_run, worse_run)
    lines = list(comparison_lines(found))
    assert any(line.startswith("recall@5") and line.endswith("worse") for line in lines)
    page = write_comparison(found, tmp_path / "pages" / "compare.html", ["gate failed: f1 >= 1"]).read_text()
    assert "<td>20</td><td>1</td>" in page.replace("\n", "") and "gate failed: f1 &gt;= 1" in page
    for run in (small_run, worse_run):
        assert (run.path / "report.html").exists() and f"{run.path.name}/report.html" in page


def test_runs_without_a_question_in_common_cannot_be_compared(small_run: Run) -> None:
    other = Run(small_run.path, small_run.began_with, (), (), small_run.summary, {})
    with pytest.raises(QuestionError, match="no question in common"):
        compare(small_run, other)
