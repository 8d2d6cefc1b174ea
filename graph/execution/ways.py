"""Ways of answering a field for all objects of a level: one for each kind of declaration, and graphql-core's own."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    TypeNameMetaFieldDef,
    Undefined,
    default_field_resolver,
)
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.types.field import StrawberryField

from graph.execution.arguments import Always, Arguments
from graph.execution.declarations import HOW, Batched, Column, Computed, How, Related, has_items
from graph.execution.declarations import read as read_plainly
from graph.execution.parts import Calling, Reading, Saying, Source
from graph.execution.waiting import any_waits, awaited, depth_of
from graph.execution.where import Where

if TYPE_CHECKING:
    from graph.execution.plans import Field
    from graph.execution.running import Run

Sources = Sequence[Any]
Answered = list[Any] | Awaitable[Sequence[Any]]
Read = Callable[[Any, str], Any]


class Way(ABC):
    """How a column of values comes about."""

    __slots__ = ()
    shares: ClassVar[bool] = False
    """Whether one object often is the value of many sources."""

    @abstractmethod
    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Answer each source, or give what to await for it; an exception in a value's place is that value's error."""

    def source(self, arguments: Arguments) -> Source | None:
        """Say how a value is read without a column of its own, if it can be."""
        del arguments
        return None


class _Named(Way):
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


class _Converted(Way):
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
        return _each(lambda value: value if isinstance(value, Exception) else convert(value), values)

    def source(self, _: Arguments) -> Source:
        """Read and convert it."""
        return Reading(self._name, self._convert)


class _Item(Way):
    """A column of the row that a batch resolver would otherwise answer with."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def values(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> list[Any]:
        """Copy the column."""
        del run, field, arguments, where
        return _each(_item, sources, self._name)

    def source(self, _: Arguments) -> Source:
        """Read it as an item."""
        return Reading(self._name, attributes=False)


class _Computed(Way):
    """A function of each source alone."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def values(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> list[Any]:
        """Call it for each source."""
        del run, field, where
        return _each(self._function, sources, **arguments)

    def source(self, arguments: Arguments) -> Source | None:
        """Call it, unless variables decide with what."""
        if not isinstance(arguments, Always):
            return None
        return Calling(partial(self._function, **arguments.values) if arguments.values else self._function)


class _TypeName(Way):
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


class _Related(Way):
    """A declared relation: all keys at once."""

    __slots__ = ("_by", "_lookup")
    shares = True

    def __init__(self, declared: Related) -> None:
        self._lookup = declared.lookup
        self._by = declared.by

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Look all keys up that are not null."""
        del field, arguments, where
        by = self._by
        try:
            keys = [source[by] for source in sources]
            if None not in keys:
                at_hand: list[Any] | None = run.context.at_hand(self._lookup, keys)
                if at_hand is not None:
                    return at_hand
                coming: Awaitable[Sequence[Any]] = run.context.load_many(self._lookup, keys)
                return coming
        except Exception:  # noqa: BLE001 - found out below, source by source
            keys = _each(_item, sources, by)
        wanted = [key for key in keys if key is not None and not isinstance(key, Exception)]
        if not wanted:
            return keys
        found = run.context.at_hand(self._lookup, wanted)
        if found is not None:
            return _dealt_out(keys, found)
        return _dealt(keys, run.context.load_many(self._lookup, wanted))


async def _dealt(keys: list[Any], coming: Awaitable[Sequence[Any]]) -> list[Any]:
    """Deal out what was found, or the error of looking, to those who have a key."""
    try:
        return _dealt_out(keys, await coming)
    except Exception as error:  # noqa: BLE001 - it stands in the place of each value that was looked for
        return _dealt_out(keys, repeat(error))


def _dealt_out(keys: list[Any], found: Iterable[Any]) -> list[Any]:
    there = iter(found)
    return [key if key is None or isinstance(key, Exception) else next(there) for key in keys]


class _Batched(Way):
    """A batch resolver: one call for the level."""

    __slots__ = ("_declared",)

    def __init__(self, declared: Batched) -> None:
        self._declared = declared

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Call the resolver, unless a column of the sources has the answer."""
        del field, where
        column = self._declared.column
        if column is not None and not any(value is not None for value in arguments.values()):
            return _each(_item, sources, column)
        return self._declared.resolver(sources, run.context, **arguments)


class _Resolver(Way):
    """A resolver of graphql-core's kind, called for each source."""

    __slots__ = ("_depth", "_resolve")

    def __init__(self, resolve: Callable[..., Any], definition: GraphQLField) -> None:
        self._resolve = resolve
        self._depth = depth_of(definition)

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Call the resolver for each source and await what is to be awaited, side by side."""
        resolve = self._resolve
        values = [
            _attempt(resolve, source, run.info(field, where.path(index)), **arguments)
            for index, source in enumerate(sources)
        ]
        return awaited(values, self._depth) if any_waits(values, self._depth) else values


def _item(source: Any, name: str) -> Any:
    return source[name]


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
    return _each(read, sources, name)


def _each(function: Callable[..., Any], sources: Sources, *more: Any, **arguments: Any) -> list[Any]:
    """Call a function for each source; if one fails, once more with care, so that the others keep their values."""
    try:
        if not more and not arguments:
            return list(map(function, sources))
        return [function(source, *more, **arguments) for source in sources]
    except Exception:  # noqa: BLE001 - found out below, source by source
        return [_attempt(function, source, *more, **arguments) for source in sources]


def _attempt(function: Callable[..., Any], source: Any, *more: Any, **arguments: Any) -> Any:
    try:
        return function(source, *more, **arguments)
    except Exception as error:  # noqa: BLE001 - it stands in the value's place
        return error


def way_of(parent: GraphQLObjectType, definition: GraphQLField, node: FieldNode) -> tuple[Way, How | None]:
    """Choose how a field is answered, and give the declaration that says so, if one does.

    A field with extensions or permissions keeps Strawberry's resolver, which applies them.
    """
    if definition is TypeNameMetaFieldDef:
        return _TypeName(parent.name), None
    declared = definition.extensions.get("strawberry-definition")
    if isinstance(declared, StrawberryField) and not declared.extensions:
        how = declared.metadata.get(HOW)
        if isinstance(how, Batched) and how.column is not None and _asks_for_nothing(definition, node, how):
            return _Item(how.column), how
        if how is not None:
            return _declared_way(how, definition), how
        if declared.is_basic_field:
            return _Named(declared.python_name, declared.default_resolver, definition), None
    return _Resolver(definition.resolve or default_field_resolver, definition), None


def _asks_for_nothing(definition: GraphQLField, node: FieldNode, how: Batched) -> bool:
    """Say whether every argument is null for want of a value and of a default."""
    defaults = (coerce_default_value(argument) for argument in definition.args.values())
    return not node.arguments and not how.converted and all(value in (None, Undefined) for value in defaults)


def _declared_way(how: How, definition: GraphQLField) -> Way:
    match how:
        case Column(name, None):
            return _Named(name, read_plainly, definition)
        case Column(name, convert) if convert is not None:
            return _Converted(name, convert)
        case Computed(function):
            return _Computed(function)
        case Related():
            return _Related(how)
        case Batched():
            return _Batched(how)
    raise TypeError(f"{how!r} is no declaration of how a field is answered")
