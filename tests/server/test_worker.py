"""The worker's loops ..."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from structlog.testing import capture_logs

from server import worker
from services import outbox


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(worker, "GRACE_S", 0)  # alarm(0) sets none: it would end the tests


async def run_until(done: asyncio.Event, **loops: Callable[[], Awaitable[None]]) -> None:
    """Run loops until `done`, then stop them as `souk up` does."""
    running = asyncio.create_task(worker.run_loops(loops))
    async with asyncio.timeout(10):
        await done.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await running


async def test_are_started_again_when_they_fail_or_return() -> None:
    starts: list[str] = []
    done = asyncio.Event()

    async def failing() -> None:
        starts.append("failing")
        raise OSError("gone")

    async def returning() -> None:
        starts.append("returning")
        if starts.count("failing") > 1 and starts.count("returning") > 1:
            done.set()

    with capture_logs() as lines:
        await run_until(done, failing=failing, returning=returning)
    assert starts.count("failing") > 1
    failures = [line for line in lines if line["event"] == "worker_loop_failed"]
    assert [line["loop"] for line in failures] == ["failing"] * starts.count("failing")
    assert [line["restart_in_s"] for line in failures[:2]] == [0.01, 0.02]


async def test_are_cancelled_at_the_end_and_may_tidy_up() -> None:
    done = asyncio.Event()
    said: list[str] = []

    async def endless() -> None:
        done.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said.append("tidied up")

    await run_until(done, endless=endless)
    assert said == ["tidied up"]


async def test_do_not_hold_up_each_other() -> None:
    done = asyncio.Event()

    async def stuck() -> None:
        await asyncio.Event().wait()

    async def quick() -> None:
        done.set()
        await asyncio.Event().wait()

    await run_until(done, stuck=stuck, quick=quick)


async def test_wake_at_each_event_and_when_the_connection_was_lost(database_url: str) -> None:
    wake = asyncio.Event()
    listening = asyncio.create_task(worker.set_at_each_event(wake, database_url=database_url))
    other = await asyncpg.connect(database_url)
    async with asyncio.timeout(10):
        await wake.wait()  # for what happened before it listened
        wake.clear()
        async with other.transaction():
            await outbox.append_many(other, event_type="PRODUCT_CHANGED", subject_type="product", subjects=[(1, 1)])
            await asyncio.sleep(0.05)
            assert not wake.is_set()  # nobody can read the event yet
        await wake.wait()
        await other.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE 'LISTEN%'"""
        )
        await listening  # it returns, and is started again
    await other.execute("DELETE FROM events")
    await other.close()
