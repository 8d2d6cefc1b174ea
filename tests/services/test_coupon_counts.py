"""What counts uses of promotions is ..."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import PlatformRole
from domain.coupons import Action, Use
from domain.errors import Refusal
from domain.ledger import Reference
from models.database import Database
from models.promotions import Promotion
from models.transactions import driver_of
from services import coupon_statements, coupons, ledger_audit, outbox, promotion_funds
from services import promotions as campaigns
from tests.factories import people, promotions
from tests.models.locks import blocked

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ORDER = Reference("ORDER", 1)
OTHER = Reference("ORDER", 2)
RACES = 150
COUNTERS = "SELECT promotion_id, reserved, redeemed, spent FROM promotion_counters ORDER BY promotion_id"
RESERVATIONS = "SELECT reference_id, promotion_id, state FROM coupon_reservations ORDER BY id"


async def reserve(
    session: AsyncSession, *uses: Use, customer_id: int | None = None, reference: Reference = ORDER
) -> int:
    return await coupons.reserve(
        session,
        uses=uses,
        customer_id=customer_id,
        currency="USD",
        reference=reference,
        until=NOW + timedelta(minutes=15),
        now=NOW,
    )


async def reserved(database: Database, *uses: Use, **more: Any) -> str:
    """Reserve in a transaction of its own; gives what came of it."""
    try:
        async with database.transaction() as session:
            await reserve(session, *uses, **more)
    except Refusal as refusal:
        return refusal.code
    return "reserved"


async def read(connection: asyncpg.Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch(query)]


def use(promotion_id: int, code: str | None = None, amount: int = 100) -> Use:
    return Use(promotion_id, code, amount, amount)


@asynccontextmanager
async def queries(session: AsyncSession) -> AsyncIterator[list[str]]:
    """Note the statements that a transaction sends meanwhile."""
    sent: list[str] = []
    driver = driver_of(session)
    with driver.query_logger(lambda record: sent.append(record.query)):
        yield sent
        await asyncio.sleep(0)  # asyncpg calls the logger a moment later


@pytest.fixture
async def ada(connection: asyncpg.Connection) -> int:
    return (await people.customer(connection)).customer_id or 0


async def funded(database: Database, connection: asyncpg.Connection, budget: int) -> int:
    """Make a promotion with a budget that is set aside."""
    made = await promotions.promotion(connection, budget=budget, currencies=["USD"])
    async with database.transaction() as session:
        await promotion_funds.set_aside(session, await session.get_one(Promotion, made), now=NOW)
    return made


async def mixed(database: Database, connection: asyncpg.Connection, ada: int) -> list[Use]:
    """Make promotions of which each counts something else, or nothing; the order of the uses is not that of the ids."""
    plain = await promotions.promotion(connection)
    total = await promotions.promotion(connection, total_limit=1)
    single = await promotions.promotion(connection, method="CODE")
    await promotions.code(connection, single, "ONCE", use_limit=1)
    shared = await promotions.promotion(connection, method="CODE", customer_limit=1)
    await promotions.code(connection, shared, "SHARED")
    paid = await funded(database, connection, 500)
    own = await promotions.promotion(connection, method="CLAIM", total_limit=1)
    mine = await promotions.claimed(connection, own, ada)
    return [use(own, mine), use(plain), use(shared, "shared"), use(paid, amount=500), use(total), use(single, "once")]


async def test_one_way_for_all_that_is_counted_and_what_is_not(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    uses = await mixed(database, connection, ada)
    async with database.transaction() as session, queries(session) as sent:
        assert await reserve(session, *uses, customer_id=ada) == 6
    assert len(sent) == 3
    counters = {row[0]: row[1:] for row in await read(connection, COUNTERS)}
    assert counters == {
        uses[0].promotion_id: (1, 0, 0),
        uses[4].promotion_id: (1, 0, 0),
        uses[3].promotion_id: (1, 0, 500),
    }
    of_customer = "SELECT promotion_id, reserved, redeemed FROM promotion_customers ORDER BY promotion_id"
    limited = [uses[2].promotion_id, uses[0].promotion_id]
    assert await read(connection, of_customer) == [(each, 1, 0) for each in limited]
    of_coupons = "SELECT code, reserved, redeemed FROM coupons ORDER BY id"
    mine = uses[0].code
    assert await read(connection, of_coupons) == [("ONCE", 1, 0), ("SHARED", 0, 0), (mine, 1, 0)]

    async with database.transaction() as session, queries(session) as sent:
        assert await coupons.redeem(session, reference=ORDER, now=NOW) == 6
    ledgers = [each for each in sent if "ledger" in each or "FROM promotions" in each]
    assert len(sent) - len(ledgers) == 2  # what a budget pays is the ledger's to write
    assert {row[1:] for row in await read(connection, COUNTERS)} == {(0, 1, 0), (0, 1, 500)}
    assert await read(connection, of_customer) == [(each, 0, 1) for each in limited]
    assert await read(connection, of_coupons) == [("ONCE", 0, 1), ("SHARED", 0, 0), (mine, 0, 1)]

    async with database.transaction() as session:
        assert await coupons.give_back(session, redeemed=ORDER, now=NOW) == 6
    for counted in (COUNTERS, of_customer, of_coupons):
        assert all(not any(row[1:]) for row in await read(connection, counted))
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()
    by_id = sorted(each.promotion_id for each in uses)
    told = "SELECT type, subject_version, (data ->> 'promotion_id')::bigint FROM events ORDER BY id"
    assert await read(connection, told) == [
        *(("COUPON_RESERVED", 1, each.promotion_id) for each in uses),
        *(("COUPON_REDEEMED", 2, each) for each in by_id),
        *(("COUPON_RETURNED", 3, each) for each in by_id),
    ]
    row = await connection.fetchrow(
        """SELECT * FROM coupon_reservations JOIN events ON subject_id = coupon_reservations.id
           ORDER BY events.id LIMIT 1"""
    )
    assert row["subject_type"] == "coupon_reservation"
    assert row["data"] == {
        "promotion_id": uses[0].promotion_id,
        "coupon_id": row["coupon_id"],
        "customer_id": ada,
        "amount": 100,
        "currency": "USD",
        "reference": {"type": "ORDER", "id": 1},
    }


async def test_planned_for_once(database: Database, connection: asyncpg.Connection, ada: int) -> None:
    """Postgres tries five plans for the very values, then keeps one unless those were better."""
    limited = await promotions.promotion(connection, method="CODE", total_limit=20, customer_limit=20)
    await promotions.code(connection, limited)
    plain = await promotions.promotion(connection)
    async with database.transaction() as session:
        for number in range(12):
            uses, reference = (use(limited, "SPRING"), use(plain)), Reference("ORDER", number)
            await reserve(session, *uses, customer_id=ada, reference=reference)
            await coupons.redeem(session, reference=reference, now=NOW)
        plans = await driver_of(session).fetch(
            "SELECT custom_plans FROM pg_prepared_statements WHERE statement ~ 'coupon' AND custom_plans > 0"
        )
    assert [row["custom_plans"] for row in plans] == [5] * 5


async def test_let_go_by_two_statements_and_again_by_none_of_them(
    database: Database, connection: asyncpg.Connection
) -> None:
    uses = [use(await promotions.promotion(connection, total_limit=2)), use(await promotions.promotion(connection))]
    await reserved(database, *uses)
    for released in (2, 0):
        async with database.transaction() as session, queries(session) as sent:
            assert await coupons.release(session, reference=ORDER, now=NOW) == released
        assert len(sent) == 2
    assert [row[1:] for row in await read(connection, COUNTERS)] == [(0, 0, 0)]
    assert await connection.fetchval("SELECT count(*) FROM events WHERE type = 'COUPON_RELEASED'") == 2


async def test_left_alone_when_one_of_them_is_refused(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    uses = await mixed(database, connection, ada)
    assert await reserved(database, *uses, customer_id=ada) == "reserved"
    before = await read(connection, RESERVATIONS), await read(connection, COUNTERS)
    fresh = use(await promotions.promotion(connection, total_limit=5))
    refused = {
        uses[0].promotion_id: "COUPON_USED_UP",
        uses[2].promotion_id: "COUPON_CUSTOMER_LIMIT",
        uses[3].promotion_id: "COUPON_USED_UP",
        uses[4].promotion_id: "COUPON_USED_UP",
        uses[5].promotion_id: "COUPON_USED_UP",
    }
    for each in uses[:1] + uses[2:]:
        said = await reserved(database, fresh, each, customer_id=ada, reference=OTHER)
        assert said == refused[each.promotion_id]
    assert await read(connection, RESERVATIONS) == before[0]
    assert await read(connection, COUNTERS) == [*before[1], (fresh.promotion_id, 0, 0, 0)]


async def test_given_back_to_the_very_order_that_changes_what_it_has(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    """The last of each is its own: with another amount it is released, and taken again."""
    uses = await mixed(database, connection, ada)
    assert await reserved(database, *uses, customer_id=ada) == "reserved"
    changed = [Use(each.promotion_id, each.code, each.amount - 1, each.amount - 1) for each in uses]
    assert await reserved(database, *changed, customer_id=ada) == "reserved"
    states = Counter(row[2] for row in await read(connection, RESERVATIONS))
    assert states == {"RELEASED": 6, "RESERVED": 6}
    assert {row[1:] for row in await read(connection, COUNTERS)} == {(1, 0, 0), (1, 0, 499)}


async def test_asked_for_again_when_a_twin_of_the_order_was_waited_for(
    database: Database, connection: asyncpg.Connection
) -> None:
    first, second = [await promotions.promotion(connection, total_limit=1) for _ in range(2)]
    async with database.transaction() as session:
        await reserve(session, use(second))
        twin = asyncio.create_task(reserved(database, use(first)))
        assert await blocked(connection, twin)
    assert await twin == "reserved"
    assert await read(connection, RESERVATIONS) == [(1, second, "RELEASED"), (1, first, "RESERVED")]
    assert await read(connection, COUNTERS) == [(first, 1, 0, 0), (second, 0, 0, 0)]


@pytest.mark.parametrize("limit", [{"total_limit": 9}, {"customer_limit": 9}, {"budget": 900, "currencies": ["USD"]}])
async def test_waited_for_before_a_promotion_is_asked_whether_it_still_runs(
    database: Database, connection: asyncpg.Connection, ada: int, limit: dict[str, Any]
) -> None:
    limited, viewer = (
        await promotions.promotion(connection, **limit),
        await people.staff(connection, PlatformRole.ADMIN),
    )
    async with database.transaction() as session:
        await reserve(session, use(limited), customer_id=ada)
        waiting = asyncio.create_task(reserved(database, use(limited), customer_id=ada, reference=OTHER))
        assert await blocked(connection, waiting)
        async with database.transaction() as other:
            await campaigns.act(other, viewer=viewer, promotion_id=limited, action=Action.PAUSE, now=NOW)
    assert await waiting == "COUPON_REFUSED"
    assert await read(connection, RESERVATIONS) == [(1, limited, "RESERVED")]


async def test_waited_for_by_who_ends_the_promotion_and_not_the_other_way_round(
    database: Database, connection: asyncpg.Connection
) -> None:
    limited, viewer = await funded(database, connection, 900), await people.staff(connection, PlatformRole.ADMIN)

    async def end() -> None:
        async with database.transaction() as session:
            await campaigns.act(session, viewer=viewer, promotion_id=limited, action=Action.END, now=NOW)

    async with database.transaction() as session:
        driver = driver_of(session)
        await driver.execute(coupon_statements.LOCK_USED, "ORDER", 1, [limited], [None], None)
        ending = asyncio.create_task(end())
        assert await blocked(connection, ending)
        assert await reserve(session, use(limited, amount=300)) == 1
    await ending
    fund = "SELECT balance FROM ledger_accounts WHERE kind = 'COUPON_FUND'"
    assert await connection.fetchval(fund) == 300
    assert await reserved(database, use(limited), reference=OTHER) == "COUPON_REFUSED"
    async with database.transaction() as session:
        await coupons.release(session, reference=ORDER, now=NOW)
    assert await connection.fetchval(fund) == 0


@pytest.mark.parametrize(
    ("table", "key"),
    [("promotion_counters", "promotion_id"), ("coupons", "id"), ("promotion_customers", "promotion_id")],
)
async def test_locked_from_the_first_to_the_last_whatever_the_order_of_the_uses(
    database: Database, connection: asyncpg.Connection, ada: int, table: str, key: str
) -> None:
    limited = [await promotions.promotion(connection, total_limit=9, customer_limit=9, method="CODE") for _ in range(2)]
    for each in limited:
        await promotions.code(connection, each, use_limit=9)
    uses = [use(each, "SPRING") for each in reversed(limited)]
    assert await reserved(database, *uses, customer_id=ada) == "reserved"  # makes the customer's counters
    first, last = [row[0] for row in await read(connection, f"SELECT {key} FROM {table} ORDER BY {key}")]  # noqa: S608
    async with connection.transaction():
        await connection.execute(f"SELECT FROM {table} WHERE {key} = $1 FOR UPDATE", first)
        waiting = asyncio.create_task(reserved(database, *uses, customer_id=ada, reference=OTHER))
        assert await blocked(connection, waiting)
        free = f"SELECT {key} FROM {table} WHERE {key} = $1 FOR UPDATE SKIP LOCKED"  # noqa: S608
        assert await connection.fetchval(free, last) == last
    assert await waiting == "reserved"


async def test_locked_in_one_order_by_two_who_want_the_last_in_different_orders(
    database: Database, connection: asyncpg.Connection, ada: int
) -> None:
    limited = [await promotions.promotion(connection, total_limit=1, customer_limit=1, method="CODE") for _ in range(3)]
    for each in reversed(limited):
        await promotions.code(connection, each, "LAST", use_limit=1)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = await connection.fetchval(deadlocks)

    async def race(number: int, ordered: Sequence[int]) -> str:
        uses = [use(each, "LAST") for each in ordered]
        return await reserved(database, *uses, customer_id=ada, reference=Reference("ORDER", number))

    for number in range(0, 2 * RACES, 2):
        orders = (limited, limited[::-1]) if number % 4 else (limited[1:] + limited[:1], limited[::-1])
        ended = await asyncio.gather(*(race(number + at, each) for at, each in enumerate(orders)))
        assert sorted(ended) == ["COUPON_USED_UP", "reserved"]
        assert [row[1] for row in await read(connection, COUNTERS)] == [1, 1, 1]
        async with database.transaction() as session:
            winner = Reference("ORDER", number + ended.index("reserved"))
            await coupons.release(session, reference=winner, now=NOW)
    assert await connection.fetchval(deadlocks) == before


async def test_spent_to_the_last_cent_by_forty_at_once(database: Database, connection: asyncpg.Connection) -> None:
    paid = await funded(database, connection, 1_000)

    async def shop(number: int) -> str:
        reference = Reference("ORDER", number)
        ended = await reserved(database, use(paid), reference=reference)
        if ended == "reserved":
            async with database.transaction() as session:
                await coupons.redeem(session, reference=reference, now=NOW)
        return ended

    ended = Counter(await asyncio.gather(*(shop(number) for number in range(40))))
    assert ended == {"reserved": 10, "COUPON_USED_UP": 30}
    assert await read(connection, COUNTERS) == [(paid, 0, 10, 1_000)]
    assert await connection.fetchval("SELECT balance FROM ledger_accounts WHERE kind = 'COUPON_FUND'") == 0
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()


async def test_told_of_to_the_readers_of_the_log(database: Database, connection: asyncpg.Connection) -> None:
    woken: list[int] = []
    await connection.add_listener(outbox.CHANNEL, lambda *_: woken.append(1))
    plain = await promotions.promotion(connection)
    assert await reserved(database, use(plain)) == "reserved"
    for step in (
        lambda session: coupons.redeem(session, reference=ORDER, now=NOW),
        lambda session: coupons.redeem(session, reference=ORDER, now=NOW),
        lambda session: coupons.give_back(session, redeemed=ORDER, now=NOW),
    ):
        async with database.transaction() as session:
            assert await step(session) == 1
    await connection.execute("SELECT 1")
    assert len(woken) == 3  # redeeming again changes nothing
