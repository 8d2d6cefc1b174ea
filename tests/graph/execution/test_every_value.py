"""Whatever a field of whatever type is answered with, in whatever way ..."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from graph.limits import Limits
from graph.operations import Operation, Operations
from tests.graph.execution import zoo
from tests.graph.execution.comparing import compared
from tests.graph.execution.zoo import PASSING, SCHEMA, TYPES, VALUES, WAYS, Source, selection

OPERATIONS = Operations(SCHEMA, limits=Limits(max_aliases=200), introspection=True)
BY_RESOLVERS = ("at_once", "later")


def camel(name: str) -> str:
    first, *more = name.split("_")
    return first + "".join(map(str.title, more))


def prepared(query: str) -> Operation:
    return OPERATIONS.prepare(query, None, {}, transport="http")


def at_the_root(name: str, way: str) -> Operation:
    return prepared(f"{{ before: __typename {camel(f'{name}_{way}')} {selection(name)} after: __typename }}")


def at_every_depth(name: str, ways: Sequence[str]) -> Operation:
    """Ask below what may be null, below what may not, in lists of both, twice side by side; the ways take turns."""
    turns = [ways[(turn + list(TYPES).index(name)) % len(ways)] for turn in range(5)]
    inner, strict, few, lists, everywhere = (f"{camel(f'{name}_{way}')} {selection(name)}" for way in turns)
    return prepared(
        f"""{{
          inner {{ {inner} }} strict: inner {{ innerStrict {{ innerStrict {{ {strict} }} }} }} inners {{ {few} }}
          innersStrict {{ inners {{ {lists} again: {lists} }} }}
          everywhere: inner {{ innersStrict {{ innerStrict {{ {everywhere} }} __typename }} }}
        }}"""
    )


async def agree(operation: Operation, outcome: Callable[[], Any]) -> bool:
    """Compare the executors; say whether there were errors."""
    answer = await compared(SCHEMA, operation, zoo.context, root=lambda: Source(outcome))
    return bool(answer.errors)


@pytest.mark.parametrize("name", TYPES)
async def test_the_answer_is_graphql_cores_at_the_root(name: str) -> None:
    for way in WAYS:
        operation = at_the_root(name, way)
        failed = [await agree(operation, outcome) for outcome in VALUES.values()]
        assert any(failed)
        assert not all(failed)
        if way in BY_RESOLVERS:
            for outcome in PASSING.values():
                await agree(operation, outcome)


@pytest.mark.parametrize("name", TYPES)
async def test_the_answer_is_graphql_cores_at_every_depth(name: str) -> None:
    everywhere, by_resolvers = at_every_depth(name, WAYS), at_every_depth(name, BY_RESOLVERS)
    failed = [await agree(everywhere, outcome) for outcome in VALUES.values()]
    assert any(failed)
    assert not all(failed)
    for outcome in PASSING.values():
        await agree(by_resolvers, outcome)
