"""The promotions of a cart are ..."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.promotions import FixedSum, Gift, Percentage
from resolvers import promotions as resolvers
from resolvers.context import Context
from tests.factories import catalogue, people, promotions

DAY = timedelta(days=1)


async def test_the_automatic_ones_that_run_now(connection: asyncpg.Connection, context: Context) -> None:
    now = datetime.now(UTC)
    runs = await promotions.promotion(connection, percent_bp=1_250, starts_at=now - DAY, ends_at=now + DAY)
    for other in (
        {"starts_at": now + DAY},
        {"ends_at": now - DAY},
        {"state": "PAUSED"},
        {"state": "ENDED"},
        {"state": "DRAFT"},
        {"method": "CODE"},
    ):
        await promotions.promotion(connection, **other)
    (found,) = await resolvers.for_carts([(None, [])], context)
    assert [(each.id, each.code, each.benefit) for each in found] == [(runs, None, Percentage(1_250))]


async def test_those_of_its_codes_and_nobody_elses_claimed_ones(
    connection: asyncpg.Connection, context: Context
) -> None:
    ada = (await people.customer(connection)).customer_id or 0
    bob = (await people.customer(connection)).customer_id or 0
    shared = await promotions.promotion(
        connection, method="CODE", benefit="FIXED_SUM", percent_bp=None, amount=500, currencies=["USD"]
    )
    await promotions.code(connection, shared, "SPRING")
    own = await promotions.promotion(connection, method="CLAIM")
    mine = await promotions.claimed(connection, own, ada)
    for_ada, for_bob, for_guest = await resolvers.for_carts(
        [(ada, [" spring ", mine, "NO-SUCH"]), (bob, [mine]), (None, ["SPRING", mine])], context
    )
    assert [(each.id, each.code) for each in for_ada] == [(shared, "SPRING"), (own, mine)]
    assert for_ada[0].benefit == FixedSum(500)
    assert for_bob == []
    assert [(each.id, each.code) for each in for_guest] == [(shared, "SPRING")]


async def test_what_lies_in_the_wallet_only_where_advice_is_wanted(
    connection: asyncpg.Connection, context: Context
) -> None:
    ada = (await people.customer(connection)).customer_id or 0
    own = await promotions.promotion(connection, method="CLAIM", customer_limit=3)
    used, first, second = [
        await promotions.claimed(connection, own, ada, **columns)
        for columns in ({"redeemed": 1}, {"valid_until": datetime(2100, 1, 1, tzinfo=UTC)}, {})
    ]
    assert await resolvers.for_carts([(ada, [])], context) == [[]]
    (found,) = await resolvers.for_carts([(ada, [])], context, with_wallets=True)
    assert [(each.id, each.code) for each in found] == [(own, first)]
    (found,) = await resolvers.for_carts([(ada, [used, second])], context, with_wallets=True)
    assert [(each.id, each.code) for each in found] == [(own, second)]


async def test_hidden_from_whoever_is_not_in_their_segment(connection: asyncpg.Connection, context: Context) -> None:
    invited = (await people.customer(connection)).customer_id or 0
    other = (await people.customer(connection)).customer_id or 0
    await connection.execute("INSERT INTO customer_segments (customer_id, segment) VALUES ($1, 'vip')", invited)
    vip = await promotions.promotion(connection, method="CODE", segments=["vip"])
    await promotions.code(connection, vip, "VIP")
    automatic = await promotions.promotion(connection, segments=["vip", "early"])
    for_invited, for_other, for_guest = await resolvers.for_carts(
        [(invited, ["VIP"]), (other, ["VIP"]), (None, ["VIP"])], context
    )
    assert [each.id for each in for_invited] == [automatic, vip]
    assert (for_other, for_guest) == ([], [])


async def test_limited_by_what_is_left_of_them(connection: asyncpg.Connection, context: Context) -> None:
    ada = (await people.customer(connection)).customer_id or 0
    limited = await promotions.promotion(connection, total_limit=5, customer_limit=2)
    await connection.execute("UPDATE promotion_counters SET reserved = 1, redeemed = 1")
    await connection.execute(
        """INSERT INTO promotion_customers (promotion_id, customer_id, customer_limit, reserved)
           VALUES ($1, $2, 2, 1)""",
        limited,
        ada,
    )
    spent = await promotions.promotion(connection, maximum=500, budget=1_000, currencies=["USD"])
    await connection.execute("UPDATE promotion_counters SET spent = 1000 WHERE promotion_id = $1", spent)
    (of_ada,), (of_guest,) = [await resolvers.for_carts([(who, [])], context) for who in (ada, None)]
    assert [(each.conditions.remaining, each.conditions.remaining_for_customer) for each in of_ada] == [
        (3, 1),
        (0, None),
    ]
    assert [each.conditions.remaining_for_customer for each in of_guest] == [2, None]
    assert [each.conditions.signed_in for each in of_guest] == [True, False]


async def test_gifts_with_their_price_and_stock(connection: asyncpg.Connection, context: Context) -> None:
    merchant = await catalogue.merchant(connection)
    product = await catalogue.product(connection, merchant, name="Mug")
    mug = await catalogue.variant(connection, product, prices={"USD": 990})
    await catalogue.stock(connection, mug, await catalogue.warehouse(connection, merchant), 7, 3)
    columns = {"benefit": "GIFT", "percent_bp": None, "gift_variant_id": mug, "gift_quantity": 2}
    await promotions.promotion(connection, **columns, currencies=["USD"])
    await promotions.promotion(connection, **columns, currencies=["EUR"])
    (found,) = await resolvers.for_carts([(None, [])], context)
    assert [each.benefit for each in found] == [
        Gift(mug, merchant, "Mug", 990, 4, 2),
        Gift(mug, merchant, "Mug", 0, 0, 2),  # without a price there it cannot be accounted for
    ]


@pytest.mark.parametrize("with_wallets", [False, True])
async def test_read_by_the_same_statements_for_one_cart_and_for_twenty(
    connection: asyncpg.Connection, context: Context, *, with_wallets: bool
) -> None:
    shared = await promotions.promotion(connection, method="CODE")
    await promotions.code(connection, shared, "SPRING")
    customers = [(await people.customer(connection)).customer_id for _ in range(20)]
    for number in (1, 20):
        context = context.fresh()
        found = await resolvers.for_carts(
            [(customer, ["SPRING"]) for customer in customers[:number]], context, with_wallets=with_wallets
        )
        assert [[each.id for each in cart] for cart in found] == [[shared]] * number
        assert context.statements.value == 2 + with_wallets
