"""A pool of connections ..."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from tests.models.pools import Pool, turns


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
