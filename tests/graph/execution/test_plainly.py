"""A field that need not be asked for where something holds for all objects of a level ..."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.execution.declarations import Column, Composed, read
from graph.fields import Argument, batch, column, composed, plainly
from graph.limits import Limits
from graph.operations import Operations, execute
from tests.graph.execution import zoo
from tests.graph.execution.comparing import compared
from tests.graph.execution.test_composed import Amount, Sum
from tests.graph.execution.test_plain_fields import Row

ASKED: Final[list[str]] = []


def _is_ours(things: Sequence[Any], _: Any) -> bool:
    """Say whether all things are ours; raises KeyError for one that does not say whose it is."""
    return all(thing["owner"] == "us" for thing in things)


def _weight(things: Sequence[Any], _: Any) -> list[Any]:
    ASKED.append("weight")
    return [thing["weight"] if getattr(thing, "owner", None) == "us" else 0 for thing in things]


def _loud(things: Sequence[Any], _: Any) -> list[Any]:
    ASKED.append("loud")
    return [str(thing["name"]).upper() for thing in things]


def _times(things: Sequence[Any], _: Any, *, number: int) -> list[Any]:
    ASKED.append("times")
    return [number * thing["weight"] for thing in things]


async def _price(things: Sequence[Any], _: Any) -> list[Any]:
    ASKED.append("price")
    return [Sum(thing["price"], thing["coin"]) if getattr(thing, "owner", None) == "us" else None for thing in things]


@strawberry.type
class Thing:
    """What one sees all of, or not."""

    name: str = column("")
    weight: int = plainly(batch(_weight, description=""), where=_is_ours, how=Column("weight"))
    price: Amount | None = plainly(
        batch(_price, description=""), where=_is_ours, how=Composed(Sum, {"amount": "price", "unit": "coin"})
    )
    loud: str = plainly(
        batch(_loud, description=""), where=_is_ours, how=Column("name", lambda name: str(name).upper())
    )
    times: int = plainly(
        batch(_times, description="", arguments={"number": Argument(int, "", 2)}), where=_is_ours, how=Column("weight")
    )
    shown: Amount = composed(Sum, {"amount": "price", "unit": "coin"}, description="")


@strawberry.type
class Query:
    """The root."""

    things: list[Thing | None]


SCHEMA: Final = strawberry.Schema(query=Query, config=StrawberryConfig(default_resolver=read))
OPERATIONS: Final = Operations(SCHEMA, limits=Limits(), introspection=True)
DOCUMENT: Final = "{ things { again: weight name price { text amount } shown { text } weight loud times(number: 3) } }"
SEEN: Final = {"again": 7, "name": "a thing", "weight": 7, "loud": "A THING"}


def thing(owner: str | None, **more: Any) -> Row:
    return Row(
        **{"name": "a thing", "weight": 7, "price": 5, "coin": "p", **({"owner": owner} if owner else {}), **more}
    )


SOURCES: Final[dict[str, Callable[[], list[Any]]]] = {
    "all ours": lambda: [thing("us"), thing("us", price=6)],
    "all ours, and nothing in between": lambda: [thing("us"), None, thing("us", price=6)],
    "one that is not": lambda: [thing("us"), thing("them")],
    "one that does not say": lambda: [thing("us"), thing(None)],
    "none": list,
    "ours without a column": lambda: [thing("us"), Row(owner="us", name="bare")],
    "ours that do not fit": lambda: [thing("us", weight=2**40), thing("us", price=None), thing("us", name=None)],
}


@pytest.mark.parametrize("sources", SOURCES)
async def test_is_answered_as_by_graphql_core(sources: str) -> None:
    operation = OPERATIONS.prepare(DOCUMENT, None, {}, transport="http")
    await compared(SCHEMA, operation, zoo.context, root=lambda: {"things": SOURCES[sources]()})


async def test_is_read_from_its_columns() -> None:
    document = "{ things { again: weight name price { text amount } shown { text } weight loud } }"
    operation = OPERATIONS.prepare(document, None, {}, transport="http")
    ASKED.clear()
    answer = await execute(SCHEMA, operation, zoo.context(), {"things": SOURCES["all ours, and nothing in between"]()})
    assert ASKED == []
    assert answer.errors is None
    assert answer.data is not None
    assert answer.data["things"] == [
        {**SEEN, "price": {"text": "5 p", "amount": 5}, "shown": {"text": "5 p"}},
        None,
        {**SEEN, "price": {"text": "6 p", "amount": 6}, "shown": {"text": "6 p"}},
    ]


async def test_is_asked_for_what_depends_on_arguments() -> None:
    operation = OPERATIONS.prepare("{ things { one: times(number: 3) two: times } }", None, {}, transport="http")
    ASKED.clear()
    answer = await execute(SCHEMA, operation, zoo.context(), {"things": SOURCES["all ours"]()})
    assert ASKED == ["times", "times"]
    assert answer.data == {"things": [{"one": 21, "two": 14}] * 2}


@pytest.mark.parametrize("sources", ["one that is not", "one that does not say"])
async def test_is_asked_for_once_for_all_where_it_does_not_hold(sources: str) -> None:
    operation = OPERATIONS.prepare("{ things { weight price { text } } }", None, {}, transport="http")
    ASKED.clear()
    answer = await execute(SCHEMA, operation, zoo.context(), {"things": SOURCES[sources]()})
    assert ASKED == ["weight", "price"]
    assert answer.data == {"things": [{"weight": 7, "price": {"text": "5 p"}}, {"weight": 0, "price": None}]}
