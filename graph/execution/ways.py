"""Ways of answering a field for all objects of a level: one for each kind of declaration, and graphql-core's own."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from inspect import isawaitable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, GraphQLObjectType, TypeNameMetaFieldDef, default_field_resolver
from strawberry.types.field import StrawberryField

from graph.execution.declarations import Batched, Column, Computed, How, Related
from graph.execution.where import Where

if TYPE_CHECKING:
    from graph.execution.plans import Field
    from graph.execution.running import Run

Sources = Sequence[Any]


class Way(ABC):
    """How a column of values comes about. `later` says that it takes awaiting: then `values_later` is used."""

    __slots__ = ("later",)
    later: bool

    @abstractmethod
    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any]) -> list[Any]:
        """Answer each source; an exception in a value's place is that value's error."""

    async def values_later(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> Sequence[Any]:
        """Answer each source."""
        del where
        return self.values(run, field, sources, arguments)


class _Each(Way):
    """A function of each source alone."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.later = False
        self._function = function

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any]) -> list[Any]:
        """Call it for each source; if one fails, once more with care, so that the others keep their values."""
        del run, field
        function = self._function
        try:
            if arguments:
                return [function(source, **arguments) for source in sources]
            return [function(source) for source in sources]
        except Exception:  # noqa: BLE001 - found out below, source by source
            return [_attempt(function, source, arguments) for source in sources]


class _Named(_Each):
    """A plain value: a key of a document, or an attribute of anything else."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        read = attrgetter(name)
        super().__init__(lambda source: source[name] if isinstance(source, dict) else read(source))
        self._name = name

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any]) -> list[Any]:
        """Copy the column in one go."""
        name = self._name
        try:
            return [source[name] for source in sources]
        except (KeyError, TypeError, IndexError):  # not rows and not documents
            return super().values(run, field, sources, arguments)


class _TypeName(Way):
    """`__typename`."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self.later = False
        self._name = name

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any]) -> list[Any]:
        """Say the same of all."""
        del run, field, arguments
        return [self._name] * len(sources)


class _Related(Way):
    """A declared relation: all keys at once."""

    __slots__ = ("_by", "_lookup")

    def __init__(self, declared: Related) -> None:
        self.later = True
        self._lookup = declared.lookup
        self._by = declared.by

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any]) -> list[Any]:
        """Never used: a relation takes awaiting."""
        raise NotImplementedError

    async def values_later(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> Sequence[Any]:
        """Look all keys up that are not null."""
        del field, arguments, where
        by = self._by
        keys = [source[by] for source in sources]
        if None not in keys:
            return await run.context.load_many(self._lookup, keys)  # type: ignore[no-any-return]  # Loading's
        found = iter(await run.context.load_many(self._lookup, [key for key in keys if key is not None]))
        return [None if key is None else next(found) for key in keys]


class _Batched(Way):
    """A batch resolver: one call for the level."""

    __slots__ = ("_declared",)

    def __init__(self, declared: Batched) -> None:
        self.later = True
        self._declared = declared

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any]) -> list[Any]:
        """Never used: a batch takes awaiting."""
        raise NotImplementedError

    async def values_later(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> Sequence[Any]:
        """Call the resolver, unless a column of the sources has the answer."""
        del field, where
        column = self._declared.column
        if column is not None and not any(value is not None for value in arguments.values()):
            return [source[column] for source in sources]
        return await self._declared.resolver(sources, run.context, **arguments)


class _Resolver(Way):
    """A resolver of graphql-core's kind, called for each source."""

    __slots__ = ("_resolve",)

    def __init__(self, resolve: Callable[..., Any]) -> None:
        self.later = True
        self._resolve = resolve

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any]) -> list[Any]:
        """Never used: any resolver may answer with something to await."""
        raise NotImplementedError

    async def values_later(
        self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where
    ) -> Sequence[Any]:
        """Call the resolver for each source and await what is to be awaited, side by side."""
        resolve = self._resolve
        values = [
            _attempt(resolve, source, arguments, run.info(field, where.path(index)))
            for index, source in enumerate(sources)
        ]
        waiting = [index for index, value in enumerate(values) if isawaitable(value)]
        if waiting:
            settled = await asyncio.gather(*(_awaited(values[index]) for index in waiting))
            for index, value in zip(waiting, settled, strict=True):
                values[index] = value
        return values


async def _awaited(value: Any) -> Any:
    try:
        return await value
    except Exception as error:  # noqa: BLE001 - it stands in the value's place
        return error


def _attempt(function: Callable[..., Any], source: Any, arguments: dict[str, Any], *more: Any) -> Any:
    try:
        return function(source, *more, **arguments)
    except Exception as error:  # noqa: BLE001 - it stands in the value's place
        return error


def way_of(  # noqa: PLR0911 - one for each kind
    parent: GraphQLObjectType, definition: GraphQLField, declared: Any, how: How | None
) -> Way:
    """Choose how a field is answered."""
    if definition is TypeNameMetaFieldDef:
        return _TypeName(parent.name)
    match how:
        case Column(name, None):
            return _Named(name)
        case Column(name, convert) if convert is not None:
            return _Each(lambda source: convert(getattr(source, name)))
        case Computed(function):
            return _Each(function)
        case Related():
            return _Related(how)
        case Batched():
            return _Batched(how)
    if isinstance(declared, StrawberryField) and declared.is_basic_field:
        return _Named(declared.python_name)
    return _Resolver(definition.resolve or default_field_resolver)
