"""Followers of events, while writers commit out of order and servers and followers are killed with SIGKILL.

`python -m tests.trials.event_followers 20000 50 1`: how many events, how many followers, and the seed of the kills.
DATABASE_URL names a migrated database; without it a throwaway one is started. Two servers, sixteen writers; the
followers are in processes of five, each follower with a file in which it notes every event with its cursor. Exit code 1
unless every follower has every event, once, in the order of the log, and the versions of each subject in their order.
"""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import asyncpg

from graph import ids
from resolvers import events as events_of
from services import outbox
from tests.factories import catalogue
from tests.factories.followers import ServerProcess, environ_of
from tests.trials.engines import addresses, partner_key
from tests.trials.event_follower import EACH

WRITERS = 16
PRODUCTS = 40


@dataclass
class Trial:
    """One run."""

    url: str
    events: int
    draw: random.Random
    products: list[int] = field(default_factory=list)
    committed: int = 0
    kills: Counter[str] = field(default_factory=Counter)

    async def write(self) -> None:
        """Be a writer: transactions of several events that take some time, of which some are rolled back."""
        connection = await asyncpg.connect(self.url)
        while self.committed < self.events:
            transaction = connection.transaction()
            await transaction.start()
            products = sorted(self.draw.sample(self.products, self.draw.randint(1, 4)))
            for product in products:
                version = await connection.fetchval(
                    "UPDATE products SET version = version + 1 WHERE id = $1 RETURNING version", product
                )
                await outbox.append_many(
                    connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=[(product, version)]
                )
            await asyncio.sleep(self.draw.choice([0, 0, 0, 0.002, 0.02]))
            if self.draw.random() < 0.1:
                await transaction.rollback()
            else:
                await transaction.commit()
                self.committed += len(products)
        await connection.close()


async def run(*, events: int, followers: int, seed: int, folder: Path, kill_every_s: float = 2.0) -> dict[str, object]:
    """Run the trial; gives what came of it."""
    async with addresses() as found:
        url = found["database_url"]
        connection = await asyncpg.connect(url)
        trial = Trial(url, events, random.Random(seed))  # noqa: S311 - a trial, not a secret
        merchant = await catalogue.merchant(connection)
        trial.products = [await catalogue.product(connection, merchant) for _ in range(PRODUCTS)]
        credential = await partner_key(connection)
        head = await connection.fetchval("SELECT souk_place_events()")
        servers = [ServerProcess(environ_of(found, url)) for _ in range(2)]
        for server in servers:
            await asyncio.to_thread(server.wait_until_ready)
        start = events_of.cursor(head)
        command = [sys.executable, "-m", "tests.trials.event_follower", str(folder)]
        urls = [server.url for server in servers]
        processes = {
            first: subprocess.Popen([*command, str(first), credential, start, *urls])  # noqa: S603, ASYNC220 - our own
            for first in range(0, followers, EACH)
        }
        began = time.monotonic()
        try:
            writing = asyncio.gather(*(trial.write() for _ in range(WRITERS)))
            while not writing.done() or await _behind(connection, folder, followers, head):
                await asyncio.sleep(kill_every_s)
                if time.monotonic() - began > 1_800:
                    break
                if trial.draw.random() < 0.3:
                    server = trial.draw.choice(servers)
                    if not all([await asyncio.to_thread(each.is_ready) for each in servers]):
                        continue  # one of two is down already
                    await asyncio.to_thread(server.kill)
                    trial.kills["servers"] += 1
                    server.start()
                elif not writing.done() or trial.draw.random() < 0.2:
                    first = trial.draw.choice(list(processes))
                    processes[first].kill()
                    processes[first].wait()
                    trial.kills["followers"] += EACH
                    processes[first] = subprocess.Popen([*command, str(first), credential, start, *urls])  # noqa: S603, ASYNC220
            await writing
        finally:
            for process in processes.values():
                process.kill()
                process.wait()
            for server in servers:
                server.stop()
        result = await judged(connection, folder, followers, head)
        await connection.close()
    return {**result, "kills": dict(trial.kills), "seconds": round(time.monotonic() - began)}


async def judged(connection: asyncpg.Connection, folder: Path, followers: int, head: int) -> dict[str, object]:
    """Compare what every follower has noted with the log."""
    await connection.fetchval("SELECT souk_place_events()")
    rows = await connection.fetch(
        "SELECT id, transaction_id::text::bigint AS xid FROM events WHERE position > $1 ORDER BY position", head
    )
    log = [ids.encode("Event", row["id"]) for row in rows]
    late = sum(1 for one, next_one in pairwise(rows) if next_one["xid"] < one["xid"])
    lost = doubled = disordered = 0
    for number in range(followers):
        noted = [json.loads(line) for line in (folder / f"{number}.jsonl").read_text(encoding="ascii").splitlines()]
        seen = list(dict.fromkeys(event["id"] for event in noted))
        known = set(seen)
        lost += len(set(log) - known)
        doubled += len(noted) - len(seen)
        disordered += seen != [each for each in log if each in known]
        versions: dict[str, int] = {}
        for event in noted:
            disordered += event["subjectVersion"] <= versions.get(event["subjectId"], 0)
            versions[event["subjectId"]] = event["subjectVersion"]
    return {
        "events": len(log),
        "committed_after_a_later_transaction": late,
        "followers": followers,
        "lost": lost,
        "doubled": doubled,
        "out_of_order": disordered,
    }


async def _behind(connection: asyncpg.Connection, folder: Path, followers: int, head: int) -> bool:
    written = await connection.fetchval("SELECT count(*) FROM events WHERE position IS NULL OR position > $1", head)
    for number in range(followers):
        path = folder / f"{number}.jsonl"
        if not path.exists() or path.read_bytes().count(b"\n") < written:
            return True
    return False


async def main(events: int, followers: int, seed: int) -> int:
    """Run the trial and say what became of it."""
    with tempfile.TemporaryDirectory(prefix="souk-followers-") as folder:
        result = await run(events=events, followers=followers, seed=seed, folder=Path(folder))
    print(json.dumps(result, indent=2))  # noqa: T201 - what a trial is for
    return 0 if result["lost"] == result["doubled"] == result["out_of_order"] == 0 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*map(int, sys.argv[1:4]))))
