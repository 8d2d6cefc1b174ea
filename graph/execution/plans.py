"""Plans: an operation compiled once to what is done level by level.

A plan holds for all requests with the same document, operation and values of the variables that @skip and @include
look at.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

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

from graph.execution.arguments import Arguments, arguments_of
from graph.execution.assembly import Assembly
from graph.execution.columns import Column, Coming, all_here
from graph.execution.completion import NULLED, Abstract, Completer, Items, Objects, Place
from graph.execution.kept import Counted
from graph.execution.leaves import Leaf, leaf_of
from graph.execution.ways import Way, way_of
from graph.execution.where import ChosenPlace, FieldPlace, Where

OBJECTS_A_TURN: Final = 1_000
"""How many objects are made before the event loop turns: 1 to 3 ms."""

if TYPE_CHECKING:
    from graph.execution.running import Run


class Field:
    """One field of a selection: how it is answered, with what, and how its values are completed."""

    __slots__ = (
        *("_shares", "arguments", "coordinate", "definition", "details", "key", "nodes", "parent_type", "place"),
        *("plain", "way"),
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
        arguments: Arguments,
    ) -> None:
        self.key = key
        self.details = details
        self.nodes = [each.node for each in details]
        self.parent_type = parent_type
        self.definition = definition
        self.coordinate = f"{parent_type.name}.{self.nodes[0].name.value}"
        self.place = place
        self.way = way
        self.arguments = arguments
        self._shares = way.shares and isinstance(place.inner, Objects)
        of = place.inner.plain if isinstance(place.inner, Leaf) else None
        self.plain = None if of is None else way.plain(of, nullable=place.nullable)

    def column(self, run: "Run", sources: Sequence[Any], where: Where) -> Coming:
        """Answer the field for all sources."""
        place = FieldPlace(where, self.key, self.parent_type.name, nullable=self.place.nullable)
        try:
            values = self.way.values(run, self, sources, self.arguments(run.variables), place)
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            values = [error] * len(sources)
        if isinstance(values, list):
            return self.place.complete(run, self, values, place)
        return self._column_later(run, sources, values, place)

    async def _column_later(self, run: "Run", sources: Sequence[Any], coming: Any, place: FieldPlace) -> Column:
        try:
            values = await coming
            if len(values) != len(sources):
                raise RuntimeError(  # noqa: TRY301 - handled like any other error of the field
                    f"{self.coordinate} was answered with {len(values)} values for {len(sources)} objects"
                )
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            values = [error] * len(sources)
        if self._shares and len(values) > 1:
            first = {id(values[index]): index for index in range(len(values) - 1, -1, -1)}
            if 2 * len(first) <= len(values):
                shared = await self._shared(run, values, first, place)
                if shared is not None:
                    return shared
        completed = self.place.complete(run, self, values, place)
        return completed if isinstance(completed, list) else await completed

    async def _shared(
        self, run: "Run", values: Sequence[Any], first: Mapping[int, int], place: FieldPlace
    ) -> Column | None:
        """Complete values that stand in many places once each, `first` where each stands: the places share the answer.

        None if there are errors, which need the path of each place: then nothing is shared, and all is done again.
        """
        apart = run.apart()
        chosen = list(first.values())
        coming = self.place.complete(apart, self, [values[index] for index in chosen], ChosenPlace(place, chosen))
        completed = coming if isinstance(coming, list) else await coming
        if apart.errors:
            return None
        answers = dict(zip(first, completed, strict=True))
        return [answers[id(value)] for value in values]


class Selection:
    """The fields that are selected of objects of one type. Runs over all objects of a level at once."""

    __slots__ = ("_assembly", "_keys", "_others", "fields")

    def __init__(self, fields: list[Field]) -> None:
        self.fields = fields
        self._keys = [field.key for field in fields]
        self._others = [field for field in fields if field.plain is None]
        self._assembly = Assembly(self._keys, [field.plain for field in fields])

    def run(self, run: "Run", sources: Sequence[Any], where: Where) -> Coming:
        """Answer each source with an object; fields that wait do it side by side."""
        columns = [field.column(run, sources, where) for field in self._others]
        waiting = [index for index, column in enumerate(columns) if not isinstance(column, list)]
        if waiting:
            return self._run_later(run, sources, where, columns, waiting)
        return self._objects(run, sources, where, cast("list[Column]", columns))

    async def _run_later(
        self, run: "Run", sources: Sequence[Any], where: Where, columns: list[Any], waiting: list[int]
    ) -> Column:
        await all_here(columns, waiting)
        objects = self._objects(run, sources, where, columns)
        return objects if isinstance(objects, list) else await objects

    async def run_serially(self, run: "Run", root_value: Any, where: Where) -> Column:
        """Answer the root, one field after the other, as mutations ask for; one that nulls all is the last one."""
        columns: list[Column] = []
        for field in self.fields:
            coming = field.column(run, [root_value], where)
            columns.append(coming if isinstance(coming, list) else await coming)
            if columns[-1][0] is NULLED:
                return [NULLED]
        return self._assembled(run, columns, 1)

    def _objects(self, run: "Run", sources: Sequence[Any], where: Where, columns: list[Column]) -> Coming:
        """Make the objects, reading their plain fields on the way; if anything is unusual, column by column."""
        if not run.errors:
            if len(sources) > OBJECTS_A_TURN:
                return self._objects_by_turns(run, sources, where, columns)
            objects = self._assembly.objects(sources, columns)
            if objects is not None:
                return objects
        return self._objects_with_care(run, sources, where, columns)

    async def _objects_by_turns(
        self, run: "Run", sources: Sequence[Any], where: Where, columns: list[Column]
    ) -> Column:
        """Make very many objects, and let the loop turn in between."""
        objects: Column = []
        for begin in range(0, len(sources), OBJECTS_A_TURN):
            end = begin + OBJECTS_A_TURN
            some = self._assembly.objects(sources[begin:end], [column[begin:end] for column in columns])
            if some is None:
                others = self._objects_with_care(run, sources, where, columns)
                return others if isinstance(others, list) else await others
            objects += some
            await asyncio.sleep(0)
        return objects

    def _objects_with_care(self, run: "Run", sources: Sequence[Any], where: Where, columns: list[Column]) -> Coming:
        answered = iter(columns)
        everything: list[Any] = [
            next(answered) if field.plain is None else field.column(run, sources, where) for field in self.fields
        ]
        waiting = [index for index, column in enumerate(everything) if not isinstance(column, list)]
        if waiting:
            return self._assembled_later(run, everything, waiting, len(sources))
        return self._assembled(run, everything, len(sources))

    async def _assembled_later(self, run: "Run", columns: list[Any], waiting: list[int], count: int) -> Column:
        await all_here(columns, waiting)
        return self._assembled(run, columns, count)

    def _assembled(self, run: "Run", columns: list[Column], count: int) -> Column:
        if not columns:
            return [{} for _ in range(count)]
        if not run.errors:
            return [dict(zip(self._keys, values, strict=True)) for values in zip(*columns, strict=True)]
        return [
            NULLED if any(value is NULLED for value in values) else dict(zip(self._keys, values, strict=True))
            for values in zip(*columns, strict=True)
        ]


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
