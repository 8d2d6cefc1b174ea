"""The demo shop's deliveries and taxes ..."""

import asyncpg
import pytest

from domain.errors import InvalidInput
from domain.tax_regions import Region
from models.database import Database
from services import cart_terms, demo_terms
from tests.factories import catalogue


async def test_are_set_up_once_with_a_default_region(database: Database, connection: asyncpg.Connection) -> None:
    merchant = await catalogue.merchant(connection, slug="northwind")
    assert await demo_terms.load(database, merchant_slug="northwind") is True
    assert await demo_terms.load(database, merchant_slug="northwind") is False
    methods = await connection.fetch("SELECT merchant_id, code, currency, price FROM delivery_methods ORDER BY price")
    assert (merchant, "standard", "USD", 990) in {tuple(row) for row in methods}
    assert len(methods) == len(demo_terms.METHODS) + 1
    assert await connection.fetchval("SELECT country FROM tax_regions WHERE is_default") == "US"


async def test_can_be_changed_and_have_one_default(database: Database, connection: asyncpg.Connection) -> None:
    germany = Region("DE", None, "VAT", inclusive=True, rates={"standard": 1900, "reduced": 700}, is_default=True)
    france = Region("FR", None, "VAT", inclusive=True, rates={"standard": 2000}, is_default=True)
    async with database.transaction() as session:
        await cart_terms.regions_set(session, regions=[germany])
        await cart_terms.regions_set(session, regions=[france])
    with pytest.raises(InvalidInput, match="only one"):
        async with database.transaction() as session:
            await cart_terms.regions_set(session, regions=[germany, france])
    rows = await connection.fetch("SELECT country, is_default FROM tax_regions ORDER BY country")
    assert [tuple(row) for row in rows] == [("DE", False), ("FR", True)]
