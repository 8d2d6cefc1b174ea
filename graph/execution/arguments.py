"""Arguments of a field, as its resolver takes them."""

from collections.abc import Callable
from typing import Any, Final

from graphql import FieldNode, GraphQLField, GraphQLSchema, Node, VariableNode
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from graph.execution.declarations import How

Arguments = Callable[[VariableValues], dict[str, Any]]
"""Gives the arguments for a request's variables; raises what is wrong with them."""

_NO_ARGUMENTS: Final[dict[str, Any]] = {}


def arguments_of(schema: GraphQLSchema, definition: GraphQLField, node: FieldNode, how: How | None) -> Arguments:
    """Compile a field's arguments. Those without variables are made once, if no resolver can change them."""
    if not definition.args:
        return lambda _: _NO_ARGUMENTS
    compute = _computing(schema, definition, node, how)
    if _mentions_variables(node):
        return compute
    known: list[dict[str, Any]] = []

    def remembered(variables: VariableValues) -> dict[str, Any]:
        if known:
            return known[0]
        arguments = compute(variables)
        if _unchangeable(arguments):
            known.append(arguments)
        return arguments

    return remembered


def _computing(schema: GraphQLSchema, definition: GraphQLField, node: FieldNode, how: How | None) -> Arguments:
    if how is None:  # a resolver of graphql-core's own kind converts for itself
        return lambda variables: get_argument_values(definition, node, variables)
    declared = definition.extensions["strawberry-definition"].arguments
    strawberry = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way back
    config, scalars = strawberry.config, strawberry.schema_converter.scalar_registry
    converted = getattr(how, "converted", {})

    def compute(variables: VariableValues) -> dict[str, Any]:
        given = get_argument_values(definition, node, variables)
        arguments: dict[str, Any] = convert_arguments(given, declared, config=config, scalar_registry=scalars)
        for name, convert in converted.items():
            arguments[name] = convert(arguments[name])
        return arguments

    return compute


def _mentions_variables(node: FieldNode) -> bool:
    pending: list[Node] = [argument.value for argument in node.arguments or ()]
    while pending:
        value = pending.pop()
        if isinstance(value, VariableNode):
            return True
        pending += getattr(value, "values", None) or ()
        pending += [each.value for each in getattr(value, "fields", None) or ()]
    return False


def _unchangeable(arguments: dict[str, Any]) -> bool:
    try:
        hash(tuple(arguments.values()))
    except TypeError:
        return False
    return True
