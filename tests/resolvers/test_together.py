"""What is asked for together ..."""

import asyncio
from collections.abc import Sequence

import pytest

from resolvers.together import Together, beside


def doubling(loads: list[list[int]]) -> Together[int, int]:
    async def load(keys: list[int]) -> Sequence[int]:
        loads.append(keys)
        return [2 * key for key in keys]

    return Together(load)


async def test_is_loaded_at_once_and_each_key_once() -> None:
    loads: list[list[int]] = []
    together = doubling(loads)
    assert await asyncio.gather(together.values([1, 2]), together.values([2, 3])) == [[2, 4], [4, 6]]
    assert await together.values([3, 4]) == [6, 8]
    assert loads == [[1, 2, 3], [4]]


async def test_is_there_at_once_when_all_of_it_is_known() -> None:
    loads: list[list[int]] = []
    together = doubling(loads)
    together.prime({1: 10})
    await together.values([2])
    for keys, found in (([1, 2], [10, 4]), ([], [])):
        there = together.values(keys)
        assert there.done()
        assert await there == found
    assert loads == [[2]]


async def test_comes_beside_some_work() -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def load(keys: list[int]) -> Sequence[int]:
        began.set()
        await may_end.wait()
        return keys

    async def work() -> str:
        await began.wait()  # would wait forever if it came first
        may_end.set()
        return "done"

    assert await beside(Together(load).values([1]), work()) == ([1], "done")


async def test_says_what_the_work_beside_it_raised_and_is_not_reported_for_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def load(_: list[int]) -> Sequence[int]:
        raise ZeroDivisionError

    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await beside(Together(load).values([1]), work())
    await asyncio.sleep(0.01)
    assert not caplog.records


async def test_raises_its_own_error_when_the_work_is_done() -> None:
    async def load(_: list[int]) -> Sequence[int]:
        raise ZeroDivisionError

    async def work() -> None:
        return None

    with pytest.raises(ZeroDivisionError):
        await beside(Together(load).values([1]), work())
