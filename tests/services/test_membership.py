"""The member club ..."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.errors import InvalidInput
from domain.ledger import Reference
from domain.membership import Level, LevelsError, Standing
from models.database import Database
from services import membership

START = datetime(2026, 1, 10, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ADA = 1
LEVELS = (
    Level(0, "Bronze", "USD", 0),
    Level(0, "Silver", "USD", 50_000, discount_bp=300),
    Level(0, "Gold", "USD", 150_000, discount_bp=500, free_shipping_from=2_000, points_multiplier_bp=15_000),
)


class Club:
    """Each call is a transaction of its own, at the present time of the test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START

    async def levels(self, *levels: Level) -> None:
        async with self.database.transaction() as session:
            await membership.levels_set(session, levels=levels, now=self.now)

    async def spend(self, number: int, amount: int, *, customer_id: int = ADA, currency: str = "USD") -> Standing:
        async with self.database.transaction() as session:
            return await membership.record_spend(
                session,
                customer_id=customer_id,
                amount=amount,
                currency=currency,
                reference=Reference("ORDER", number),
                now=self.now,
            )

    async def refund(self, number: int, amount: int, because: int) -> Standing:
        async with self.database.transaction() as session:
            return await membership.record_refund(
                session,
                spent=Reference("ORDER", number),
                amount=amount,
                reference=Reference("REFUND", because),
                now=self.now,
            )

    async def upkeep(self) -> list[int]:
        async with self.database.transaction() as session:
            due = await membership.due(session, now=self.now, limit=100)
        for customer_id in due:
            async with self.database.transaction() as session:
                await membership.review(session, customer_id=customer_id, now=self.now)
        return due


@pytest.fixture
async def club(database: Database) -> Club:
    club = Club(database)
    await club.levels(*LEVELS)
    return club


def name(standing: Standing) -> str | None:
    return standing.level.name if standing.level else None


async def history(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        """SELECT lower.name, higher.name, reason, spend, occurred_at FROM membership_changes
           LEFT JOIN membership_levels AS lower ON lower.id = from_level_id
           LEFT JOIN membership_levels AS higher ON higher.id = to_level_id ORDER BY membership_changes.id"""
    )
    return [tuple(row) for row in rows]


async def test_tells_a_members_two_years(club: Club, connection: asyncpg.Connection) -> None:
    assert name(await club.spend(1, 20_000)) == "Bronze"
    club.now += 30 * DAY
    stands = await club.spend(2, 40_000)
    assert (name(stands), stands.remaining) == ("Silver", 90_000)
    club.now += 30 * DAY
    assert name(await club.spend(3, 90_000)) == "Gold"
    club.now += DAY
    assert name(await club.refund(3, 1, because=1)) == "Silver"
    club.now += DAY
    assert name(await club.spend(4, 1)) == "Gold"
    club.now = START.replace(year=2027) - timedelta(microseconds=1)
    assert await club.upkeep() == []
    club.now += timedelta(microseconds=1)
    assert await club.upkeep() == [ADA]  # the first purchase has left the window
    assert await club.upkeep() == []
    club.now += 100 * DAY
    assert await club.upkeep() == [ADA]
    assert await history(connection) == [
        (None, "Bronze", "JOINED", 0, START),
        ("Bronze", "Silver", "SPENT", 60_000, START + 30 * DAY),
        ("Silver", "Gold", "SPENT", 150_000, START + 60 * DAY),
        ("Gold", "Silver", "REFUNDED", 149_999, START + 61 * DAY),
        ("Silver", "Gold", "SPENT", 150_000, START + 62 * DAY),
        ("Gold", "Silver", "LAPSED", 130_000, START.replace(year=2027)),
        ("Silver", "Bronze", "LAPSED", 0, club.now),
    ]
    events = await connection.fetch(
        "SELECT subject_version, data FROM events WHERE type = 'MEMBERSHIP_LEVEL_CHANGED' ORDER BY id"
    )
    assert [row["subject_version"] for row in events] == [1, 2, 3, 4, 5, 6, 7]
    assert events[5]["data"] == {"from": "Gold", "to": "Silver", "reason": "LAPSED", "spend": 130_000}


async def test_lets_lapse_what_was_due_before_a_purchase_counts(club: Club, connection: asyncpg.Connection) -> None:
    await club.spend(1, 150_000)
    club.now += 400 * DAY
    assert name(await club.spend(2, 60_000)) == "Silver"
    assert [row[1:4] for row in await history(connection)][2:] == [("Bronze", "LAPSED", 0), ("Silver", "SPENT", 60_000)]


async def test_counts_a_purchase_and_its_refund_once(club: Club, connection: asyncpg.Connection) -> None:
    await asyncio.gather(*(club.spend(1, 30_000) for _ in range(10)))
    await asyncio.gather(*(club.refund(1, 10_000, because=1) for _ in range(10)))
    assert (await club.spend(2, 1)).spend == 20_001
    with pytest.raises(InvalidInput, match="at most 20000"):
        await club.refund(1, 20_001, because=2)
    assert await connection.fetchval("SELECT count(*) FROM membership_refunds") == 1
    with pytest.raises(membership.UnknownSpendError):
        await club.refund(7, 1, because=3)
    for wrong in (0, -5):
        with pytest.raises(InvalidInput):
            await club.spend(8, wrong)
        with pytest.raises(InvalidInput):
            await club.refund(1, wrong, because=8)
    assert await connection.fetchval("SELECT sum(amount - refunded) FROM membership_spend") == 20_001


async def test_loses_no_purchase_of_those_made_at_once(club: Club, connection: asyncpg.Connection) -> None:
    await asyncio.gather(*(club.spend(number, 10_000) for number in range(15)))
    assert [row[1] for row in await history(connection)] == ["Bronze", "Silver", "Gold"]


async def test_counts_only_the_levels_currency(club: Club) -> None:
    stands = await club.spend(1, 900_000, currency="JPY")
    assert (name(stands), stands.spend) == ("Bronze", 0)


async def test_takes_back_of_an_old_purchase_without_touching_the_window(club: Club) -> None:
    await club.spend(1, 150_000)
    club.now += 400 * DAY
    await club.spend(2, 60_000)
    assert (await club.refund(1, 150_000, because=1)).spend == 60_000


async def test_gives_the_benefits_of_the_level(club: Club) -> None:
    async with club.database.transaction() as session:
        stranger = await membership.level(session, customer_id=99)
    await club.spend(1, 150_000)
    async with club.database.transaction() as session:
        gold = await membership.level(session, customer_id=ADA)
        standing = await membership.standing(session, customer_id=ADA, now=club.now)
    assert stranger is not None
    assert gold is not None
    assert (stranger.name, gold.name) == ("Bronze", "Gold")
    assert (gold.discount_bp, gold.free_shipping_from, gold.points_multiplier_bp) == (500, 2_000, 15_000)
    assert standing.falls_at == datetime(2027, 1, 10, 9, tzinfo=UTC)


async def test_reviews_everybody_when_the_levels_change(club: Club, connection: asyncpg.Connection) -> None:
    await club.spend(1, 60_000)
    await club.spend(2, 10_000, customer_id=2)
    club.now += DAY
    await club.levels(LEVELS[0], Level(0, "Silver", "USD", 150_000), Level(0, "Gold", "USD", 200_000, discount_bp=1))
    assert sorted(await club.upkeep()) == [1, 2]
    assert await club.upkeep() == []
    assert (await history(connection))[-1][:4] == ("Silver", "Bronze", "LEVELS_CHANGED", 60_000)


async def test_keeps_levels_that_members_are_or_were_at(club: Club, connection: asyncpg.Connection) -> None:
    await club.spend(1, 60_000)
    with pytest.raises(InvalidInput, match="Silver must stay"):
        await club.levels(LEVELS[0], LEVELS[2])
    with pytest.raises(LevelsError):
        await club.levels(LEVELS[1])
    assert await connection.fetchval("SELECT count(*) FROM membership_levels") == 3
    await club.levels(LEVELS[0], LEVELS[1])
    assert await connection.fetchval("SELECT count(*) FROM membership_levels") == 2


async def test_has_no_level_where_the_shop_has_none(database: Database) -> None:
    club = Club(database)
    assert (await club.spend(1, 60_000)).level is None
    async with database.transaction() as session:
        assert await membership.level(session, customer_id=ADA) is None
    await club.levels(*LEVELS)
    await club.upkeep()
    async with database.transaction() as session:
        level = await membership.level(session, customer_id=ADA)
    assert level is not None
    assert level.name == "Silver"
