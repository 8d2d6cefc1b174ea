"""The load ..."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.bench.load import Job, Outcome, carry_out

GOOD = b'{"data":{}}'


@asynccontextmanager
async def answering(answer: Callable[[int], bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Serve HTTP; `answer` is told the request's number. Yields the port and the bodies that came in."""
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                bodies.append(await reader.readexactly(length))
                for part in (raw := answer(len(bodies)))[:20], raw[20:]:  # an answer may come in pieces
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)
        except asyncio.IncompleteReadError:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], bodies


def http(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


async def sent(port: int, *, requests_min: int = 7) -> Outcome:
    job = Job(
        host="127.0.0.1", port=port, bodies=["a", "b", "c"], connections=2, seconds=0.0, requests_min=requests_min
    )
    return await carry_out(job)


async def test_sends_the_bodies_in_turn_until_time_and_number_are_reached() -> None:
    async with answering(lambda _: http(GOOD)) as (port, bodies):
        outcome = await sent(port)
    assert sorted(bodies) == [b"a", b"a", b"a", b"b", b"b", b"c", b"c"]
    assert (outcome.requests, outcome.failure, outcome.received_bytes) == (7, None, 7 * len(http(GOOD)))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (http(b'{"errors":[{"message":"no such field"}],"data":null}'), "no such field"),
        (http(b"not now", "503 Service Unavailable"), "503 Service Unavailable"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "without a Content-Length"),
    ],
)
async def test_stops_at_the_first_bad_answer_and_tells_it(bad: bytes, reason: str) -> None:
    async with answering(lambda number: http(GOOD) if number < 4 else bad) as (port, bodies):
        outcome = await sent(port, requests_min=1_000)
    assert reason in str(outcome.failure)
    assert len(bodies) <= 5  # the other connection had sent its next one
