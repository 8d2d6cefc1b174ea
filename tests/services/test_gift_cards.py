"""Gift cards ..."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from domain.errors import InvalidInput
from domain.gift_cards import GiftCardRefusedError, TooManyGuessesError
from domain.ledger import InsufficientBalanceError, Reference
from models.database import Database
from services import gift_card_guesses, gift_cards
from services.access import NotFoundError
from services.gift_cards import Card
from services.ledger import LedgerConflictError
from tests.models.locks import blocked

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "a key for tests, which is long enough"
CODE = gift_cards.code_of(KEY, "1")


async def issue(database: Database, *, code: str = CODE, amount: int = 5000, **given: Any) -> int:
    async with database.transaction() as session:
        return await gift_cards.issue(
            session, code=code, secret_key=KEY, amount=amount, **{"currency": "USD", "now": NOW, **given}
        )


async def look_up(database: Database, code: str = CODE, *, now: datetime = NOW, key: str = KEY) -> Card:
    async with database.transaction() as session:
        return await gift_cards.look_up(session, code=code, secret_key=key, now=now)


async def redeem(database: Database, card_id: int, amount: int, order: int = 1, currency: str = "USD") -> int:
    async with database.transaction() as session:
        return await gift_cards.redeem(
            session, card_id=card_id, amount=amount, currency=currency, reference=Reference("ORDER", order), now=NOW
        )


async def give_back(database: Database, amount: int, because: int, order: int = 1) -> int:
    async with database.transaction() as session:
        return await gift_cards.give_back(
            session, paid=Reference("ORDER", order), amount=amount, reference=Reference("REFUND", because), now=NOW
        )


async def test_are_found_by_their_code_alone(database: Database) -> None:
    card_id = await issue(database)
    card = Card(card_id, CODE[-4:], "USD", 5000, None)
    assert await look_up(database) == card
    assert await look_up(database, CODE.lower().replace("-", " ")) == card


async def test_keep_their_code_out_of_the_database(database: Database, connection: asyncpg.Connection) -> None:
    await issue(database)
    row = await connection.fetchrow("SELECT * FROM gift_cards")
    assert CODE.replace("-", "") not in str(dict(row))
    assert row["last_four"] == CODE[-4:]
    with pytest.raises(GiftCardRefusedError):
        await look_up(database, key="another key, as long as the first one")


async def test_are_refused_alike_whatever_the_reason(database: Database) -> None:
    await issue(database, expires_at=NOW + timedelta(days=1))
    disabled = await issue(database, code=gift_cards.code_of(KEY, "2"))
    async with database.transaction() as session:
        await gift_cards.disable(session, card_id=disabled)
    messages = set()
    for code, now in (
        (CODE, NOW + timedelta(days=1)),
        (gift_cards.code_of(KEY, "2"), NOW),
        ("", NOW),
        ("X" * 999, NOW),
    ):
        with pytest.raises(GiftCardRefusedError) as refused:
            await look_up(database, code, now=now)
        messages.add(refused.value.message)
    assert len(messages) == 1
    for missing in (disabled, 0):
        with pytest.raises(NotFoundError):
            async with database.transaction() as session:
                await gift_cards.disable(session, card_id=missing)


async def test_pay_once_for_one_thing_and_never_more_than_they_hold(
    database: Database, connection: asyncpg.Connection
) -> None:
    card_id = await issue(database)
    paid = await asyncio.gather(*(redeem(database, card_id, 2000) for _ in range(10)))
    assert len(set(paid)) == 1
    with pytest.raises(LedgerConflictError):
        await redeem(database, card_id, 2001)
    with pytest.raises(InsufficientBalanceError) as refused:
        await redeem(database, card_id, 3001, order=2)
    assert refused.value.available == 3000
    with pytest.raises(GiftCardRefusedError):
        await redeem(database, card_id, 1, order=2, currency="EUR")
    with pytest.raises(InvalidInput):
        await redeem(database, card_id, 0, order=2)
    assert (await look_up(database)).balance == 3000
    types = await connection.fetch("SELECT type, subject_version FROM events WHERE subject_type = 'gift_card'")
    assert [tuple(row) for row in types] == [("GIFT_CARD_ISSUED", 1), ("GIFT_CARD_REDEEMED", 2)]


async def test_pay_no_more_at_once_than_they_hold(database: Database) -> None:
    card_id = await issue(database)
    asked = await asyncio.gather(
        *(redeem(database, card_id, 1500, order=number) for number in range(10)), return_exceptions=True
    )
    assert sum(isinstance(each, int) for each in asked) == 3
    assert sum(isinstance(each, InsufficientBalanceError) for each in asked) == 7
    assert (await look_up(database)).balance == 500


async def test_get_back_what_they_paid_the_last_one_first(database: Database) -> None:
    second = gift_cards.code_of(KEY, "2")
    await redeem(database, await issue(database), 5000)
    await redeem(database, await issue(database, code=second), 1000)
    assert await give_back(database, 1500, because=1) == 1500
    assert await give_back(database, 1500, because=1) == 1500  # asked again
    assert ((await look_up(database)).balance, (await look_up(database, second)).balance) == (500, 5000)
    assert await give_back(database, 9000, because=2) == 4500
    assert await give_back(database, 1, because=3) == 0
    assert ((await look_up(database)).balance, (await look_up(database, second)).balance) == (5000, 5000)


async def test_are_not_issued_for_nothing_or_for_a_time_that_is_over(
    database: Database, connection: asyncpg.Connection
) -> None:
    for wrong in ({"amount": 0}, {"amount": 10**9 + 1}, {"expires_at": NOW}):
        with pytest.raises(InvalidInput):
            await issue(database, **wrong)
    assert await connection.fetchval("SELECT count(*) FROM gift_cards") == 0


async def attempt(database: Database, now: datetime, guesser: str = "customer 1") -> None:
    async with database.transaction() as session:
        await gift_card_guesses.attempt(session, guesser=guesser, now=now)


async def test_make_guessers_wait_each_alone(database: Database) -> None:
    for _ in range(5):
        await attempt(database, NOW)
    for _ in range(2):  # refused attempts do not prolong the wait
        with pytest.raises(TooManyGuessesError) as refused:
            await attempt(database, NOW + timedelta(seconds=1))
        assert refused.value.retry_at == NOW + timedelta(seconds=2)
    await attempt(database, NOW, guesser="customer 2")
    await attempt(database, NOW + timedelta(seconds=2))
    with pytest.raises(TooManyGuessesError):
        await attempt(database, NOW + timedelta(seconds=5))
    async with database.transaction() as session:
        await gift_card_guesses.succeeded(session, guesser="customer 1")
    await attempt(database, NOW + timedelta(seconds=5))


async def test_count_no_attempt_that_has_told_nothing(database: Database, connection: asyncpg.Connection) -> None:
    for _ in range(5):
        await attempt(database, NOW)
    for left in (4, 3):
        async with database.transaction() as session:
            await gift_card_guesses.take_back(session, guesser="customer 1", now=NOW)
        assert tuple(await connection.fetchrow("SELECT failures, next_at FROM gift_card_guesses")) == (left, NOW)
    for _ in range(2):
        await attempt(database, NOW)
    with pytest.raises(TooManyGuessesError):
        await attempt(database, NOW + timedelta(seconds=1))
    async with database.transaction() as session:
        await gift_card_guesses.take_back(session, guesser="customer 2", now=NOW)
    assert await connection.fetchval("SELECT array_agg(guesser) FROM gift_card_guesses") == ["customer 1"]


async def test_count_guesses_that_come_at_once(database: Database) -> None:
    asked = await asyncio.gather(*(attempt(database, NOW) for _ in range(20)), return_exceptions=True)
    assert sum(each is None for each in asked) == 5


async def test_count_a_guess_while_another_turns_out_right(database: Database, connection: asyncpg.Connection) -> None:
    await attempt(database, NOW)
    async with database.transaction() as session:
        await session.execute(text("SELECT FROM gift_card_guesses FOR UPDATE"))
        other = asyncio.create_task(attempt(database, NOW))
        assert await blocked(connection, other)
        await gift_card_guesses.succeeded(session, guesser="customer 1")
    await other
    assert await connection.fetchval("SELECT failures FROM gift_card_guesses") == 1


async def test_forget_guesses_after_a_day(database: Database, connection: asyncpg.Connection) -> None:
    for _ in range(4):
        await attempt(database, NOW)
    await attempt(database, NOW + timedelta(days=2))
    assert await connection.fetchval("SELECT failures FROM gift_card_guesses") == 1
    async with database.transaction() as session:
        assert await gift_card_guesses.forget(session, now=NOW + timedelta(days=3)) == 0
        assert await gift_card_guesses.forget(session, now=NOW + timedelta(days=4)) == 1
