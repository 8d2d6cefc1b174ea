"""Random operations of several processes on one ledger, killed with SIGKILL at random moments; then all is added up.

`python -m tests.trials.ledger_crashes 10000 1`: how many operations at least, and the seed of the kills. DATABASE_URL
names a migrated database that may be filled; without it a throwaway one is started. Exit code 1 unless the audit finds
nothing.

The processes share few customers, orders and cards, so they meet: the same order is reserved, redeemed and released at
the same time by several. Time runs fast, two days a second, so that points and reservations expire meanwhile.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger as accounts
from domain.errors import Refusal
from domain.ledger import AccountKind, LedgerError, Posting, Reference
from domain.membership import Level
from models.database import Database
from server import migrate, worker_club
from services import gift_cards, ledger, ledger_audit, membership, points, points_reservations, store_credit

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS_PER_S = 2
CUSTOMERS, ORDERS, CARDS = 8, 400, 6
PROCESSES = 4
LIFETIME = (20, 400)
"""After how many operations a process is killed, at least and at most."""
KEY = "the secret key of this trial alone"


def now_since(began: float) -> datetime:
    """Say what time it is in the trial."""
    return START + timedelta(days=(time.time() - began) * DAYS_PER_S)


async def prepare(database: Database) -> None:
    """Make what the operations work on."""
    async with database.transaction() as session:
        await points.programme_set(session, name="Points", currency="USD", expires_after_days=20, return_grace_days=2)
        levels = [Level(0, "Bronze", "USD", 0), Level(0, "Silver", "USD", 20_000), Level(0, "Gold", "USD", 90_000)]
        await membership.levels_set(session, levels=levels, now=START)
        for card in range(CARDS):
            await gift_cards.issue(
                session,
                code=gift_cards.code_of(KEY, str(card)),
                secret_key=KEY,
                amount=10_000_000,
                currency="USD",
                now=START,
            )


class Operations:
    """The operations, each in a transaction of its own; what is refused rolls back."""

    def __init__(self, session: AsyncSession, draw: random.Random, now: datetime) -> None:
        self.session, self.draw, self.now = session, draw, now
        self.order = Reference("ORDER", draw.randrange(ORDERS))
        # An order's customer is always the same.
        self.customer_id = self.order.id % CUSTOMERS + 1
        self.refund = Reference("REFUND", draw.randrange(10 * ORDERS))

    async def earn(self) -> None:
        await points.earn(
            self.session,
            customer_id=self.customer_id,
            points=self.draw.randint(1, 300),
            reference=self.order,
            now=self.now,
            merchant_id=self.draw.choice([None, 1, 2]),
            pending=self.draw.random() < 0.5,
        )

    async def confirm(self) -> None:
        await points.confirm(self.session, reference=self.order, now=self.now)

    async def revoke(self) -> None:
        await points.revoke(
            self.session, earned=self.order, points=self.draw.randint(1, 100), reference=self.refund, now=self.now
        )

    async def adjust(self) -> None:
        await points.adjust(
            self.session,
            customer_id=self.customer_id,
            points=self.draw.choice([-30, -5, 10, 60]),
            reference=Reference("ADJUSTMENT", self.draw.randrange(10**6)),
            note="Trial",
            now=self.now,
        )

    async def reserve(self) -> None:
        await points_reservations.reserve(
            self.session,
            customer_id=self.customer_id,
            points=self.draw.randint(1, 80),
            reference=self.order,
            until=self.now + timedelta(hours=self.draw.randint(1, 72)),
            now=self.now,
        )

    async def redeem(self) -> None:
        await points_reservations.redeem(self.session, reference=self.order, now=self.now)

    async def release(self) -> None:
        await points_reservations.release(self.session, reference=self.order, now=self.now)

    async def give_points_back(self) -> None:
        await points_reservations.give_back(
            self.session, redeemed=self.order, points=self.draw.randint(1, 40), reference=self.refund, now=self.now
        )

    async def pay_with_cards(self) -> None:
        await gift_cards.redeem(
            self.session,
            card_id=await self._card(),
            amount=self.draw.randint(1, 5000),
            currency="USD",
            reference=self.order,
            now=self.now,
        )

    async def give_back_to_cards(self) -> None:
        await gift_cards.give_back(
            self.session, paid=self.order, amount=self.draw.randint(1, 3000), reference=self.refund, now=self.now
        )

    async def _card(self) -> int:
        code = gift_cards.code_of(KEY, str(self.draw.randrange(CARDS)))
        return (await gift_cards.look_up(self.session, code=code, secret_key=KEY, now=self.now)).id

    async def give_credit(self) -> None:
        await store_credit.give(
            self.session,
            customer_id=self.customer_id,
            amount=self.draw.randint(1, 2000),
            currency="USD",
            reference=self.refund,
            now=self.now,
        )

    async def spend_credit(self) -> None:
        await store_credit.spend(
            self.session,
            customer_id=self.customer_id,
            amount=self.draw.randint(1, 1500),
            currency="USD",
            reference=self.order,
            now=self.now,
        )

    async def settle(self) -> None:
        """Share what was paid for an order, as a checkout would: merchant, platform, tax, all at once."""
        total = self.draw.randint(100, 10_000)
        fee, tax = total // 10, total // 5
        await ledger.post(
            self.session,
            reason="ORDER_PAID",
            reference=self.order,
            postings=[
                Posting(accounts.platform(AccountKind.PAYMENTS, "USD"), -total),
                Posting(accounts.merchant(AccountKind.MERCHANT_PAYABLE, "USD", self.order.id % 3), total - fee - tax),
                Posting(accounts.platform(AccountKind.PLATFORM_REVENUE, "USD"), fee),
                Posting(accounts.platform(AccountKind.TAX_PAYABLE, "USD"), tax),
            ],
            now=self.now,
        )

    async def spend(self) -> None:
        await membership.record_spend(
            self.session,
            customer_id=self.customer_id,
            amount=self.draw.randint(100, 9_000),
            currency="USD",
            reference=self.order,
            now=self.now,
        )

    async def take_spend_back(self) -> None:
        await membership.record_refund(
            self.session, spent=self.order, amount=self.draw.randint(1, 4000), reference=self.refund, now=self.now
        )

    async def check_out(self) -> None:
        """Several of them in one transaction, as a checkout would."""
        for part in (self.reserve, self.redeem, self.pay_with_cards, self.settle, self.spend, self.earn):
            await part()


OPERATIONS: list[Callable[[Operations], Awaitable[None]]] = [
    method for name, method in vars(Operations).items() if not name.startswith("_")
]


async def work(database_url: str, seed: int, began: float) -> None:
    """Do random operations for ever; prints a letter for each that has ended: done, refused, or broken off."""
    draw = random.Random(seed)  # noqa: S311 - a trial, not a secret
    database = await Database.open(database_url, pool_size=4)

    async def one_after_the_other(lane: int) -> None:
        while True:
            if lane == 0 and draw.random() < 0.1:
                await worker_club.step(database, now=now_since(began))
            operation = draw.choice(OPERATIONS)
            try:
                async with database.transaction() as session:
                    await operation(Operations(session, draw, now_since(began)))
            except (Refusal, LedgerError):
                said = "r"
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in {"40P01", "40001"}:
                    raise
                said = "b"
            else:
                said = "d"
            os.write(1, said.encode())

    await asyncio.gather(*(one_after_the_other(lane) for lane in range(3)))


@dataclass
class Report:
    """What became of the trial: operations by how they ended, kills, and what the audit found."""

    ended: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    seconds: float = 0.0
    audit: ledger_audit.Audit | None = None
    lost_events: int = 0
    overdue: int = 0

    @property
    def clean(self) -> bool:
        """Whether everything adds up."""
        return self.audit is not None and not self.audit.findings and not self.lost_events and not self.overdue

    def text(self) -> str:
        """Write it down."""
        assert self.audit is not None
        findings = "".join(f"\n  {each.check}: {each.cases}, {each.examples}" for each in self.audit.findings)
        return (
            f"{self.ended.total():,} operations in {self.seconds:.0f} s by {PROCESSES} processes: "
            f"{self.ended['d']:,} done, {self.ended['r']:,} refused, {self.ended['b']:,} broken off for a deadlock; "
            f"{self.kills} processes killed.\n"
            f"{self.audit.transactions:,} transactions, {self.audit.postings:,} postings, {self.audit.lots:,} lots; "
            f"{self.lost_events} without their event, {self.overdue} reservations beyond their time; "
            f"{len(self.audit.findings)} checks fail.{findings}"
        )


class Worker:
    """A process that works until it is killed, at a random moment after so many operations."""

    def __init__(self, database_url: str, seed: int, began: float, *, lifetime: int) -> None:
        command = [sys.executable, "-m", "tests.trials.ledger_crashes", "work", database_url, str(seed), str(began)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - our own
        assert self._process.stdout is not None
        self._said = self._process.stdout
        os.set_blocking(self._said.fileno(), False)
        self._lifetime, self._ended = lifetime, 0

    @property
    def is_due(self) -> bool:
        """Whether it has done enough to be killed."""
        return self._ended >= self._lifetime

    def heard(self) -> str:
        """Give a letter for each operation that has ended since the last time."""
        if self._process.poll() is not None:
            raise RuntimeError(f"a process ended by itself, with {self._process.returncode}")
        letters = (self._said.read() or b"").decode()
        self._ended += len(letters)
        return letters

    def kill(self) -> str:
        """Kill it at once; gives the last letters."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.set_blocking(self._said.fileno(), True)
        with self._said:
            return self._said.read().decode()


async def run(database_url: str, *, operations: int, seed: int) -> Report:
    """Let processes work and kill them until so many operations have ended; then add up."""
    database = await Database.open(database_url, pool_size=2)
    await prepare(database)
    draw, report, began = random.Random(seed), Report(), time.time()  # noqa: S311 - a trial, not a secret
    seeds = iter(range(seed * 1000, 10**9))

    def worker() -> Worker:
        return Worker(database_url, next(seeds), began, lifetime=draw.randint(*LIFETIME))

    workers = [worker() for _ in range(PROCESSES)]
    try:
        while report.ended.total() < operations:
            await asyncio.sleep(draw.uniform(0, 0.04))
            for place in range(PROCESSES):
                report.ended.update(workers[place].heard())
                if workers[place].is_due:
                    report.ended.update(workers[place].kill())
                    report.kills += 1
                    workers[place] = worker()
    finally:
        for each in workers:
            report.ended.update(each.kill())
            report.kills += 1
    report.seconds = time.time() - began
    await _settle(database, report, now=now_since(began))
    await database.close()
    return report


async def _settle(database: Database, report: Report, *, now: datetime) -> None:
    """Wait until the transactions of the killed have ended, let the worker do what is due, and add up."""
    async with database.connection() as connection:
        while await connection.fetchval(  # noqa: ASYNC110 - Postgres tells nobody
            """SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"""
        ):
            await asyncio.sleep(0.05)
        # Before the worker as well: everything but what time has made due adds up at every moment.
        before = await ledger_audit.audit(connection, now=START)
        while await worker_club.step(database, now=now):
            pass
        after = await ledger_audit.audit(connection, now=now)
        report.audit = before if before.findings else after
        report.overdue = await connection.fetchval(
            "SELECT count(*) FROM points_reservations WHERE state = 'RESERVED' AND expires_at <= $1", now
        )
        report.lost_events = await connection.fetchval(
            """SELECT count(*) FROM ledger_transactions AS posted
               WHERE posted.reason LIKE 'POINTS_%' AND NOT EXISTS (
                   SELECT FROM events WHERE type = posted.reason AND subject_version = posted.id
               )"""
        )


async def main(operations: int, seed: int) -> int:
    """Run the trial and say what became of it."""
    url = os.environ.get("DATABASE_URL")
    engines: subprocess.Popen[str] | None = None
    if url is None:
        engines = subprocess.Popen(  # noqa: ASYNC220 - before anything runs
            [sys.executable, "-m", "server.engines.throwaway"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert engines.stdout is not None
        url = json.loads(engines.stdout.readline())["database_url"]
        await migrate.upgrade(url)
    try:
        report = await run(url, operations=operations, seed=seed)
    finally:
        if engines is not None:
            engines.communicate()
    sys.stdout.write(report.text() + "\n")
    return 0 if report.clean else 1


def _arguments() -> Any:
    if sys.argv[1:2] == ["work"]:
        return work(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    return main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)


if __name__ == "__main__":
    sys.exit(asyncio.run(_arguments()))
