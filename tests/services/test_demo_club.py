"""The demo shop's member club ..."""

from datetime import UTC, datetime

import asyncpg

from models.database import Database
from services import demo_club, ledger_audit, membership, points
from tests.factories import catalogue, people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def load(database: Database) -> bool:
    return await demo_club.load(database, customer_email="customer@demo.example", merchant_slug="northwind", now=NOW)


async def test_has_levels_rates_and_a_customer_with_points_and_adds_up(
    database: Database, connection: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection, slug="northwind")
    customer = (await people.customer(connection, email="customer@demo.example")).customer_id or 0
    assert await load(database) is True
    assert await load(database) is False
    async with database.transaction() as session:
        standing = await membership.standing(session, customer_id=customer, now=NOW)
        rates = await points.rates(session, merchant_ids=[merchant, merchant + 1])
        available = await points.available(session, customer_id=customer)
    assert standing.level is not None
    assert standing.next_level is not None
    assert (standing.level.name, standing.spend, standing.next_level.name) == ("Silver", 65_430, "Gold")
    assert rates == {merchant: demo_club.DOUBLE, merchant + 1: demo_club.RATES}
    # 129 + 219, then as Silver a quarter more: 93 + 225, less 150.
    assert available == 129 + 219 + 93 + 225 - 150
    audit = await ledger_audit.audit(connection, now=NOW)
    assert (audit.findings, audit.lots) == ((), 5)


async def test_is_set_up_without_the_demo_accounts_too(database: Database) -> None:
    assert await load(database) is True
    async with database.transaction() as session:
        assert [level.name for level in await membership.levels(session)] == ["Bronze", "Silver", "Gold", "Platinum"]
