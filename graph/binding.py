"""Short ways from graphql-core to declared fields.

Strawberry wraps every resolver to build its own Info and to convert arguments by their types, about 20 microseconds a
field and object. A field that is declared by `graph.fields` says what it is, so that most need neither: a listing of 24
products costs a third less. What does need the conversion (enumerations, input objects) keeps Strawberry's resolver.
"""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    get_named_type,
    is_enum_type,
    is_input_object_type,
)
from strawberry.types.field import StrawberryField

from graph.execution.declarations import HOW, Batched, Column, Composed, Computed, Related
from resolvers.context import Context

Resolver = Callable[..., Any]
Info = GraphQLResolveInfo[Context]


def bind(schema: strawberry.Schema) -> None:
    """Give the schema's plain and declared fields their short resolvers."""
    core = schema._schema  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
    for graphql_type in core.type_map.values():
        if not isinstance(graphql_type, GraphQLObjectType) or graphql_type is core.subscription_type:
            continue
        for field in graphql_type.fields.values():
            definition = field.extensions.get("strawberry-definition")
            if isinstance(definition, StrawberryField):
                field.resolve = _short(definition, field) or field.resolve


def _short(definition: StrawberryField, field: GraphQLField) -> Resolver | None:
    how = definition.metadata.get(HOW)
    match how:
        case Column(name, convert):
            return _column(name, convert)
        case Related(lookup, by):
            return _related(lookup, by)
        case Composed():
            return lambda source, _: how.value(source)
        case Computed() if not any(map(needs_conversion, field.args.values())):
            return _computed(
                how.value, {name: argument.python_name for name, argument in _arguments(definition, field)}
            )
        case Batched(looks_ahead=False) if not any(map(needs_conversion, field.args.values())):
            return _batched(how, {name: argument.python_name for name, argument in _arguments(definition, field)})
    return _column(definition.python_name, None) if definition.is_basic_field else None


def needs_conversion(argument: Any) -> bool:
    """Say whether only Strawberry knows what Python value an argument's GraphQL value stands for."""
    named = get_named_type(argument.type)
    return is_enum_type(named) or is_input_object_type(named)


def _arguments(definition: StrawberryField, field: GraphQLField) -> list[tuple[str, Any]]:
    return list(zip(field.args, definition.arguments, strict=True))


def _column(name: str, convert: Callable[[Any], Any] | None) -> Resolver:
    def plain(source: Any, _: Info) -> Any:
        return source[name] if isinstance(source, dict) else getattr(source, name)

    def converted(source: Any, _: Info) -> Any:
        return convert(plain(source, _))  # type: ignore[misc]  # chosen only where there is one

    return plain if convert is None else converted


def _related(lookup: Any, by: str) -> Resolver:
    def resolve(source: Any, info: Info) -> Any:
        key = source[by]
        return None if key is None else info.context.load(lookup, key)

    return resolve


def _computed(function: Callable[..., Any], names: dict[str, str]) -> Resolver:
    def resolve(source: Any, _: Info, **given: Any) -> Any:
        return function(source, **{names[name]: value for name, value in given.items()})

    return resolve


def _batched(how: Batched, names: dict[str, str]) -> Resolver:
    resolver, column, converted = how.resolver, how.column, how.converted

    def resolve(source: Any, info: Info, **given: Any) -> Any:
        if column is not None and not any(value is not None for value in given.values()):
            return source[column]
        arguments = {names[name]: value for name, value in given.items()}
        for name, convert in converted.items():
            arguments[name] = convert(arguments[name])
        return info.context.batch(resolver, source, **arguments)

    return resolve
