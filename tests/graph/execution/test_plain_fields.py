"""A plain field, read in whatever way from whatever source ..."""

import asyncio
from collections import UserDict
from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest
import strawberry
from graphql import Undefined
from strawberry.schema.config import StrawberryConfig
from structlog.testing import capture_logs

from graph.execution.declarations import read
from graph.execution.plans import Selection
from graph.fields import column
from graph.limits import Limits
from graph.operations import Operations, execute
from tests.graph.execution import zoo
from tests.graph.execution.comparing import compared


def schema(**config: Any) -> strawberry.Schema:
    """Make a schema of its own: one remembers in its types how it reads."""

    @strawberry.type
    class Thing:
        name: str
        data: str | None
        number: int | None
        share: float | None
        flag: bool | None
        key: strawberry.ID | None
        texts: list[str] | None
        mood: zoo.Mood | None
        moods: list[zoo.Mood] | None
        shout: zoo.Shout | None
        child: "Thing | None"
        children: "list[Thing] | None"
        loud: str | None = column("", name="name", convert=lambda name: name.upper())
        other: str | None = column("", name="data")

    Thing.__annotations__["child"] = Thing | None
    Thing.__annotations__["children"] = list[Thing] | None
    globals()["Thing"] = Thing

    @strawberry.type
    class Query:
        things: list[Thing | None]

    return strawberry.Schema(query=Query, config=StrawberryConfig(**config, scalar_map=zoo.CONFIG.scalar_map))


SCHEMAS: Final = {"read": schema(default_resolver=read), "getattr": schema()}


class Loose:
    """An object with whatever attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Bag(UserDict[str, Any]):
    """Has items, and attributes that are not its items."""


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Items(dict[str, Any]):
    """A dictionary by another name."""

    flag = "the class's own"


class Broken:
    """Some of what it has raises."""

    data = "data"

    @property
    def name(self) -> str:
        raise ValueError("no name")

    number = texts = child = children = share = flag = key = None


class Row:
    """Has its columns as items and as attributes; what is its class's own stands before them."""

    flag = True

    def __init__(self, **columns: Any) -> None:
        self._columns = columns

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __getattr__(self, name: str) -> Any:
        try:
            return self._columns[name]
        except KeyError:
            raise AttributeError(name) from None


async def soon(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


PLAIN: Final = {
    "name": "n",
    "data": "d",
    "number": 1,
    "share": 0.5,
    "flag": True,
    "key": "k",
    "texts": ["a"],
    "mood": zoo.Mood.SAD,
    "moods": [zoo.Mood.HAPPY],
    "shout": "hey",
}
WHOLE: Final = {**PLAIN, "child": None, "children": []}


def bag(**attributes: Any) -> Bag:
    made = Bag(WHOLE)
    made.__dict__.update(attributes)
    return made


SOURCES: Final[dict[str, Callable[[], list[Any]]]] = {
    "objects": lambda: [Loose(**WHOLE), Loose(**WHOLE)],
    "dictionaries": lambda: [dict(WHOLE), dict(WHOLE)],
    "dictionaries by another name": lambda: [Items(WHOLE), Items(WHOLE)],
    "rows": lambda: [Row(**WHOLE), Row(**WHOLE)],
    "of all kinds": lambda: [Row(**WHOLE), None, dict(WHOLE), Loose(**WHOLE), Items(WHOLE)],
    "one without attributes": lambda: [Loose(**WHOLE), Loose(), Loose(**WHOLE)],
    "one without items": lambda: [dict(WHOLE), {}],
    "items that are not its attributes": lambda: [bag(), bag()],
    "items beside attributes": lambda: [bag(name="an attribute", child=None), bag(**WHOLE)],
    "properties that raise": lambda: [Broken(), Broken()],
    "a null where none may be": lambda: [Loose(**WHOLE), Loose(**{**WHOLE, "name": None}), Loose(**WHOLE)],
    "classes derived from the plain ones": lambda: [Loose(**{**WHOLE, "name": Text("t"), "number": Number(3)})] * 2,
    "values that nearly fit": lambda: [
        Loose(**{**WHOLE, "number": True, "flag": 1, "share": 2, "key": 7, "name": 3}),
        Loose(**{**WHOLE, "number": 2.0, "flag": 2.5, "share": True, "key": 2.5}),
    ],
    "values that do not fit": lambda: [
        Loose(**{**WHOLE, "number": 2**31, "share": float("inf"), "name": b"x", "texts": "text"}),
        Loose(**{**WHOLE, "number": -(2**31) - 1, "share": float("nan"), "flag": "yes", "texts": [1, None]}),
    ],
    "errors": lambda: [Loose(**{**WHOLE, "data": ValueError("data"), "child": ValueError("child")})],
    "values that cannot be coerced": lambda: [
        Loose(**{**WHOLE, "mood": "glad", "shout": "whisper"}),
        Loose(**{**WHOLE, "moods": [zoo.Mood.SAD, None], "shout": 3}),
    ],
    "errors where something is coerced": lambda: [
        Loose(**{**WHOLE, "mood": ValueError("mood"), "shout": ValueError("shout"), "moods": [ValueError("moods")]})
    ],
    "values that are coerced to nothing": lambda: [
        Loose(**{**WHOLE, "shout": "silence", "mood": Undefined}),
        Loose(**{**WHOLE, "shout": None, "mood": None, "moods": None}),
    ],
    "the same object in many places": lambda: [Loose(**{**WHOLE, "children": [Loose(**WHOLE)] * 3})] * 5,
    "values to be awaited": lambda: [Loose(**{**WHOLE, "name": soon("x"), "number": soon(2)}), Loose(**WHOLE)],
    "values to be awaited and coerced": lambda: [
        Loose(**{**WHOLE, "mood": soon(zoo.Mood.SAD), "shout": soon("hey"), "moods": [soon(zoo.Mood.HAPPY)]})
    ],
    "values to be awaited that fail": lambda: [Loose(**{**WHOLE, "data": soon(ValueError("late"))}), dict(WHOLE)],
    "objects to be awaited": lambda: [
        Loose(**{**WHOLE, "child": soon(Loose(**WHOLE)), "children": soon([Loose(**WHOLE)])}) for _ in range(2)
    ],
    "items to be awaited": lambda: [
        Loose(**{**WHOLE, "texts": [soon("x"), "y"], "children": (soon(dict(WHOLE)), None, soon(Loose(**WHOLE)))})
    ],
}


@pytest.mark.parametrize("way", SCHEMAS)
@pytest.mark.parametrize("sources", SOURCES)
async def test_is_answered_as_by_graphql_core(way: str, sources: str) -> None:
    operations = Operations(SCHEMAS[way], limits=Limits(), introspection=True)
    for fields in (
        "name",
        "number share flag key",
        "loud",
        "other",
        "data texts",
        "child { name } children { name }",
        "mood",
        "shout",
        "moods",
    ):
        await _agree(operations, way, fields, SOURCES[sources])
    # What is to be awaited can be awaited once, so each field is asked for once here.
    await _agree(
        operations,
        way,
        "number name key texts mood shout moods child { name data } children { number name }",
        SOURCES[sources],
    )


async def _agree(operations: Operations, way: str, fields: str, sources: Callable[[], list[Any]]) -> None:
    operation = operations.prepare(f"{{ things {{ {fields} }} }}", None, {}, transport="http")
    made: list[Any] = []

    def root() -> Any:
        made.append({"things": sources()} if way == "read" else Loose(things=sources()))
        return made[-1]

    await compared(SCHEMAS[way], operation, zoo.context, root=root)
    for things in made:
        await _awaited(things)


async def _awaited(value: Any) -> None:
    """Await what was not asked for, so that nobody misses it."""
    if asyncio.iscoroutine(value):
        value.close()
    elif isinstance(value, (list, tuple)):
        for each in value:
            await _awaited(each)
    elif isinstance(value, dict):
        await _awaited(list(value.values()))
    elif isinstance(value, Loose):
        await _awaited(list(vars(value).values()))


async def test_of_more_objects_than_are_made_in_a_turn_may_be_awaited_too() -> None:
    operations = Operations(SCHEMAS["read"], limits=Limits(), introspection=True)
    operation = operations.prepare("{ things { name number } }", None, {}, transport="http")
    number = 2500

    def root() -> Any:
        things = [Loose(name=str(index), number=index) for index in range(number)]
        things[-1].name = soon("the last")
        return {"things": things}

    answer = await compared(SCHEMAS["read"], operation, zoo.context, root=root)
    assert answer.data is not None
    assert answer.data["things"][-1] == {"name": "the last", "number": number - 1}


@pytest.mark.parametrize("wrong", [range(2_000), range(700, 705), [1_999]])
async def test_of_more_objects_than_are_made_in_a_turn_may_fail_too(wrong: Iterable[int]) -> None:
    operations = Operations(SCHEMAS["read"], limits=Limits(), introspection=True)
    operation = operations.prepare("{ things { name child { number } } }", None, {}, transport="http")

    def root() -> Any:
        things = [Loose(name=str(index), child={"number": index}) for index in range(2_000)]
        for index in wrong:
            things[index].child = {"number": ValueError(f"no {index}")}
        return {"things": things}

    expected = {(("things", index, "child", "number"), f"no {index}") for index in wrong}
    found = await compared(SCHEMAS["read"], operation, zoo.context, root=root)
    assert {(tuple(error.path or ()), error.message) for error in found.errors or ()} == expected
    with capture_logs():  # each of them is logged, and the loop turns in between
        answer = await operations.answer(operation, zoo.context(), transport="http", root_value=root())
    assert len(answer.errors) == len(expected)
    assert answer.data == found.data


@pytest.mark.parametrize("sources", ["objects", "dictionaries", "rows", "the same object in many places"])
async def test_needs_no_care_where_nothing_is_unusual(sources: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Selection, "_objects_with_care", lambda *_: pytest.fail("care was taken"))
    way = "getattr" if sources == "the same object in many places" else "read"
    operations = Operations(SCHEMAS[way], limits=Limits(), introspection=True)
    fields = "__typename name number share flag key texts loud children { name children { number } } child { data }"
    fields = f"{fields} mood moods shout"
    operation = operations.prepare(f"{{ things {{ {fields} }} }}", None, {}, transport="http")
    things = SOURCES[sources]()
    root = {"things": things} if way == "read" else Loose(things=things)
    answer = await execute(SCHEMAS[way], operation, zoo.context(), root)
    assert answer.errors is None
    assert answer.data is not None
    assert [thing["name"] for thing in answer.data["things"]] == ["n"] * len(things)
