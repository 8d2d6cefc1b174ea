"""The door to Postgres ..."""

import asyncio
from typing import Any

import asyncpg
import pytest
from sqlalchemy import ARRAY, BigInteger, Boolean, Text, bindparam, func, literal, select, text
from sqlalchemy.types import TypeEngine

from domain.errors import InvalidInput
from models.database import Database, DatabaseUnavailableError, Row, Statement, counting
from models.merchants import Merchant


class MerchantRow(Row):
    """A merchant."""


BY_SLUG = Statement(select(Merchant.id, Merchant.slug).where(Merchant.slug == bindparam("slug", type_=Text)))
ALL = Statement(select(Merchant.slug).order_by(Merchant.slug))


async def slugs(database: Database) -> list[str]:
    rows: list[Row] = await database.fetch(ALL)
    return [row.slug for row in rows]


async def test_gives_rows_of_the_named_kind_with_columns_as_attributes(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Merchant(slug="ada", name="Ada"))
    (row,) = await database.fetch(BY_SLUG, MerchantRow, slug="ada")
    assert type(row) is MerchantRow
    assert (row.slug, row["slug"]) == ("ada", "ada")
    with pytest.raises(AttributeError):
        _ = row.colour


async def test_gives_rows_that_know_the_places_of_their_columns_once_it_has_found_any(database: Database) -> None:
    statement = Statement(select(Merchant.slug, Merchant.name).order_by(Merchant.slug))
    assert await database.fetch(statement, MerchantRow) == []
    async with database.transaction() as session:
        session.add_all([Merchant(slug="ada", name="Ada"), Merchant(slug="bob", name="Bob")])
    first, second = [await database.fetch(statement, MerchantRow) for _ in range(2)]
    assert first == second
    assert {type(row) for row in first} == {MerchantRow}
    (placed,) = {type(row) for row in second}
    assert issubclass(placed, MerchantRow)
    assert placed.__places__ == {"slug": 0, "name": 1}
    assert [(row.name, row["name"], row[1]) for row in second] == [("Ada", "Ada", "Ada"), ("Bob", "Bob", "Bob")]
    assert type((await database.fetch(statement))[0]) is Row


async def test_refuses_a_parameter_that_the_statement_has_not(database: Database) -> None:
    with pytest.raises(KeyError) as caught:
        await database.fetch(BY_SLUG, slgu="ada")
    assert caught.value.args == ("the statement has no parameter ['slgu']; it has ['slug']",)


@pytest.mark.parametrize(
    ("value", "of"),
    [
        ("it's 100 %", Text()),
        ("a\\b", Text()),
        ("$1 :name {0}", Text()),
        (-7, BigInteger()),
        (True, Boolean()),
        ([], ARRAY(Text)),
        (["a'b", "c"], ARRAY(Text)),
        ([1, -2], ARRAY(BigInteger)),
    ],
)
async def test_reads_a_constant_as_it_was_meant(database: Database, value: object, of: TypeEngine[Any]) -> None:
    constant = literal(value, of)
    statement = Statement(select(constant.label("constant"), func.pg_typeof(constant).cast(Text).label("type")))
    sent = Statement(
        select(
            bindparam("of", type_=of).label("constant"),
            func.pg_typeof(bindparam("of", type_=of)).cast(Text).label("type"),
        )
    )
    assert [tuple(row) for row in await database.fetch(statement, Row)] == [
        tuple(row) for row in await database.fetch(sent, Row, of=value)
    ]


def test_sends_no_constant() -> None:
    constant = select(Merchant.id).where(
        Merchant.slug == bindparam("slug", type_=Text), Merchant.state == "ACTIVE", Merchant.id > 7
    )
    assert Statement(constant).arguments({"slug": "ada"}) == ["ada"]


async def test_refuses_a_text_that_postgres_cannot_hold(database: Database) -> None:
    with pytest.raises(InvalidInput) as caught:
        await database.fetch(BY_SLUG, slug="a\0b")
    assert caught.value.message == "A text holds the character U+0000, which nothing here can hold; leave it out"


async def test_says_that_postgres_is_gone_and_goes_on_when_it_is_back(database: Database) -> None:
    sleep = Statement(select(func.pg_sleep(30)))
    async with database.connection() as other:
        reading: asyncio.Task[list[Row]] = asyncio.create_task(database.fetch(sleep))
        ended: list[asyncpg.Record] = []
        while not ended:
            ended = await other.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database() AND pid <> pg_backend_pid()"
            )
    with pytest.raises(DatabaseUnavailableError) as caught:
        await reading
    assert caught.value.extensions == {"code": "DATABASE_UNAVAILABLE"}
    assert await slugs(database) == []


@pytest.mark.parametrize("error", [asyncpg.InternalClientError("another operation"), asyncpg.InterfaceError("closed")])
async def test_says_that_postgres_is_gone_when_its_farewell_comes_between_two_messages(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    used: list[asyncpg.Connection] = []

    async def fail(self: asyncpg.Connection, *_: object, **__: object) -> None:
        used.append(self)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, "fetch", fail)
        with pytest.raises(DatabaseUnavailableError):
            await database.fetch(ALL)
    assert await slugs(database) == []
    await database.close()
    assert used[0].is_closed()


async def test_keeps_its_connection_when_a_parameter_does_not_fit(database: Database) -> None:
    numbered = Statement(select(Merchant.slug).where(Merchant.id == bindparam("number")))
    pid = Statement(select(func.pg_backend_pid().label("pid")))
    before: list[Row] = await database.fetch(pid)
    with pytest.raises(asyncpg.DataError):
        await database.fetch(numbered, number=2**80)
    assert await database.fetch(pid) == before


async def test_commits_at_the_end_of_a_transaction(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Merchant(slug="ada", name="Ada"))
        await session.flush()
        assert await slugs(database) == []
    assert await slugs(database) == ["ada"]


async def test_takes_everything_back_when_a_transaction_raises(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            session.add(Merchant(slug="ada", name="Ada"))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await slugs(database) == []


async def test_counts_the_statements_of_a_task_and_of_those_it_starts(database: Database) -> None:
    outer = counting()
    await asyncio.gather(*(database.fetch(ALL) for _ in range(3)))
    inner = counting()
    await database.fetch(ALL)
    assert (outer.value, inner.value) == (3, 1)


async def test_ends_a_statement_that_runs_too_long(database_url: str) -> None:
    impatient = await Database.open(database_url, statement_timeout_s=0.5)
    async with impatient.connection() as connection:
        with pytest.raises(Exception, match="statement timeout"):
            await connection.fetch("SELECT pg_sleep(60)")
    with pytest.raises(Exception, match="statement timeout"):
        async with impatient.transaction() as session:
            await session.execute(text("SELECT pg_sleep(60)"))
    await impatient.close()


async def test_reads_and_writes_documents(database: Database) -> None:
    async with database.connection() as connection:
        document = {"a": [1, 2.5, None, True, "ä"]}
        assert await connection.fetchval("SELECT $1::jsonb", document) == document


@pytest.mark.parametrize("scheme", ["postgresql://", "postgresql+asyncpg://"])
async def test_takes_addresses_as_both_libraries_write_them(database_url: str, scheme: str) -> None:
    opened = await Database.open(database_url.replace("postgresql://", scheme))
    assert await slugs(opened) == []
    async with opened.transaction() as session:
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
    await opened.close()
