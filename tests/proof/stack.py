"""What the proof runs on: engines as durable as in production, servers and a worker, each killed at will.

Whatever is killed is started again at once by the supervisor, as `souk up` does it.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from server.children import Program
from server.engines import loopback
from server.supervisor import Supervisor
from tests.bench import stack
from tests.bench.child import PROJECT
from tests.bench.stack import Stack

SECRET_KEY: Final = "a key for the proof alone, long enough"
HELD_MINUTES: Final = 1
"""How long an order may hold what it has reserved, in the proof."""
WORKER: Final = "worker"
_RESTARTED_AFTER_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Running:
    """The processes that are running: by name, and the servers' ports."""

    stack: Stack
    ports: list[int]

    @property
    def servers(self) -> list[str]:
        """The names of the servers."""
        return [f"server-{port}" for port in self.ports]

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> bool:
        """Kill a process by its name; False if it is not up just now."""
        file = self.stack.directory.pids / name
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            os.kill(int(file.read_text(encoding="ascii")), number)
            return True
        return False

    async def ready(self) -> None:
        """Wait until all servers answer."""
        while len(await self.answering()) < len(self.ports):  # noqa: ASYNC110 - it is in other processes
            await asyncio.sleep(0.05)

    async def answering(self) -> list[str]:
        """Name the servers that are ready just now."""
        async with httpx.AsyncClient() as client:
            ready = await asyncio.gather(*(_answers(client, port) for port in self.ports))
        return [name for name, yes in zip(self.servers, ready, strict=True) if yes]


@asynccontextmanager
async def running(*, servers: int) -> AsyncIterator[Running]:
    """Run engines, so many servers and a worker until the block ends."""
    async with stack.running(Supervisor(longest_delay_s=_RESTARTED_AFTER_S)) as engines:
        ours = Running(engines, [loopback.free_port() for _ in range(servers)])
        environ = {
            **engines.environ,
            "SOUK_SECRET_KEY": SECRET_KEY,
            "SOUK_ORDERS_HOLD_MINUTES": str(HELD_MINUTES),
            "SOUK_MAIL_FOLDER": str(engines.directory.path / "mails"),
            "SOUK_FILE_FOLDER": str(engines.directory.path / "files"),
            "PYTHONPATH": str(PROJECT),
        }

        async def start(name: str, *arguments: str) -> None:
            program = Program(
                name=name,
                argv=(sys.executable, "-m", "server", *arguments),
                environ=environ,
                pid_file=engines.directory.pids / name,
                log=engines.directory.logs / f"{name}.log",
            )
            await engines.supervisor.start(program, ready=_at_once)

        await start(WORKER, "worker")
        for name, port in zip(ours.servers, ours.ports, strict=True):
            await start(name, "serve", "--port", str(port))
        await ours.ready()
        yield ours


async def havoc(ours: Running, *, seed: int, every_s: tuple[float, float], postgres_every: int) -> dict[str, int]:
    """Kill servers and the worker at random moments, and now and then Postgres (immediate mode), until cancelled.

    Only what is up is killed: a slow machine has fewer kills, not servers that are never there.
    """
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    kills = {"servers": 0, "worker": 0, "postgres": 0}
    with contextlib.suppress(asyncio.CancelledError):
        for number in range(1, sys.maxsize):
            await asyncio.sleep(draw.uniform(*every_s))
            while not (up := await ours.answering()):  # noqa: ASYNC110 - it is in other processes
                await asyncio.sleep(0.1)
            if number % postgres_every == 0:
                kills["postgres"] += ours.kill("postgres", signal.SIGQUIT)
            elif draw.random() < 0.2:
                kills["worker"] += ours.kill(WORKER)
            else:
                kills["servers"] += ours.kill(draw.choice(up))
    return kills


async def _at_once() -> bool:
    return True


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://{loopback.HOST}:{port}/readyz")).is_success
    except httpx.TransportError:
        return False
