"""Ways of answering a field by what has to be loaded, or by whatever a resolver does."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField

from graph.execution import declarations
from graph.execution.arguments import Always, Arguments
from graph.execution.declarations import Reads
from graph.execution.waiting import any_waits, awaited, depth_of
from graph.execution.ways import Answered, Plain, Sources, Way, attempt, each, item
from graph.execution.where import Where

if TYPE_CHECKING:
    from graph.execution.plans import Field
    from graph.execution.running import Run


class Related(Way):
    """A declared relation: all keys at once."""

    __slots__ = ("_by", "_lookup")
    shares = True

    def __init__(self, declared: declarations.Related) -> None:
        self._lookup = declared.lookup
        self._by = declared.by

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Look all keys up that are not null."""
        del arguments, where
        by, lookup = self._by, self._lookup
        if lookup.has_light:
            lookup = lookup.for_reading(field.reads_of_rows)
        try:
            keys = [source[by] for source in sources]
            if None not in keys:
                at_hand: list[Any] | None = run.context.at_hand(lookup, keys)
                if at_hand is not None:
                    return at_hand
                coming: Awaitable[Sequence[Any]] = run.context.load_many(lookup, keys)
                return coming
        except Exception:  # noqa: BLE001 - found out below, source by source
            keys = each(item, sources, by)
        wanted = [key for key in keys if key is not None and not isinstance(key, Exception)]
        if not wanted:
            return keys
        found = run.context.at_hand(lookup, wanted)
        if found is not None:
            return _dealt_out(keys, found)
        return _dealt(keys, run.context.load_many(lookup, wanted))

    def reads(self) -> Reads:
        """Read the key."""
        return frozenset({self._by})


async def _dealt(keys: list[Any], coming: Awaitable[Sequence[Any]]) -> list[Any]:
    """Deal out what was found, or the error of looking, to those who have a key."""
    try:
        return _dealt_out(keys, await coming)
    except Exception as error:  # noqa: BLE001 - it stands in the place of each value that was looked for
        return _dealt_out(keys, repeat(error))


def _dealt_out(keys: list[Any], found: Iterable[Any]) -> list[Any]:
    there = iter(found)
    return [key if key is None or isinstance(key, Exception) else next(there) for key in keys]


class Batched(Way):
    """A batch resolver: one call for the level."""

    __slots__ = ("_declared", "_plain")

    def __init__(self, declared: declarations.Batched, plain: Way | None = None) -> None:
        self._declared = declared
        self._plain = plain
        """How it is answered where the resolver need not be called."""

    @property
    def rows(self) -> type | None:  # type: ignore[override]  # it differs from field to field
        """The class of the rows in what the resolver answers with."""
        return self._declared.rows

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Call the resolver, unless a column of the sources has the answer."""
        del where
        declared = self._declared
        column = declared.column
        if column is not None and not any(value is not None for value in arguments.values()):
            return each(item, sources, column)
        if declared.looks_ahead:
            return declared.resolver(sources, run.context, selected=field.selected(), **arguments)
        if declared.rows is not None and (reads := field.reads_of_rows) is not None:
            return declared.resolver(sources, run.context, reads=reads, **arguments)
        return declared.resolver(sources, run.context, **arguments)

    def plainly(self, arguments: Arguments) -> Plain | None:
        """Read what the resolver would answer with, where that is declared, if there are no arguments."""
        plainly, plain = self._declared.plainly, self._plain
        if plainly is None or plain is None or not isinstance(arguments, Always) or arguments.values:
            return None
        source = plain.source(arguments)
        return None if source is None else (plainly.holds, source)

    def reads(self) -> Reads:
        """Read what it is declared to."""
        return self._declared.reads


class Resolver(Way):
    """A resolver of graphql-core's kind, called for each source."""

    __slots__ = ("_depth", "_resolve")

    def __init__(self, resolve: Callable[..., Any], definition: GraphQLField) -> None:
        self._resolve = resolve
        self._depth = depth_of(definition)

    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Call the resolver for each source and await what is to be awaited, side by side."""
        resolve = self._resolve
        values = [
            attempt(resolve, source, run.info(field, where.path(index)), **arguments)
            for index, source in enumerate(sources)
        ]
        return awaited(values, self._depth) if any_waits(values, self._depth) else values
