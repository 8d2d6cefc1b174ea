"""A schema that has a field for each kind of type and each way of answering, whose values the test chooses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from enum import Enum
from typing import Annotated, Any, Final, NewType

import strawberry
from graphql import Undefined
from strawberry.schema.config import StrawberryConfig

from graph.fields import batch, computed
from models.database import StatementCount
from resolvers.context import Context


@strawberry.enum
class Mood(Enum):
    """How an animal is."""

    HAPPY = "happy"
    SAD = "sad"


def _shout(value: Any) -> Any:
    if value == "whisper":
        raise ValueError("cannot shout a whisper")
    return None if value == "silence" else value.upper()


Shout = NewType("Shout", str)


@strawberry.interface
class Named:
    """What has a name."""

    name: str


@strawberry.type
class Cat(Named):
    """A cat."""

    lives: int = 9
    mood: Mood = Mood.HAPPY

    @strawberry.field
    async def friend(self) -> "Cat | None":
        """Take a while to find a friend."""
        await asyncio.sleep(0)
        return Cat(name=f"{self.name}'s friend") if self.lives > 8 else None

    @strawberry.field
    def rival(self) -> "Cat":
        """Fail."""
        raise ValueError(f"{self.name} has no rival")


@strawberry.type
class Dog(Named):
    """A dog."""

    barks: bool = True

    @strawberry.field
    async def friend(self) -> "Dog | None":
        """Fail after a while."""
        await asyncio.sleep(0)
        raise LookupError(f"{self.name} has no friend")


Pet = Annotated[Cat | Dog, strawberry.union("Pet")]

TYPES: Final[dict[str, Any]] = {
    "text": str | None,
    "text_strict": str,
    "int": int | None,
    "float_strict": float,
    "flag": bool | None,
    "id_strict": strawberry.ID,
    "mood": Mood | None,
    "mood_strict": Mood,
    "shout": Shout | None,
    "shout_strict": Shout,
    "texts": list[str | None] | None,
    "texts_strict": list[str],
    "texts_inside": list[str] | None,
    "numbers": list[list[int]] | None,
    "numbers_strict": list[list[int | None]],
    "numbers_inside": list[list[int] | None] | None,
    "cat": Cat | None,
    "cat_strict": Cat,
    "cats": list[Cat | None] | None,
    "cats_strict": list[Cat],
    "cats_inside": list[Cat] | None,
    "named": Named | None,
    "named_strict": Named,
    "nameds": list[Named | None] | None,
    "nameds_strict": list[Named],
    "pet": Pet | None,
    "pets_strict": list[Pet],
    "pets_inside": list[Pet] | None,
    "pets_square": list[list[Pet | None]] | None,
}
"""The kinds of places; a name ending in `strict` may nowhere be null, one ending in `inside` only as a whole."""

SELECTIONS: Final = {
    "cat": "{ __typename name lives mood friend { name } }",
    "named": "{ __typename name ... on Cat { lives friend { name mood } rival { name } } ... on Dog { barks } }",
    "pet": "{ __typename ... on Named { name } ... on Cat { friend { name } } ... on Dog { barks friend { name } } }",
}


def selection(name: str) -> str:
    """Write what to select below a field of that type."""
    return next((chosen for begin, chosen in SELECTIONS.items() if name.startswith(begin)), "")


def _raise(error: BaseException) -> Any:
    raise error


class _Thing:
    """An object of no type of the schema's."""

    def __repr__(self) -> str:
        return "a thing"


class _Soon:
    """A value to be awaited, which nobody misses if nobody awaits it."""

    def __init__(self, outcome: Callable[[], Any]) -> None:
        self._outcome = outcome

    def __repr__(self) -> str:
        return "soon"

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        return self._outcome()


def _broken_iterator() -> Iterator[Any]:
    yield "first"
    raise ValueError("the iterator broke")


async def _stream(*items: Any) -> AsyncIterator[Any]:
    for item in items:
        yield item


async def _broken_stream() -> AsyncIterator[Any]:
    yield "first"
    raise ValueError("the stream broke")


CAT: Final = Cat(name="Tom")
DOG: Final = Dog(name="Rex")

VALUES: Final[dict[str, Callable[[], Any]]] = {
    "a text": lambda: "word",
    "an empty text": lambda: "",
    "bytes": lambda: b"word",
    "a number": lambda: 7,
    "a number with a fraction": lambda: 7.5,
    "a number too large": lambda: 2**40,
    "no number": lambda: float("nan"),
    "a truth value": lambda: True,
    "a member": lambda: Mood.SAD,
    "a member's value": lambda: "sad",
    "a text the scalar refuses": lambda: "whisper",
    "a text the scalar makes null": lambda: "silence",
    "null": lambda: None,
    "nothing": lambda: Undefined,
    "an object": _Thing,
    "a dictionary": lambda: {"name": "dictionary"},
    "a raised error": lambda: _raise(ValueError("raised")),
    "a returned error": lambda: ValueError("returned"),
    "a missing key": lambda: _raise(KeyError("missing")),
    "a cat": lambda: CAT,
    "a tired cat": lambda: Cat(name="Old", lives=1),
    "a cat without a name": lambda: Cat(name=None),  # type: ignore[arg-type]  # that is the point
    "a cat of no mood": lambda: Cat(name="Odd", mood="odd"),  # type: ignore[arg-type]  # likewise
    "a dog": lambda: DOG,
    "an empty list": list,
    "texts": lambda: ["a", "b"],
    "texts and null": lambda: ["a", None, "b", None],
    "texts and errors": lambda: ["a", ValueError("first"), "b", ValueError("second")],
    "texts and numbers": lambda: ["a", 1, 2.5, True],
    "a tuple": lambda: ("a", "b"),
    "a set": lambda: {"a"},
    "lists": lambda: [[1, 2], [], [3]],
    "lists and null": lambda: [[1, None], None, [3]],
    "lists and errors": lambda: [[1, ValueError("inside")], ValueError("whole"), ["no number"], 5],
    "cats": lambda: [CAT, Cat(name="Tim")],
    "cats and null": lambda: [CAT, None, Cat(name="Tim", lives=1)],
    "cats and a dog": lambda: [CAT, DOG, CAT],
    "cats and errors": lambda: [CAT, ValueError("no cat"), Cat(name=None), "a text"],  # type: ignore[arg-type]
    "cats in lists": lambda: [[CAT, DOG], [None], [], [ValueError("no cat")], [DOG]],
}
"""What a field may be answered with, by any way."""

PASSING: Final[dict[str, Callable[[], Any]]] = {
    "a future text": lambda: _Soon(lambda: "word"),
    "a future error": lambda: _Soon(lambda: _raise(ValueError("late"))),
    "a future cat": lambda: _Soon(lambda: CAT),
    "future texts": lambda: [_Soon(lambda: "a"), "b", _Soon(lambda: None)],
    "future texts and errors": lambda: [_Soon(lambda: "a"), _Soon(lambda: _raise(ValueError("late item"))), "b"],
    "future cats": lambda: [_Soon(lambda: CAT), _Soon(lambda: DOG), CAT],
    "future numbers in lists": lambda: [[_Soon(lambda: 1), 2], (_Soon(lambda: 3),)],
    "an iterator": lambda: iter(["a", "b"]),
    "a broken iterator": _broken_iterator,
    "a stream": lambda: _stream("a", "b"),
    "a stream of cats": lambda: _stream(CAT, DOG),
    "a stream of streams": lambda: _stream([1], (2, 3)),
    "a broken stream": _broken_stream,
}
"""What only a resolver of graphql-core's kind may answer with: what is to be awaited, or lasts for one look."""


class Source:
    """The source of every object: `outcome` makes the values."""

    def __init__(self, outcome: Callable[[], Any]) -> None:
        self.outcome = outcome


def _attempted(source: Source) -> Any:
    try:
        return source.outcome()
    except Exception as error:  # noqa: BLE001 - a batch resolver puts an error in a value's place
        return error


def _fields() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, kind in TYPES.items():

        def at_once(root: strawberry.Parent[Any]) -> Any:
            return root.outcome()

        async def later(root: strawberry.Parent[Any]) -> Any:
            await asyncio.sleep(0)
            return root.outcome()

        async def together(sources: Sequence[Source], _: Context) -> list[Any]:
            return [_attempted(source) for source in sources]

        at_once.__annotations__["return"] = later.__annotations__["return"] = kind
        fields[f"{name}_at_once"] = (kind, strawberry.field(resolver=at_once))
        fields[f"{name}_later"] = (kind, strawberry.field(resolver=later))
        fields[f"{name}_computed"] = (kind, computed(lambda source: source.outcome(), description=""))
        fields[f"{name}_batched"] = (kind, batch(together, description=""))
    return fields


WAYS: Final = ("at_once", "later", "computed", "batched")


_OWN: Final = _fields()
_Answers: Any = strawberry.type(
    type(
        "Answers",
        (),
        {
            "__annotations__": {name: kind for name, (kind, _) in _OWN.items()},
            **{name: made for name, (_, made) in _OWN.items()},
        },
    )
)


@strawberry.type
class Holder(_Answers):  # type: ignore[misc]  # made above, of the table
    """A place in the answer that holds whatever the test chose. Its source is a `Source`."""

    @strawberry.field
    def inner(self) -> "Holder | None":
        """Hold the same, where null may stand."""
        return self

    @strawberry.field
    def inner_strict(self) -> "Holder":
        """Hold the same, where null may not stand."""
        return self

    @strawberry.field
    def inners(self) -> "list[Holder | None]":
        """Hold the same three times."""
        return [self, self, self]

    @strawberry.field
    async def inners_strict(self) -> "list[Holder] | None":
        """Hold the same three times, after a while, where null may not stand."""
        return [self, self, self]


def context() -> Context:
    """Make a context for one execution; it reads from nowhere."""
    nowhere: Any = None
    return Context(
        database=nowhere,
        search=nowhere,
        changes=nowhere,
        currency="USD",
        locale="en",
        statements=StatementCount(),
        secret_key="",
    )


CONFIG: Final = StrawberryConfig(
    scalar_map={Shout: strawberry.scalar(name="Shout", serialize=_shout, parse_value=lambda value: value.lower())}
)


SCHEMA: Final = strawberry.Schema(query=Holder, config=CONFIG, types=[Cat, Dog])
