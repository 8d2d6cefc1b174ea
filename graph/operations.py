"""Running operations: from the text of a document and its variables to results, whatever carries them.

HTTP, server-sent events and WebSocket all come through here, so limits, masking and fresh loaders hold for each.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Final, Protocol, Self, cast

import strawberry
from graphql import ExecutionResult, GraphQLError
from graphql.execution import Executor, create_source_event_stream, default_field_resolver, default_type_resolver
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable

from domain.errors import Refusal
from graph.documents import MAX_ERRORS, Documents, Plan
from graph.errors import ClientError, FormattedError, InvalidRequest, LimitExceeded, formatted, masked, refusal
from graph.limits import Limits, check_variables
from graph.persisted import PersistedDocuments

ERRORS_A_TURN: Final = 20
"""How many errors are formatted before the event loop turns: to log one with its traceback takes up to 0.5 ms."""
SHARED_S: Final = 0.1
"""How long an answer to an event is shared: as long as it takes to wake a thousand subscribers."""


class Context(Protocol):
    """What resolvers find in `info.context`."""

    def fresh(self) -> Self:
        """Give the same viewer with new loaders, for the next event of a subscription."""

    async def prove(self) -> None:
        """Raise a Refusal if that by which the viewer has said who it is holds no more."""

    def alike(self) -> Hashable:
        """Give what is equal of two who see the same."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that may run: accepted, its variables coerced, its cost within the limit."""

    plan: Plan
    variables: VariableValues
    cost: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is worth measuring of an operation that ended.

    `kind` is query, mutation or subscription, `transport` http, sse or websocket; `codes` are those of its errors.
    For a subscription there is one outcome for each event. An operation that was refused before it ran has the kind
    "unknown", no name and no context.
    """

    transport: str
    operation: str | None
    kind: str
    seconds: float
    cost: int
    codes: tuple[str, ...]
    context: Any
    left_to_core: bool = False
    """Whether it was left to graphql-core, because the breadth-first executor does not know it."""


@dataclass(slots=True)
class Answer:
    """The answer to an operation, or to one event of it, ready to be written as JSON."""

    data: dict[str, Any] | None
    errors: list[FormattedError] = field(default_factory=list)
    extensions: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Give the response as GraphQL orders it, errors first and only if there are any."""
        errors = {"errors": self.errors} if self.errors else {}
        return {**errors, "data": self.data, "extensions": self.extensions}


class StreamFailed(Exception):  # noqa: N818 - the name says what happened
    """A subscription's source could not be opened or broke; `errors` are formatted for the client."""

    def __init__(self, errors: list[FormattedError]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


async def execute(
    schema: strawberry.Schema, operation: Operation, context: Any, root_value: Any = None
) -> ExecutionResult:
    """Execute a query, a mutation or one event of a subscription; the one place that knows how.

    Breadth-first where there is a plan for it; by graphql-core what is left to it, such as introspection.
    """
    prepared = operation.plan.prepared
    if not prepared.supported:
        return await execute_by_core(schema, operation, context, root_value)
    return await prepared.execute(
        variables=operation.variables,
        context=context,
        root_value=root_value,
        make_executor=lambda: _executor(schema, operation, context, root_value),
    )


async def execute_by_core(
    schema: strawberry.Schema, operation: Operation, context: Any, root_value: Any = None
) -> ExecutionResult:
    """Execute by graphql-core, the reference that the breadth-first executor is held to."""
    result = _executor(schema, operation, context, root_value).execute_operation()
    return await result if isawaitable(result) else result  # type: ignore[return-value] # no incremental delivery here


def _executor(schema: strawberry.Schema, operation: Operation, context: Any, root_value: Any) -> Executor[Any]:
    # Executor.build() would look for the operation and coerce the variables again.
    document = operation.plan.document
    # Any: Strawberry's executor takes one argument more than the class it is declared as.
    executor: Any = schema.execution_context_class
    built: Executor[Any] = executor(
        schema._schema,  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
        document.fragments,
        document.fragment_details,
        root_value,
        context,
        operation.plan.node,
        operation.variables,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=optimized_is_awaitable,
        operation_extensions={},
    )
    return built


class Operations:
    """Everything that can be asked of a schema, within limits.

    `observe` is called once for every operation or event that ran or was refused. Strawberry's extensions are not run.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        limits: Limits,
        introspection: bool,
        observe: Callable[[Outcome], None] | None = None,
        persisted: PersistedDocuments | None = None,
    ) -> None:
        self.limits = limits
        self._schema = schema
        self._core = schema._schema  # noqa: SLF001 - as in _executor
        self._introspection = introspection
        self._documents = Documents(self._core, limits, introspection=introspection)
        self._persisted = persisted or PersistedDocuments()
        self._observe = observe or (lambda _outcome: None)
        self._shared: dict[Hashable, tuple[Any, asyncio.Future[Answer]]] = {}

    async def prepared(
        self,
        query: str | None,
        operation_name: str | None,
        variables: Mapping[str, Any],
        *,
        transport: str,
        sha256: str | None = None,
    ) -> Operation:
        """Do as `prepare`, but do not keep the loop from turning while a long document is parsed and validated."""
        try:
            text = self._persisted.text(query, sha256)
            await self._documents.ready(text)
            return self._prepared(text, operation_name, variables)
        except (ClientError, InvalidRequest) as error:
            self._refused(error, transport)
            raise

    def prepare(
        self,
        query: str | None,
        operation_name: str | None,
        variables: Mapping[str, Any],
        *,
        transport: str,
        sha256: str | None = None,
    ) -> Operation:
        """Check everything about an operation that can be known before it runs; `sha256` may stand for its document.

        Raises ClientError (LimitExceeded among them) or InvalidRequest.
        """
        try:
            return self._prepared(self._persisted.text(query, sha256), operation_name, variables)
        except (ClientError, InvalidRequest) as error:
            self._refused(error, transport)
            raise

    def _refused(self, error: ClientError | InvalidRequest, transport: str) -> None:
        self._observe(Outcome(transport, None, "unknown", 0.0, 0, (error.code,), None))

    def _prepared(self, query: str, operation_name: str | None, variables: Mapping[str, Any]) -> Operation:
        plan = self._documents.get(query).plan(operation_name)
        check_variables(variables, self.limits)
        coerced = plan.variables.coerce(variables, max_errors=MAX_ERRORS, hide_suggestions=not self._introspection)
        if isinstance(coerced, list):
            raise InvalidRequest(coerced, "BAD_USER_INPUT")
        cost = plan.cost.requested(coerced.coerced)
        if cost > self.limits.max_cost:
            raise LimitExceeded(
                f"The operation may answer with {cost} fields; {self.limits.max_cost} are allowed."
                " Ask for smaller pages (`first`) or fewer fields in them.",
                code="QUERY_TOO_COSTLY",
                measured=cost,
                maximum=self.limits.max_cost,
            )
        return Operation(plan, coerced, cost)

    async def answer(self, operation: Operation, context: Any, *, transport: str, root_value: Any = None) -> Answer:
        """Run a query or mutation, or one event of a subscription with the event as `root_value`.

        Errors of resolvers are in the answer. Raises LimitExceeded with status 422 when it takes too long.
        """
        started = time.perf_counter()
        answer = Answer(None, extensions={"cost": {"requested": operation.cost, "maximum": self.limits.max_cost}})
        codes: tuple[str, ...] = ("CANCELLED",)
        try:
            async with asyncio.timeout(self.limits.request_timeout_s):
                result = await execute(self._schema, operation, context, root_value)
            answer.data = result.data
            answer.errors = await self._formatted_by_turns(operation, result.errors or ())
            codes = tuple(str(error["extensions"]["code"]) for error in answer.errors)
        except TimeoutError:
            codes = ("REQUEST_TIMEOUT",)
            raise self._too_slow(operation) from None
        finally:
            plan = operation.plan
            seconds = time.perf_counter() - started
            left = not plan.prepared.supported
            self._observe(Outcome(transport, plan.name, plan.kind, seconds, operation.cost, codes, context, left))
        return answer

    async def stream(self, operation: Operation, context: Context, *, transport: str) -> AsyncGenerator[Answer, None]:
        """Run an operation of any kind: one answer for a query or mutation, one for every event of a subscription.

        The next event is asked for only when the caller asks for the next answer, so a slow reader slows the source
        down and nothing piles up. Raises StreamFailed when the source cannot be opened or breaks.
        """
        if operation.plan.kind != "subscription":
            yield await self.answer(operation, context, transport=transport)
            return
        source = await self._source(operation, context)
        asked = tuple((name, repr(operation.variables.coerced.get(name))) for name in operation.plan.below)
        async with aclosing(source):
            while True:
                try:
                    event = await anext(source, source)
                except Exception as error:
                    raise self._failed(operation, error) from error
                if event is source:
                    return
                yield await self._answer_to(event, operation, context.fresh(), asked, transport=transport)

    async def _answer_to(
        self, event: Any, operation: Operation, context: Context, asked: Hashable, *, transport: str
    ) -> Answer:
        """Answer one event. Of an event that is told to many, those who ask and see the same share one answer.

        For `SHARED_S`, so that it tells nobody what was: the subject was read when the event had happened.
        """
        if not getattr(type(event), "told_to_many", False):
            return await self.answer(operation, context, transport=transport, root_value=event)
        key = (id(event), operation.plan.prepared, asked, context.alike(), transport)
        _, answering = self._shared.get(key, (None, None))
        if answering is None:
            # A task of its own: whoever came first may leave.
            answering = asyncio.ensure_future(self.answer(operation, context, transport=transport, root_value=event))
            answering.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._shared[key] = (event, answering)  # an id is one event's only as long as the event lives
            asyncio.get_running_loop().call_later(SHARED_S, self._shared.pop, key, None)
        return await asyncio.shield(answering)

    async def _source(self, operation: Operation, context: Context) -> AsyncGenerator[Any, None]:
        opening = create_source_event_stream(_executor(self._schema, operation, context, None))
        try:
            async with asyncio.timeout(self.limits.request_timeout_s):
                source = await opening if isawaitable(opening) else opening
        except TimeoutError:
            raise StreamFailed([refusal(self._too_slow(operation))]) from None
        if isinstance(source, ExecutionResult):
            raise StreamFailed(self._formatted(operation, source.errors or ()))
        return cast("AsyncGenerator[Any, None]", source)

    def _failed(self, operation: Operation, error: Exception) -> "StreamFailed":
        if isinstance(error, Refusal):
            return StreamFailed([refusal(error)])
        return StreamFailed([masked(error, self._facts(operation))])

    def _formatted(self, operation: Operation, errors: Iterable[GraphQLError]) -> list[FormattedError]:
        return [formatted(error, self._facts(operation)) for error in errors]

    async def _formatted_by_turns(self, operation: Operation, errors: Sequence[GraphQLError]) -> list[FormattedError]:
        """Format however many errors, and let the loop turn in between: those that are masked are logged, too."""
        found = self._formatted(operation, errors[:ERRORS_A_TURN])
        for begin in range(ERRORS_A_TURN, len(errors), ERRORS_A_TURN):
            await asyncio.sleep(0)
            found += self._formatted(operation, errors[begin : begin + ERRORS_A_TURN])
        return found

    def _facts(self, operation: Operation) -> dict[str, Any]:
        return {"operation": operation.plan.name, "kind": operation.plan.kind}

    def _too_slow(self, operation: Operation) -> LimitExceeded:
        way_out = (
            "It may or may not have taken effect: repeat it with the same idempotencyKey."
            if operation.plan.kind == "mutation"
            else "Ask for smaller pages or fewer fields."
        )
        # Not 408: clients and proxies repeat that one by themselves, and the same work would only be too slow again.
        return LimitExceeded(
            f"The operation took longer than {self.limits.request_timeout_s:g} s and was stopped. {way_out}",
            code="REQUEST_TIMEOUT",
            measured=self.limits.request_timeout_s,
            maximum=self.limits.request_timeout_s,
            status=422,
        )
