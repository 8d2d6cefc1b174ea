"""Points ..."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.errors import InvalidInput
from domain.ledger import Reference
from domain.points import InsufficientPointsError
from models.database import Database
from services import points, points_reservations, points_upkeep
from services.points import Rates, Revoked
from services.points_lots import Holder
from services.points_reservations import ReservationGoneError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ADA = 1


def order(number: int) -> Reference:
    return Reference("ORDER", number, number=f"S-{number}")


def refund(number: int) -> Reference:
    return Reference("REFUND", number)


class Points:
    """Each call is a transaction of its own, at the present time of the test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW

    async def _in_transaction(self, use_case: Callable[..., Any], **given: Any) -> Any:
        async with self.database.transaction() as session:
            return await use_case(session, now=self.now, **given)

    async def earn(self, number: int, count: int, **given: Any) -> Any:
        return await self._in_transaction(
            points.earn, **{"customer_id": ADA, "points": count, "reference": order(number), "pending": False, **given}
        )

    async def confirm(self, number: int) -> Any:
        return await self._in_transaction(points.confirm, reference=order(number))

    async def revoke(self, number: int, count: int, because: int) -> Any:
        return await self._in_transaction(points.revoke, earned=order(number), points=count, reference=refund(because))

    async def adjust(self, count: int, number: int, note: str = "Sorry") -> Any:
        return await self._in_transaction(
            points.adjust, customer_id=ADA, points=count, reference=Reference("ADJUSTMENT", number), note=note
        )

    async def reserve(self, number: int, count: int, **given: Any) -> Any:
        until = self.now + timedelta(minutes=15)
        return await self._in_transaction(
            points_reservations.reserve,
            **{"customer_id": ADA, "points": count, "reference": order(number), "until": until, **given},
        )

    async def redeem(self, number: int) -> Any:
        return await self._in_transaction(points_reservations.redeem, reference=order(number))

    async def release(self, number: int) -> Any:
        return await self._in_transaction(points_reservations.release, reference=order(number))

    async def give_back(self, number: int, count: int, because: int) -> Any:
        return await self._in_transaction(
            points_reservations.give_back, redeemed=order(number), points=count, reference=refund(because)
        )


@pytest.fixture
async def club(database: Database) -> Points:
    async with database.transaction() as session:
        await points.programme_set(session, name="Souk points", currency="USD", expires_after_days=365)
    return Points(database)


async def held(connection: asyncpg.Connection) -> tuple[int, int, int]:
    """Say what the ledger holds: pending, available, reserved."""
    rows = await connection.fetch(
        "SELECT kind, balance FROM ledger_accounts WHERE owner_type = 'CUSTOMER' AND owner_id = $1", ADA
    )
    kept = {row["kind"]: row["balance"] for row in rows}
    return tuple(kept.get(f"POINTS_{kind}", 0) for kind in ("PENDING", "AVAILABLE", "RESERVED"))  # type: ignore[return-value]


async def lots(connection: asyncpg.Connection) -> list[int]:
    return [row[0] for row in await connection.fetch("SELECT remaining FROM points_lots ORDER BY id")]


async def told(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("SELECT type FROM events WHERE subject_type = 'points' ORDER BY id")
    return [row[0].removeprefix("POINTS_") for row in rows]


async def test_are_pending_until_what_earned_them_is_delivered(club: Points, connection: asyncpg.Connection) -> None:
    await club.earn(1, 100, pending=True)
    assert await held(connection) == (100, 0, 0)
    club.now += 3 * DAY
    assert await club.confirm(1) == 100
    assert await held(connection) == (0, 100, 0)
    assert await connection.fetchval("SELECT expires_at FROM points_lots") == NOW + 368 * DAY
    assert await club.confirm(1) == 0
    assert await club.confirm(2) == 0
    assert await told(connection) == ["EARNED", "CONFIRMED"]


async def test_are_earned_once_for_one_thing(club: Points, connection: asyncpg.Connection) -> None:
    earned = await asyncio.gather(*(club.earn(1, 100) for _ in range(10)))
    assert len(set(earned)) == 1
    assert await held(connection) == (0, 100, 0)
    assert await club.earn(2, 0) is None
    assert await told(connection) == ["EARNED"]


async def test_expire_with_their_lot(club: Points, connection: asyncpg.Connection) -> None:
    await club.earn(1, 100)
    club.now += 200 * DAY
    await club.earn(2, 40)
    club.now = NOW + 365 * DAY
    async with club.database.transaction() as session:
        due = await points_upkeep.expiring(session, now=club.now, limit=10)
    assert due == [Holder(ADA, "SOUK")]
    for _ in range(2):  # the second finds nothing
        async with club.database.transaction() as session:
            await points_upkeep.expire(session, due[0], now=club.now)
    assert (await held(connection), await lots(connection)) == ((0, 40, 0), [0, 40])
    assert await told(connection) == ["EARNED", "EARNED", "EXPIRED"]


async def test_cannot_be_spent_after_their_time_even_if_nobody_has_swept(
    club: Points, connection: asyncpg.Connection
) -> None:
    await club.earn(1, 100)
    club.now += 365 * DAY
    with pytest.raises(InsufficientPointsError) as refused:
        await club.reserve(2, 1)
    assert refused.value.available == 0
    assert await held(connection) == (0, 100, 0)  # a refusal changes nothing, not even that


async def test_are_reserved_oldest_first_and_released_into_the_very_lots(
    club: Points, connection: asyncpg.Connection
) -> None:
    for number in (1, 2, 3):
        await club.earn(number, 10)
        club.now += DAY
    await club.reserve(9, 25)
    assert (await held(connection), await lots(connection)) == ((0, 5, 25), [0, 0, 5])
    assert await club.release(9) == 25
    assert (await held(connection), await lots(connection)) == ((0, 30, 0), [10, 10, 10])
    assert await club.release(9) == 0
    assert (await told(connection))[3:] == ["RESERVED", "RELEASED"]


async def test_reserved_for_one_thing_are_changed_when_it_wants_others(
    club: Points, connection: asyncpg.Connection
) -> None:
    await club.earn(1, 100)
    first = await club.reserve(9, 60)
    assert await club.reserve(9, 60) == first
    await club.reserve(9, 80)
    assert await held(connection) == (0, 20, 80)
    with pytest.raises(InsufficientPointsError):
        await club.reserve(9, 101)
    assert await held(connection) == (0, 20, 80)


async def test_are_redeemed_once(club: Points, connection: asyncpg.Connection) -> None:
    await club.earn(1, 100)
    await club.reserve(9, 60)
    assert await asyncio.gather(*(club.redeem(9) for _ in range(5))) == [60] * 5
    assert await held(connection) == (0, 40, 0)
    with pytest.raises(ReservationGoneError):
        await club.reserve(9, 10)
    assert await club.release(9) == 0
    assert await told(connection) == ["EARNED", "RESERVED", "REDEEMED"]


async def test_released_cannot_be_redeemed(club: Points, connection: asyncpg.Connection) -> None:
    await club.earn(1, 100)
    await club.reserve(9, 60)
    await club.release(9)
    for number in (9, 10):
        with pytest.raises(ReservationGoneError):
            await club.redeem(number)
    assert await held(connection) == (0, 100, 0)


async def test_are_either_redeemed_or_released_when_both_are_asked_at_once(
    club: Points, connection: asyncpg.Connection
) -> None:
    await club.earn(0, 100)
    for number in range(1, 11):
        await club.reserve(number, 10)
        redeemed, released = await asyncio.gather(club.redeem(number), club.release(number), return_exceptions=True)
        assert (redeemed, released) == (10, 0) or (isinstance(redeemed, ReservationGoneError) and released == 10)
    spent = await connection.fetchval("SELECT sum(points) FROM points_reservations WHERE state = 'REDEEMED'") or 0
    assert await held(connection) == (0, 100 - spent, 0)


async def test_cannot_be_reserved_twice_by_twenty_at_once(club: Points, connection: asyncpg.Connection) -> None:
    await club.earn(0, 100)
    asked = await asyncio.gather(*(club.reserve(number, 30) for number in range(1, 21)), return_exceptions=True)
    assert sum(isinstance(each, int) for each in asked) == 3
    assert sum(isinstance(each, InsufficientPointsError) for each in asked) == 17
    assert await held(connection) == (0, 10, 90)


async def test_reserved_beyond_their_time_are_released_but_not_those_whose_time_was_prolonged(
    club: Points, connection: asyncpg.Connection
) -> None:
    await club.earn(0, 100)
    await club.reserve(1, 30)
    await club.reserve(2, 30)
    club.now += timedelta(minutes=15)
    async with club.database.transaction() as session:
        due = await points_upkeep.overdue(session, now=club.now, limit=10)
    assert [reference.id for reference, _ in due] == [1, 2]
    await club.reserve(2, 30)
    for reference, programme in due:
        async with club.database.transaction() as session:
            await points_upkeep.release(session, reference=reference, programme=programme, now=club.now)
    assert await held(connection) == (0, 70, 30)


async def test_reserved_over_their_expiry_expire_when_they_are_released(
    club: Points, connection: asyncpg.Connection
) -> None:
    await club.earn(1, 10)
    club.now += DAY
    await club.earn(2, 10)
    club.now = NOW + 365 * DAY - timedelta(minutes=1)
    await club.reserve(9, 20)
    club.now += timedelta(minutes=2)
    assert await club.release(9) == 20
    assert (await held(connection), await lots(connection)) == ((0, 10, 0), [0, 10])
    assert (await told(connection))[2:] == ["RESERVED", "RELEASED", "EXPIRED"]


async def test_are_given_back_to_the_very_lots_the_latest_expiry_first(
    club: Points, connection: asyncpg.Connection
) -> None:
    for number in (1, 2, 3):
        await club.earn(number, 10)
        club.now += DAY
    await club.reserve(9, 25)
    await club.redeem(9)
    assert await club.give_back(9, 8, because=1) == 8
    assert await lots(connection) == [0, 3, 10]
    assert await club.give_back(9, 8, because=1) == 8  # asked again
    assert await lots(connection) == [0, 3, 10]
    assert await club.give_back(9, 17, because=2) == 17
    assert (await held(connection), await lots(connection)) == ((0, 30, 0), [10, 10, 10])
    with pytest.raises(InvalidInput, match="at most 0"):
        await club.give_back(9, 1, because=3)


async def test_given_back_after_their_lot_has_expired_live_for_the_days_of_grace(
    club: Points, connection: asyncpg.Connection
) -> None:
    await club.earn(1, 50)
    await club.reserve(9, 20)
    await club.redeem(9)
    club.now += 400 * DAY
    assert await club.give_back(9, 20, because=1) == 20
    assert (await held(connection), await lots(connection)) == ((0, 20, 0), [20])  # the other 30 have expired
    assert await connection.fetchval("SELECT expires_at FROM points_lots") == club.now + 30 * DAY


async def test_cannot_be_given_back_more_than_were_redeemed_at_once(
    club: Points, connection: asyncpg.Connection
) -> None:
    await club.earn(1, 100)
    await club.reserve(9, 100)
    await club.redeem(9)
    asked = await asyncio.gather(*(club.give_back(9, 30, because=each) for each in range(10)), return_exceptions=True)
    assert sum(each == 30 for each in asked) == 3
    assert await held(connection) == (0, 90, 0)


async def test_are_taken_back_from_the_lot_they_were_earned_in_then_from_others(
    club: Points, connection: asyncpg.Connection
) -> None:
    await club.earn(1, 50)
    club.now += DAY
    await club.earn(2, 50)
    await club.reserve(9, 80)  # all of the first and 30 of the second
    await club.redeem(9)
    club.now += DAY
    await club.earn(3, 5)
    assert await club.revoke(2, 50, because=1) == Revoked(25, 25)
    assert (await held(connection), await lots(connection)) == ((0, 0, 0), [0, 0, 0])
    assert await club.revoke(2, 50, because=1) == Revoked(25, 25)
    assert await club.revoke(7, 50, because=2) == Revoked(0, 50)


async def test_pending_are_taken_back_before_they_are_available(club: Points, connection: asyncpg.Connection) -> None:
    await club.earn(1, 50, pending=True)
    await club.earn(2, 50)
    assert await club.revoke(1, 20, because=1) == Revoked(20, 0)
    assert await club.confirm(1) == 30
    assert await held(connection) == (0, 80, 0)


async def test_are_adjusted_with_a_reason(club: Points, connection: asyncpg.Connection) -> None:
    assert await club.adjust(30, 1) == 30
    assert await club.adjust(30, 1) == 30  # asked again
    assert await club.adjust(-10, 2) == 20
    with pytest.raises(InsufficientPointsError):
        await club.adjust(-21, 3)
    with pytest.raises(InvalidInput, match="reason"):
        await club.adjust(1, 4, note=" ")
    with pytest.raises(InvalidInput, match="points: 0"):
        await club.adjust(0, 5)
    assert (await held(connection), await lots(connection)) == ((0, 20, 0), [20])
    assert await connection.fetchval("SELECT note FROM ledger_transactions LIMIT 1") == "Sorry"


async def test_have_rates_of_the_platform_and_of_merchants(club: Points, connection: asyncpg.Connection) -> None:
    merchant = await connection.fetchval("INSERT INTO merchants (slug, name) VALUES ('ada', 'Ada') RETURNING id")
    async with club.database.transaction() as session:
        assert await points.rates(session, merchant_ids=[merchant]) == {merchant: Rates(0, 0)}
        await points.rates_set(session, rates=Rates(100, 10_000))
        await points.rates_set(session, rates=Rates(1, 1), merchant_id=merchant)
        await points.rates_set(session, rates=Rates(200, 5_000), merchant_id=merchant)
        found = await points.rates(session, merchant_ids=[merchant, merchant + 1])
    assert found == {merchant: Rates(200, 5_000), merchant + 1: Rates(100, 10_000)}


_MOVE = """
WITH made AS (
    INSERT INTO ledger_transactions (reason, reference_type, reference_id, once, occurred_at)
    VALUES ('SPOILT', 'ORDER', 2, true, now()) RETURNING id
)
INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)
SELECT made.id, account.id, 'SOUK', CASE kind WHEN 'POINTS_ISSUED' THEN -1 ELSE 1 END
FROM made, ledger_accounts AS account WHERE kind IN ('POINTS_ISSUED', 'POINTS_AVAILABLE')
"""


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("ck_points_lots_agree", _MOVE),
        (
            "ck_points_lots_agree",
            """INSERT INTO points_lot_movements (lot_id, transaction_id, points)
               SELECT id, transaction_id, -1 FROM points_lots""",
        ),
        ("ck_points_lots_agree", "UPDATE points_lots SET state = 'AVAILABLE' WHERE state = 'PENDING'"),
        ("ck_points_lots_agree", "UPDATE points_reservations SET state = 'RELEASED', closed_at = now()"),
        ("ck_points_lots_agree", "UPDATE points_reservations SET points = points + 1"),
        ("ck_points_lots_by_movements", "UPDATE points_lots SET remaining = remaining - 1"),
        ("ck_points_lots_by_movements", "UPDATE points_lots SET customer_id = 2"),
        ("ck_points_lots_by_movements", "UPDATE points_lots SET state = 'PENDING', expires_at = NULL"),
        ("ck_points_lot_movements_append_only", "UPDATE points_lot_movements SET points = 1"),
        ("ck_points_lot_movements_append_only", "DELETE FROM points_lot_movements"),
        ("ck_points_lot_movements_append_only", "TRUNCATE points_lot_movements"),
    ],
)
async def test_are_kept_by_the_database_from(
    club: Points, connection: asyncpg.Connection, constraint: str, statement: str
) -> None:
    await club.earn(1, 50, pending=True)
    await club.earn(2, 50)
    await club.reserve(9, 20)
    before = (await held(connection), await lots(connection))
    with pytest.raises(asyncpg.PostgresError) as caught:
        await connection.execute(statement)
    assert caught.value.constraint_name == constraint
    assert (await held(connection), await lots(connection)) == before == ((50, 30, 20), [50, 30])
