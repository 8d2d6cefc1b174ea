"""An object that is composed of columns of its parent ..."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.execution.declarations import read
from graph.execution.plans import Selection
from graph.fields import column, composed, computed
from graph.limits import Limits
from graph.operations import Operations, execute
from tests.graph.execution import zoo
from tests.graph.execution.comparing import compared
from tests.graph.execution.test_plain_fields import Items, Loose, Row

MADE: Final[list[str]] = []


@dataclass(slots=True)
class Sum:
    """An amount with its unit; says when it is made."""

    amount: int
    unit: str

    def __post_init__(self) -> None:
        MADE.append(self.unit)

    @property
    def size(self) -> str:
        """Say how much it is."""
        return "much" if self.amount > 99 else "little"


@dataclass(slots=True)
class Parcel:
    """Something composed that is composed of in turn."""

    weight: int
    unit: str


def _written(amount: int, unit: str) -> str:
    return f"{amount + 0} {unit}"


@strawberry.type
class Amount:
    """An amount; its source is a `Sum`."""

    text: str = computed(_written, of=("amount", "unit"), description="")
    amount: int = column("")
    loud: str = column("", name="unit", convert=lambda unit: unit.upper())
    size: str = column("")
    halved: int | None = computed(lambda value: value.amount // 2, description="")


@strawberry.type
class Load:
    """What is carried; its source is a `Parcel`."""

    gross: Amount = composed(Sum, {"amount": "weight", "unit": "unit"}, description="")
    missing: Amount | None = composed(Sum, {"amount": "height", "unit": "unit"}, description="")


@strawberry.type
class Thing:
    """What has amounts."""

    price: Amount | None = composed(Sum, {"amount": "price", "unit": "coin"}, description="")
    strict: Amount = composed(Sum, {"amount": "price", "unit": "coin"}, description="")
    load: Load | None = composed(Parcel, {"weight": "price", "unit": "coin"}, description="")


@strawberry.type
class Query:
    """The root."""

    things: list[Thing | None]


SCHEMA: Final = strawberry.Schema(query=Query, config=StrawberryConfig(default_resolver=read))
OPERATIONS: Final = Operations(SCHEMA, limits=Limits(), introspection=True)

SOURCES: Final[dict[str, Callable[[], list[Any]]]] = {
    "rows": lambda: [Row(price=5, coin="p"), Row(price=500, coin="q")],
    "dictionaries": lambda: [{"price": 5, "coin": "p"}, {"price": 7, "coin": "q"}],
    "dictionaries by another name": lambda: [Items(price=5, coin="p")],
    "objects": lambda: [Loose(price=5, coin="p"), Loose(price=7, coin="q")],
    "of all kinds": lambda: [Row(price=5, coin="p"), None, {"price": 7, "coin": "q"}, Loose(price=7, coin="q")],
    "one without the column": lambda: [Row(price=5, coin="p"), Row(price=7), Row(price=9, coin="q")],
    "a null in a column": lambda: [Row(price=5, coin="p"), Row(price=None, coin="q"), Row(price=9, coin=None)],
    "what does not fit": lambda: [Row(price=2**40, coin=7), Row(price=5, coin="p")],
}
SELECTIONS: Final = (
    "text amount loud",
    "__typename text",
    "size",
    "halved text",
    "amount size again: amount",
)


@pytest.mark.parametrize("sources", SOURCES)
async def test_is_answered_as_by_graphql_core(sources: str) -> None:
    for selected in SELECTIONS:
        for fields in (
            f"price {{ {selected} }}",
            f"strict {{ {selected} }} load {{ gross {{ {selected} }} }}",
            f"load {{ missing {{ {selected} }} }}",
        ):
            operation = OPERATIONS.prepare(f"{{ things {{ {fields} }} }}", None, {}, transport="http")
            await compared(SCHEMA, operation, zoo.context, root=lambda: {"things": SOURCES[sources]()})


@pytest.mark.parametrize("sources", ["rows", "dictionaries", "objects"])
async def test_is_not_made_where_all_follows_from_the_columns(sources: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Selection, "_objects_with_care", lambda *_: pytest.fail("care was taken"))
    fields = "price { text amount loud __typename } load { gross { text } }"
    operation = OPERATIONS.prepare(f"{{ things {{ {fields} }} }}", None, {}, transport="http")
    MADE.clear()
    answer = await execute(SCHEMA, operation, zoo.context(), {"things": SOURCES[sources]()})
    assert MADE == []
    assert answer.data is not None
    assert answer.data["things"][0] == {
        "price": {"text": "5 p", "amount": 5, "loud": "P", "__typename": "Amount"},
        "load": {"gross": {"text": "5 p"}},
    }


async def test_is_made_for_what_only_it_can_say() -> None:
    operation = OPERATIONS.prepare("{ things { price { size amount } } }", None, {}, transport="http")
    MADE.clear()
    answer = await execute(SCHEMA, operation, zoo.context(), {"things": SOURCES["rows"]()})
    assert MADE == ["p", "q"]
    assert answer.data == {
        "things": [{"price": {"size": "little", "amount": 5}}, {"price": {"size": "much", "amount": 500}}]
    }
