"""The audit of orders ..."""

from datetime import UTC, datetime

import asyncpg
import pytest

from domain.access import Viewer
from services import ledger_audit, order_audit, stock_audit
from tests.factories import people
from tests.factories.small_shop import SmallShop
from tests.graph import orders
from tests.graph.carts import line
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled

PARTS = "Each part is the sum of its lines and its delivery"
ORDERS = "Each order is the sum of its parts"
TRACE = "Each trace adds up to the total"
PAYMENTS = "Payments ask for what the order costs, and bring in what it was paid"
REFUNDS = "Refunds of a payment are what it gives back"
PAID = "An order is paid or has let go"
STANDS = "Each paid order stands where its parts do"
FREE = "What has let go holds nothing"
LATE = "No order waits beyond its time"
SETTLED = "Each part of a paid order is settled"


@pytest.fixture(autouse=True)
async def bought(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> Viewer:
    """A paid order, one that was declined, and one that waits."""
    await orders.terms(connection)
    await connection.execute("UPDATE stock_levels SET on_hand = on_hand + 10 WHERE reserved = 4")
    await connection.execute("UPDATE stock_levels SET reserved = 0")
    ada = await people.customer(connection)
    for token in ("ok", "declined", "slow"):
        await checkout(api, await filled(api, line(shop.small, 2), viewer=ada), token=token, key=token)
    return ada


async def audited(connection: asyncpg.Connection) -> order_audit.Audit:
    return await order_audit.audit(connection, now=datetime.now(UTC))


async def test_finds_nothing_where_everything_adds_up(connection: asyncpg.Connection) -> None:
    assert await audited(connection) == order_audit.Audit(3, 3, 3, ())
    ledger = await ledger_audit.audit(connection, now=datetime.now(UTC))
    stock = await stock_audit.audit(connection)
    assert (ledger.findings, stock.findings) == ((), ())


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE order_lines SET commission = 1", {PARTS}),
        ("UPDATE order_lines SET tax = tax + 1", {PARTS}),
        ("UPDATE order_parts SET shipping_tax = 0", {PARTS}),
        ("UPDATE order_parts SET subtotal = subtotal + 1, discount = discount + 1", {PARTS, ORDERS}),
        ("DELETE FROM order_parts", {ORDERS}),
        ("UPDATE orders SET merchant_ids = '{7}'", {ORDERS}),
        ("UPDATE orders SET price = jsonb_set(price, '{trace,0,amount}', '1')", {TRACE}),
        ("UPDATE payments SET amount = amount - 1, captured = captured - 1 WHERE captured > 0", {PAYMENTS}),
        ("UPDATE payments SET unasked = captured, refunded = captured WHERE captured > 0", {PAYMENTS, REFUNDS}),
        ("DELETE FROM payments WHERE status = 'PENDING'", {PAYMENTS}),
        ("UPDATE payments SET refunded = 1 WHERE captured > 0", {PAYMENTS, REFUNDS}),
        ("UPDATE orders SET paid_at = NULL", {PAID, SETTLED}),
        ("UPDATE orders SET status = 'EXPIRED' WHERE status = 'PAID'", {PAID, FREE, STANDS}),
        ("UPDATE orders SET status = 'EXPIRED' WHERE status = 'PENDING_PAYMENT'", {FREE}),
        ("UPDATE orders SET reserved_until = now() - interval '6 minutes' WHERE paid_at IS NULL", {LATE}),
        ("DELETE FROM ledger_transactions", {SETTLED}),
    ],
)
async def test_finds(connection: asyncpg.Connection, damage: str, says: set[str]) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(damage)
    audit = await audited(connection)
    assert {finding.check for finding in audit.findings} == says
