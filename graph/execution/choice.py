"""Choosing how a field is answered, by its declaration."""

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

from graph.execution import loaded_ways, plain_ways
from graph.execution.declarations import HOW, Batched, Column, Composed, Computed, How, Related, read
from graph.execution.ways import Way


def way_of(parent: GraphQLObjectType, definition: GraphQLField, node: FieldNode) -> tuple[Way, How | None]:
    """Choose how a field is answered, and give the declaration that says so, if one does.

    A field with extensions or permissions keeps Strawberry's resolver, which applies them.
    """
    if definition is TypeNameMetaFieldDef:
        return plain_ways.TypeName(parent.name), None
    declared = definition.extensions.get("strawberry-definition")
    if isinstance(declared, StrawberryField) and not declared.extensions:
        how = declared.metadata.get(HOW)
        if isinstance(how, Batched) and how.column is not None and _asks_for_nothing(definition, node, how):
            return plain_ways.Item(how.column), how
        if how is not None:
            return _declared_way(how, definition), how
        if declared.is_basic_field:
            return plain_ways.Named(declared.python_name, declared.default_resolver, definition), None
    return loaded_ways.Resolver(definition.resolve or default_field_resolver, definition), None


def _asks_for_nothing(definition: GraphQLField, node: FieldNode, how: Batched) -> bool:
    """Say whether every argument is null for want of a value and of a default."""
    defaults = (coerce_default_value(argument) for argument in definition.args.values())
    return not node.arguments and not how.converted and all(value in (None, Undefined) for value in defaults)


def _declared_way(how: How, definition: GraphQLField) -> Way:
    match how:
        case Column(name, None):
            return plain_ways.Named(name, read, definition)
        case Column(name, convert) if convert is not None:
            return plain_ways.Converted(name, convert)
        case Computed():
            return plain_ways.Computed(how)
        case Composed():
            return plain_ways.Composed(how)
        case Related():
            return loaded_ways.Related(how)
        case Batched(plainly=plainly):
            return loaded_ways.Batched(how, None if plainly is None else _declared_way(plainly.how, definition))
    raise TypeError(f"{how!r} is no declaration of how a field is answered")
