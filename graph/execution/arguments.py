"""Arguments of a field, as its resolver takes them."""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass
from typing import Any, Final

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLSchema,
    Node,
    Undefined,
    VariableNode,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry.relay.types import GlobalID
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryContainer, StrawberryMaybe, StrawberryObjectDefinition

from graph.execution.declarations import How

Arguments = Callable[[VariableValues], dict[str, Any]]
"""Gives the arguments for a request's variables; raises what is wrong with them."""
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Always:
    """Arguments that are the same for every request."""

    values: dict[str, Any]

    def __call__(self, _: VariableValues) -> dict[str, Any]:
        """Give them, whatever the variables."""
        return self.values


_NO_ARGUMENTS: Final = Always({})


def arguments_of(schema: GraphQLSchema, definition: GraphQLField, node: FieldNode, how: How | None) -> Arguments:
    """Compile a field's arguments: what does not depend on variables is worked out once, if nobody can change it."""
    if not definition.args:
        return _NO_ARGUMENTS
    if how is None:  # a resolver of graphql-core's own kind converts for itself
        return lambda variables: get_argument_values(definition, node, variables)
    with_care = _with_care(schema, definition, node, how)
    try:
        sources = _compiled(schema, definition, node, how)
    except _OnlyStrawberryKnowsError:
        return with_care
    constants = {source.name: source.value for source in sources if isinstance(source, _Constant)}
    if len(constants) == len(sources):
        return Always(constants)
    return lambda variables: _collected(sources, variables) or with_care(variables)


def _with_care(schema: GraphQLSchema, definition: GraphQLField, node: FieldNode, how: How) -> Arguments:
    """Compute arguments as graphql-core and Strawberry do, who know how to say what is wrong with them."""
    declared = definition.extensions["strawberry-definition"].arguments
    strawberry = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way back
    config, scalars = strawberry.config, strawberry.schema_converter.scalar_registry
    hooks = getattr(how, "converted", {})

    def compute(variables: VariableValues) -> dict[str, Any]:
        given = get_argument_values(definition, node, variables)
        arguments: dict[str, Any] = convert_arguments(given, declared, config=config, scalar_registry=scalars)
        for name, convert in hooks.items():
            arguments[name] = convert(arguments[name])
        return arguments

    return compute


class _OnlyStrawberryKnowsError(Exception):
    """A type converts its values in a way of its own."""


class _Unusual(Exception):  # noqa: N818 - it is no error, but a way out of the short way
    """The values need graphql-core's care."""


@dataclass(frozen=True, slots=True)
class _Constant:
    name: str
    value: Any

    def read(self, _: VariableValues) -> Any:
        return self.value


@dataclass(frozen=True, slots=True)
class _Variable:
    """An argument that is a variable; `default` is what it is when the variable has no value."""

    name: str
    variable: str
    default: "_Constant | _Literal | None"
    nullable: bool
    convert: Convert | None

    def read(self, variables: VariableValues) -> Any:
        value = variables.coerced.get(self.variable, Undefined)
        if value is Undefined:
            if self.default is None:
                raise _Unusual
            return self.default.read(variables)
        if value is None and not self.nullable:
            raise _Unusual
        return self.convert(value) if self.convert is not None else value


@dataclass(frozen=True, slots=True)
class _Literal:
    """An argument that has to be made for each request: it has variables within, or could be changed."""

    name: str
    make: Callable[[VariableValues], Any]
    convert: Convert | None

    def read(self, variables: VariableValues) -> Any:
        value = self.make(variables)
        if value is Undefined:
            raise _Unusual
        return self.convert(value) if self.convert is not None else value


_Source = _Constant | _Variable | _Literal


def _collected(sources: list[_Source], variables: VariableValues) -> dict[str, Any] | None:
    """Read the arguments one by one; None if one is wrong: which is said first is for who has looked at all of them."""
    try:
        return {source.name: source.read(variables) for source in sources}
    except Exception:  # noqa: BLE001 - what is wrong is found out with care
        return None


def _compiled(schema: GraphQLSchema, definition: GraphQLField, node: FieldNode, how: How) -> list[_Source]:
    declared = definition.extensions["strawberry-definition"].arguments
    naming = schema._strawberry_schema.config.name_converter  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    by_name = {naming.from_argument(each): each for each in declared}
    hooks = getattr(how, "converted", {})
    given = {each.name.value: each for each in node.arguments or ()}
    return [
        source
        for name, argument in definition.args.items()
        for source in _sources(argument, by_name[name], given.get(name), hooks.get(by_name[name].python_name))
    ]


def _sources(
    argument: GraphQLArgument, declared: StrawberryArgument, node: ArgumentNode | None, hook: Convert | None
) -> Iterator[_Source]:
    """Compile one argument; nothing comes of one that is left out and has no default."""
    if _is_special(declared.type):
        raise _OnlyStrawberryKnowsError
    name = declared.python_name
    convert = _both(_converter(argument.type), hook)
    default = _default(name, argument, convert)
    if node is None:
        if default is not None:
            yield default
        return
    if isinstance(node.value, VariableNode):
        if default is None and not is_required_argument(argument):
            raise _OnlyStrawberryKnowsError  # left out when the variable has no value
        nullable = not is_non_null_type(argument.type)
        yield _Variable(name, node.value.name.value, default, nullable, convert)
        return
    literal = _Literal(name, lambda variables: coerce_input_literal(node.value, argument.type, variables), convert)
    yield literal if _mentions_variables(node.value) else _settled(literal)


def _default(name: str, argument: GraphQLArgument, convert: Convert | None) -> _Constant | _Literal | None:
    if is_required_argument(argument) or coerce_default_value(argument) is Undefined:
        return None
    return _settled(_Literal(name, lambda _: coerce_default_value(argument), convert))


def _settled(literal: _Literal) -> _Constant | _Literal:
    """Work a literal out once and for all, if nobody can change what comes of it."""
    try:
        value = literal.read(VariableValues({}, {}))
        hash(value)
    except Exception:  # noqa: BLE001 - what is wrong with it is said when it is asked for
        return literal
    return _Constant(literal.name, value)


def _both(first: Convert | None, second: Convert | None) -> Convert | None:
    if first is None or second is None:
        return first or second
    return lambda value: second(first(value))


def _converter(graphql_type: Any, above: tuple[Any, ...] = ()) -> Convert | None:
    """Compile what Strawberry makes of a coerced value; None if it stays as it is."""
    nullable = get_nullable_type(graphql_type)
    if is_list_type(nullable):
        return _of_list(_converter(nullable.of_type, above))
    if is_input_object_type(nullable) and nullable not in above:  # one that holds itself has no end
        return _of_input(nullable, (*above, nullable))
    if is_leaf_type(nullable):
        return None
    raise _OnlyStrawberryKnowsError


def _is_special(declared: Any) -> bool:
    """Say whether Strawberry makes something of a leaf's values."""
    while not isinstance(declared, StrawberryMaybe) and isinstance(declared, StrawberryContainer):
        declared = declared.of_type
    return isinstance(declared, StrawberryMaybe) or declared is GlobalID


def _of_list(convert: Convert | None) -> Convert:
    if convert is None:  # the list is still copied: a default is one list for all requests
        return lambda values: None if values is None else list(values)
    return lambda values: None if values is None else [None if value is None else convert(value) for value in values]


def _of_input(graphql_type: GraphQLInputObjectType, above: tuple[Any, ...]) -> Convert:
    definition = graphql_type.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryObjectDefinition) or definition.from_input is not None:
        raise _OnlyStrawberryKnowsError
    fields: list[tuple[str, str, Convert | None]] = []
    # A field without a default is None when it is left out; that it may be left out has been checked.
    blank: dict[str, Any] = {}
    for name, field in graphql_type.fields.items():
        declared = field.extensions["strawberry-definition"]
        if _is_special(declared.type):
            raise _OnlyStrawberryKnowsError
        fields.append((name, declared.python_name, _converter(field.type, above)))
        if declared.default_value is MISSING and declared.default_factory is MISSING:
            blank[declared.python_name] = None

    def convert(value: Any) -> Any:
        if value is None:
            return None
        arguments = blank.copy()
        for name, python_name, inner in fields:
            if name in value:
                arguments[python_name] = value[name] if inner is None else inner(value[name])
        return definition.origin(**arguments)

    return convert


def _mentions_variables(node: Node) -> bool:
    pending: list[Node] = [node]
    while pending:
        value = pending.pop()
        if isinstance(value, VariableNode):
            return True
        pending += getattr(value, "values", None) or ()
        pending += [each.value for each in getattr(value, "fields", None) or ()]
    return False
