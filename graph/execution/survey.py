"""What is to be known of an operation before it is compiled: what its plans depend on, and whether it can have one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import Final

from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLDeferDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLStreamDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.type.directives import GraphQLDisableErrorPropagationDirective

UNSUPPORTED_FIELDS: Final = frozenset({"__schema", "__type"})
UNSUPPORTED_DIRECTIVES: Final = frozenset(
    {GraphQLDeferDirective.name, GraphQLStreamDirective.name, GraphQLDisableErrorPropagationDirective.name}
)
SWITCHES: Final = frozenset({"skip", "include"})


@dataclass(frozen=True, slots=True)
class Survey:
    """What an operation is like.

    `switches` are the variables that @skip and @include look at: a plan is for one set of their values. What is not
    `supported` (introspection, incremental delivery) is left to graphql-core.
    """

    switches: tuple[str, ...]
    supported: bool


def survey(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]
) -> Survey:
    """Look at an operation and all fragments of its document, each once."""
    switches: set[str] = set()
    supported = _answers_types_at_once(schema)
    directives = list(operation.directives or ())
    definitions = [each.definition for each in fragments.values()]
    for node in _selections([operation.selection_set, *(each.selection_set for each in definitions)]):
        directives += node.directives or ()
        if isinstance(node, FieldNode) and node.name.value in UNSUPPORTED_FIELDS:
            supported = False
    for directive in directives:
        if directive.name.value in UNSUPPORTED_DIRECTIVES:
            supported = False
        if directive.name.value in SWITCHES:
            switches.update(_variables(directive))
    if any(each.variable_definitions for each in definitions):  # an experiment of graphql-core's
        supported = False
    return Survey(tuple(sorted(switches)), supported)


def _selections(pending: list[SelectionSetNode]) -> Iterator[SelectionNode]:
    while pending:
        for node in pending.pop().selections:
            yield node
            if isinstance(node, (FieldNode, InlineFragmentNode)) and node.selection_set is not None:
                pending.append(node.selection_set)


def _variables(directive: DirectiveNode) -> Iterator[str]:
    for argument in directive.arguments or ():
        if isinstance(argument.value, VariableNode):
            yield argument.value.name.value


@lru_cache(maxsize=4)
def _answers_types_at_once(schema: GraphQLSchema) -> bool:
    """Say whether no object type has to await whether a value is of it."""
    return not any(
        isinstance(each, GraphQLObjectType) and iscoroutinefunction(each.is_type_of)
        for each in schema.type_map.values()
    )
