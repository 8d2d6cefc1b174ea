"""A transaction ..."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from sqlalchemy import Text, bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import ATTEMPTS_MAX, Database, DatabaseUnavailableError, Row, Statement, run, tried
from models.merchants import Merchant
from models.transactions import driver_of

_slug = bindparam("slug", type_=Text)
MAKE = Statement(insert(Merchant).values(slug=_slug, name=_slug, state="ACTIVE").returning(Merchant.id))
SLUGS = Statement(select(Merchant.slug).order_by(Merchant.slug))


async def slugs(database: Database) -> list[str]:
    rows: list[Row] = await database.fetch(SLUGS)
    return [row.slug for row in rows]


async def test_is_one_for_statements_and_sessions_alike(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Merchant(slug="ada", name="Ada"))
        await session.flush()
        await run(session, MAKE, slug="bob")
        assert [row.slug for row in await run(session, SLUGS, Row)] == ["ada", "bob"]
        assert list(await session.scalars(select(Merchant.slug).order_by(Merchant.slug))) == ["ada", "bob"]
        assert await slugs(database) == []
        session.add(Merchant(slug="eve", name="Eve"))  # written at the end
    assert await slugs(database) == ["ada", "bob", "eve"]


async def within(database: Database, do: Callable[[AsyncSession], Awaitable[object]]) -> None:
    async with database.transaction() as session:
        await do(session)


@pytest.mark.parametrize("error", [ZeroDivisionError, asyncio.CancelledError])
async def test_takes_all_of_it_back(database: Database, error: type[BaseException]) -> None:
    async def fail(session: AsyncSession) -> None:
        await run(session, MAKE, slug="ada")
        session.add(Merchant(slug="bob", name="Bob"))
        await session.flush()
        raise error

    for _ in range(12):  # more often than there are connections
        with pytest.raises(error):
            await within(database, fail)
    await within(database, lambda session: run(session, MAKE, Row, slug="eve"))
    assert await slugs(database) == ["eve"]


async def test_that_failed_leaves_a_connection_in_order(database: Database) -> None:
    async def twice(session: AsyncSession) -> None:
        session.add(Merchant(slug="ada", name="Ada"))
        await session.flush()
        session.add(Merchant(slug="ada", name="Ada"))
        await session.flush()

    with pytest.raises(IntegrityError):
        await within(database, twice)
    await within(database, lambda session: run(session, MAKE, Row, slug="ada"))
    with pytest.raises(asyncpg.UniqueViolationError):
        await within(database, lambda session: run(session, MAKE, Row, slug="ada"))
    assert await slugs(database) == ["ada"]


async def test_is_told_at_its_end_what_is_looked_at_in_the_end(database: Database) -> None:
    async def unbalanced(session: AsyncSession) -> None:
        for written in (
            (
                "INSERT INTO ledger_transactions (reason, reference_type, reference_id, once, occurred_at)"
                " VALUES ('SALE', 'ORDER', 1, true, now())"
            ),
            (
                "INSERT INTO ledger_accounts (kind, currency, owner_type, owner_id)"
                " VALUES ('PLATFORM_REVENUE', 'USD', 'PLATFORM', 1)"
            ),
            (
                "INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)"
                " SELECT ledger_transactions.id, ledger_accounts.id, 'USD', 5 FROM ledger_transactions, ledger_accounts"
            ),
        ):
            await session.execute(text(written))

    with pytest.raises(DBAPIError) as refused:
        await within(database, unbalanced)
    assert isinstance(refused.value.orig, asyncpg.PostgresError)
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM ledger_postings")) == 0


async def test_whose_connection_is_gone_says_so_and_the_next_one_goes_on(database: Database) -> None:
    async def cut_off(session: AsyncSession) -> None:
        async with database.connection() as other:
            await other.execute("SELECT pg_terminate_backend($1)", driver_of(session).get_server_pid())
        await session.scalar(select(Merchant.id))

    for _ in range(11):
        with pytest.raises(DatabaseUnavailableError):
            await within(database, cut_off)
    await within(database, lambda session: run(session, MAKE, Row, slug="ada"))
    assert await slugs(database) == ["ada"]


async def test_does_not_lend_its_connection_to_what_was_loaded_in_it(database: Database) -> None:
    async with database.transaction() as session:
        ada = Merchant(slug="ada", name="Ada")
        session.add(ada)
    assert ada.slug == "ada"
    assert ada not in session


async def test_makes_a_session_when_it_is_used_and_not_before(database: Database) -> None:
    async with database.transaction() as session:
        await run(session, MAKE, slug="ada")
        await session.flush()
        assert "sync_session" not in vars(session)
        assert list(await session.scalars(select(Merchant.slug))) == ["ada"]
        assert "sync_session" in vars(session)
    assert await slugs(database) == ["ada"]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
async def test_that_gives_way_to_another_one_is_tried_again(database: Database, sqlstate: str) -> None:
    tries = []

    async def give_way(session: AsyncSession) -> None:
        tries.append(await run(session, MAKE, Row, slug=f"ada{len(tries)}"))
        if len(tries) < ATTEMPTS_MAX:
            await driver_of(session).execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{sqlstate}'; END $$")

    await tried(lambda: within(database, give_way))
    assert len(tries) == ATTEMPTS_MAX
    assert await slugs(database) == [f"ada{ATTEMPTS_MAX - 1}"]


@pytest.mark.parametrize(("sqlstate", "times"), [("40001", ATTEMPTS_MAX), ("40P01", ATTEMPTS_MAX), ("23505", 1)])
async def test_is_tried_so_often_and_no_more(database: Database, sqlstate: str, times: int) -> None:
    tries = []

    async def fail(session: AsyncSession) -> None:
        tries.append(await run(session, MAKE, Row, slug=f"ada{len(tries)}"))
        await session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{sqlstate}'; END $$"))

    with pytest.raises(DBAPIError):
        await tried(lambda: within(database, fail))
    assert len(tries) == times
    assert await slugs(database) == []
