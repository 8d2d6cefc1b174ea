"""The demo's orders ..."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.membership import Level
from models.database import Database
from services import demo, demo_orders, demo_people, demo_terms, ledger_audit, membership, order_audit, stock_audit

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ORDERS = 400
PAID = "orders.status NOT IN ('CANCELLED', 'EXPIRED', 'PAYMENT_FAILED')"


@pytest.fixture
async def shop(database: Database) -> Database:
    """A small demo shop with accounts, terms and levels."""
    await demo.load(database, products=60)
    await demo_people.load(database, merchant_slug=demo.MERCHANT_SLUG)
    await demo_terms.load(database, merchant_slug=demo.MERCHANT_SLUG)
    levels = [Level(0, "Bronze", "USD", 0), Level(0, "Gold", "USD", 10_000)]
    async with database.transaction() as session:
        await membership.levels_set(session, levels=levels, now=NOW)
    return database


async def select(database: Database, sql: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(sql)]


async def test_are_of_many_shoppers_and_merchants_in_every_state_that_lasts(shop: Database) -> None:
    assert await demo_orders.load(shop, orders=ORDERS, now=NOW) == ORDERS
    states = dict(await select(shop, "SELECT status, count(*) FROM orders GROUP BY 1"))
    assert states.keys() == {
        *("DELIVERED", "FULFILLED", "PARTIALLY_FULFILLED", "PAID"),
        *("EXPIRED", "PAYMENT_FAILED"),
    }
    assert sum(states.values()) == ORDERS
    ((shoppers, first, last),) = await select(
        shop, "SELECT count(DISTINCT customer_id), min(placed_at), max(placed_at) FROM orders"
    )
    assert shoppers > 30
    assert NOW - timedelta(days=730) <= first < NOW - timedelta(days=600)
    assert NOW - timedelta(days=2) < last <= NOW
    sellers = await select(shop, "SELECT DISTINCT merchant_id FROM order_parts ORDER BY 1")
    assert sellers == await select(shop, "SELECT DISTINCT merchant_id FROM products ORDER BY 1")
    levels = await select(
        shop,
        """SELECT DISTINCT name, reason FROM memberships JOIN membership_levels ON membership_levels.id = level_id
           ORDER BY 1, 2""",
    )
    assert ("Gold", "SPENT") in levels
    assert ("Gold", "JOINED") not in levels


async def test_add_up_like_any_others(shop: Database) -> None:
    await demo_orders.load(shop, orders=ORDERS, now=NOW)
    async with shop.connection() as connection:
        assert (await ledger_audit.audit(connection, now=NOW)).findings == ()
        assert (await order_audit.audit(connection, now=NOW)).findings == ()
        assert (await stock_audit.audit(connection)).findings == ()
    wrong = {
        "orders of parts": """SELECT id FROM orders WHERE (subtotal, shipping, tax, total) <> (
            SELECT sum(subtotal), sum(shipping), sum(tax), sum(total) FROM order_parts WHERE order_id = orders.id)""",
        "parts of lines": """SELECT id FROM order_parts AS part WHERE (subtotal, total, commission) <> (
            SELECT sum(base), sum(line.total) + part.shipping
                   + CASE WHEN part.tax_included THEN 0 ELSE part.shipping_tax END, sum(line.commission)
            FROM order_lines AS line WHERE part_id = part.id)""",
        "charges": """SELECT orders.id FROM orders JOIN payments ON order_id = orders.id
            JOIN test_provider_charges AS charge USING (key)
            WHERE paid <> payments.captured OR paid <> CASE charge.status WHEN 'CAPTURED' THEN charge.amount ELSE 0 END
               OR (paid = orders.total) <> (IS PAID)""",
        "the ledger": """SELECT order_parts.id FROM order_parts JOIN orders ON orders.id = order_id
            WHERE (IS PAID AND order_parts.total > 0) <> EXISTS (
                SELECT FROM ledger_transactions WHERE reason = 'ORDER_SETTLED' AND reference_id = order_id
                AND reference_part = 'merchant ' || order_parts.merchant_id AND occurred_at = placed_at)""",
        "parcels": """SELECT line.id FROM order_lines AS line WHERE fulfilled <> coalesce(
            (SELECT sum(quantity) FROM fulfilment_lines JOIN fulfilments ON fulfilments.id = fulfilment_id
             WHERE line_id = line.id AND status <> 'CANCELLED'), 0)""",
        "what has left the warehouses": """SELECT line_id FROM stock_reservations AS promise
            JOIN order_lines AS line ON line.id = line_id JOIN orders ON orders.id = line.order_id
            WHERE shipped <> fulfilled OR (released > 0) = (paid_at IS NOT NULL)""",
        "invoices": """SELECT part.id FROM order_parts AS part LEFT JOIN invoices ON part_id = part.id
            WHERE (part.status IN ('FULFILLED', 'DELIVERED')) <> (invoices.total IS NOT DISTINCT FROM part.total)""",
        "who invoices": """SELECT invoices.id FROM invoices
            LEFT JOIN merchant_legal_details AS said USING (merchant_id)
            WHERE content->'seller'->>'name' IS DISTINCT FROM said.name
               OR NOT content->'seller'->'lines' @> to_jsonb(ARRAY[said.line1, said.country, said.email])""",
        "numbers of invoices": """SELECT merchant_id FROM invoices GROUP BY merchant_id, year
            HAVING (min(sequence), max(sequence), count(DISTINCT sequence)) <> (1, count(*), count(*))""",
        "their series": """SELECT merchant_id FROM invoice_series AS series WHERE last <> (
            SELECT count(*) FROM invoices WHERE (merchant_id, year) = (series.merchant_id, series.year))""",
        "what counts as spent": """SELECT id FROM orders WHERE (IS PAID) <> EXISTS (
            SELECT FROM membership_spend AS spend WHERE reference_id = orders.id AND spend.amount = total)""",
        "states": """SELECT id FROM orders WHERE (status = 'DELIVERED') <> (
            SELECT bool_and(status = 'DELIVERED') FROM order_parts WHERE order_id = orders.id)""",
    }
    found = {name: await select(shop, sql.replace("IS PAID", PAID)) for name, sql in wrong.items()}
    assert {name for name, rows in found.items() if rows} == set()


async def test_leave_in_the_warehouses_what_was_there(shop: Database) -> None:
    before = await select(shop, "SELECT variant_id, warehouse_id, on_hand FROM stock_levels ORDER BY 1, 2")
    free = "SELECT variant_id FROM stock_levels WHERE on_hand > reserved ORDER BY 1"
    sellable = await select(shop, free)
    await demo_orders.load(shop, orders=ORDERS, now=NOW)
    assert await select(shop, "SELECT variant_id, warehouse_id, on_hand FROM stock_levels ORDER BY 1, 2") == before
    assert await select(shop, free) == sellable
    assert (await select(shop, "SELECT sum(reserved) > 0 FROM stock_levels")) == [(True,)]


async def test_are_not_made_again_and_more_of_them_are_added(shop: Database) -> None:
    assert await demo_orders.load(shop, orders=20, now=NOW) == 20
    numbers = await select(shop, "SELECT id, number FROM orders ORDER BY 1")
    assert await demo_orders.load(shop, orders=20, now=NOW) == 0
    assert await demo_orders.load(shop, orders=30, now=NOW) == 10
    assert (await select(shop, "SELECT id, number FROM orders ORDER BY 1"))[:20] == numbers


async def test_are_none_where_nothing_can_be_bought(database: Database) -> None:
    assert await demo_orders.load(database, orders=5, now=NOW) == 0
    assert await select(database, "SELECT count(*) FROM orders") == [(0,)]
