"""The demo shop's coupons ..."""

from datetime import UTC, datetime

import asyncpg

from domain import coupons as rules
from models.database import Database
from services import demo_coupons, ledger_audit
from tests.factories import catalogue, people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def load(database: Database) -> bool:
    return await demo_coupons.load(
        database,
        customer_email="customer@demo.example",
        merchant_slug="northwind",
        category_slug="home",
        now=NOW,
    )


async def test_run_in_every_way_and_some_lie_in_the_customers_wallet(
    database: Database, connection: asyncpg.Connection
) -> None:
    await catalogue.merchant(connection, slug="northwind")
    await catalogue.category(connection, slug="home")
    await people.customer(connection, email="customer@demo.example")
    assert await load(database) is True
    assert await load(database) is False
    running = await connection.fetch("SELECT method, state, benefit FROM promotions ORDER BY id")
    assert [tuple(row) for row in running] == [
        ("CODE", "ACTIVE", "PERCENTAGE"),
        ("AUTOMATIC", "ACTIVE", "SPEND_STEPS"),
        ("CLAIM", "ACTIVE", "FREE_SHIPPING"),
        ("CLAIM", "ACTIVE", "FIXED_SUM"),
        ("CODE", "ACTIVE", "PERCENTAGE"),
        ("AUTOMATIC", "ACTIVE", "BUY_GET"),
    ]
    wallet = await connection.fetch(
        "SELECT valid_until, reserved, redeemed FROM coupons WHERE customer_id IS NOT NULL ORDER BY id"
    )
    statuses = [rules.wallet_status(state="ACTIVE", starts_at=None, now=NOW, **dict(row)).value for row in wallet]
    assert statuses == ["REDEEMED", "EXPIRED", "AVAILABLE", "AVAILABLE"]
    funds = await connection.fetch("SELECT balance FROM ledger_accounts WHERE kind = 'COUPON_FUND'")
    assert [row["balance"] for row in funds] == [250_000 - 500]
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()


async def test_are_set_up_without_the_demo_accounts_too(database: Database, connection: asyncpg.Connection) -> None:
    assert await load(database) is True
    assert await connection.fetchval("SELECT count(*) FROM promotions") == 4
