"""Columns: the values or answers of one field for all objects of a level, there already or still to be awaited."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

Column = list[Any]
Coming = Column | Coroutine[Any, Any, Column]
"""A column, or the coroutine that will make it. What needs no awaiting is never put into a coroutine."""


def then(coming: Coming, finish: Callable[[Column], Column]) -> Coming:
    """Finish a column, now if it is there, else when it comes."""
    return finish(coming) if isinstance(coming, list) else _later(coming, finish)


async def _later(coming: Awaitable[Column], finish: Callable[[Column], Column]) -> Column:
    return finish(await coming)


async def all_of(coming: Sequence[Awaitable[Any]]) -> list[Any]:
    """Await side by side. When this is cancelled, or one of them, all have ended before the caller hears of it."""
    if len(coming) < 2:  # noqa: PLR2004 - one needs no task of its own
        return [await each for each in coming]
    *others, last = coming
    tasks = [asyncio.ensure_future(each) for each in others]
    try:
        final = await last  # needs no task of its own either
        return [*[await task for task in tasks], final]
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def all_here(columns: list[Any], waiting: list[int]) -> None:
    """Put those columns that are waited for in the places of what they are awaited by."""
    if len(waiting) == 1:
        columns[waiting[0]] = await columns[waiting[0]]
        return
    came = await all_of([columns[index] for index in waiting])
    for index, column in zip(waiting, came, strict=True):
        columns[index] = column
