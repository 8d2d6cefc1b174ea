"""Compiling: from an operation to its plan.

A plan holds for all requests with the same document, operation and values of the variables that @skip and @include
look at.
"""

from collections.abc import Mapping
from typing import Any, cast

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from graph.execution.arguments import arguments_of
from graph.execution.choice import way_of
from graph.execution.completion import Abstract, Completer, Items, Objects, Place
from graph.execution.kept import Counted
from graph.execution.leaves import leaf_of
from graph.execution.plans import Field, Selection


class Compiler:
    """Compiles one operation for one set of the values that @skip and @include look at.

    It tells `counted` of the number of fields of each selection, before it compiles them.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
        counted: Counted,
    ) -> None:
        self._counted = counted
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._variables = variables

    def compile(self) -> Selection:
        """Compile the root's fields; what they select in turn is compiled when there is a first object for it."""
        root = cast("GraphQLObjectType", self._schema.get_root_type(self._operation.operation))  # it is validated
        collected = collect_fields(self._schema, self._fragments, self._variables, root, self._operation)
        return self._selection(root, collected.grouped_field_set)

    def _selection(self, parent: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]) -> Selection:
        self._counted(len(grouped))
        return Selection([self._field(parent, key, details) for key, details in grouped.items()])

    def _field(self, parent: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Field:
        node = details[0].node
        definition = cast("GraphQLField", self._schema.get_field(parent, node.name.value))  # it is validated
        way, how = way_of(parent, definition, node)
        return Field(
            key,
            details,
            parent,
            definition,
            self._place(definition.type, details),
            way=way,
            arguments=arguments_of(self._schema, definition, node, how),
        )

    def _place(self, output: GraphQLOutputType, details: list[FieldDetails]) -> Place:
        if is_non_null_type(output):
            return Place(self._inner(output.of_type, details), nullable=False)
        return Place(self._inner(output, details), nullable=True)

    def _inner(self, output: Any, details: list[FieldDetails]) -> Completer:
        if is_list_type(output):
            return Items(self._place(output.of_type, details))
        if is_leaf_type(output):
            return leaf_of(output)
        if not is_abstract_type(output):
            return self._objects(output, details)
        known: dict[GraphQLObjectType, Objects] = {}

        def of(object_type: GraphQLObjectType) -> Objects:
            if object_type not in known:
                known[object_type] = self._objects(object_type, details)
            return known[object_type]

        return Abstract(output, of)

    def _objects(self, object_type: GraphQLObjectType, details: list[FieldDetails]) -> Objects:
        def compile_selection() -> Selection:
            collected = collect_subfields(
                self._schema, self._fragments, self._variables, self._operation, object_type, details
            )
            return self._selection(object_type, collected.grouped_field_set)

        return Objects(object_type, compile_selection)
