"""Requests that take effect once: the same key gives the first answer again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import DateTime, LargeBinary, Text, bindparam, delete, null, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from domain.errors import InvalidInput, Refusal
from models.database import Row, Statement, run
from models.idempotency import IdempotencyKey

KEPT_FOR: Final = timedelta(days=30)
KEY_LENGTH_MAX: Final = 200
FORGOTTEN_AT_ONCE: Final = 5_000
"""How many keys one transaction deletes."""
_AS_JSON_HAS_IT: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
"""An instant would come back as a text: who tells one is to hear of it."""

_mine = insert(IdempotencyKey).values(
    scope=bindparam("scope", type_=Text),
    key=bindparam("key", type_=Text),
    fingerprint=bindparam("fingerprint", type_=LargeBinary),
    result=null(),
    created_at=bindparam("now", type_=DateTime(timezone=True)),
)
_CLAIM: Final = Statement(
    _mine.on_conflict_do_update(
        index_elements=[IdempotencyKey.scope, IdempotencyKey.key],
        set_={"fingerprint": _mine.excluded.fingerprint, "result": null(), "created_at": _mine.excluded.created_at},
        where=IdempotencyKey.created_at < bindparam("since", type_=DateTime(timezone=True)),
    ).returning(IdempotencyKey.key)
)
_asked = (
    IdempotencyKey.scope == bindparam("of_scope", type_=Text),
    IdempotencyKey.key == bindparam("of_key", type_=Text),
)
_KEPT: Final = Statement(
    select(IdempotencyKey.fingerprint, IdempotencyKey.result, IdempotencyKey.created_at).where(*_asked)
)
_KEEP: Final = Statement(update(IdempotencyKey).where(*_asked).values(result=bindparam("kept", type_=JSONB)))


class IdempotencyConflictError(Refusal):
    """A key was sent before with another request."""

    code = "IDEMPOTENCY_CONFLICT"

    def __init__(self) -> None:
        super().__init__(
            "idempotencyKey: it was sent before with another request; make a new key for a new request",
            field="idempotency_key",
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A request by its key: whose it is, and what distinguishes it from others."""

    scope: str
    key: str
    fingerprint: bytes


def request(viewer: Viewer, *, key: str, mutation: str, given: Mapping[str, Any]) -> Request:
    """Name a request; `given` is its input without the key. Raises InvalidInput for a key that cannot be one.

    What is null in it, as what was left out is, distinguishes nothing: an input that gets another optional field leaves
    the keys good that were sent before.
    """
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise InvalidInput(
            f"idempotencyKey: a key has 1 to {KEY_LENGTH_MAX} characters; a random UUID is a good one",
            field="idempotency_key",
        )
    plain = orjson.loads(orjson.dumps(given))  # of dictionaries and lists alone: an input may hold dataclasses
    said = orjson.dumps([mutation, _without_nulls(plain)], option=orjson.OPT_SORT_KEYS)
    return Request(_scope(viewer), key, hashlib.sha256(said).digest())


def _without_nulls(given: Any) -> Any:
    if isinstance(given, dict):
        return {name: _without_nulls(value) for name, value in given.items() if value is not None}
    if isinstance(given, list):
        return [_without_nulls(value) for value in given]
    return given


async def claim(session: AsyncSession, asked: Request, *, now: datetime) -> dict[str, Any] | None:
    """Claim a key for this transaction; gives what was answered if the request has taken effect already.

    A twin that runs at the same time is waited for. Raises IdempotencyConflictError when the key was another request's.
    """
    claimed: list[Row] = await run(
        session,
        _CLAIM,
        scope=asked.scope,
        key=asked.key,
        fingerprint=asked.fingerprint,
        now=now,
        since=now - KEPT_FOR,
    )
    if claimed:
        return None
    kept: list[Row] = await run(session, _KEPT, of_scope=asked.scope, of_key=asked.key)
    if not kept:  # it was forgotten in between: its time was over
        return await claim(session, asked, now=now)
    ((fingerprint, result, _),) = kept
    if fingerprint != asked.fingerprint:
        raise IdempotencyConflictError
    answer: dict[str, Any] = result
    return answer


async def answered(session: AsyncSession, asked: Request, *, now: datetime) -> dict[str, Any] | None:
    """Give what was answered to this very request before; None if nothing was, without claiming the key."""
    kept: list[Row] = await run(session, _KEPT, of_scope=asked.scope, of_key=asked.key)
    for fingerprint, result, created_at in kept:
        if fingerprint == asked.fingerprint and created_at >= now - KEPT_FOR:
            answer: dict[str, Any] = result
            return answer
    return None


async def keep(session: AsyncSession, asked: Request, *, result: Mapping[str, Any]) -> None:
    """Keep what is answered to a claimed request; it must be made of JSON's values alone."""
    kept = orjson.dumps(dict(result), option=_AS_JSON_HAS_IT).decode()
    await run(session, _KEEP, of_scope=asked.scope, of_key=asked.key, kept=kept)


async def forget(session: AsyncSession, *, now: datetime) -> bool:
    """Delete some of the keys whose time is over, the oldest first; says whether there may be more."""
    # A CTE is read once; a subquery may be read for each row, and then finds others than before.
    oldest = (
        select(IdempotencyKey.scope, IdempotencyKey.key)
        .where(IdempotencyKey.created_at < now - KEPT_FOR)
        .order_by(IdempotencyKey.created_at)
        .limit(FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("oldest")
    )
    gone = await session.execute(
        delete(IdempotencyKey)
        .where(tuple_(IdempotencyKey.scope, IdempotencyKey.key).in_(select(oldest.c.scope, oldest.c.key)))
        .returning(IdempotencyKey.created_at)
    )
    return len(gone.all()) == FORGOTTEN_AT_ONCE


def _scope(viewer: Viewer) -> str:
    if viewer.account_id is not None:
        return f"account:{viewer.account_id}"
    if viewer.partner_id is not None:
        return f"partner:{viewer.partner_id}"
    if viewer.cart_token is not None:
        return f"cart:{hashlib.sha256(viewer.cart_token.encode()).hexdigest()}"
    raise InvalidInput(
        "idempotencyKey: keys belong to somebody; sign in, or send the cart's token in the header Cart-Token",
        field="idempotency_key",
    )
