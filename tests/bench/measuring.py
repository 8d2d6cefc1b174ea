"""Measuring: loads servers with one document after the other and reads what every process used for it.

The servers take turns in slices of about a second, so that whatever else the machine does weighs on all of them alike.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

from server.engines import loopback
from server.failures import Failure
from server.supervisor import last_line
from tests.bench import child, processes
from tests.bench.child import Child
from tests.bench.load import Job, Outcome
from tests.bench.stack import Configuration, Server, Stack
from tests.bench.workload import Workload
from tests.bench.yardstick import Yardstick

_SLICE_S = 1.0
_WARM_UP_S = 1.5
# Every connection of the server's pool has run every statement often enough to keep its plan.
_WARM_UP_REQUESTS = 150


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The memory in MB that a fresh server had resident when it was ready, and at most while it answered a document."""

    configuration: str
    document: str
    requests: int
    ready_mb: float
    peak_mb: float


def percentile(ordered: list[float], share: float) -> float:
    """Return the smallest of the ordered values that at least `share` of them do not exceed."""
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]


@dataclass(slots=True)
class Tally:
    """What a server did in its slices; CPU in seconds by process."""

    latencies_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    received_bytes: int = 0
    statements: float = 0.0
    app_cpu_s: float = 0.0
    postgres_cpu_s: float = 0.0
    meilisearch_cpu_s: float = 0.0

    def measurement(self, configuration: str, document: str) -> Measurement:
        """Give what it comes to for a request."""
        requests, ordered = len(self.latencies_ms), sorted(self.latencies_ms)
        return Measurement(
            configuration=configuration,
            document=document,
            requests=requests,
            requests_per_s=requests / self.seconds,
            p50_ms=percentile(ordered, 0.5),
            p99_ms=percentile(ordered, 0.99),
            app_cpu_ms=self.app_cpu_s * 1000 / requests,
            postgres_cpu_ms=self.postgres_cpu_s * 1000 / requests,
            meilisearch_cpu_ms=self.meilisearch_cpu_s * 1000 / requests,
            statements=self.statements / requests,
            response_bytes=self.received_bytes / requests,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The process that makes the load, and how much of it: `seconds` of each document for each server."""

    process: Child
    stack: Stack
    connections: int
    seconds: float

    async def put_on(
        self, server: Server, workload: Workload, *, seconds: float, requests_min: int = 1, answered: int = 0
    ) -> Outcome:
        """Ask a server for a workload's documents, from where it was after so many; raises BadAnswerError."""
        bodies = workload.bodies
        begin = answered % len(bodies)
        job = Job(
            host=loopback.HOST,
            port=server.port,
            bodies=bodies[begin:] + bodies[:begin],
            connections=self.connections,
            seconds=seconds,
            requests_min=requests_min,
        )
        outcome = Outcome(**await self.process.ask(asdict(job)))
        if outcome.failure is not None:
            raise BadAnswerError(f"{workload.name}: {outcome.failure}\nThe server said last: {last_line(server.log)}")
        return outcome

    async def warm_up(self, server: Server, workload: Workload) -> Outcome:
        """Have a server answer a workload often enough to be as it is in production."""
        seconds = min(_WARM_UP_S, self.seconds)
        return await self.put_on(server, workload, seconds=seconds, requests_min=_WARM_UP_REQUESTS)

    async def measure(
        self, servers: Mapping[Configuration, Server], workload: Workload, yardstick: Yardstick
    ) -> list[Measurement]:
        """Measure all servers, slice by slice in turn, and the yardstick between the rounds."""
        tallies = {configuration: Tally() for configuration in servers}
        for server in servers.values():
            await self.warm_up(server, workload)
        rounds = max(1, round(self.seconds / _SLICE_S))
        for _ in range(rounds):
            await yardstick.measure()
            for configuration, server in servers.items():
                await self._slice(server, workload, tallies[configuration], rounds=rounds)
        return [tally.measurement(configuration.name, workload.name) for configuration, tally in tallies.items()]

    async def _slice(self, server: Server, workload: Workload, tally: Tally, *, rounds: int) -> None:
        # A slow server is asked for everything once too: the means are then over the same questions.
        requests_min = -(-len(workload.variables) // rounds)
        answered_before, statements_before = await server.statements(workload.operation)
        engines_before, app_before = self.stack.engines_cpu_s(), processes.cpu_s(server.pid)
        outcome = await self.put_on(
            server,
            workload,
            seconds=self.seconds / rounds,
            requests_min=requests_min,
            answered=len(tally.latencies_ms),
        )
        app, engines = processes.cpu_s(server.pid), self.stack.engines_cpu_s()
        answered, statements = await server.statements(workload.operation)
        if answered - answered_before != outcome.requests:
            raise BadAnswerError(
                f"{workload.name}: {outcome.requests} answers, but the server counts {answered - answered_before}"
            )
        tally.latencies_ms += outcome.latencies_ms
        tally.seconds += outcome.seconds
        tally.received_bytes += outcome.received_bytes
        tally.statements += statements - statements_before
        tally.app_cpu_s += app - app_before
        tally.postgres_cpu_s += engines["postgres"] - engines_before["postgres"]
        tally.meilisearch_cpu_s += engines["meilisearch"] - engines_before["meilisearch"]

    async def memory(self, configuration: Configuration, workload: Workload) -> Memory:
        """Measure what a server takes that answers this document alone from its start on."""
        # The most memory it ever had is all that the kernel remembers, so an older process would tell of others.
        async with self.stack.server(configuration) as server:
            ready_mb = processes.memory_mb(server.pid)
            warm = await self.warm_up(server, workload)
            outcome = await self.put_on(server, workload, seconds=self.seconds)
            return Memory(
                configuration=configuration.name,
                document=workload.name,
                requests=warm.requests + outcome.requests,
                ready_mb=ready_mb,
                peak_mb=processes.peak_memory_mb(server.pid),
            )


@asynccontextmanager
async def load(stack: Stack, *, connections: int, seconds: float) -> AsyncIterator[Load]:
    """Start the process that makes the load; it ends with the block."""
    async with child.running("tests.bench.load") as process:
        yield Load(process=process, stack=stack, connections=connections, seconds=seconds)
