"""The supervisor ..."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from structlog.testing import capture_logs

from server import supervisor
from server.children import Program
from server.supervisor import ChildFailedError, Supervisor

SLEEPING = "import time; time.sleep(60)"


@pytest.fixture
async def kept(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supervisor]:
    monkeypatch.setattr(supervisor, "_FIRST_DELAY_S", 0.01)
    kept = Supervisor()
    yield kept
    await kept.stop()


def program(tmp_path: Path, code: str, **more: Any) -> Program:
    logs = tmp_path / "logs"
    logs.mkdir(exist_ok=True)
    argv = (sys.executable, "-c", code)
    return Program(name="child", argv=argv, pid_file=tmp_path / "child.pid", log=logs / "child.log", **more)


async def at_once() -> bool:
    return True


async def never() -> bool:
    return False


def pid(of: Program) -> int:
    return int(of.pid_file.read_text())


async def comes_true(holds: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.01)


async def test_says_the_last_words_of_a_program_that_ends_before_it_is_ready(kept: Supervisor, tmp_path: Path) -> None:
    failing = program(tmp_path, "import sys; print('first'); print('no room left'); print(); sys.exit(3)")
    with pytest.raises(ChildFailedError) as failed:
        await kept.start(failing, ready=never)
    assert str(failed.value) == f"child ended with code 3: no room left (its log is {failing.log})"


async def test_ends_a_program_that_is_not_ready_in_time(kept: Supervisor, tmp_path: Path) -> None:
    slow = program(tmp_path, SLEEPING)
    starting = asyncio.create_task(kept.start(slow, ready=never, timeout_s=1))
    await comes_true(slow.pid_file.exists)
    started = pid(slow)
    with pytest.raises(ChildFailedError, match=re.escape("child was not ready after 1 s: it wrote nothing")):
        await starting
    assert not psutil.pid_exists(started)
    assert not slow.pid_file.exists()


async def test_kills_what_does_not_end_when_it_is_asked_to(kept: Supervisor, tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    stubborn = program(tmp_path, deaf, stop_timeout_s=0.2)

    async def is_deaf() -> bool:
        return stubborn.log is not None and "deaf" in stubborn.log.read_text()

    await kept.start(stubborn, ready=is_deaf)
    started = pid(stubborn)
    async with asyncio.timeout(10):
        await kept.stop("child")
    assert not psutil.pid_exists(started)


async def test_tries_again_until_a_child_that_died_can_be_started(kept: Supervisor, tmp_path: Path) -> None:
    child = program(tmp_path, SLEEPING)
    await kept.start(child, ready=at_once)
    first = pid(child)
    (tmp_path / "logs").rename(tmp_path / "elsewhere")  # now its log cannot be opened
    with capture_logs() as lines:
        os.kill(first, signal.SIGKILL)
        await comes_true(lambda: [line["event"] for line in lines].count("child_not_started") == 2)
        (tmp_path / "elsewhere").rename(tmp_path / "logs")
        await comes_true(lambda: pid(child) != first)
    assert psutil.pid_exists(pid(child))
