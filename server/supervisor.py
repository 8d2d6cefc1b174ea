"""Keeps child processes running: starts them, waits until they are ready, restarts those that die, stops them all."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from server.children import Child, Program
from server.failures import Failure

_log = structlog.get_logger()

_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 10.0
_STEADY_AFTER_S = 30.0

Ready = Callable[[], Awaitable[bool]]


class ChildFailedError(Failure):
    """A program did not start; the message holds the last line it wrote."""


class Supervisor:
    """The children of one process; `start` them, then `stop` them in the reverse order of their starts.

    A child that dies again and again waits longer and longer before it is started again, `longest_delay_s` at most.
    """

    def __init__(self, *, longest_delay_s: float = _LONGEST_DELAY_S) -> None:
        self._longest_delay_s = longest_delay_s
        self._children: dict[str, Child] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}

    async def start(self, program: Program, *, ready: Ready, timeout_s: float | None = 60.0) -> None:
        """Start `program`, return once `ready` says so, and restart it from then on whenever it dies.

        Raises ChildFailedError if it ends before it is ready, or is not ready after `timeout_s` seconds.
        """
        child = await Child.start(program)
        self._children[program.name] = child
        try:
            async with asyncio.timeout(timeout_s):
                await _until_ready(child, ready)
        except TimeoutError:
            await child.stop()
            raise ChildFailedError(_failure(program, f"was not ready after {timeout_s:.0f} s")) from None
        self._keepers[program.name] = asyncio.create_task(self._keep(program), name=f"keep {program.name}")

    async def stop(self, *names: str) -> None:
        """Stop the named children at once (all of them without names, last started first) and wait for their ends."""
        groups = [names] if names else [(name,) for name in reversed(self._children)]
        for group in groups:
            for name in group:
                if keeper := self._keepers.pop(name, None):
                    keeper.cancel()
                    await asyncio.wait([keeper])
            await asyncio.gather(*(self._children.pop(name).stop() for name in group if name in self._children))

    async def _keep(self, program: Program) -> None:
        delay_s = _FIRST_DELAY_S
        while True:
            child = self._children[program.name]
            code = await child.wait()
            if asyncio.get_running_loop().time() - child.started_at > _STEADY_AFTER_S:
                delay_s = _FIRST_DELAY_S
            _log.warning("child_died", child=program.name, pid=child.pid, code=code, restart_in_s=delay_s)
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, self._longest_delay_s)
            try:
                await self._restart(program)
            except OSError as error:  # no memory, no process or no log file to be had just now
                _log.warning("child_not_started", child=program.name, reason=str(error))

    async def _restart(self, program: Program) -> None:
        starting = asyncio.create_task(Child.start(program))
        try:
            await asyncio.shield(starting)
        finally:
            # Also when we are cancelled meanwhile: a child being born must be known, or nobody stops it.
            self._children[program.name] = await starting


async def run_to_end(program: Program) -> None:
    """Run a program that ends by itself; raises ChildFailedError unless it ends well."""
    child = await Child.start(program)
    try:
        code = await child.wait()
    finally:
        await child.stop()
    if code != 0:
        raise ChildFailedError(_failure(program, f"ended with code {code}"))


async def _until_ready(child: Child, ready: Ready) -> None:
    while child.running:
        if await ready():
            return
        await asyncio.sleep(0.03)
    raise ChildFailedError(_failure(child.program, f"ended with code {await child.wait()}"))


def _failure(program: Program, what: str) -> str:
    if program.log is None:
        return f"{program.name} {what}."
    return f"{program.name} {what}: {last_line(program.log)} (its log is {program.log})"


def last_line(log: Path) -> str:
    """Return the last line of a log that says something, at most 300 characters of it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "it wrote nothing")
