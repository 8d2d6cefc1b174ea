"""Measuring: loads a server with one document after the other and reads what every process used for it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from server.engines import loopback
from server.failures import Failure
from server.supervisor import last_line
from tests.bench import processes
from tests.bench.load import Job, Outcome
from tests.bench.stack import PROJECT, Server, Stack
from tests.bench.workload import Workload

_WARM_UP_S = 1.5
# Every connection of the server's pool has run every statement often enough to keep its plan.
_WARM_UP_REQUESTS = 150
_LONGEST_ANSWER = 1 << 20


class BadAnswerError(Failure):
    """A document was not answered well; the figures would mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One document on one server: CPU in milliseconds a request, by process; the answer's size with its head."""

    configuration: str
    document: str
    requests: int
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    app_cpu_ms: float
    postgres_cpu_ms: float
    meilisearch_cpu_ms: float
    statements: float
    response_bytes: float
    peak_memory_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The process that makes the load, and how much of it."""

    process: asyncio.subprocess.Process
    connections: int
    seconds: float

    async def put_on(self, server: Server, workload: Workload, *, seconds: float, requests_min: int = 1) -> Outcome:
        """Ask a server for a workload's documents; raises BadAnswerError."""
        job = Job(
            host=loopback.HOST,
            port=server.port,
            bodies=workload.bodies,
            connections=self.connections,
            seconds=seconds,
            requests_min=requests_min,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        outcome = Outcome(**json.loads(await self.process.stdout.readline()))
        if outcome.failure is not None:
            raise BadAnswerError(f"{workload.name}: {outcome.failure}\nThe server said last: {last_line(server.log)}")
        return outcome

    async def measure(self, stack: Stack, server: Server, workload: Workload, *, configuration: str) -> Measurement:
        """Warm a server up with a workload, then measure it."""
        await self.put_on(server, workload, seconds=min(_WARM_UP_S, self.seconds), requests_min=_WARM_UP_REQUESTS)
        answered_before, statements_before = await server.statements(workload.operation)
        engines_before, app_before = stack.engines_cpu_s(), processes.cpu_s(server.pid)
        outcome = await self.put_on(server, workload, seconds=self.seconds)
        app, engines = processes.cpu_s(server.pid), stack.engines_cpu_s()
        answered, statements = await server.statements(workload.operation)
        if answered - answered_before != outcome.requests:
            raise BadAnswerError(
                f"{workload.name}: {outcome.requests} answers, but the server counts {answered - answered_before}"
            )
        per_request_ms = 1000 / outcome.requests
        return Measurement(
            configuration=configuration,
            document=workload.name,
            requests=outcome.requests,
            requests_per_s=outcome.requests / outcome.seconds,
            p50_ms=outcome.p50_ms,
            p99_ms=outcome.p99_ms,
            app_cpu_ms=(app - app_before) * per_request_ms,
            postgres_cpu_ms=(engines["postgres"] - engines_before["postgres"]) * per_request_ms,
            meilisearch_cpu_ms=(engines["meilisearch"] - engines_before["meilisearch"]) * per_request_ms,
            statements=(statements - statements_before) / outcome.requests,
            response_bytes=outcome.response_bytes,
            peak_memory_mb=processes.peak_memory_mb(server.pid),
        )


@asynccontextmanager
async def load(*, connections: int, seconds: float) -> AsyncIterator[Load]:
    """Start the process that makes the load; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=PROJECT,
        limit=_LONGEST_ANSWER,
    )
    try:
        yield Load(process=process, connections=connections, seconds=seconds)
    finally:
        assert process.stdin is not None
        process.stdin.close()  # which ends it
        await process.wait()
