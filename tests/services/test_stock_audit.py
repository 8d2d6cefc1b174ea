"""The audit of stock ..."""

import asyncpg
import pytest

from services import stock_audit
from tests.factories import catalogue


@pytest.fixture(autouse=True)
async def level(connection: asyncpg.Connection) -> None:
    """Five units of a variant, of which none is promised."""
    merchant = await catalogue.merchant(connection)
    variant = await catalogue.variant(connection, await catalogue.product(connection, merchant))
    await catalogue.stock(connection, variant, await catalogue.warehouse(connection, merchant), 7)
    await connection.execute("UPDATE stock_levels SET on_hand = 5")


async def test_finds_nothing_where_everything_adds_up(connection: asyncpg.Connection) -> None:
    assert await stock_audit.audit(connection) == stock_audit.Audit(1, 2, 0, ())
    await connection.execute("DELETE FROM stock_levels")
    assert await stock_audit.audit(connection) == stock_audit.Audit(0, 3, 0, ())


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE stock_levels SET on_hand = 6", {"What lies in a warehouse is the sum of its movements"}),
        (
            "UPDATE stock_movements SET difference = -3 WHERE difference < 0",
            {
                "What lies in a warehouse is the sum of its movements",
                "Each movement tells how many lay there then",
            },
        ),
        ("DELETE FROM stock_levels", {"What lies in a warehouse is the sum of its movements"}),
        (
            "UPDATE stock_levels SET reserved = 1",
            {"What is promised of a level is what orders have reserved and not let go"},
        ),
        (
            """INSERT INTO stock_reservations (order_id, line_id, variant_id, warehouse_id, quantity, shipped, released)
               SELECT 1, 1, variant_id, warehouse_id, 2, 0, 1 FROM stock_levels""",
            {"What is promised of a level is what orders have reserved and not let go"},
        ),
        (
            """INSERT INTO stock_reservations (order_id, line_id, variant_id, warehouse_id, quantity, shipped)
               SELECT 1, 1, variant_id, warehouse_id, 1, 1 FROM stock_levels""",
            {"What has left of what was reserved is in parcels that were not taken back"},
        ),
        (
            """WITH parcel AS (
                   INSERT INTO fulfilments (order_id, part_id, merchant_id, status, shipped_at)
                   VALUES (1, 1, 1, 'SHIPPED', now()) RETURNING id
               )
               INSERT INTO fulfilment_sources (fulfilment_id, line_id, warehouse_id, quantity)
               SELECT id, 1, warehouse_id, 1 FROM parcel, stock_levels""",
            {"What has left of what was reserved is in parcels that were not taken back"},
        ),
        ("UPDATE warehouses SET active = false", {"Nothing lies in a warehouse that is closed"}),
    ],
)
async def test_finds(connection: asyncpg.Connection, damage: str, says: set[str]) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(damage)
    audit = await stock_audit.audit(connection)
    assert {finding.check for finding in audit.findings} == says
    assert all(finding.cases == len(finding.examples) == 1 for finding in audit.findings)
