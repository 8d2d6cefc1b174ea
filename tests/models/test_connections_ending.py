"""A pool of connections, when some of them end, ..."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import asyncpg
import pytest

from models import database as database_module
from tests.models.pools import Pool, turns


async def test_closes_when_all_are_given_back(pools: Callable[[int], Pool]) -> None:
    pool = pools(2)
    used, idle = await pool.take(), await pool.take()
    pool.give_back(idle)
    again = await pool.take()
    waiting = pool.taking()
    await turns(1)
    closing = asyncio.create_task(pool.close())
    with pytest.raises(asyncpg.InterfaceError, match="the pool is closed"):
        await waiting
    with pytest.raises(asyncpg.InterfaceError, match="the pool is closed"):
        await pool.take()
    assert await used.fetchval("SELECT 1") == 1
    pool.give_back(again)
    await turns(10)
    assert not closing.done()
    pool.give_back(used)
    await closing
    await pool.close()


async def test_closes_when_one_who_connects_has_given_back(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    pool.hanging = asyncio.Event()
    connecting = pool.taking()
    await turns(1)
    closing = asyncio.create_task(pool.close())
    await turns(3)
    assert not closing.done()
    pool.hanging.set()
    pool.give_back(await connecting)
    await closing


async def test_takes_a_connection_back_after_an_error_of_the_server(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with pool.lent() as lent:
            await lent.fetch("SELECT 1 / 0")
    async with pool.lent() as again:
        assert again is lent
        assert await again.fetchval("SELECT 1") == 1


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT 1 / 0"])
async def test_closes_a_connection_that_comes_back_amid_a_transaction(
    pools: Callable[[int], Pool], statement: str
) -> None:
    pool = pools(1)
    async with pool.lent() as lent:
        await lent.execute("BEGIN")
        with suppress(asyncpg.DivisionByZeroError):
            await lent.fetch(statement)
    async with pool.lent() as another:
        assert another is not lent
        assert not another.is_in_transaction()
    assert lent.is_closed()


async def test_closes_a_connection_whose_block_was_cancelled(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    lent: list[asyncpg.Connection] = []

    async def sleep() -> None:
        async with pool.lent() as connection:
            lent.append(connection)
            await connection.fetch("SELECT pg_sleep(60)")

    sleeping = asyncio.create_task(sleep())
    await asyncio.wait([sleeping], timeout=0.1)
    sleeping.cancel()
    async with asyncio.timeout(5), pool.lent() as another:
        assert another is not lent[0]
    assert sleeping.cancelled()
    assert lent[0].is_closed()


async def test_closes_those_that_nobody_needs_any_more_but_one(pools: Callable[..., Pool]) -> None:
    pool = pools(4, idle_s=0.2)
    connections = [await pool.take() for _ in range(4)]
    for connection in connections:
        pool.give_back(connection)
    for _ in range(100):  # two are needed at a time all along
        busy = [await pool.take(), await pool.take()]
        await asyncio.sleep(0.01)
        for connection in reversed(busy):
            pool.give_back(connection)
    assert [connection.is_closed() for connection in connections] == [False, True, False, False]
    await asyncio.sleep(1)
    assert [connection.is_closed() for connection in connections] == [False, True, True, True]
    await pool.full()


async def test_is_as_good_as_new_after_one_who_listened(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    heard: list[str] = []

    def hear(*news: Any) -> None:
        heard.append(news[3])

    async with pool.lent() as lent:
        await lent.add_listener("news", hear)
        await lent.execute("NOTIFY news, 'first'")
        await lent.remove_listener("news", hear)
    async with pool.lent() as again:
        assert again is lent
        assert await again.fetch("SELECT pg_listening_channels()") == []
    assert heard == ["first"]


async def test_never_opens_more_than_it_may_and_loses_none_whatever_happens(pools: Callable[[int], Pool]) -> None:
    pool, random = pools(3), Random(7)  # noqa: S311 - reproducible on purpose
    using: set[asyncpg.Connection] = set()
    most = 0

    async def use() -> None:
        nonlocal most
        async with pool.lent() as connection:
            assert connection not in using
            using.add(connection)
            most = max(most, len(using))
            try:
                await connection.fetchval("SELECT 1")
                if random.random() < 0.2:
                    connection.terminate()
                elif random.random() < 0.2:
                    await connection.fetch("SELECT 1 / 0")
            finally:
                using.discard(connection)

    tasks = [asyncio.create_task(use()) for _ in range(60)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.001)
        if random.random() < 0.3:
            random.choice(tasks).cancel()
    assert most <= 3
    assert not using
    async with asyncio.timeout(10):
        await pool.full()
    assert sum(not connection.is_closed() for connection in pool.opened) == 3


async def test_leaves_no_connection_behind_that_could_not_be_set_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[asyncpg.Connection] = []

    async def fail(self: asyncpg.Connection, *_: Any, **__: Any) -> None:
        made.append(self)
        raise asyncio.CancelledError

    monkeypatch.setattr(asyncpg.Connection, "set_type_codec", fail)
    with pytest.raises(asyncio.CancelledError):
        await database_module._connected(database_url, {})  # noqa: SLF001 - the pool's way to connect
    assert [connection.is_closed() for connection in made] == [True]
