"""How a mutation runs: one transaction opened at the edge, the use case in it, then fresh loaders for the answer.

What may be shown to the client of a refusal is decided above; whatever is raised here, nothing was written.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Concatenate, Final

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Permission, Reach, Viewer
from domain.errors import Refusal
from models.database import tried
from resolvers.context import Context
from services import access, idempotency

_OWN: Final = frozenset({Reach.EVERYONE, Reach.OWN_ACCOUNT, Reach.OWN_CUSTOMER})
"""Whose mutations change nothing that is remembered."""


class Result(dict[str, Any]):
    """What a mutation tells its payload, such as ids of what it changed. What it does not tell is None.

    The payload reads what the ids stand for from committed rows. With an idempotency key it is kept as JSON, so it
    holds nothing else.
    """

    def __missing__(self, name: str) -> None:
        """Answer None for what was not told."""

    def __getattr__(self, name: str) -> Any:
        """Answer as a row does, whose columns are attributes too."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]


@dataclass(frozen=True, slots=True)
class Change:
    """The transaction of a mutation, as the mutation's resolver finds it."""

    session: AsyncSession
    viewer: Viewer
    """Who asks; of staff, with the rights that the tables tell now."""
    now: datetime
    """The instant of the change, UTC."""
    context: Context
    prepared: Any = None
    """What `before` has made."""


Handler = Callable[Concatenate[Change, ...], Awaitable[Result]]
"""The resolver of a mutation: translates the input (its keyword arguments) into a call of a service."""
Before = Callable[Concatenate[Context, ...], Awaitable[Any]]
"""What must be done before the transaction, with the same input: something slow, or that counts also when refused."""
TakeBack = Callable[[Context, Any, Refusal | None], Awaitable[None]]
"""What takes back what `before` has done, if it turns out to be for nothing: with what that has made, and the refusal.

None is the refusal of a request that had taken effect before.
"""
After = Callable[[Context, Result], Awaitable[None]]
"""What is to be done when the transaction has committed, each time that its result is given: it may run twice."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A mutation as it is declared."""

    name: str
    permission: Permission
    handler: Handler
    before: Before | None = None
    after: After | None = None
    idempotent: bool = False
    """Whether its input has an idempotency key."""
    take_back: TakeBack | None = None


async def run(mutation: Mutation, context: Context, given: dict[str, Any]) -> Result:
    """Run a mutation with its input; gives what its payload is made of.

    Raises Refusal when it cannot be done; then nothing of it was written. `after` may raise as well, but then the
    transaction has committed: the error is raised as NotFinished with the result.
    """
    context.forget()  # from here on, nothing may be a moment old
    try:
        access.let_in(context.viewer, mutation.permission)
        key = given.pop("idempotency_key", None)
        asked = None
        if key is not None:
            asked = idempotency.request(context.viewer, key=key, mutation=mutation.name, given=given)
        try:
            prepared = await mutation.before(context, **given) if mutation.before else None
        except Refusal:
            # What has taken effect is told again, whatever would keep it from being done anew.
            answered = await _answered(context, asked)
            if answered is None:
                raise
            result = answered
        else:
            result = await _changed(mutation, context, given, asked=asked, prepared=prepared)
    finally:
        # What was read before this answers with stale rows, also for the next mutation of the document.
        context.forget()
        if mutation.permission.reach not in _OWN:  # its notice takes a moment; who asked may ask again at once
            context.changes.remembered.forget()
    if mutation.after is not None:
        try:
            await mutation.after(context, result)
        except Exception as error:
            raise NotFinished(result) from error
        finally:
            context.forget()
    return result


async def _changed(
    mutation: Mutation, context: Context, given: dict[str, Any], *, asked: idempotency.Request | None, prepared: Any
) -> Result:
    try:
        result = await tried(lambda: _transaction(mutation, context, given, asked=asked, prepared=prepared))
    except Refusal as refusal:
        if mutation.take_back is not None:
            await mutation.take_back(context, prepared, refusal)
        raise
    if mutation.take_back is not None and result["replayed"]:
        await mutation.take_back(context, prepared, None)
    return result


async def _answered(context: Context, asked: idempotency.Request | None) -> Result | None:
    if asked is None:
        return None
    async with context.database.transaction() as session:
        answer = await idempotency.answered(session, asked, now=datetime.now(UTC))
    return None if answer is None else Result(answer, replayed=True)


class NotFinished(Exception):  # noqa: N818 - the name says what happened
    """A mutation has committed, but what follows it has failed: the cause says why."""

    def __init__(self, result: Result) -> None:
        super().__init__("what follows a committed mutation has failed")
        self.result = result


async def _transaction(
    mutation: Mutation,
    context: Context,
    given: dict[str, Any],
    *,
    asked: idempotency.Request | None,
    prepared: Any,
) -> Result:
    async with context.database.transaction() as session:
        now = datetime.now(UTC)
        if asked is not None:
            answered = await idempotency.claim(session, asked, now=now)
            if answered is not None:
                return Result(answered, replayed=True)
        viewer = await access.admit(session, context.viewer, mutation.permission)
        result = await mutation.handler(Change(session, viewer, now, context, prepared), **given)
        if asked is not None:
            await idempotency.keep(session, asked, result=result)
    result["replayed"] = False
    return result
