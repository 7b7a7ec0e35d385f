"""Questions wait in line, are told how many are before them, and are let go when nobody waits for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from index.errors import QuestionError
from qa.page.desk import Asking, Desk

Result = TypeVar("Result")


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a thread of its own: Playwright's loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_those_in_line_move_up_and_too_many_are_refused() -> None:
    desk = Desk(at_once=1, waiting=2)
    released, begun = threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return released.wait()

    first, number = desk.take(work)
    begun.wait()
    second, waits = desk.take(lambda: "second")
    third, last = desk.take(lambda: "third")
    assert (desk.before(number), desk.before(waits), desk.before(last)) == (0, 0, 1)
    assert desk.begun(number) and not desk.begun(waits) and not desk.idle
    with pytest.raises(QuestionError, match="moment"):
        desk.take(lambda: None)
    assert second.cancel() and desk.before(last) == 0
    released.set()
    assert first.result() and third.result() == "third" and desk.wait_idle(5)


def test_what_is_being_done_is_told_and_the_result_comes_last() -> None:
    def work(step: Callable[[str], None]) -> int:
        step("searching")
        return 7

    async def told() -> list[str | int]:
        return [reached async for reached in Asking(Desk(at_once=1), work).steps()]

    assert _run(told())[-1] == 7


def test_a_stopped_question_ends_at_its_next_step_and_gives_nothing() -> None:
    desk = Desk(at_once=1)
    released, reached = threading.Event(), []

    def work(step: Callable[[str], None]) -> int:
        step("first")
        released.wait()
        step("second")
        reached.append("after")
        return 7

    async def stopped() -> list[str | int]:
        asking = Asking(desk, work)
        seen: list[str | int] = []
        async for one in asking.steps():
            seen.append(one)
            asking.stop()
        return seen

    assert _run(stopped()) == ["first"]
    released.set()
    assert desk.wait_idle(5) and reached == []


def test_a_desk_that_is_widened_answers_more_at_a_time_and_keeps_what_it_took() -> None:
    desk = Desk(at_once=1)
    released, meeting = threading.Event(), threading.Barrier(3)
    before, _ = desk.take(released.wait)
    waiting, _ = desk.take(lambda: "waiting")
    desk.widen(3)
    met = [desk.take(lambda: meeting.wait(10))[0] for _ in range(3)]
    assert sorted(one.result(10) for one in met) == [0, 1, 2], "three were worked on at the same time"
    released.set()
    assert before.result(10) and waiting.result(10) == "waiting" and desk.wait_idle(5)


def test_a_closed_desk_refuses_and_finishes_what_it_took() -> None:
    desk = Desk(at_once=1)
    released = threading.Event()
    under_way, _ = desk.take(released.wait)
    waiting, _ = desk.take(lambda: "waiting")
    desk.close("Closed for today.")
    with pytest.raises(QuestionError, match="Closed for today"):
        desk.take(lambda: None)
    released.set()
    assert under_way.result(10) and waiting.result(10) == "waiting" and desk.wait_idle(5)
