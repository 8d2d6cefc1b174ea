"""A pool of connections ..."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from random import Random
from typing import Any, Self

import asyncpg
import pytest

from models import database as database_module
from models.connections import Connections


class Pool(Connections):
    """A pool of real connections that knows which it opened; `refusing` and `hanging` are how connecting goes wrong."""

    def __init__(self, url: str, *, size: int) -> None:
        super().__init__(self._connecting, size=size)
        self._url = url
        self.opened: list[asyncpg.Connection] = []
        self.refusing = False
        self.hanging: asyncio.Event | None = None
        self.tried = 0

    async def _connecting(self) -> asyncpg.Connection:
        self.tried += 1
        if self.refusing:
            raise ConnectionRefusedError
        if self.hanging is not None:
            await self.hanging.wait()
        connection = await asyncpg.connect(self._url)
        self.opened.append(connection)
        return connection

    def taking(self) -> asyncio.Task[asyncpg.Connection]:
        return asyncio.create_task(self.take())

    async def full(self) -> Self:
        """Take all connections there may be, see that no more are to be had, and give them back."""
        all_of_them = [await self.take() for _ in range(self._size)]
        one_more = self.taking()
        await turns(3)
        assert not one_more.done()
        one_more.cancel()
        await asyncio.wait([one_more])
        for connection in all_of_them:
            self.give_back(connection)
        return self


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
async def pools(database_url: str) -> AsyncIterator[Callable[[int], Pool]]:
    made: list[Pool] = []

    def make(size: int) -> Pool:
        made.append(Pool(database_url, size=size))
        return made[-1]

    yield make
    for pool in made:
        async with asyncio.timeout(10):
            await pool.close()
        assert all(connection.is_closed() for connection in pool.opened)


async def test_opens_one_when_it_is_needed_and_gives_the_one_used_last(pools: Callable[[int], Pool]) -> None:
    pool = pools(3)
    first, second = await pool.take(), await pool.take()
    pool.give_back(first)
    pool.give_back(second)
    assert await pool.take() is second
    assert await pool.take() is first
    assert pool.opened == [first, second]
    pool.give_back(first)
    pool.give_back(second)


async def test_serves_those_who_wait_in_order(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    connection = await pool.take()
    served: list[int] = []

    async def use(number: int) -> None:
        taken = await pool.take()
        served.append(number)
        pool.give_back(taken)

    waiting = [asyncio.create_task(use(number)) for number in range(5)]
    await turns(1)
    pool.give_back(connection)
    await asyncio.gather(*waiting, use(5))
    assert served == [0, 1, 2, 3, 4, 5]
    assert pool.opened == [connection]


async def test_gives_a_place_that_became_free_to_who_waits_for_it(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    connection = await pool.take()
    first, second = pool.taking(), pool.taking()
    await turns(1)
    connection.terminate()
    pool.give_back(connection)
    late = pool.taking()  # before the first has heard of it
    taken = await first
    assert not second.done()
    assert not late.done()
    pool.give_back(taken)
    pool.give_back(await second)
    pool.give_back(await late)
    assert pool.opened == [connection, taken]


@pytest.mark.parametrize("closed", [False, True])
async def test_hands_on_what_was_given_to_one_who_gave_up(pools: Callable[[int], Pool], closed: bool) -> None:  # noqa: FBT001 - pytest's
    pool = pools(1)
    connection = await pool.take()
    first, second = pool.taking(), pool.taking()
    await turns(1)
    if closed:
        connection.terminate()
    pool.give_back(connection)
    first.cancel()
    taken = await second
    assert first.cancelled()
    assert (taken is connection) is not closed
    pool.give_back(taken)
    await pool.full()


async def test_passes_over_those_who_gave_up_waiting(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    connection = await pool.take()
    first, second = pool.taking(), pool.taking()
    await turns(1)
    first.cancel()
    await asyncio.wait([first])
    pool.give_back(connection)
    assert await second is connection
    pool.give_back(connection)


async def test_gives_none_that_has_closed_on_the_way(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    connection = await pool.take()
    waiting = pool.taking()
    await turns(1)
    pool.give_back(connection)
    connection.terminate()
    taken = await waiting
    assert not taken.is_closed()
    pool.give_back(taken)
    await pool.full()


async def test_tells_everyone_who_waits_that_nothing_can_be_opened(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    connection = await pool.take()
    waiting = [pool.taking() for _ in range(3)]
    await turns(1)
    pool.refusing = True
    connection.terminate()
    pool.give_back(connection)
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in told] == [ConnectionRefusedError] * 3
    with pytest.raises(ConnectionRefusedError):
        await pool.take()
    pool.refusing = False
    await pool.full()


async def test_loses_no_place_to_one_who_gives_up_connecting(pools: Callable[[int], Pool]) -> None:
    pool = pools(1)
    pool.hanging = asyncio.Event()
    connecting, waiting = pool.taking(), pool.taking()
    await turns(2)
    assert pool.tried == 1
    connecting.cancel()
    await turns(3)
    assert pool.tried == 2
    pool.hanging.set()
    pool.give_back(await waiting)
    await pool.full()


async def test_opens_new_ones_when_the_server_has_ended_all(
    pools: Callable[[int], Pool], connection: asyncpg.Connection
) -> None:
    pool = pools(3)
    taken = [await pool.take() for _ in range(3)]
    for each in taken[1:]:
        pool.give_back(each)
    for each in taken:
        await connection.execute("SELECT pg_terminate_backend($1)", each.get_server_pid())
    while not all(each.is_closed() for each in taken):  # noqa: ASYNC110 - asyncpg tells of it no other way
        await asyncio.sleep(0.001)
    pool.give_back(taken[0])
    await pool.full()
    assert len(pool.opened) == 6


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
