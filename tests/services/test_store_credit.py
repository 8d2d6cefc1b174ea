"""Store credit ..."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.errors import InvalidInput
from domain.ledger import InsufficientBalanceError, Reference
from models.database import Database
from services import store_credit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def asking(database: Database, use_case: Any, amount: int, reference: Reference) -> None:
    async with database.transaction() as session:
        await use_case(session, customer_id=1, amount=amount, currency="USD", reference=reference, now=NOW)


async def test_is_given_and_spent_once_for_one_thing(database: Database, connection: asyncpg.Connection) -> None:
    for _ in range(2):
        await asking(database, store_credit.give, 1000, Reference("REFUND", 1))
        await asking(database, store_credit.spend, 400, Reference("ORDER", 1))
    async with database.transaction() as session:
        assert await store_credit.balance(session, customer_id=1, currency="USD") == 600
        assert await store_credit.balance(session, customer_id=1, currency="EUR") == 0
    events = await connection.fetch("SELECT type, data FROM events ORDER BY id")
    assert [(row["type"], row["data"]["amount"]) for row in events] == [
        ("STORE_CREDIT_GIVEN", 1000),
        ("STORE_CREDIT_SPENT", 400),
    ]


async def test_is_not_spent_twice_at_once_nor_beyond_what_there_is(database: Database) -> None:
    await asking(database, store_credit.give, 1000, Reference("REFUND", 1))
    asked = await asyncio.gather(
        *(asking(database, store_credit.spend, 300, Reference("ORDER", number)) for number in range(10)),
        return_exceptions=True,
    )
    assert sum(each is None for each in asked) == 3
    assert sum(isinstance(each, InsufficientBalanceError) for each in asked) == 7
    for use_case in (store_credit.give, store_credit.spend):
        with pytest.raises(InvalidInput):
            await asking(database, use_case, 0, Reference("ORDER", 99))
