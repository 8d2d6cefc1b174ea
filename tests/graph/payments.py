"""Payments by the test provider, and what became of them and their orders."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.access import Viewer
from domain.ledger import Reference
from models.database import Database
from server import payments as providers
from server.config import Settings
from services import gift_cards, store_credit
from services.gateways.payments_test import TestProvider
from tests.factories.small_shop import SmallShop
from tests.graph import orders
from tests.graph.conftest import Api

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


async def with_own_means(
    api: Api, database: Database, viewer: Viewer, *, cards: tuple[int, ...], credit: int
) -> dict[str, Any]:
    """Give a customer gift cards and credit; gives the payment that uses all of it and the test provider."""
    secret_key, now = api.context.secret_key, datetime.now(UTC)
    codes = [gift_cards.code_of(secret_key, f"card {at}") for at in range(len(cards))]
    async with database.transaction() as session:
        for code, amount in zip(codes, cards, strict=True):
            await gift_cards.issue(session, code=code, secret_key=secret_key, amount=amount, currency="USD", now=now)
        await store_credit.give(
            session,
            customer_id=viewer.customer_id or 0,
            amount=credit,
            currency="USD",
            reference=Reference("REFUND", 1),
            now=now,
        )
    return {"provider": "test", "token": "ok", "giftCardCodes": codes, "storeCredit": True}
