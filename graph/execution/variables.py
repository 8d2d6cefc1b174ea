"""Variables of an operation, coerced as graphql-core does it; what no request changes is worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    get_nullable_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    get_variable_values,
    input_is_nested_too_deeply,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

_PLAIN: Final[Mapping[GraphQLInputType, type]] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
}
"""The scalars that take a value of exactly this type as it is; an integer, within its bounds."""


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    signature: GraphQLVariableSignature
    plain: type | None
    nullable: bool
    default: Any
    """Undefined without one."""
    not_given: VariableValueSource


class Variables:
    """The variables that one operation declares."""

    __slots__ = ("_known", "_nodes", "_schema")

    def __init__(self, schema: GraphQLSchema, nodes: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._known = [_variable(schema, node) for node in nodes]

    def coerce(
        self, inputs: Mapping[str, Any], *, max_errors: int, hide_suggestions: bool
    ) -> VariableValues | list[GraphQLError]:
        """Coerce a request's values; if anything is wrong with them, graphql-core says what."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            if all(
                known is not None and _coerce(known, inputs.get(known.name, Undefined), sources, coerced)
                for known in self._known
            ):
                return VariableValues(sources, coerced)
        except GraphQLError:  # an input type may raise what graphql-core makes an error of the request
            pass
        return get_variable_values(
            self._schema, self._nodes, dict(inputs), max_errors=max_errors, hide_suggestions=hide_suggestions
        )


def _variable(schema: GraphQLSchema, node: VariableDefinitionNode) -> _Variable | None:
    """Work out what holds for every request; None for a variable that is left to graphql-core."""
    signature = get_variable_signature(schema, node)
    if isinstance(signature, GraphQLError):
        return None
    try:
        default = coerce_default_value(signature)
        hash(default)  # a default that could be changed is made anew for each request
    except TypeError:
        return None
    nullable = not is_non_null_type(signature.type)
    plain = _PLAIN.get(cast("GraphQLInputType", get_nullable_type(signature.type)))
    return _Variable(signature.name, signature, plain, nullable, default, VariableValueSource(signature))


def _coerce(known: _Variable, value: Any, sources: dict[str, VariableValueSource], coerced: dict[str, Any]) -> bool:
    """Coerce one value; False if it is none that the variable takes."""
    name = known.name
    if value is Undefined:
        sources[name] = known.not_given
        if known.default is not Undefined:
            coerced[name] = known.default
            return True
        return known.nullable  # one that is not given is left out
    sources[name] = VariableValueSource(known.signature, value)
    if value is None:
        coerced[name] = None
        return known.nullable
    if type(value) is known.plain and (type(value) is not int or GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT):
        coerced[name] = value
        return True
    if input_is_nested_too_deeply(value, known.signature.type):
        return False
    coerced[name] = coerce_input_value(value, known.signature.type)
    return coerced[name] is not Undefined
