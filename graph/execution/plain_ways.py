"""Ways of answering a field from what is there already: its source and its arguments."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField

from graph.execution import declarations
from graph.execution.arguments import Always, Arguments
from graph.execution.declarations import Reads, has_items
from graph.execution.declarations import read as read_plainly
from graph.execution.parts import Calling, Composing, Reading, Saying, Source
from graph.execution.waiting import any_waits, awaited, depth_of
from graph.execution.ways import Answered, Sources, Way, each, item
from graph.execution.where import Where

if TYPE_CHECKING:
    from graph.execution.plans import Field
    from graph.execution.running import Run

Read = Callable[[Any, str], Any]


class Named(Way):
    """A plain value; `read` is what Strawberry reads one with."""

    __slots__ = ("_depth", "_name", "_read")

    def __init__(self, name: str, read: Read, definition: GraphQLField) -> None:
        self._name = name
        self._read = read
        self._depth = depth_of(definition)

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Copy the column, and await what is to be awaited."""
        del run, field, arguments, where
        values = _column(sources, self._name, self._read)
        return awaited(values, self._depth) if any_waits(values, self._depth) else values

    def source(self, _: Arguments) -> Source | None:
        """Read it as an item or an attribute, unless Strawberry reads it with something of its own."""
        if self._read is getattr:
            return Reading(self._name, items=False)
        return Reading(self._name) if self._read is read_plainly else None

    def reads(self) -> Reads:
        """Read the one."""
        return frozenset({self._name})


class Converted(Way):
    """A plain value that a function turns into what clients see."""

    __slots__ = ("_convert", "_name")

    def __init__(self, name: str, convert: Callable[[Any], Any]) -> None:
        self._name = name
        self._convert = convert

    def values(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> list[Any]:
        """Copy the column and convert it."""
        del run, field, arguments, where
        convert = self._convert
        values = _column(sources, self._name, read_plainly)
        return each(lambda value: value if isinstance(value, Exception) else convert(value), values)

    def source(self, _: Arguments) -> Source:
        """Read and convert it."""
        return Reading(self._name, self._convert)

    def reads(self) -> Reads:
        """Read the one."""
        return frozenset({self._name})


class Item(Way):
    """A column of the row that a batch resolver would otherwise answer with."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def values(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> list[Any]:
        """Copy the column."""
        del run, field, arguments, where
        return each(item, sources, self._name)

    def source(self, _: Arguments) -> Source:
        """Read it as an item."""
        return Reading(self._name, attributes=False)

    def reads(self) -> Reads:
        """Read the one."""
        return frozenset({self._name})


class Computed(Way):
    """A function of each source alone."""

    __slots__ = ("_declared",)

    def __init__(self, declared: declarations.Computed) -> None:
        self._declared = declared

    def values(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> list[Any]:
        """Call it for each source."""
        del run, field, where
        declared = self._declared
        return each(declared.value if declared.of else declared.function, sources, **arguments)

    def source(self, arguments: Arguments) -> Source | None:
        """Call it, unless variables decide with what."""
        if not isinstance(arguments, Always):
            return None
        declared = self._declared
        function = partial(declared.function, **arguments.values) if arguments.values else declared.function
        return Calling(function, declared.of)

    def reads(self) -> Reads:
        """Read what it is declared to follow from; nobody knows what else a function reads."""
        return frozenset(self._declared.of) or None


class Composed(Way):
    """An object of columns of each source."""

    __slots__ = ("_declared",)

    def __init__(self, declared: declarations.Composed) -> None:
        self._declared = declared

    def values(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> list[Any]:
        """Make them."""
        del run, field, arguments, where
        return each(self._declared.value, sources)

    def source(self, _: Arguments) -> Source:
        """Make it, or do without it."""
        return Composing(self._declared.made, self._declared.columns)

    def reads(self) -> Reads:
        """Read what it is composed of."""
        return frozenset(self._declared.columns.values())


class TypeName(Way):
    """`__typename`."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def values(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> list[Any]:
        """Say the same of all."""
        del run, field, arguments, where
        return [self._name] * len(sources)

    def source(self, _: Arguments) -> Source:
        """Write it out."""
        return Saying(self._name)

    def reads(self) -> Reads:
        """Read nothing."""
        return frozenset()


def _column(sources: Sources, name: str, read: Read) -> list[Any]:
    """Copy a column in one go; if one value cannot be read, once more with care."""
    classes = set(map(type, sources)) if read is read_plainly else set()
    try:
        if len(classes) == 1 and has_items(next(iter(classes)), name):
            return [source[name] for source in sources]
        if read is getattr or (classes and not any(issubclass(each, dict) for each in classes)):
            return list(map(attrgetter(name), sources))
    except Exception:  # noqa: BLE001, S110 - found out below, source by source
        pass
    return each(read, sources, name)
