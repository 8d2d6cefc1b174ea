"""The worker's loop over the member club ..."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from domain.ledger import Reference
from domain.membership import Level
from models.database import Database
from server import worker_club
from services import membership, points, points_reservations

START = datetime(2026, 1, 10, 9, tzinfo=UTC)
CUSTOMERS = 5


@pytest.fixture
async def club(database: Database) -> Database:
    """Five customers with 100 points, 60 of them reserved, and a level."""
    async with database.transaction() as session:
        await points.programme_set(session, name="Souk points", currency="USD", expires_after_days=365)
        levels = (Level(0, "Bronze", "USD", 0), Level(0, "Silver", "USD", 50_000))
        await membership.levels_set(session, levels=levels, now=START)
        for customer in range(1, CUSTOMERS + 1):
            order = Reference("ORDER", customer)
            await points.earn(session, customer_id=customer, points=100, reference=order, now=START, pending=False)
            await points_reservations.reserve(
                session,
                customer_id=customer,
                points=60,
                reference=order,
                until=START + timedelta(minutes=15),
                now=START,
            )
            await membership.record_spend(
                session, customer_id=customer, amount=50_000, currency="USD", reference=order, now=START
            )
    return database


async def state(database: Database) -> tuple[list[int], list[str]]:
    """Sum what customers hold, pending, available and reserved, and name their levels."""
    async with database.connection() as connection:
        held = await connection.fetch(
            """SELECT sum(balance) FROM ledger_accounts WHERE owner_type = 'CUSTOMER' GROUP BY kind
               ORDER BY array_position('{POINTS_PENDING,POINTS_AVAILABLE,POINTS_RESERVED}', kind)"""
        )
        levels = await connection.fetch(
            "SELECT DISTINCT name FROM memberships JOIN membership_levels ON membership_levels.id = level_id"
        )
    return [int(row[0]) for row in held], [row[0] for row in levels]


async def test_does_nothing_before_it_is_time(club: Database) -> None:
    assert await worker_club.step(club, now=START + timedelta(minutes=14)) == 0
    assert await state(club) == ([0, 200, 300], ["Silver"])


async def test_releases_what_is_reserved_beyond_its_time(club: Database) -> None:
    now = START + timedelta(minutes=15)
    assert await worker_club.step(club, now=now) == CUSTOMERS
    assert await worker_club.step(club, now=now) == 0
    assert await state(club) == ([0, 500, 0], ["Silver"])


async def test_lets_points_and_levels_lapse_after_a_year(club: Database) -> None:
    now = START + timedelta(days=365)
    assert await worker_club.step(club, now=now) == 3 * CUSTOMERS
    assert await worker_club.step(club, now=now) == 0
    assert await state(club) == ([0, 0, 0], ["Bronze"])


async def test_does_each_thing_once_when_several_run_at_once(club: Database, database_url: str) -> None:
    now = START + timedelta(days=365)
    await asyncio.gather(*(worker_club.step(club, now=now) for _ in range(4)))
    assert await state(club) == ([0, 0, 0], ["Bronze"])
    connection = await asyncpg.connect(database_url)
    counted = await connection.fetch(
        """SELECT reason, count(*), -sum(amount) FROM ledger_postings
           JOIN ledger_transactions ON ledger_transactions.id = transaction_id
           WHERE amount < 0 AND reason IN ('POINTS_EXPIRED', 'POINTS_RELEASED') GROUP BY reason ORDER BY reason"""
    )
    await connection.close()
    # The 40 that were not reserved and the 60 that were expire by themselves, or together.
    assert [(row[0], row[2]) for row in counted] == [("POINTS_EXPIRED", 500), ("POINTS_RELEASED", 300)]
    assert counted[1]["count"] == CUSTOMERS


async def test_is_held_up_by_nobody(club: Database) -> None:
    async with club.connection() as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("UPDATE ledger_accounts SET balance = 1 WHERE owner_id = 3 AND balance = 60")
        await connection.execute("SET session_replication_role = origin")
    with capture_logs() as lines:
        assert await worker_club.step(club, now=START + timedelta(minutes=15)) == CUSTOMERS - 1
    assert [line["event"] for line in lines] == ["club_upkeep_failed"]
    assert await state(club) == ([0, 440, 1], ["Silver"])


async def test_rolls_back_what_it_was_doing_when_it_is_ended(club: Database) -> None:
    async with club.transaction() as session:
        await session.execute(text("SELECT FROM ledger_accounts WHERE owner_id = 3 FOR UPDATE"))
        running = asyncio.create_task(worker_club.step(club, now=START + timedelta(minutes=15)))
        await asyncio.sleep(1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    held, _ = await state(club)
    assert sum(held) == 500
    assert await worker_club.step(club, now=START + timedelta(minutes=15)) > 0
    assert await state(club) == ([0, 500, 0], ["Silver"])
