"""A schema of every kind of thing that the specification's section on execution speaks of."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import strawberry

from tests.graph.execution.zoo import CONFIG, Cat, Dog, Mood, Named, Pet, Shout


@strawberry.input
class Size:
    """An input with a default, and one inside another."""

    width: int
    height: int = 2
    tags: list[str] | None = strawberry.UNSET
    inside: "Size | None" = None


@dataclass
class Diary:
    """What the resolvers of one execution did, in order."""

    entries: list[str] = field(default_factory=list)


Info = strawberry.Info[Diary, None]


@strawberry.type
class Box:
    """A thing in a thing."""

    number: int

    @strawberry.field
    def box(self) -> "Box | None":
        """Give the next one, up to 3."""
        return Box(number=self.number + 1) if self.number < 3 else None

    @strawberry.field
    def strict(self) -> "Box":
        """Give the next one, which there must be."""
        return Box(number=self.number + 1) if self.number < 3 else None  # type: ignore[return-value]  # the point

    @strawberry.field
    async def boxes(self, count: int = 2) -> "list[Box]":
        """Give some."""
        await asyncio.sleep(0)
        return [Box(number=self.number + index + 1) for index in range(count)]

    @strawberry.field
    def odd(self) -> str | None:
        """Fail if the number is odd."""
        return self.odd_strict()

    @strawberry.field
    def odd_strict(self) -> str:
        """Fail if the number is odd."""
        if self.number % 2:
            raise ValueError(f"{self.number} is odd")
        return "even"

    @strawberry.field
    async def slow_strict(self) -> str:
        """Fail a little later if the number is odd."""
        await asyncio.sleep(0)
        return self.odd_strict()


def _written(value: Any) -> str:
    return repr(value)


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def echo(
        self,
        text: str | None = "none given",
        number: int | None = strawberry.UNSET,
        mood: Mood | None = None,
        shout: Shout | None = None,
        size: Size | None = None,
        lists: list[list[int | None]] | None = None,
        key: Annotated[strawberry.ID | None, strawberry.argument(name="theKey")] = None,
    ) -> str:
        """Write down what came."""
        return ", ".join(map(_written, (text, number, mood, shout, size, lists, key)))

    @strawberry.field
    def required(self, text: str, flag: bool = True) -> str:  # noqa: FBT001, FBT002 - the schema's argument
        """Write down what came, which must be something."""
        return f"{text!r} {flag!r}"

    @strawberry.field
    def box(self) -> Box:
        """Give the first box."""
        return Box(number=1)

    @strawberry.field
    def even(self) -> Box | None:
        """Give a box with an even number."""
        return Box(number=2)

    @strawberry.field
    def pets(self) -> list[Pet]:
        """Give a cat and a dog."""
        return [Cat(name="Tom"), Dog(name="Rex")]

    @strawberry.field
    async def named(self, dog: bool = False) -> Named | None:  # noqa: FBT001, FBT002 - the schema's argument
        """Give a cat or a dog."""
        return Dog(name="Rex") if dog else Cat(name="Tom")

    @strawberry.field
    def grid(self) -> list[list[int | None] | None]:
        """Give lists of lists."""
        return [[1, None], None, []]

    @strawberry.field
    async def forever(self, info: Info) -> str:
        """Never answer."""
        info.context.entries.append("begins to wait")
        try:
            await asyncio.Event().wait()
        finally:
            info.context.entries.append("ends")
        return "never"


@strawberry.type
class Mutation:
    """What changes things: writes into the diary what happens when."""

    @strawberry.mutation
    async def write(self, info: Info, text: str, ticks: int = 1) -> Box | None:
        """Take some ticks of the loop."""
        info.context.entries.append(f"begin {text}")
        for _ in range(ticks):
            await asyncio.sleep(0)
        info.context.entries.append(f"end {text}")
        return Box(number=ticks)

    @strawberry.mutation
    async def fail(self, info: Info) -> str | None:
        """Fail where null may stand."""
        info.context.entries.append("fail")
        raise ValueError("failed")

    @strawberry.mutation
    def fail_strictly(self, info: Info) -> str:
        """Fail where null may not stand."""
        info.context.entries.append("fail strictly")
        raise ValueError("failed strictly")


@strawberry.type
class Subscription:
    """What can be followed."""

    @strawberry.subscription
    async def count(self, to: int) -> AsyncIterator[Box]:
        """Count boxes."""
        for number in range(to):
            await asyncio.sleep(0)
            yield Box(number=number)


SCHEMA: Final = strawberry.Schema(
    query=Query, mutation=Mutation, subscription=Subscription, config=CONFIG, types=[Cat, Dog]
)
