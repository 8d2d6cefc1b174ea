"""How a field of a type is declared: a column, a function of the row, a relation, a batch resolver and the like.

A declaration keeps what it is in the field's metadata under `HOW`, so that an executor may resolve the field once for
all objects of a level. The resolvers that are made here for graphql-core do the same one object at a time, over
dataloaders.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import strawberry

from graph.execution.ahead import selected_of
from graph.execution.declarations import HOW, Batched, Column, Composed, Computed, Plainly, Related, read
from models.database import Row
from resolvers.context import Batch, Context
from resolvers.loaders.lookups import Lookup


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a batch field: its type, what clients are told of it, its default (`...` for none).

    `convert` turns what the client gave into what the resolver takes.
    """

    type: Any
    description: str
    default: Any = None
    convert: Callable[[Any], Any] | None = None


def column(description: str, *, name: str | None = None, convert: Callable[[Any], Any] | None = None) -> Any:
    """Declare a field that is a column of the row, `name` if it is called otherwise there.

    `convert` is a plain function of the column's value; a column that is converted is named.
    """
    if name is None:
        return strawberry.field(description=description)
    source: str = name

    def resolve(root: Any) -> Any:
        value = read(root, source)
        return value if convert is None else convert(value)

    return _declared(resolve, Column(source, convert), description, {})


def related(lookup: Lookup[Any, Any], *, by: str, description: str) -> Any:
    """Declare a field that is another row, found by a key column; None where the key is None or finds nothing."""

    def resolve(root: Row, info: strawberry.Info[Context, None]) -> Awaitable[Any] | None:
        key = root[by]
        return None if key is None else info.context.load(lookup, key)

    return _declared(resolve, Related(lookup, by), description, {})


def computed(
    function: Callable[..., Any],
    *,
    description: str,
    arguments: Mapping[str, Argument] | None = None,
    of: tuple[str, ...] = (),
) -> Any:
    """Declare a field that `function` makes of its parent and the arguments, without reading anything.

    With `of`, and without arguments, the function takes these columns of the parent in its place.
    """
    how = Computed(function, of)
    assert not (of and arguments)  # noqa: S101 - one or the other

    def resolve(root: Any, **given: Any) -> Any:
        return how.value(root, **given)

    return _declared(resolve, how, description, arguments or {})


def composed(made: type, columns: Mapping[str, str], *, description: str) -> Any:
    """Declare a field that is a `made`, a plain class, whose attributes are these columns of the parent."""
    how = Composed(made, columns)

    def resolve(root: Any) -> Any:
        return how.value(root)

    return _declared(resolve, how, description, {})


def batch(
    resolver: Batch[Any, ..., Any],
    *,
    description: str,
    arguments: Mapping[str, Argument] | None = None,
    column: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    looks_ahead: bool = False,
    reads: Iterable[str] | None = None,
    rows: type | None = None,
) -> Any:
    """Declare a field that `resolver` answers for all parents at once.

    With `column`, the field is that column whenever every argument is None, and the resolver is not asked. `metadata`
    is kept in the field's. A resolver that `looks_ahead` is also given the names of the fields that are selected of its
    answer, an object: `selected`. `reads` are all the columns that the resolver reads of the parents, if that is known.
    The resolver is told in turn what is read of the `rows` that it answers with, if it says of which class they are.
    """
    arguments = arguments or {}
    converted = {name: argument.convert for name, argument in arguments.items() if argument.convert}

    def resolve(root: Any, info: strawberry.Info[Context, None], **given: Any) -> Any:
        for name, convert in converted.items():
            given[name] = convert(given[name])
        if column is not None and not any(value is not None for value in given.values()):
            return root[column]
        if looks_ahead:
            given["selected"] = selected_of(info._raw_info)  # noqa: SLF001 - its own `selected_fields` are slower
        return info.context.batch(resolver, root, **given)

    how = Batched(resolver, column, converted, looks_ahead, None if reads is None else frozenset(reads), rows)
    return _declared(resolve, how, description, arguments, metadata)


def plainly(field: Any, *, where: Callable[[Sequence[Any], Context], bool], how: Column | Composed) -> Any:
    """Declare of a batch field without arguments `how` it follows from columns of parents of which `where` holds.

    Then its resolver, which says the same, need not be asked for them.
    """
    declared = field.metadata[HOW]
    assert isinstance(declared, Batched)  # noqa: S101 - nothing else is asked
    field.metadata = {**field.metadata, HOW: replace(declared, plainly=Plainly(where, how))}
    return field


def _declared(
    resolve: Callable[..., Any],
    how: Column | Related | Computed | Composed | Batched,
    description: str,
    arguments: Mapping[str, Argument],
    metadata: Mapping[str, Any] | None = None,
) -> Any:
    """Make the Strawberry field; it reads its arguments from the resolver's signature, so that is written here."""
    own = [parameter for parameter in inspect.signature(resolve).parameters.values() if parameter.name != "given"]
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if argument.default is ... else argument.default,
            annotation=Annotated[argument.type, strawberry.argument(description=argument.description)],
        )
        for name, argument in arguments.items()
    ]
    resolve.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]  # inspect reads it
    resolve.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *added]}
    return strawberry.field(resolver=resolve, description=description, metadata={HOW: how, **(metadata or {})})
