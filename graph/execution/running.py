"""Running a plan: level by level, each field once, fields that wait side by side."""

from collections.abc import Callable
from typing import Any

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
from graphql.pyutils import Path, inspect

from graph.execution.compiling import Compiler
from graph.execution.completion import NULLED
from graph.execution.kept import Counted, Plans
from graph.execution.plans import Field, Selection
from graph.execution.survey import survey
from graph.execution.where import Root, Where


class Run:
    """One execution of a plan."""

    __slots__ = ("_core", "_make_executor", "_nulled", "context", "errors", "variables")

    def __init__(self, context: Any, variables: VariableValues, make_executor: Callable[[], Executor[Any]]) -> None:
        self.context = context
        self.variables = variables
        self.errors: list[GraphQLError] = []
        self._nulled: set[Path | None] = set()
        self._make_executor = make_executor
        self._core: Executor[Any] | None = None

    def apart(self) -> "Run":
        """Give a run for something of this execution whose errors are kept apart."""
        return Run(self.context, self.variables, self._make_executor)

    @property
    def core(self) -> Executor[Any]:
        """graphql-core's executor for this operation, for its helpers; made when one is first needed."""
        if self._core is None:
            self._core = self._make_executor()
        return self._core

    def fail(self, error: Exception, field: Field, where: Where, index: int) -> Any:
        """Record the error of one value and give the mark that stands in its place.

        As in graphql-core, an error below a place that an earlier error has made null is passed over.
        """
        landing = where.landing(index)
        if not self._is_nulled(landing):
            self._nulled.add(landing)
            path = where.path(index)
            self.errors.append(located_error(error, field.nodes, path.as_list() if path else []))
        return NULLED

    def info(self, field: Field, path: Path | None) -> Any:
        """Make graphql-core's info for a resolver of its kind."""
        return self.core.build_resolve_info(field.definition, field.nodes, field.parent_type, path)  # type: ignore[arg-type]  # a field has a path

    def wrong_type(self, object_type: GraphQLObjectType, value: Any, field: Field) -> GraphQLError:
        """Say that a value is not of the type that the schema promises."""
        return GraphQLError(f"Expected value of type '{object_type}' but got: {inspect(value)}.", field.nodes)

    def _is_nulled(self, place: Path | None) -> bool:
        nulled = self._nulled
        while place is not None:
            if place in nulled:
                return True
            place = place.prev
        return None in nulled


class Prepared:
    """One operation of an accepted document, ready to run; its plans are compiled when they are first needed.

    `supported` says whether it can run here at all; if not, it is left to graphql-core.
    """

    __slots__ = ("_fragments", "_operation", "_plans", "_schema", "_switches", "supported")

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        plans: Plans,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        surveyed = survey(schema, operation, fragments)
        self._switches = surveyed.switches
        self.supported = surveyed.supported
        self._plans = plans

    async def execute(
        self, *, variables: VariableValues, context: Any, root_value: Any, make_executor: Callable[[], Executor[Any]]
    ) -> ExecutionResult:
        """Run the plan for these variables; `supported` must hold.

        `make_executor` makes graphql-core's executor where its helpers are needed after all.
        """
        try:
            plan = self._plan(variables)
        except GraphQLError as error:  # @skip or @include looks at a variable that is null
            return ExecutionResult(None, [error])
        run = Run(context, variables, make_executor)
        if self._operation.operation is OperationType.MUTATION:
            (data,) = await plan.run_serially(run, root_value, Root())
        else:
            coming = plan.run(run, [root_value], Root())
            (data,) = coming if isinstance(coming, list) else await coming
        return ExecutionResult(None if data is NULLED else data, run.errors or None)

    def _plan(self, variables: VariableValues) -> Selection:
        def compiled(counted: Counted) -> Selection:
            # The plan must not keep a request's other variables alive.
            switched = {name: variables.coerced[name] for name in self._switches if name in variables.coerced}
            sources = {name: variables.sources[name] for name in switched if name in variables.sources}
            switches = VariableValues(sources, switched)
            return Compiler(self._schema, self._operation, self._fragments, switches, counted).compile()

        return self._plans.get(self, tuple(map(variables.coerced.get, self._switches)), compiled)
