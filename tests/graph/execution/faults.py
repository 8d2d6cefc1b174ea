"""Faults in the answers of declared fields: errors, nulls where none may stand, values of the wrong type.

Whether a field fails for a source follows from the field, the source and the document's number, so both executors meet
the same faults however they group the sources.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import strawberry
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.types.field import StrawberryField

from graph.binding import bind, needs_conversion
from graph.execution.declarations import HOW, Batched, Column, Composed, Computed, How, Plainly
from graph.execution.plans import Field
from models.database import Database, Row


class Fault(Exception):  # noqa: N818 - the name says what it is
    """An error that a test put there."""


@dataclass(frozen=True)
class Misfit:
    """A value that is of no type of the schema's; one is like the other."""

    def __repr__(self) -> str:
        return "a misfit"


@dataclass
class Faults:
    """Which faults there are: `number` is the document's, `rate` how many of 1,000 answers are one."""

    number: int = 0
    rate: int = 0
    met: int = 0

    def meets(self, *what: Any) -> int:
        """Tell the kind of the fault that is met there, 1 to 4, or 0."""
        drawn = crc32(repr((self.number, *what)).encode())
        if drawn % 1000 >= self.rate:
            return 0
        self.met += 1
        return 1 + (drawn >> 16) % 4

    def of(self, coordinate: str, source: Any, value: Callable[[], Any]) -> Any:
        """Give a value, or the fault in its place."""
        match self.meets(coordinate, _key(source)):
            case 1:
                raise Fault(f"raised at {coordinate}")
            case 2:
                return Fault(f"returned at {coordinate}")
            case 3:
                return None
            case 4:
                return Misfit()
        return value()


def _key(source: Any) -> Any:
    """Name a source by what it holds: the executors see equal sources, not the same ones."""
    if isinstance(source, Row):
        return type(source).__name__, next(iter(source.values()))
    if hasattr(source, "nodes"):
        return "page", [_key(node) for node in source.nodes]
    if hasattr(source, "node"):
        return "edge", _key(source.node)
    return source if isinstance(source, dict) else type(source).__name__


class Memory(Database):
    """A database whose rows are read once: asked again, a statement answers what it did before, or with its fault."""

    def __init__(self, database: Database, faults: Faults) -> None:
        self._behind = database
        self._faults = faults
        self._known: dict[Any, Any] = {}

    async def fetch(self, statement: Any, row: Any = Row, **parameters: Any) -> Any:
        """Read as Database does; a statement that fails does so with whatever parameters."""
        if self._faults.meets(statement.sql):
            raise Fault("a statement failed")
        key = (statement.sql, row, repr(sorted(parameters.items())))
        if key not in self._known:
            self._known[key] = await self._behind.fetch(statement, row, **parameters)
        return self._known[key]


@contextmanager
def put_into(schema: strawberry.Schema, faults: Faults) -> Iterator[None]:
    """Let all fields of a bound schema fail as `faults` say, for graphql-core as for plans, as long as this holds.

    Faults are told by statements: while there are any, plans run those that graphql-core does, which read all columns.
    """
    core: GraphQLSchema = schema._schema  # noqa: SLF001 - Strawberry offers no public way to it
    kept = []
    reads = Field.reads_of_rows
    assert reads.fget is not None
    told = reads.fget
    Field.reads_of_rows = property(lambda field: None if faults.rate else told(field))  # type: ignore[method-assign,assignment]
    for each in core.type_map.values():
        if isinstance(each, GraphQLObjectType) and not each.name.startswith("__"):
            for name, definition in each.fields.items():
                declared = definition.extensions.get("strawberry-definition")
                if isinstance(declared, StrawberryField) and each is not core.subscription_type:
                    kept.append((declared, declared.metadata, definition, definition.resolve))
                    _make_faulty(f"{each.name}.{name}", declared, definition, faults)
    bind(schema)
    try:
        yield
    finally:
        # Also after a difference was found: faults that stayed would meet the next test's documents too.
        # The last first: types that inherit a field share its declaration.
        Field.reads_of_rows = reads  # type: ignore[method-assign]
        for declared, metadata, definition, resolve in reversed(kept):
            declared.metadata, definition.resolve = metadata, resolve


def _make_faulty(coordinate: str, declared: StrawberryField, definition: GraphQLField, faults: Faults) -> None:
    if any(map(needs_conversion, definition.args.values())):
        return  # graphql-core keeps Strawberry's resolver there, which nothing can be put into
    how = _faulty(coordinate, declared, faults)
    if how is not None:
        declared.metadata = {HOW: how}


def _faulty(coordinate: str, declared: StrawberryField, faults: Faults) -> How | None:
    how = declared.metadata.get(HOW)
    if how is None and declared.is_basic_field:
        read, name = declared.default_resolver, declared.python_name
        return Computed(lambda source: faults.of(coordinate, source, lambda: read(source, name)))
    match how:
        case Column(_, convert) if convert is not None:
            return replace(how, convert=lambda value: faults.of(coordinate, {"column": value}, lambda: convert(value)))
        case Computed() | Composed():
            value = how.value
            return Computed(lambda source, **given: faults.of(coordinate, source, lambda: value(source, **given)))
        case Batched(resolver):

            async def answered(sources: Sequence[Any], context: Any, **given: Any) -> Sequence[Any]:
                try:
                    values = resolver(sources, context, **given)
                    return values if isinstance(values, list) else await values
                except Exception as error:  # noqa: BLE001 - one source's misfit is no other's: executors group them otherwise
                    if len(sources) == 1:
                        return [error]
                    return [value for source in sources for value in await answered([source], context, **given)]

            async def resolve(sources: Sequence[Any], context: Any, **given: Any) -> list[Any]:
                values = await answered(sources, context, **given)
                return [
                    _attempted(coordinate, source, value, faults) for source, value in zip(sources, values, strict=True)
                ]

            return replace(how, resolver=resolve, plainly=_unless_faulty(how.plainly, faults))
    return None


def _unless_faulty(plainly: Plainly | None, faults: Faults) -> Plainly | None:
    """Have the resolver asked, which the faults are in, as long as there are any."""
    if plainly is None:
        return None
    holds = plainly.holds
    return replace(plainly, holds=lambda sources, context: not faults.rate and holds(sources, context))


def _attempted(coordinate: str, source: Any, value: Any, faults: Faults) -> Any:
    try:
        return faults.of(coordinate, source, lambda: value)
    except Fault as fault:
        return fault
