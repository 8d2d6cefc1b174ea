"""Holds the breadth-first executor to graph.operations.execute_by_core, its reference.

Data must be equal. Errors must be equal as well, but where several errors meet below one place that they make null,
GraphQL lets an executor choose which of them it reports, and graphql-core's choice depends on timing. So there:
every place that is null because of an error has one in both answers, and every error of ours is one that the reference
finds when nothing is passed over (run without propagation, it reports them all).
"""

from collections import Counter
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLError

from graph import operations
from graph.operations import Operation, execute, execute_by_core
from tests.graph.turns import TURNS


async def every_error(schema: strawberry.Schema, operation: Operation, context: Any, root_value: Any) -> Any:
    """Run the reference so that it reports every error there is, none passed over."""
    executor = operations._executor(schema, operation, context, root_value)  # noqa: SLF001 - the reference's own
    executor.error_propagation = False
    result = executor.execute_operation()
    return await result if isawaitable(result) else result


async def compared(
    schema: strawberry.Schema,
    operation: Operation,
    make_context: Callable[[], Any],
    *,
    root: Callable[[], Any] = lambda: None,
) -> ExecutionResult:
    """Run an operation by both executors, assert that they agree, and give the breadth-first answer."""
    with TURNS.watched(operation):
        ours = await execute(schema, operation, make_context(), root())
    with TURNS.paused():
        reference = await execute_by_core(schema, operation, make_context(), root())
        if ours.data == reference.data and described(ours) == described(reference):
            return ours
        everything = await every_error(schema, operation, make_context(), root())
        found = differences(ours, reference, everything)
        assert not found, found
        return ours


async def held_to_the_reference(
    schema: strawberry.Schema, operation: Operation, context: Any, root_value: Any = None
) -> ExecutionResult:
    """Stand in for `graph.operations.execute`: run a query by both executors; what changes things runs once."""
    if operation.plan.kind != "query":
        return await execute(schema, operation, context, root_value)
    contexts = iter([context])
    return await compared(schema, operation, lambda: next(contexts, None) or context.fresh(), root=lambda: root_value)


def differences(ours: ExecutionResult, reference: ExecutionResult, everything: ExecutionResult) -> dict[str, Any]:
    """Say in what an answer differs from the reference's by more than it may."""
    found: dict[str, Any] = {}
    if ours.data != reference.data:
        found["data"] = (ours.data, reference.data)
    if strange := described(ours) - described(everything):
        found["errors that the reference does not know"] = strange
    mine, theirs = landings(ours), landings(reference)
    if mine != theirs:
        found["places without their error"] = (mine, theirs, ours.errors, reference.errors)
    return found


def described(result: ExecutionResult) -> Counter[tuple[Any, ...]]:
    """Count the errors by all that is to be seen of them, in whatever order."""
    return Counter(map(_described, result.errors or ()))


def _described(error: GraphQLError) -> tuple[Any, ...]:
    places = tuple((place.line, place.column) for place in error.locations or ())
    return error.message, tuple(error.path or ()), places, type(error.original_error)


def landings(result: ExecutionResult) -> set[tuple[str | int, ...]]:
    """Give the places that errors have made null."""
    return {_landing(result.data, tuple(error.path or ())) for error in result.errors or ()}


def _landing(data: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    for length in range(len(path) + 1):
        if data is None:
            return path[:length]
        if length < len(path):
            data = data[path[length]]
    raise AssertionError(f"there is an error at {path}, but the answer holds something there")
