"""A field that fails for very many objects at once ..."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from graphql import GraphQLField, GraphQLObjectType, GraphQLString, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues

from graph.execution.arguments import Arguments
from graph.execution.completion import Place
from graph.execution.leaves import leaf_of
from graph.execution.plans import CAREFUL_VALUES_A_TURN, Field
from graph.execution.running import Run
from graph.execution.ways import Way
from graph.execution.where import FieldPlace, ItemPlace, Root

OBJECTS = 2 * CAREFUL_VALUES_A_TURN + 1


class Failing(Way):
    """Fails for every second source, and finds nothing for the others."""

    def values(self, run: Any, field: Any, sources: Any, arguments: Any, where: Any) -> list[Any]:
        del run, field, arguments, where
        return [None if index % 2 else ValueError("not there") for index in range(len(sources))]


def failing_field() -> Field:
    definition = GraphQLField(GraphQLString)
    operation = cast("OperationDefinitionNode", parse("{ name }").definitions[0])
    details = cast("Any", [SimpleNamespace(node=operation.selection_set.selections[0])])
    parent = GraphQLObjectType("Thing", {"name": definition})
    place = Place(leaf_of(GraphQLString), nullable=True)
    arguments = cast("Arguments", lambda _: {})
    return Field("name", details, parent, definition, place, way=Failing(), arguments=arguments)


async def test_lets_the_loop_turn_between_its_errors() -> None:
    run = Run(None, VariableValues({}, {}), cast("Any", None))
    things = ItemPlace(FieldPlace(Root(), "things", "Query", nullable=True), [OBJECTS], nullable=True)
    answering = asyncio.ensure_future(cast("Any", failing_field().column(run, [None] * OBJECTS, things)))
    seen = []
    while not answering.done():
        seen.append(len(run.errors))
        await asyncio.sleep(0)
    half = CAREFUL_VALUES_A_TURN // 2
    assert answering.result() == [None] * OBJECTS
    assert seen[:4] == [0, half, 2 * half, 2 * half + 1]
    assert [error.path for error in run.errors] == [["things", index, "name"] for index in range(0, OBJECTS, 2)]
