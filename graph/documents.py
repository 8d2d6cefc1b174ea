"""Documents made ready to run: parsed, measured, validated and priced once for all requests that send them."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.language.parser import MAX_NESTING_DEPTH
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from graph.cost import Cost, compile_cost
from graph.errors import ClientError, InvalidRequest, LimitExceeded
from graph.execution.kept import Plans
from graph.execution.running import Prepared
from graph.execution.variables import Variables
from graph.limits import Limits, check_document

RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MAX_ERRORS: Final = 20
LONG: Final = 1_000
"""Characters. Accepting a document of so many takes about 5 ms of CPU, one of the greatest that are allowed 60 ms."""
CACHED_DOCUMENTS: Final = 1_000
# A parsed token takes about 420 bytes with its node and its location, so this is about 40 MB.
CACHED_TOKENS: Final = 100_000


class _Variables(Visitor):
    """Collects the variables that are used."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        """Note a variable."""
        self.names.add(node.name.value)


def variables_below(operation: OperationDefinitionNode, fragments: Iterable[FragmentDefinitionNode]) -> tuple[str, ...]:
    """Name the variables that more depends on than the arguments of the root's own fields, in a fixed order."""
    found = _Variables()
    for selection in operation.selection_set.selections:
        if isinstance(selection, FieldNode):
            for node in (*(selection.directives or ()), *filter(None, [selection.selection_set])):
                visit(node, found)
        else:
            visit(selection, found)
    for fragment in fragments:
        visit(fragment, found)
    return tuple(sorted(found.names))


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation of a document, with what running it needs; `kind` is query, mutation or subscription."""

    name: str | None
    kind: str
    node: OperationDefinitionNode
    cost: Cost
    document: "Document"
    prepared: Prepared
    variables: Variables
    below: tuple[str, ...]
    """The variables that more depends on than the arguments of the root's fields."""


class Document:
    """A document that was accepted, with a plan for each operation in it."""

    def __init__(
        self, operations: list[OperationDefinitionNode], fragments: dict[str, FragmentDefinitionNode], weight: int
    ) -> None:
        self.fragments = fragments
        self.fragment_details = {name: FragmentDetails(node, None) for name, node in fragments.items()}
        self.weight = weight
        self.operations = operations
        self.plans: dict[str | None, Plan] = {}

    def plan(self, operation_name: str | None) -> Plan:
        """Pick an operation by its name, or the only one. Raises ClientError when that leaves none or several."""
        if operation_name is None and len(self.plans) == 1:
            return next(iter(self.plans.values()))
        if operation_name is not None and operation_name in self.plans:
            return self.plans[operation_name]
        names = ", ".join(str(name)[:60] for name in list(self.plans)[:10])
        if operation_name is None:
            raise ClientError(
                f"The document holds {len(self.plans)} operations ({names}): say in operationName which one to run.",
                code="OPERATION_NAME_REQUIRED",
            )
        raise ClientError(
            f'The document has no operation named "{operation_name[:60]}": it has {names}.', code="UNKNOWN_OPERATION"
        )


@dataclass(slots=True)
class _Coming:
    """A document that is being accepted beside the loop, or stands in line for it."""

    accepting: asyncio.Future[Document]
    waiting: int = 0


class Documents:
    """The documents a schema has accepted, the last used ones kept; bounded by count and by memory.

    With `introspection` off, `__schema` and `__type` are refused and errors suggest no names.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._introspection = introspection
        self._rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._weight = 0
        self.plans = Plans()
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")
        self._coming: dict[str, _Coming] = {}

    def get(self, source: str) -> Document:
        """Give the document for a source text.

        Raises LimitExceeded, ClientError or InvalidRequest for one that is refused; those are not kept.
        """
        document = self._kept.get(source)
        if document is None:
            document = self._accept(source)
            self._keep(source, document)
        else:
            self._kept.move_to_end(source)
        return document

    async def ready(self, source: str) -> None:
        """Have `get` find the document at once: a long one that is not known is accepted beside the loop.

        One at a time, so that whoever sends many of them waits for them, and nobody else; and once for all who send
        the same one meanwhile. Raises as `get` does.
        """
        if len(source) < LONG or source in self._kept:
            return
        coming = self._coming.get(source)
        if coming is None:
            accepting = asyncio.get_running_loop().run_in_executor(self._beside, self._accept, source)
            coming = self._coming[source] = _Coming(accepting)
            accepting.add_done_callback(partial(self._came, source))
        coming.waiting += 1
        try:
            await asyncio.shield(coming.accepting)
        finally:
            coming.waiting -= 1
            if not coming.waiting and not coming.accepting.done():
                coming.accepting.cancel()  # it is not begun if it is still in line: nobody waits for it any more
                del self._coming[source]

    def _came(self, source: str, accepting: asyncio.Future[Document]) -> None:
        if accepting.cancelled():
            return
        del self._coming[source]
        if accepting.exception() is None:
            self._keep(source, accepting.result())

    def _keep(self, source: str, document: Document) -> None:
        if source in self._kept:
            return
        self._kept[source] = document
        self._weight += document.weight
        while len(self._kept) > CACHED_DOCUMENTS or self._weight > CACHED_TOKENS:
            self._forget(self._kept.popitem(last=False)[1])

    def _forget(self, document: Document) -> None:
        self._weight -= document.weight
        for plan in document.plans.values():
            self.plans.forget(plan.prepared)

    def _accept(self, source: str) -> Document:
        ast = self._parse(source)
        check_document(ast, self._limits)
        errors = validate(
            self._schema, ast, self._rules, max_errors=MAX_ERRORS, hide_suggestions=not self._introspection
        )
        if errors:
            raise InvalidRequest(errors, "GRAPHQL_VALIDATION_FAILED")
        operations = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
        fragments = {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)}
        document = Document(operations, fragments, weight=ast.token_count + len(source) // 400)
        for node in operations:
            name = node.name.value if node.name else None
            cost = compile_cost(self._schema, node, fragments, self._limits)
            prepared = Prepared(self._schema, node, document.fragment_details, self.plans)
            variables = Variables(self._schema, node.variable_definitions or ())
            below = variables_below(node, fragments.values())
            document.plans[name] = Plan(name, node.operation.value, node, cost, document, prepared, variables, below)
        return document

    def _parse(self, source: str) -> DocumentNode:
        if not source.strip():
            raise ClientError("The query is empty: send a GraphQL document.", code="GRAPHQL_PARSE_FAILED")
        limit = self._limits.max_tokens
        try:
            return parse(source, max_lexical_tokens=limit, max_comments=limit)
        except GraphQLError as error:
            # graphql-core tells its own limits apart by their text alone.
            if error.message.endswith("nested too deeply. Parsing aborted."):
                raise LimitExceeded(
                    f"The document nests more than {MAX_NESTING_DEPTH} levels deep;"
                    f" {self._limits.max_depth} are allowed.",
                    code="DOCUMENT_TOO_DEEP",
                    measured=MAX_NESTING_DEPTH + 1,
                    maximum=self._limits.max_depth,
                ) from None
            if not error.message.endswith("Parsing aborted."):
                raise InvalidRequest([error], "GRAPHQL_PARSE_FAILED") from None
            raise LimitExceeded(
                f"The document has more than {limit} tokens or comments, which is as many as are allowed."
                " Send values as variables, or split the document.",
                code="TOO_MANY_TOKENS",
                measured=limit + 1,
                maximum=limit,
            ) from None
