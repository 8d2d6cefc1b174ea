"""Payments by the test provider, and what became of them and their orders."""

import asyncpg
import pytest

from models.database import Database
from server import payments as providers
from server.config import Settings
from services.gateways.payments_test import TestProvider
from tests.factories.small_shop import SmallShop
from tests.graph import orders

SETTLED = {"MERCHANT_PAYABLE": 5521, "PAYMENTS": -6570, "TAX_PAYABLE": 1049}


@pytest.fixture
async def sold(connection: asyncpg.Connection, shop: SmallShop) -> SmallShop:
    """The small shop, with delivery and taxes."""
    await orders.terms(connection)
    return shop


@pytest.fixture
def provider(database: Database, settings: Settings) -> TestProvider:
    """The test provider, as another process would have it: its books are in the database."""
    return providers.test_provider(database, settings)


async def status(connection: asyncpg.Connection) -> tuple[str, str]:
    row = await connection.fetchrow(
        """SELECT orders.status, payments.status AS payment FROM orders JOIN payments ON order_id = orders.id
           WHERE method = 'PROVIDER' ORDER BY payments.id DESC LIMIT 1"""
    )
    return row["status"], row["payment"]


async def come_due(connection: asyncpg.Connection) -> None:
    """Let the provider's two seconds be over."""
    await connection.execute("UPDATE test_provider_charges SET due_at = now()")
