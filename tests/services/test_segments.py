"""A segment of customers ..."""

import asyncio

import asyncpg
import pytest

from domain.errors import InvalidInput
from models.database import Database
from services import segments
from tests.factories import people

RULE = {"field": "orders", "is": "at_least", "value": 1}


async def put(database: Database, customer_id: int, codes: list[str]) -> None:
    async with database.transaction() as session:
        await segments.replace(session, customer_id=customer_id, segments=codes)


async def test_is_by_rule_or_by_hand_also_when_both_come_at_once(
    database: Database, connection: asyncpg.Connection
) -> None:
    customer_id = (await people.customer(connection)).customer_id or 0
    async with database.transaction() as session:
        await segments.save(session, segment_id=None, code="loyal", title="Loyal", rule=RULE)
        putting = asyncio.create_task(put(database, customer_id, ["loyal"]))
        await asyncio.wait([putting], timeout=0.3)
    with pytest.raises(InvalidInput, match="found by its rule"):
        await putting
    assert await connection.fetchval("SELECT count(*) FROM customer_segments") == 0
