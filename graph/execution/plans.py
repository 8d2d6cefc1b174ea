"""Plans: an operation compiled once to what is done level by level.

A plan holds for all requests with the same document, operation and values of the variables that @skip and @include
look at.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

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
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import VariableNode, Visitor, visit
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from graph.execution.completion import NULLED, Abstract, Completer, Items, Leaf, Objects, Place
from graph.execution.declarations import HOW, How
from graph.execution.ways import Way, way_of
from graph.execution.where import FieldPlace, Where

if TYPE_CHECKING:
    from graph.execution.running import Run

PLAIN: Final[Mapping[str, type]] = {"String": str, "ID": str, "Boolean": bool}
"""The scalars whose values need no coercion when they are of this type. An Int has bounds, a Float may be infinite."""


class Unsupported(Exception):  # noqa: N818 - the name says what it is
    """The operation has something in it that is left to graphql-core."""


class Field:
    """One field of a selection: how it is answered, with what, and how its values are completed."""

    __slots__ = (
        "arguments",
        "coordinate",
        "definition",
        "details",
        "key",
        "later",
        "nodes",
        "nullable",
        "parent_type",
        "place",
        "way",
    )

    def __init__(
        self,
        key: str,
        details: list[FieldDetails],
        parent_type: GraphQLObjectType,
        definition: GraphQLField,
        place: Place,
        *,
        way: Way,
        arguments: Callable[["Run"], dict[str, Any]],
    ) -> None:
        self.key = key
        self.details = details
        self.nodes = [each.node for each in details]
        self.parent_type = parent_type
        self.definition = definition
        self.coordinate = f"{parent_type.name}.{self.nodes[0].name.value}"
        self.place = place
        self.nullable = place.nullable
        self.way = way
        self.arguments = arguments
        self.later = way.later or place.later

    def column(self, run: "Run", sources: Sequence[Any], where: Where) -> list[Any]:
        """Answer the field for all sources; only for one that does not take awaiting."""
        try:
            values: Sequence[Any] = self.way.values(run, self, sources, self.arguments(run))
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            values = [error] * len(sources)
        return self.place.complete(run, self, values, FieldPlace(where, self.key, nullable=self.nullable))

    async def column_later(self, run: "Run", sources: Sequence[Any], where: Where) -> list[Any]:
        """Answer the field for all sources."""
        place = FieldPlace(where, self.key, nullable=self.nullable)
        try:
            values = await self.way.values_later(run, self, sources, self.arguments(run), place)
            if len(values) != len(sources):
                raise RuntimeError(  # noqa: TRY301 - handled like any other error of the field
                    f"{self.coordinate} was answered with {len(values)} values for {len(sources)} objects"
                )
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            values = [error] * len(sources)
        if self.place.later:
            return await self.place.complete_later(run, self, values, place)
        return self.place.complete(run, self, values, place)


class Selection:
    """The fields that are selected of objects of one type. Runs over all objects of a level at once."""

    __slots__ = ("_waiting", "fields", "keys", "later")

    def __init__(self, fields: list[Field]) -> None:
        self.fields = fields
        self.keys = [field.key for field in fields]
        self.later = any(field.later for field in fields)
        self._waiting = [index for index, field in enumerate(fields) if field.later]

    def run(self, run: "Run", sources: Sequence[Any], where: Where) -> list[Any]:
        """Answer each source with an object; only if no field takes awaiting."""
        return self._assembled(run, [field.column(run, sources, where) for field in self.fields], len(sources))

    async def run_later(self, run: "Run", sources: Sequence[Any], where: Where) -> list[Any]:
        """Answer each source with an object; fields that wait do it side by side."""
        if not sources:
            return []
        fields = self.fields
        waiting = self._waiting
        if len(waiting) == 1:
            columns = [
                await field.column_later(run, sources, where) if field.later else field.column(run, sources, where)
                for field in fields
            ]
        else:
            tasks = asyncio.gather(*(fields[index].column_later(run, sources, where) for index in waiting))
            columns = [[] if field.later else field.column(run, sources, where) for field in fields]
            for index, column in zip(waiting, await tasks, strict=True):
                columns[index] = column
        return self._assembled(run, columns, len(sources))

    async def run_serially(self, run: "Run", sources: Sequence[Any], where: Where) -> list[Any]:
        """Answer each source with an object, one field after the other, as mutations ask for."""
        columns = [await field.column_later(run, sources, where) for field in self.fields]
        return self._assembled(run, columns, len(sources))

    def _assembled(self, run: "Run", columns: list[list[Any]], count: int) -> list[Any]:
        keys = self.keys
        if not columns:
            return [{} for _ in range(count)]
        if not run.errors:
            return [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]
        return [
            NULLED if any(value is NULLED for value in values) else dict(zip(keys, values, strict=True))
            for values in zip(*columns, strict=True)
        ]


class Compiler:
    """Compiles one operation for one set of the variables' values; raises Unsupported."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._variables = variables
        strawberry_schema = getattr(schema, "_strawberry_schema", None)
        if strawberry_schema is not None:
            self._config = strawberry_schema.config
            self._scalars = strawberry_schema.schema_converter.scalar_registry

    def compile(self) -> Selection:
        """Compile the whole operation."""
        root = self._schema.get_root_type(self._operation.operation)
        if root is None:
            raise Unsupported(self._operation.operation.value)
        collected = collect_fields(self._schema, self._fragments, self._variables, root, self._operation)
        return self._selection(root, collected.grouped_field_set)

    def _selection(self, parent: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]) -> Selection:
        return Selection([self._field(parent, key, details) for key, details in grouped.items()])

    def _field(self, parent: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Field:
        node = details[0].node
        definition = self._schema.get_field(parent, node.name.value)
        if definition is None or node.name.value in ("__schema", "__type"):
            raise Unsupported(node.name.value)
        declared = definition.extensions.get("strawberry-definition")
        how = declared.metadata.get(HOW) if isinstance(declared, StrawberryField) else None
        return Field(
            key,
            details,
            parent,
            definition,
            self._place(definition.type, details),
            way=way_of(parent, definition, declared, how),
            arguments=self._arguments(definition, details[0], declared, how),
        )

    def _place(self, output: GraphQLOutputType, details: list[FieldDetails]) -> Place:
        nullable = not is_non_null_type(output)
        return Place(self._inner(output if nullable else output.of_type, details), nullable=nullable)  # type: ignore[union-attr]  # NonNull's

    def _inner(self, output: Any, details: list[FieldDetails]) -> Completer:
        if is_list_type(output):
            return Items(self._place(output.of_type, details))
        if is_leaf_type(output):
            return Leaf(output, PLAIN.get(output.name))
        if is_abstract_type(output):
            compiled: dict[GraphQLObjectType, Objects] = {}

            def of(object_type: GraphQLObjectType) -> Objects:
                if object_type not in compiled:
                    compiled[object_type] = self._objects(object_type, details)
                return compiled[object_type]

            for possible in self._schema.get_possible_types(output):
                of(possible)  # now, so that what is unsupported is known before anything runs
            return Abstract(output, of)
        return self._objects(output, details)

    def _objects(self, object_type: GraphQLObjectType, details: list[FieldDetails]) -> Objects:
        collected = collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, object_type, details
        )
        return Objects(object_type, self._selection(object_type, collected.grouped_field_set))

    def _arguments(
        self, definition: GraphQLField, details: FieldDetails, declared: Any, how: How | None
    ) -> Callable[["Run"], dict[str, Any]]:
        if not definition.args:
            return _none
        node = details.node
        converted = getattr(how, "converted", {})

        def compute(run: "Run") -> dict[str, Any]:
            given = get_argument_values(definition, node, run.variables)
            if how is None:
                return given  # a resolver of graphql-core's own kind converts for itself
            arguments = convert_arguments(given, declared.arguments, config=self._config, scalar_registry=self._scalars)
            for name, convert in converted.items():
                arguments[name] = convert(arguments[name])
            return arguments

        if _mentions_variables(node):
            return compute
        known: dict[str, Any] = {}

        def remembered(run: "Run") -> dict[str, Any]:
            if not known:
                known.update(compute(run))
            return known

        return remembered


_NO_ARGUMENTS: Final[dict[str, Any]] = {}


def _none(_: "Run") -> dict[str, Any]:
    return _NO_ARGUMENTS


def _mentions_variables(node: Any) -> bool:
    found = False

    class Finder(Visitor):
        def enter_variable(self, *_: Any) -> None:
            nonlocal found
            found = True

    for argument in node.arguments or ():
        visit(argument, Finder())
    return found


def switches(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]) -> tuple[str, ...]:
    """Name the variables that @skip and @include of a document look at: a plan is for one set of their values."""
    names: set[str] = set()

    class Finder(Visitor):
        def enter_directive(self, node: Any, *_: Any) -> None:
            if node.name.value in ("skip", "include"):
                names.update(
                    argument.value.name.value for argument in node.arguments if isinstance(argument.value, VariableNode)
                )

    for root in (operation, *(each.definition for each in fragments.values())):
        visit(root, Finder())
    return tuple(sorted(names))
