"""The load: a process of its own that keeps some connections busy, one request after the other on each.

It reads jobs from standard input and answers each with a line of JSON. It parses no more of an answer than its length,
so that it takes little of the machine from what it measures.
"""

import asyncio
import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop

from tests.bench import child

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Whom to ask what: `bodies` are sent in turn, for `seconds`, but at least `requests_min` of them."""

    host: str
    port: int
    bodies: list[str]
    connections: int
    seconds: float
    requests_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a job; `failure` is the first answer that was not a good one."""

    seconds: float
    latencies_ms: list[float]
    """One for each answer, in the order of the answers, to the microsecond."""
    received_bytes: int
    """All answers, with their heads."""
    failure: str | None = None

    @property
    def requests(self) -> int:
        """How many were answered."""
        return len(self.latencies_ms)


@dataclass
class _Run:
    """A job under way."""

    requests: Iterator[bytes]
    ends_at: float
    requests_left: int
    latencies_ms: list[float] = field(default_factory=list)
    received_bytes: int = 0
    failure: str | None = None

    def next_request(self) -> bytes | None:
        if self.failure is not None or (self.requests_left <= 0 and time.perf_counter() >= self.ends_at):
            return None
        self.requests_left -= 1
        return next(self.requests)


class _Connection(asyncio.Protocol):
    """One connection: sends a request, takes the whole answer, sends the next."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._transport: Any = None
        self._received = bytearray()
        self._awaited = 0
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._awaited:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._received, 0, end + 2)
            if length is None:
                self._fail("an answer without a Content-Length")
                return
            self._awaited = end + 4 + int(length[1])
        if len(self._received) >= self._awaited:
            self._take()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._fail(f"the server closed a connection ({exc})")

    def _take(self) -> None:
        run = self._run
        run.latencies_ms.append(round((time.perf_counter() - self._sent_at) * 1000, 3))
        run.received_bytes += len(self._received)
        if not self._received.startswith(b"HTTP/1.1 200 ") or b'"errors":' in self._received:
            self._fail(self._received.decode("utf-8", "replace")[:2_000])
            return
        self._received.clear()
        self._awaited = 0
        self._send()

    def _send(self) -> None:
        request = self._run.next_request()
        if request is None:
            self._end()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def _fail(self, reason: str) -> None:
        self._run.failure = self._run.failure or reason
        self._end()

    def _end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self._transport.close()


async def carry_out(job: Job) -> Outcome:
    """Do a job; raises OSError when nobody listens."""
    encoded = [_request(job, body.encode()) for body in job.bodies]
    began = time.perf_counter()
    run = _Run(itertools.cycle(encoded), began + job.seconds, job.requests_min)
    loop = asyncio.get_running_loop()
    opened = await asyncio.gather(
        *(loop.create_connection(lambda: _Connection(run), job.host, job.port) for _ in range(job.connections))
    )
    await asyncio.gather(*(connection.done for _, connection in opened))
    return Outcome(
        seconds=time.perf_counter() - began,
        latencies_ms=run.latencies_ms,
        received_bytes=run.received_bytes,
        failure=run.failure,
    )


def _request(job: Job, body: bytes) -> bytes:
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {job.host}:{job.port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/graphql-response+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def main() -> None:
    """Do the jobs that come on standard input, one a line, until it ends."""
    child.answer_all(lambda job: asdict(uvloop.run(carry_out(Job(**job)))))


if __name__ == "__main__":
    main()
