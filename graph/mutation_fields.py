"""How a mutation is declared: its resolver, its permission, its input; all else is the same for each.

The declaration is a batch field of the root, so that either executor runs it as any other field, one after the other.
"""

import dataclasses
import inspect
from collections.abc import Sequence
from typing import Any, Final

import strawberry

from domain.access import Permission
from domain.errors import Refusal
from graph.fields import Argument, batch, column, computed
from graph.inputs import IdempotentInput, taken
from graph.types.user_errors import CODES, UserError, UserErrorValue
from resolvers import mutations
from resolvers.context import Context
from resolvers.mutations import After, Before, Handler, Mutation, Result, TakeBack

MUTATION: Final = "mutation"
"""Under what the declaration stands in the field's metadata."""


@strawberry.type(description="What became of a mutation.")
class Payload:
    """The base of all payloads. Their source is a `resolvers.mutations.Result`."""

    user_errors: list[UserError] = column("Why it was refused; empty if it was done.")


@strawberry.type(description="What became of a mutation that takes effect once.")
class IdempotentPayload(Payload):
    """The base of the payloads of mutations with an idempotency key."""

    replayed: bool = computed(
        lambda result: bool(result["replayed"]),
        description="Whether the same request has taken effect before, and this is its answer again.",
    )


def mutation(
    handler: Handler,
    *,
    permission: Permission,
    input: type,  # noqa: A002 - what it is called in the schema
    description: str,
    before: Before | None = None,
    after: After | None = None,
    take_back: TakeBack | None = None,
) -> Any:
    """Declare a mutation: `handler` runs in its transaction, and gets the input's fields as keyword arguments.

    `before` gets the same and runs before the transaction, `after` when it has committed; `take_back`
    is for what `before` has done for nothing. See `resolvers.mutations`.
    An input that is an IdempotentInput makes it one that takes effect once. Raises TypeError for a handler that does
    not take what the input has.
    """
    idempotent = issubclass(input, IdempotentInput)
    name = f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}"
    declared = Mutation(name, permission, handler, before, after, idempotent, take_back)
    _check(declared, input)

    async def resolve(roots: Sequence[Any], context: Context, *, input: Any) -> list[Result]:  # noqa: A002 - as above
        return [await _answered(declared, context, input) for _ in roots]

    return batch(
        resolve,
        description=f"{description} Permission: {permission.name} ({permission.reach.value}).",
        arguments={"input": Argument(input, "What is to be done.", ...)},
        metadata={MUTATION: declared},
    )


async def _answered(declared: Mutation, context: Context, given: Any) -> Result:
    result = Result()
    try:
        try:
            result = await mutations.run(declared, context, taken(given))
        except mutations.NotFinished as unfinished:
            result = unfinished.result
            raise unfinished.__cause__ or unfinished from None
    except Refusal as refusal:
        if any(each.code not in CODES for each in refusal.each):
            raise
        result["user_errors"] = [UserErrorValue(each) for each in refusal.each]
    else:
        result["user_errors"] = []
    return result


def _check(declared: Mutation, input_type: type) -> None:
    """Find out when the schema is made, not when it is called, that a resolver does not fit its input."""
    given = {field.name for field in dataclasses.fields(input_type)} - {"idempotency_key"}
    for function in (declared.handler, declared.before):
        if function is None:
            continue
        _, *parameters = inspect.signature(function).parameters.values()
        known = {each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}
        rest = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
        required = {each.name for each in parameters if each.name in known and each.default is each.empty}
        if (given - known and not rest) or required - given:
            raise TypeError(f"{declared.name} takes {sorted(known)}, but its input has {sorted(given)}")
