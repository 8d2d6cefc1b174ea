"""Coupons are ..."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole
from domain.coupons import Action, CouponRefusedError, CustomerLimitError, Use, UsedUpError
from domain.errors import InvalidInput, Refusal
from domain.ledger import Reference
from models.database import Database
from server import worker_club
from services import coupon_claims, coupons, ledger_audit
from services import promotions as campaigns
from services.access import NotFoundError
from tests.factories import catalogue, people, promotions

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ORDER = Reference("ORDER", 1)
COUNTERS = "SELECT claimed, reserved, redeemed, spent FROM promotion_counters"
OF_CUSTOMER = "SELECT claimed, reserved, redeemed FROM promotion_customers"


async def reserve(
    database: Database,
    *uses: Use,
    customer_id: int | None = None,
    reference: Reference = ORDER,
    until: datetime = NOW + 15 * MINUTE,
    now: datetime = NOW,
) -> int:
    async with database.transaction() as session:
        return await coupons.reserve(
            session, uses=uses, customer_id=customer_id, currency="USD", reference=reference, until=until, now=now
        )


async def redeem(database: Database, reference: Reference = ORDER, now: datetime = NOW) -> int:
    async with database.transaction() as session:
        return await coupons.redeem(session, reference=reference, now=now)


async def release(database: Database, reference: Reference = ORDER, **more: Any) -> int:
    async with database.transaction() as session:
        return await coupons.release(session, reference=reference, now=NOW, **more)


async def give_back(database: Database, reference: Reference = ORDER) -> int:
    async with database.transaction() as session:
        return await coupons.give_back(session, redeemed=reference, now=NOW)


async def claim(database: Database, promotion_id: int, customer_id: int, now: datetime = NOW) -> int:
    async with database.transaction() as session:
        return await coupon_claims.claim(session, promotion_id=promotion_id, customer_id=customer_id, now=now)


async def counted(connection: asyncpg.Connection, query: str = COUNTERS) -> tuple[int, ...]:
    return tuple(await connection.fetchrow(query))


async def states(connection: asyncpg.Connection) -> list[str]:
    return [row["state"] for row in await connection.fetch("SELECT state FROM coupon_reservations ORDER BY id")]


async def events(connection: asyncpg.Connection) -> list[str]:
    return [row["type"] for row in await connection.fetch("SELECT type FROM events ORDER BY id")]


@pytest.fixture
async def ada(connection: asyncpg.Connection) -> int:
    return (await people.customer(connection)).customer_id or 0


async def test_reserved_redeemed_and_given_back_with_their_events(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    shared = await promotions.promotion(connection, method="CODE", total_limit=2, customer_limit=1)
    await promotions.code(connection, shared, "SPRING", use_limit=3)
    use = Use(shared, " spring ", 500, 500)
    assert await reserve(database, use, customer_id=ada) == 1
    assert await reserve(database, use, customer_id=ada) == 1
    assert await counted(connection) == (0, 1, 0, 0)
    assert await counted(connection, OF_CUSTOMER) == (0, 1, 0)
    assert await redeem(database) == 1
    assert await redeem(database) == 1
    assert await counted(connection) == (0, 0, 1, 0)
    assert await counted(connection, "SELECT reserved, redeemed FROM coupons") == (0, 1)
    with pytest.raises(CustomerLimitError):
        await reserve(database, use, customer_id=ada, reference=Reference("ORDER", 2))
    assert await release(database) == 0
    assert await give_back(database) == 1
    assert await give_back(database) == 1
    assert await counted(connection) == (0, 0, 0, 0)
    assert await counted(connection, OF_CUSTOMER) == (0, 0, 0)
    assert await counted(connection, "SELECT reserved, redeemed FROM coupons") == (0, 0)
    assert await states(connection) == ["RETURNED"]
    assert await events(connection) == ["COUPON_RESERVED", "COUPON_REDEEMED", "COUPON_RETURNED"]


async def test_released_when_others_take_their_place(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    first, second, third = [await promotions.promotion(connection, total_limit=1) for _ in range(3)]
    await reserve(database, Use(first, None, 100, 100), Use(second, None, 50, 50), customer_id=ada)
    await reserve(database, Use(second, None, 50, 50), Use(third, None, 10, 10), customer_id=ada)
    rows = await connection.fetch("SELECT promotion_id, reserved FROM promotion_counters ORDER BY promotion_id")
    assert [tuple(row) for row in rows] == [(first, 0), (second, 1), (third, 1)]
    assert await states(connection) == ["RELEASED", "RESERVED", "RESERVED"]
    assert await release(database) == 2
    assert await release(database) == 0
    with pytest.raises(coupons.ReservationGoneError):
        await redeem(database)


async def test_refused_alike_whatever_stands_against_them(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    bob = (await people.customer(connection)).customer_id or 0
    own = await promotions.promotion(connection, method="CLAIM")
    mine = await promotions.claimed(connection, own, ada)
    old = await promotions.claimed(
        connection, await promotions.promotion(connection, method="CLAIM"), bob, valid_until=NOW
    )
    paused = await promotions.promotion(connection, state="PAUSED")
    over = await promotions.promotion(connection, ends_at=NOW)
    later = await promotions.promotion(connection, starts_at=NOW + MINUTE)
    vip = await promotions.promotion(connection, segments=["vip"])
    limited = await promotions.promotion(connection, customer_limit=1)
    said = set()
    for customer_id, promotion_id, code in (
        (bob, own, mine),
        (None, own, mine),
        (ada, own, None),
        (ada, own, "NO-SUCH"),
        (bob, own, old),
        (bob, own + 1, old),
        (ada, paused, None),
        (ada, over, None),
        (ada, later, None),
        (ada, vip, None),
        (None, limited, None),
        (ada, 10**9, None),
    ):
        with pytest.raises(CouponRefusedError) as caught:
            await reserve(database, Use(promotion_id, code, 1, 1), customer_id=customer_id)
        said.add(caught.value.message)
    assert len(said) == 1
    assert await states(connection) == []
    assert await connection.fetchval("SELECT count(*) FROM events") == 0


async def test_gone_when_their_limit_their_code_or_their_budget_is(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    limited = await promotions.promotion(connection, total_limit=1)
    single = await promotions.promotion(connection, method="CODE")
    await promotions.code(connection, single, "ONCE", use_limit=1)
    funded = await promotions.promotion(connection, maximum=500, budget=900, currencies=["USD"])
    uses = (Use(limited, None, 10, 10), Use(single, "ONCE", 10, 10), Use(funded, None, 500, 500))
    await reserve(database, *uses)
    for use in uses:
        with pytest.raises(UsedUpError):
            await reserve(database, use, customer_id=ada, reference=Reference("ORDER", 2))
    assert await reserve(database, Use(funded, None, 400, 400), reference=Reference("ORDER", 3)) == 1
    assert await states(connection) == ["RESERVED"] * 4


@pytest.mark.parametrize(
    ("query", "constraint"),
    [
        ("UPDATE promotion_counters SET reserved = 3", "ck_promotion_counters_used"),
        ("UPDATE promotion_counters SET claimed = 3", "ck_promotion_counters_claimed"),
        ("UPDATE promotion_counters SET spent = 901", "ck_promotion_counters_spent"),
    ],
)
async def test_not_counted_beyond_their_limit_by_any_code(
    connection: asyncpg.Connection, query: str, constraint: str
) -> None:
    await promotions.promotion(connection, total_limit=2, maximum=1, budget=900, currencies=["USD"])
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await connection.execute(query)
    assert caught.value.constraint_name == constraint
    assert await counted(connection) == (0, 0, 0, 0)


async def test_claimed_within_their_window_by_whom_they_are_for(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    offer = await promotions.promotion(
        connection, method="CLAIM", claim_from=NOW, claim_until=NOW + MINUTE, valid_days=10, ends_at=NOW + 20 * MINUTE
    )
    for at in (NOW - MINUTE, NOW + MINUTE):
        with pytest.raises(NotFoundError):
            await claim(database, offer, ada, now=at)
    for other in ({"state": "DRAFT"}, {"state": "PAUSED"}, {"segments": ["vip"]}, {"ends_at": NOW}):
        with pytest.raises(NotFoundError):
            await claim(database, await promotions.promotion(connection, method="CLAIM", **other), ada)
    with pytest.raises(NotFoundError):
        await claim(database, await promotions.promotion(connection, method="CODE"), ada)
    coupon_id = await claim(database, offer, ada)
    row = await connection.fetchrow("SELECT * FROM coupons")
    assert (row["id"], row["customer_id"], row["use_limit"]) == (coupon_id, ada, 1)
    assert (row["claimed_at"], row["valid_until"]) == (NOW, NOW + 20 * MINUTE)
    with pytest.raises(CustomerLimitError):
        await claim(database, offer, ada)
    assert await events(connection) == ["COUPON_CLAIMED"]


async def test_not_claimed_for_a_customer_who_was_erased(database: Database, connection: asyncpg.Connection) -> None:
    promotion_id = await promotions.promotion(connection, method="CLAIM")
    customer = await people.customer(connection)
    await connection.execute("UPDATE customers SET erased_at = now()")
    with pytest.raises(NotFoundError):
        async with database.transaction() as session:
            await coupon_claims.claim(
                session, promotion_id=promotion_id, customer_id=customer.customer_id or 0, now=NOW
            )
    assert await connection.fetchval("SELECT count(*) FROM coupons") == 0


async def test_claimed_and_redeemed_by_fifty_of_two_hundred_at_once(
    database: Database, connection: asyncpg.Connection
) -> None:
    offer = await promotions.promotion(connection, method="CLAIM", total_limit=50)
    rows = await connection.fetch(
        "INSERT INTO customers (display_name) SELECT 'Ada' FROM generate_series(1, 200) RETURNING id"
    )

    async def shop(customer_id: int) -> str:
        try:
            coupon_id = await claim(database, offer, customer_id)
            code = await one(database, "SELECT code FROM coupons WHERE id = $1", coupon_id)
            reference = Reference("ORDER", customer_id)
            await reserve(database, Use(offer, code, 100, 100), customer_id=customer_id, reference=reference)
            await redeem(database, reference)
        except Refusal as refusal:
            return refusal.code
        return "redeemed"

    ended = Counter(await asyncio.gather(*(shop(row["id"]) for row in rows)))
    assert ended == {"redeemed": 50, "COUPON_USED_UP": 150}
    assert await counted(connection) == (50, 0, 50, 0)
    assert await counted(connection, "SELECT count(*), sum(redeemed), sum(reserved) FROM coupons") == (50, 50, 0)
    assert Counter(await states(connection)) == {"REDEEMED": 50}


async def test_redeemed_by_a_shared_code_fifty_times_by_two_hundred_at_once(
    database: Database, connection: asyncpg.Connection
) -> None:
    shared = await promotions.promotion(connection, method="CODE", total_limit=50)
    await promotions.code(connection, shared)

    async def shop(number: int) -> str:
        reference = Reference("ORDER", number)
        try:
            await reserve(database, Use(shared, "SPRING", 100, 100), reference=reference)
            await redeem(database, reference)
        except Refusal as refusal:
            return refusal.code
        return "redeemed"

    ended = Counter(await asyncio.gather(*(shop(number) for number in range(200))))
    assert ended == {"redeemed": 50, "COUPON_USED_UP": 150}
    assert await counted(connection) == (0, 0, 50, 0)


@pytest.mark.parametrize("method", ["CLAIM", "CODE", "AUTOMATIC"])
async def test_had_once_by_one_customer_who_tries_twenty_times_at_once(
    database: Database, connection: asyncpg.Connection, ada: int, method: str
) -> None:
    offer = await promotions.promotion(connection, method=method, customer_limit=1)
    if method == "CODE":
        await promotions.code(connection, offer)

    async def attempt(number: int) -> str:
        try:
            if method == "CLAIM":
                await claim(database, offer, ada)
            else:
                use = Use(offer, "SPRING" if method == "CODE" else None, 1, 1)
                await reserve(database, use, customer_id=ada, reference=Reference("ORDER", number))
        except Refusal as refusal:
            return refusal.code
        return "had"

    ended = Counter(await asyncio.gather(*(attempt(number) for number in range(20))))
    assert ended == {"had": 1, "COUPON_CUSTOMER_LIMIT": 19}
    assert await counted(connection, OF_CUSTOMER) == ((1, 0, 0) if method == "CLAIM" else (0, 1, 0))


async def test_locked_in_one_order_whatever_the_order_of_the_uses(
    database: Database, connection: asyncpg.Connection
) -> None:
    limited = [await promotions.promotion(connection, total_limit=1_000, customer_limit=1_000) for _ in range(4)]
    customers = [(await people.customer(connection)).customer_id or 0 for _ in range(3)]

    async def shop(number: int) -> None:
        ordered = limited if number % 2 else limited[::-1]
        customer_id, reference = customers[number % 3], Reference("ORDER", number)
        await reserve(
            database, *(Use(each, None, 1, 1) for each in ordered), customer_id=customer_id, reference=reference
        )
        await (redeem(database, reference) if number % 3 else release(database, reference))

    await asyncio.gather(*(shop(number) for number in range(60)))
    rows = await connection.fetch("SELECT reserved, redeemed FROM promotion_counters")
    assert [tuple(row) for row in rows] == [(0, 40)] * 4


async def test_released_by_the_worker_beyond_their_time_and_not_before(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    limited = await promotions.promotion(connection, total_limit=2, customer_limit=2)
    await reserve(database, Use(limited, None, 1, 1), customer_id=ada, until=NOW + MINUTE)
    await reserve(
        database, Use(limited, None, 1, 1), customer_id=ada, reference=Reference("ORDER", 2), until=NOW + 9 * MINUTE
    )
    assert await worker_club.step(database, now=NOW) == 0
    assert await worker_club.step(database, now=NOW + MINUTE) == 1
    assert await counted(connection) == (0, 1, 0, 0)
    assert await states(connection) == ["RELEASED", "RESERVED"]
    assert await worker_club.step(database, now=NOW + MINUTE) == 0


async def test_paid_from_their_budget_which_goes_home_at_the_end(
    database: Database, connection: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection)
    viewer = await people.member(connection, merchant, MerchantRole.MANAGER)
    given = {
        "title": "Ten off",
        "method": "AUTOMATIC",
        "currencies": ["USD"],
        "benefit": {"fixed_sum": {"amount": "10.00"}},
        "budget": "25.00",
    }
    async with database.transaction() as session:
        funded = await campaigns.create(session, viewer=viewer, merchant_id=merchant, given=given)
        await campaigns.act(session, viewer=viewer, promotion_id=funded, action=Action.ACTIVATE, now=NOW)
    fund = "SELECT balance FROM ledger_accounts WHERE kind = 'COUPON_FUND'"
    assert await connection.fetchval(fund) == 2_500
    for number in (1, 2):
        await reserve(database, Use(funded, None, 1_000, 300), reference=Reference("ORDER", number))
    assert await counted(connection) == (0, 2, 0, 1_400)  # the merchant's part of both
    await redeem(database)
    assert await connection.fetchval(fund) == 1_800
    async with database.transaction() as session:
        await campaigns.act(session, viewer=viewer, promotion_id=funded, action=Action.END, now=NOW)
    assert await connection.fetchval(fund) == 700  # what is reserved yet
    await release(database, Reference("ORDER", 2))
    assert await connection.fetchval(fund) == 0
    await give_back(database)
    assert await connection.fetchval(fund) == 0
    assert await counted(connection) == (0, 0, 0, 0)
    payable = await connection.fetchval(
        """SELECT sum(amount) FROM ledger_postings JOIN ledger_accounts ON ledger_accounts.id = account_id
           WHERE kind = 'MERCHANT_PAYABLE'"""
    )
    assert payable == 0
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()


async def test_not_reserved_with_a_time_that_is_over_or_twice(
    database: Database, connection: asyncpg.Connection
) -> None:
    limited = await promotions.promotion(connection, total_limit=2)
    use = Use(limited, None, 1, 1)
    for uses, until in (((use,), NOW), ((use, use), NOW + MINUTE)):
        with pytest.raises(InvalidInput):
            await reserve(database, *uses, until=until)
    assert await counted(connection) == (0, 0, 0, 0)


async def one(database: Database, query: str, *arguments: Any) -> Any:
    async with database.connection() as connection:
        return await connection.fetchval(query, *arguments)
