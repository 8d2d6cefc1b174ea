"""Customers who claim, reserve and redeem limited coupons, in processes that are killed at random moments.

`python -m tests.trials.coupon_crashes 60 1`: how many kills, and the seed. DATABASE_URL names a migrated database;
without it a throwaway one is started. Exit code 1 unless all adds up.

Time runs fast, a minute a second: reservations of five minutes expire meanwhile. After the last kill the worker does
what is due; then nothing may be reserved, no limit passed, and the counters must be what the rows say.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg

from domain.coupons import Use
from domain.errors import Refusal
from domain.ledger import Reference
from models.database import Database
from server import migrate, worker_club
from services import coupon_claims, coupons, ledger_audit

START = datetime(2026, 1, 1, tzinfo=UTC)
SPEED = 60
HELD = timedelta(minutes=5)
CUSTOMERS, PROCESSES = 400, 4
LIMIT = 50
LIFETIME_S = (0.2, 1.5)
_PROMOTIONS = """
WITH made AS (
    INSERT INTO promotions (title, method, state, benefit, amount, currencies, platform_share_bp, total_limit,
                            customer_limit, budget)
    VALUES ('Claimed', 'CLAIM', 'ACTIVE', 'FIXED_SUM', 100, '{USD}', 10000, $1, 1, NULL),
           ('Code', 'CODE', 'ACTIVE', 'FIXED_SUM', 100, '{USD}', 10000, $1, 2, NULL),
           ('Automatic', 'AUTOMATIC', 'ACTIVE', 'FIXED_SUM', 100, '{USD}', 10000, $1, NULL, NULL)
    RETURNING id, total_limit, method
), counters AS (
    INSERT INTO promotion_counters (promotion_id, total_limit) SELECT id, total_limit FROM made
), codes AS (
    INSERT INTO coupons (promotion_id, code) SELECT id, 'SPRING' FROM made WHERE method = 'CODE'
), people AS (
    INSERT INTO customers (display_name) SELECT 'Ada' FROM generate_series(1, $2)
)
SELECT 1
"""
_CHECKS = {
    "reserved beyond their time": "SELECT count(*) FROM coupon_reservations WHERE state = 'RESERVED'",
    "counters that differ from the rows": """
        SELECT count(*) FROM promotion_counters AS counter
        WHERE (claimed, reserved, redeemed) <> (
            SELECT (SELECT count(*) FROM coupons WHERE promotion_id = counter.promotion_id AND customer_id IS NOT NULL),
                   count(*) FILTER (WHERE state = 'RESERVED'), count(*) FILTER (WHERE state = 'REDEEMED')
            FROM coupon_reservations WHERE promotion_id = counter.promotion_id)""",
    "customers' counters that differ from the rows": """
        SELECT count(*) FROM promotion_customers AS counter
        WHERE (reserved, redeemed) <> (
            SELECT count(*) FILTER (WHERE state = 'RESERVED'), count(*) FILTER (WHERE state = 'REDEEMED')
            FROM coupon_reservations
            WHERE promotion_id = counter.promotion_id AND customer_id = counter.customer_id)""",
    "coupons that differ from the rows": """
        SELECT count(*) FROM coupons WHERE use_limit IS NOT NULL AND (reserved, redeemed) <> (
            SELECT count(*) FILTER (WHERE state = 'RESERVED'), count(*) FILTER (WHERE state = 'REDEEMED')
            FROM coupon_reservations WHERE coupon_id = coupons.id)""",
    "reservations without an event": """
        SELECT count(*) FROM coupon_reservations AS row WHERE NOT EXISTS (
            SELECT FROM events WHERE subject_type = 'coupon_reservation' AND subject_id = row.id
                AND type = 'COUPON_' || row.state)""",
    "limits that are passed": """
        SELECT count(*) FROM (SELECT 1 FROM coupon_reservations WHERE state = 'REDEEMED' GROUP BY promotion_id
            HAVING count(*) > (SELECT min(total_limit) FROM promotions)) AS passed""",
}


@dataclass
class Report:
    """What became of the trial."""

    kills: int = 0
    left_reserved: int = 0
    """How many reservations stood when a process had just been killed, at most: once all are used up, none do."""
    redeemed: list[int] = field(default_factory=list)
    findings: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether everything adds up."""
        return not any(self.findings.values())

    def text(self) -> str:
        """Write it down."""
        wrong = ", ".join(f"{count} {name}" for name, count in self.findings.items() if count) or "nothing"
        return (
            f"{self.kills} processes killed, {self.left_reserved} reservations left behind; redeemed "
            f"{self.redeemed} of {LIMIT} each; wrong: {wrong}."
        )


def now_since(began: float) -> datetime:
    """Say what time it is in the trial."""
    return START + timedelta(seconds=(time.time() - began) * SPEED)


async def work(database_url: str, seed: int, began: float) -> None:
    """Shop for ever: claim, reserve, think for a moment, redeem or walk away."""
    draw = random.Random(seed)  # noqa: S311 - a trial, not a secret
    database = await Database.open(database_url, pool_size=4)
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT id FROM promotions ORDER BY id")
        claimed, code, automatic = [row["id"] for row in rows]
        people = [row["id"] for row in await connection.fetch("SELECT id FROM customers ORDER BY id")]

    async def shop(customer_id: int) -> None:
        reference = Reference("ORDER", draw.randrange(10**9))
        uses = [Use(code, "SPRING", 100, 100), Use(automatic, None, 100, 100)]
        try:
            async with database.transaction() as session:
                coupon_id = await coupon_claims.claim(
                    session, promotion_id=claimed, customer_id=customer_id, now=now_since(began)
                )
            async with database.connection() as connection:
                mine = await connection.fetchval("SELECT code FROM coupons WHERE id = $1", coupon_id)
            uses.append(Use(claimed, mine, 100, 100))
        except Refusal:
            pass
        chosen = draw.sample(uses, draw.randint(1, len(uses)))
        async with database.transaction() as session:
            now = now_since(began)
            await coupons.reserve(
                session,
                uses=chosen,
                customer_id=customer_id,
                currency="USD",
                reference=reference,
                until=now + HELD,
                now=now,
            )
        os.write(1, b"r")
        await asyncio.sleep(draw.uniform(0, 0.05))
        if draw.random() < 0.3:
            return  # walks away: its time will be up
        async with database.transaction() as session:
            await coupons.redeem(session, reference=reference, now=now_since(began))

    async def one_after_the_other() -> None:
        while True:
            if draw.random() < 0.1:
                await worker_club.step(database, now=now_since(began))
            try:
                await shop(draw.choice(people))
            except Refusal:
                await asyncio.sleep(0.01)

    await asyncio.gather(*(one_after_the_other() for _ in range(3)))


async def run(database_url: str, *, kills: int, seed: int) -> Report:
    """Let processes shop and kill them, so many times; then let time pass, and add up."""
    draw, report, began = random.Random(seed), Report(), time.time()  # noqa: S311 - a trial, not a secret
    connection = await asyncpg.connect(database_url)
    await connection.fetch(_PROMOTIONS, LIMIT, CUSTOMERS)
    looking = asyncio.Lock()

    async def one_place(place: int) -> None:
        while report.kills < kills:
            command = [sys.executable, "-m", "tests.trials.coupon_crashes", "work", database_url]
            process = await asyncio.create_subprocess_exec(
                *command, str(seed * 1000 + place + 10 * report.kills), str(began), stdout=subprocess.PIPE
            )
            assert process.stdout is not None
            assert await process.stdout.read(1), "a process ended by itself"  # has begun to shop
            await asyncio.sleep(draw.uniform(*LIFETIME_S))
            process.send_signal(signal.SIGKILL)
            await process.wait()
            report.kills += 1
            async with looking:
                left = await connection.fetchval(_CHECKS["reserved beyond their time"])
            report.left_reserved = max(report.left_reserved, left)

    await asyncio.gather(*(one_place(place) for place in range(PROCESSES)))
    while await connection.fetchval(  # noqa: ASYNC110 - Postgres tells nobody
        """SELECT count(*) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"""
    ):
        await asyncio.sleep(0.05)
    before = {name: await connection.fetchval(query) for name, query in list(_CHECKS.items())[1:]}
    database = await Database.open(database_url, pool_size=2)
    while await worker_club.step(database, now=now_since(began) + HELD):
        pass
    await database.close()
    report.findings = {f"{name}, before the worker": count for name, count in before.items()}
    report.findings |= {name: await connection.fetchval(query) for name, query in _CHECKS.items()}
    report.findings["checks of the ledger"] = len((await ledger_audit.audit(connection, now=START)).findings)
    rows = await connection.fetch("SELECT redeemed FROM promotion_counters ORDER BY promotion_id")
    report.redeemed = [row["redeemed"] for row in rows]
    await connection.close()
    return report


def main(arguments: list[str]) -> int:
    """Run the trial, or one of its processes."""
    if arguments[:1] == ["work"]:
        asyncio.run(work(arguments[1], int(arguments[2]), float(arguments[3])))
    kills, seed = int(arguments[0]), int(arguments[1])
    url, engines = os.environ.get("DATABASE_URL"), None
    if url is None:
        command = [sys.executable, "-m", "server.engines.throwaway"]
        engines = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        assert engines.stdout is not None
        url = json.loads(engines.stdout.readline())["database_url"]
    asyncio.run(migrate.upgrade(url))
    report = asyncio.run(run(url, kills=kills, seed=seed))
    sys.stdout.write(report.text() + "\n")
    if engines is not None:
        engines.communicate()
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
