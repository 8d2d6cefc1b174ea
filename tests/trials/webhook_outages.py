"""Webhooks to a receiver that fails three times in ten and is away for a minute, by two workers of which one is killed.

`python -m tests.trials.webhook_outages 200 40 1`: how many events, of how many subjects, and the seed of the failures.
DATABASE_URL names a migrated database; without it a throwaway one is started. When the receiver is back, what waits for
longer than two seconds is brought forward: the delays would be minutes, and the order is what is to be seen. Exit code
1 unless the receiver has taken every event, those of a subject in their order, each with the same id at every attempt,
and every message was signed.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping

import asyncpg

from domain import webhooks as rules
from domain.access import Scope
from models.database import Database
from services import outbox, webhooks
from tests.factories import catalogue, people
from tests.factories.followers import environ_of
from tests.factories.receivers import Receiver
from tests.trials.engines import addresses

AWAY_AFTER_S, AWAY_S = 10, 60
PATIENCE_S = 1_200
_FORWARD = """UPDATE webhook_deliveries SET due_at = now() + interval '2 s'
              WHERE state = 'PENDING' AND due_at > now() + interval '2 s'"""
DOCUMENT = "subscription { events { id subjectId subjectVersion } }"


class Workers:
    """Two worker processes."""

    def __init__(self, environ: Mapping[str, str], folder: str) -> None:
        self._environ = {**os.environ, **environ, "SOUK_WEBHOOK_NETWORKS": "127.0.0.0/8"}
        self._folder = folder
        self._processes = [self._start(), self._start()]

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "server", "worker", "--data-dir", self._folder]
        return subprocess.Popen(  # noqa: S603 - our own command
            command, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill_one(self) -> None:
        """Kill one with SIGKILL, and start another."""
        self._processes[0].send_signal(signal.SIGKILL)
        self._processes[0].wait()
        self._processes[0] = self._start()

    def stop(self) -> None:
        """Kill both."""
        for process in self._processes:
            process.kill()
            process.wait()


async def write(url: str, products: list[int], events: int) -> None:
    """Let events happen, for half a minute."""
    connection = await asyncpg.connect(url)
    for number in range(events):
        product, version = products[number % len(products)], number // len(products) + 1
        await outbox.append_many(
            connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=[(product, version)]
        )
        await asyncio.sleep(30 / events)
    await connection.close()


async def run(*, events: int, subjects: int, seed: int, folder: str) -> dict[str, object]:
    """Run the trial; gives what came of it."""
    draw = random.Random(seed)  # noqa: S311 - a trial, not a secret
    receiver = Receiver(answer=lambda _: (503 if draw.random() < 0.3 else 200, ""))
    async with addresses() as found:
        url = found["database_url"]
        environ = environ_of(found, url)
        database = await Database.open(url)
        connection = await asyncpg.connect(url)
        merchant = await catalogue.merchant(connection)
        products = [await catalogue.product(connection, merchant) for _ in range(subjects)]
        partner = await people.partner(connection)
        began = time.monotonic()
        async with receiver.up():
            async with database.transaction() as session:
                webhook_id = await webhooks.add(
                    session,
                    partner_id=partner.partner_id or 0,
                    key_prefix=None,
                    url=receiver.url,
                    document=DOCUMENT,
                    operation_name=None,
                    types=None,
                    scopes=[Scope.EVENTS_READ],
                )
            workers = Workers(environ, folder)
            writing = asyncio.ensure_future(write(url, products, events))
            await asyncio.sleep(AWAY_AFTER_S)
        try:
            await asyncio.sleep(AWAY_S)
            workers.kill_one()
            async with receiver.up():
                await writing
                while time.monotonic() - began < PATIENCE_S and await connection.fetchval(
                    "SELECT count(*) FROM webhook_deliveries WHERE state = 'PENDING'"
                ):
                    await asyncio.sleep(1)
                    await connection.execute(_FORWARD)
        finally:
            workers.stop()
        attempts = await connection.fetchval("SELECT count(*) FROM webhook_attempts")
        await connection.close()
        await database.close()
    secret = rules.written(rules.secret(environ["SOUK_SECRET_KEY"], webhook_id=webhook_id, number=1))
    return {
        **judged(receiver, secret, events),
        "attempts_written_down": attempts,
        "seconds": round(time.monotonic() - began),
    }


def judged(receiver: Receiver, secret: str, events: int) -> dict[str, object]:
    """Say what the receiver has seen."""
    ids: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    order: defaultdict[str, list[int]] = defaultdict(list)
    for posted in receiver.posted:
        event = posted.event
        ids[event["subjectId"], event["subjectVersion"]].add(posted.id)
    for posted in receiver.taken:
        event = posted.event
        if event["subjectVersion"] not in order[event["subjectId"]]:
            order[event["subjectId"]].append(event["subjectVersion"])
    taken = sum(map(len, order.values()))
    return {
        "events": events,
        "lost": events - taken,
        "out_of_order": sum(versions != sorted(versions) for versions in order.values()),
        "with_several_ids": sum(len(each) != 1 for each in ids.values()),
        "unsigned": sum(not posted.is_signed_with(secret) for posted in receiver.posted),
        "posted": len(receiver.posted),
        "failed": len(receiver.posted) - len(receiver.taken),
        "taken_twice": len(receiver.taken) - taken,
    }


async def main(events: int, subjects: int, seed: int) -> int:
    """Run the trial and say what became of it."""
    with tempfile.TemporaryDirectory(prefix="souk-webhooks-") as folder:
        result = await run(events=events, subjects=subjects, seed=seed, folder=folder)
    print(json.dumps(result, indent=2))  # noqa: T201 - what a trial is for
    return 0 if all(result[name] == 0 for name in ("lost", "out_of_order", "with_several_ids", "unsigned")) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*map(int, sys.argv[1:4]))))
