"""What subscribers of events cost one server process, and how long an event takes to reach them.

`python -m tests.trials.event_subscribers 1000 200`: how many idle subscribers, and how many single events to time.
DATABASE_URL names a migrated database; without it a throwaway one is started (it does not wait for the disk). Prints
the figures, and exits with 1 unless: an idle subscriber takes at most 40 KB of the process's memory; one event reaches
all of them with a p99 below 500 ms (the best of three); a single event reaches a single subscriber, from commit to
receipt, with p50 below 15 ms and p99 below 60 ms; one that never reads, while 20,000 events pass it, costs at most 8 MB
and delays nobody.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import asyncpg
import psutil
from websockets.asyncio.client import ClientConnection

from services import outbox
from tests.factories import catalogue
from tests.factories.followers import ServerProcess, environ_of, initialised
from tests.trials.engines import addresses, partner_key

QUERY = """subscription {
  events(types: [PRODUCT_CHANGED]) { id cursor type occurredAt subjectId subjectVersion
    subject { __typename ... on Product { id slug name } } }
}"""
BARS = {
    "kilobytes_each": 40,
    "to_all_p99_ms": 500,
    "latency_p50_ms": 15,
    "latency_p99_ms": 60,
    "never_reads_megabytes": 8,
    "beside_one_that_never_reads_p99_ms": 60,
}
"""What each figure may be at most."""
PASSING = 20_000
"""How many events pass the one that never reads."""


class Shop:
    """Where events happen."""

    def __init__(self, connection: asyncpg.Connection, product: int) -> None:
        self._connection = connection
        self._product = product
        self._version = 0

    async def happen(self, number: int = 1) -> float:
        """Let events happen in one transaction; gives when it had committed."""
        versions = range(self._version + 1, self._version + number + 1)
        self._version += number
        await outbox.append_many(
            self._connection,
            event_type="PRODUCT_CHANGED",
            subject_type="product",
            subjects=[(self._product, version) for version in versions],
        )
        return time.perf_counter()


async def subscribed(stack: AsyncExitStack, url: str, credential: str) -> ClientConnection:
    socket = await stack.enter_async_context(initialised(url, credential))
    await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": QUERY}}))
    return socket


async def received(socket: ClientConnection) -> float:
    """Wait for the next event; gives when it came."""
    while True:
        message = await socket.recv(decode=False)
        if b'"next"' in message[:40]:
            assert b'"subjectVersion"' in message, message
            return time.perf_counter()


def percentile(seconds: Sequence[float], percent: int) -> float:
    """Give a percentile, in milliseconds."""
    return round(statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000, 1)


async def times(shop: Shop, socket: ClientConnection, number: int) -> list[float]:
    """Let single events happen, and give how long each took to come."""
    taken = []
    for _ in range(number):
        coming = asyncio.ensure_future(received(socket))
        await asyncio.sleep(0.02)
        committed = await shop.happen()
        taken.append(await asyncio.wait_for(coming, 30) - committed)
    return taken


async def measured(
    url: str, credential: str, shop: Shop, server: psutil.Process, *, subscribers: int, events: int
) -> dict[str, float]:
    """Measure everything, one after the other."""
    figures: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        socket = await subscribed(stack, url, credential)
        await times(shop, socket, 20)  # so that everything has been used once
        alone = await times(shop, socket, events)
        figures["latency_p50_ms"], figures["latency_p99_ms"] = percentile(alone, 50), percentile(alone, 99)
    async with AsyncExitStack() as stack:
        first = [await subscribed(stack, url, credential) for _ in range(50)]
        await asyncio.sleep(1)
        before = server.memory_info().rss
        sockets = [*first]
        for _ in range(0, subscribers - len(first), 50):
            sockets += await asyncio.gather(*(subscribed(stack, url, credential) for _ in range(50)))
        await asyncio.sleep(2)
        figures["kilobytes_each"] = round((server.memory_info().rss - before) / 1024 / (len(sockets) - len(first)), 1)
        to_all = []
        for _ in range(3):
            coming = [asyncio.ensure_future(received(each)) for each in sockets]
            await asyncio.sleep(0.2)
            committed = await shop.happen()
            to_all.append([came - committed for came in await asyncio.wait_for(asyncio.gather(*coming), 60)])
        best = min(to_all, key=lambda each: percentile(each, 99))
        figures["to_all_p50_ms"], figures["to_all_p99_ms"] = percentile(best, 50), percentile(best, 99)
    async with AsyncExitStack() as stack:
        socket = await subscribed(stack, url, credential)
        await asyncio.sleep(1)
        before = server.memory_info().rss
        await subscribed(stack, url, credential)  # nobody ever reads it
        for _ in range(0, PASSING, 500):
            await shop.happen(500)
            for _ in range(500):
                await received(socket)
        figures["never_reads_megabytes"] = round((server.memory_info().rss - before) / 1024 / 1024, 1)
        figures["beside_one_that_never_reads_p99_ms"] = percentile(await times(shop, socket, events), 99)
    return figures


async def run(*, subscribers: int, events: int) -> dict[str, float]:
    """Start what is needed, and measure."""
    async with addresses() as found:
        connection = await asyncpg.connect(found["database_url"])
        product = await catalogue.product(connection, await catalogue.merchant(connection))
        credential = await partner_key(connection)
        server = ServerProcess(environ_of(found, found["database_url"]))
        try:
            await asyncio.to_thread(server.wait_until_ready)
            shop = Shop(connection, product)
            process = psutil.Process(server.process.pid)
            return await measured(server.url, credential, shop, process, subscribers=subscribers, events=events)
        finally:
            server.stop()
            await connection.close()


async def main(subscribers: int, events: int) -> int:
    """Run the trial and say what became of it."""
    figures = await run(subscribers=subscribers, events=events)
    over = [name for name, bar in BARS.items() if figures[name] > bar]
    print(json.dumps({**figures, "over_the_bar": over}, indent=2))  # noqa: T201 - what a trial is for
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*map(int, sys.argv[1:3]))))
