"""Running a plan: level by level, each field once, fields that wait side by side."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    located_error,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues
from graphql.pyutils import Path as CorePath
from graphql.pyutils import inspect

from graph.execution.completion import NULLED
from graph.execution.plans import Compiler, Field, Selection, Unsupported, switches
from graph.execution.where import Path, Root, Where

KEPT_VARIANTS: Final = 16
"""How many plans of one operation are kept: one for each set of values that @skip and @include have seen lately."""


class Run:
    """One execution of a plan."""

    __slots__ = ("_executor", "_make_executor", "_nulled", "context", "errors", "variables")

    def __init__(self, context: Any, variables: Any, make_executor: Callable[[], Executor[Any]]) -> None:
        self.context = context
        self.variables = variables
        self.errors: list[GraphQLError] = []
        self._nulled: set[tuple[str | int, ...]] = set()
        self._make_executor = make_executor
        self._executor: Executor[Any] | None = None

    def fail(self, error: Exception, field: Field, where: Where, index: int) -> Any:
        """Record the error of one value and give the mark that stands in its place.

        As in graphql-core, an error below a place that an earlier error has made null is passed over.
        """
        landing = tuple(where.landing(index))
        if not any(landing[:length] in self._nulled for length in range(len(landing) + 1)):
            self._nulled.add(landing)
            self.errors.append(located_error(error, field.nodes, where.path(index)))
        return NULLED

    def info(self, field: Field, path: Path | None) -> Any:
        """Make graphql-core's info for a resolver of its kind."""
        place = None
        for key in path if path is not None else [field.key]:
            place = CorePath(place, key, field.parent_type.name if isinstance(key, str) else None)
        return self._core().build_resolve_info(field.definition, field.nodes, field.parent_type, place)  # type: ignore[arg-type]  # never empty

    def runtime_type(self, abstract_type: Any, value: Any, field: Field) -> GraphQLObjectType:
        """Find out of which type a value of an interface or a union is."""
        core = self._core()
        info = self.info(field, None)
        name = (abstract_type.resolve_type or core.type_resolver)(value, info, abstract_type)
        return core.ensure_valid_runtime_type(name, abstract_type, field.details, info, value)

    def wrong_type(self, object_type: GraphQLObjectType, value: Any, field: Field) -> GraphQLError:
        """Say that a value is not of the type that the schema promises."""
        return GraphQLError(f"Expected value of type '{object_type}' but got: {inspect(value)}.", field.nodes)

    def _core(self) -> Executor[Any]:
        if self._executor is None:
            self._executor = self._make_executor()
        return self._executor


class Prepared:
    """One operation of an accepted document, ready to run; its plans are compiled when they are first needed."""

    __slots__ = ("_fragments", "_operation", "_plans", "_schema", "_switches")

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: dict[str, FragmentDetails]
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._switches = switches(operation, fragments)
        self._plans: OrderedDict[tuple[Any, ...], Selection | None] = OrderedDict()

    def plan(self, variables: VariableValues) -> Selection | None:
        """Give the plan for these variables; None for what is left to graphql-core."""
        key = tuple(variables.coerced.get(name) for name in self._switches)
        if key in self._plans:
            return self._plans[key]
        plan = self._plans[key] = self._compiled(variables)
        if len(self._plans) > KEPT_VARIANTS:
            self._plans.popitem(last=False)
        return plan

    async def execute(
        self,
        plan: Selection,
        *,
        variables: VariableValues,
        context: Any,
        root_value: Any,
        make_executor: Callable[[], Executor[Any]],
    ) -> ExecutionResult:
        """Run a plan. `make_executor` makes graphql-core's executor where its helpers are needed after all."""
        run = Run(context, variables, make_executor)
        runner = plan.run_serially if self._operation.operation is OperationType.MUTATION else plan.run_later
        (data,) = await runner(run, [root_value], Root())
        return ExecutionResult(None if data is NULLED else data, run.errors or None)

    def _compiled(self, variables: VariableValues) -> Selection | None:
        compiler = Compiler(self._schema, self._operation, self._fragments, variables)
        try:
            return compiler.compile()
        except Unsupported:
            return None
