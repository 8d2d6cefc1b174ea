"""Whoever guesses coupon codes ..."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.coupons import TooManyCodesError
from models.database import Database
from services import coupon_guesses
from tests.factories import people, promotions

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def put(database: Database, *codes: str, who: str = "ada", customer_id: int | None = None, s: int = 0) -> None:
    async with database.transaction() as session:
        await coupon_guesses.count(
            session, guesser=who, customer_id=customer_id, codes=codes, now=NOW + timedelta(seconds=s)
        )


async def test_waits_alone_after_thirty_that_stand_for_nothing(
    database: Database, connection: asyncpg.Connection
) -> None:
    await promotions.code(connection, await promotions.promotion(connection, method="CODE"), "SPRING")
    await put(database, *(f"WRONG-{number}" for number in range(20)))
    await put(database, *(f"WRONG-{number}" for number in range(20, 31)))
    for codes in (["SPRING"], ["WRONG"]):
        with pytest.raises(TooManyCodesError) as refused:
            await put(database, *codes)
        assert refused.value.extensions["retry_at"] == NOW + timedelta(seconds=20)
    await put(database, "SPRING", who="bob")
    await put(database, "SPRING", s=20)
    await put(database, "WRONG", s=20)
    with pytest.raises(TooManyCodesError):
        await put(database, "WRONG", s=39)
    await put(database)  # taking codes out is no guess


async def test_learns_nothing_from_which_guesses_count(database: Database, connection: asyncpg.Connection) -> None:
    customer = await people.customer(connection)
    claim = await promotions.promotion(connection, method="CLAIM")
    theirs = await promotions.claimed(connection, claim, customer.customer_id or 0)
    for title, columns in {"segment": {"segments": ["vip"]}, "paused": {"state": "PAUSED"}}.items():
        hidden = await promotions.promotion(connection, method="CODE", **columns)
        await promotions.code(connection, hidden, title.upper())
    await put(database, theirs, "SEGMENT", "PAUSED", "NONE")
    assert await connection.fetchval("SELECT failures FROM gift_card_guesses WHERE guesser = 'ada'") == 4
    await put(database, theirs, who="who", customer_id=customer.customer_id)
    assert await connection.fetchval("SELECT count(*) FROM gift_card_guesses") == 1
