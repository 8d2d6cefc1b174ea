"""The documents of webhooks: checked when they are stored, and each event answered with them as a subscriber's is."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from graphql import FieldNode
from graphql.execution.values import get_argument_values

from domain.errors import InvalidInput, Refusal
from graph.errors import InvalidRequest
from graph.operations import Context, Operation, Operations
from graph.schema import schema

ROOT: Final = "events"
DOCUMENT_LENGTH_MAX: Final = 20_000


class WebhookDocuments:
    """Subscription documents of which the one field is `events`; their one variable may be `$types`."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def check(self, document: str, operation_name: str | None, types: Sequence[str] | None) -> list[str] | None:
        """Check a document; gives the types that it asks for, None for all. Raises InvalidInput."""
        if len(document) > DOCUMENT_LENGTH_MAX:
            raise InvalidInput(f"document: it is longer than {DOCUMENT_LENGTH_MAX} characters", field="document")
        try:
            operation = await self._prepared(document, operation_name, types)
        except InvalidRequest as error:
            raise InvalidInput(f"document: {error.errors[0]['message']}", field="document") from None
        except Refusal as error:
            raise InvalidInput(f"document: {error.message}", field="document") from None
        node = operation.plan.node
        (root, *others) = node.selection_set.selections
        if (
            operation.plan.kind != "subscription"
            or others
            or not isinstance(root, FieldNode)
            or root.name.value != ROOT
        ):
            raise InvalidInput(
                "document: it must be a subscription that selects `events` itself and nothing beside it",
                field="document",
            )
        declared = [each.variable.name.value for each in node.variable_definitions or ()]
        if types is not None and "types" not in declared:
            raise InvalidInput(
                "types: the document takes no variable `$types`; declare it and write events(types: $types), or "
                "leave them out",
                field="types",
            )
        subscription = schema._schema.subscription_type  # noqa: SLF001 - as in graph.operations
        assert subscription is not None  # noqa: S101 - it has just been validated against it
        wanted = get_argument_values(subscription.fields[ROOT], root, operation.variables).get("types")
        return None if wanted is None else [str(each.value if isinstance(each, Enum) else each) for each in wanted]

    async def answer(
        self, document: str, operation_name: str | None, types: Sequence[str] | None, *, event: Any, context: Context
    ) -> dict[str, Any]:
        """Answer an event with a document, as `context`'s viewer may see it now.

        Raises ClientError or InvalidRequest for a document that the schema does not know any more.
        """
        operation = await self._prepared(document, operation_name, types)
        answer = await self._operations.answer(operation, context, transport="webhook", root_value=event)
        return {"errors": answer.errors, "data": answer.data} if answer.errors else {"data": answer.data}

    async def _prepared(self, document: str, operation_name: str | None, types: Sequence[str] | None) -> Operation:
        given = {} if types is None else {"types": list(types)}
        return await self._operations.prepared(document, operation_name, given, transport="webhook")
