"""Values that are to be awaited, by themselves or within lists, as graphql-core awaits them."""

from collections.abc import AsyncIterable, Sequence
from inspect import isawaitable
from itertools import chain
from types import GeneratorType, NoneType
from typing import Any, Final

from graphql import GraphQLField, get_nullable_type, is_list_type
from graphql.pyutils import is_iterable

from graph.execution.columns import all_of

_NEVER_WAIT: Final = frozenset({str, int, float, bool, NoneType, list, tuple, dict})


def depth_of(definition: GraphQLField) -> int:
    """Say how many lists deep a field's values are."""
    depth = 0
    output: Any = get_nullable_type(definition.type)
    while is_list_type(output):
        depth += 1
        output = get_nullable_type(output.of_type)
    return depth


def may_wait(of: type) -> bool:
    """Say whether values of a class may have to be awaited."""
    return hasattr(of, "__await__") or of is GeneratorType


def any_waits(values: Sequence[Any], depth: int) -> bool:
    """Say whether one of the values may have to be awaited, by their classes: as good as free where none has."""
    for of in set(map(type, values)):
        if of in _NEVER_WAIT:
            continue
        if may_wait(of):
            return True
        if depth and (hasattr(of, "__aiter__") or hasattr(of, "__iter__")):
            return True
    if not depth:
        return False
    items = list(chain.from_iterable([value for value in values if isinstance(value, (list, tuple))]))
    return any_waits(items, depth - 1)


async def awaited(values: list[Any], depth: int) -> list[Any]:
    """Await what is to be awaited, side by side."""
    waiting = [index for index, value in enumerate(values) if _waits(value, depth)]
    settled = await all_of([_settled(values[index], depth) for index in waiting])
    for index, value in zip(waiting, settled, strict=True):
        values[index] = value
    return values


def _waits(value: Any, depth: int) -> bool:
    """Say whether a value, of lists so many deep, has anything to await; an iterator has to be read for that."""
    if isawaitable(value):
        return True
    if not depth:
        return False
    if isinstance(value, (list, tuple)):
        return any(_waits(item, depth - 1) for item in value)
    return isinstance(value, AsyncIterable) or is_iterable(value)


async def _settled(value: Any, depth: int) -> Any:
    """Await a value and, if it is a list, its items; an exception in a value's place is that value's error."""
    try:
        if isawaitable(value):
            value = await value
        if not depth:
            return value
        if isinstance(value, AsyncIterable):
            value = [item async for item in value]
        elif is_iterable(value):
            value = list(value)
        else:
            return value
    except Exception as error:  # noqa: BLE001 - it stands in the value's place
        return error
    waiting = [index for index, item in enumerate(value) if _waits(item, depth - 1)]
    settled = await all_of([_settled(value[index], depth - 1) for index in waiting])
    for index, item in zip(waiting, settled, strict=True):
        value[index] = item
    return value
