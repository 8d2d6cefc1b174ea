"""Watching the loop's turns ..."""

import asyncio
import gc
import time
from typing import Any

import pytest

from graph.limits import Limits
from graph.operations import Operations
from tests.graph.execution.farm import SCHEMA, Diary
from tests.graph.turns import TURNS, LoopBlockedError


@pytest.fixture(autouse=True)
def both_executors() -> None:
    """Nothing is compared here."""


def busy(seconds: float) -> None:
    """Take so much of the processor."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


class Steps:
    """Stands in for `graph.operations.execute`: is busy for so many seconds, turns the loop, and so on."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = seconds

    async def __call__(self, *_: Any) -> Any:
        for each in self._seconds:
            busy(each)
            await asyncio.sleep(0)
        return Result()


class Result:
    data = None
    errors = None


async def ask(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    monkeypatch.setattr("graph.operations.execute", run)
    operations = Operations(SCHEMA, limits=Limits(), introspection=True)
    operation = operations.prepare("{ grid }", None, {}, transport="http")
    await operations.answer(operation, Diary(), transport="http")


async def test_fails_for_one_long_turn_and_names_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LoopBlockedError, match=r"^2\d\.\d ms CPU in one turn of the loop, answering \{ grid \}$"):
        await ask(monkeypatch, Steps(0.001, 0.021, 0.001))


async def test_does_not_add_up_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    await ask(monkeypatch, Steps(0.008, 0.008, 0.008, 0.008))


async def test_counts_preparing_to_the_first_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    get = Operations.__dict__["_prepared"]

    def slow(*args: Any) -> Any:
        busy(0.012)
        return get(*args)

    monkeypatch.setattr(Operations, "_prepared", slow)
    with pytest.raises(LoopBlockedError):
        await ask(monkeypatch, Steps(0.012))


async def test_fails_for_long_preparing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any) -> Any:
        busy(0.021)
        raise ValueError("refused")

    monkeypatch.setattr(Operations, "_prepared", slow)
    with pytest.raises(LoopBlockedError, match=r"preparing \{ grid \}$"):
        await ask(monkeypatch, Steps())


async def test_counts_what_other_tasks_do_in_the_same_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    async def other() -> None:
        busy(0.012)

    async def run(*_: Any) -> Any:
        task = asyncio.create_task(other())
        await asyncio.sleep(0)
        busy(0.012)
        await task
        return Result()

    with pytest.raises(LoopBlockedError):
        await ask(monkeypatch, run)


async def test_leaves_out_the_collector_and_what_is_the_tests_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def collecting(phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            busy(0.03)

    async def run(*_: Any) -> Any:
        with TURNS.paused():
            busy(0.03)
            await asyncio.sleep(0)
            busy(0.03)
        gc.collect(0)
        return Result()

    gc.callbacks.append(collecting)  # after the one that takes the time, so its own is the collector's
    try:
        await ask(monkeypatch, run)
    finally:
        gc.callbacks.remove(collecting)


async def test_leaves_out_what_happens_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    busy(0.03)
    await ask(monkeypatch, Steps(0.001))
    busy(0.03)
