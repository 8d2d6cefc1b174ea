"""Requests that take effect once: the same key gives the first answer again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from domain.errors import InvalidInput, Refusal
from models.idempotency import IdempotencyKey

KEPT_FOR: Final = timedelta(days=30)
KEY_LENGTH_MAX: Final = 200


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
    """Name a request; `given` is its input without the key. Raises InvalidInput for a key that cannot be one."""
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise InvalidInput(
            f"idempotencyKey: a key has 1 to {KEY_LENGTH_MAX} characters; a random UUID is a good one",
            field="idempotency_key",
        )
    said = orjson.dumps([mutation, given], option=orjson.OPT_SORT_KEYS)
    return Request(_scope(viewer), key, hashlib.sha256(said).digest())


async def claim(session: AsyncSession, asked: Request, *, now: datetime) -> dict[str, Any] | None:
    """Claim a key for this transaction; gives what was answered if the request has taken effect already.

    A twin that runs at the same time is waited for. Raises IdempotencyConflictError when the key was another request's.
    """
    mine = insert(IdempotencyKey).values(
        scope=asked.scope, key=asked.key, fingerprint=asked.fingerprint, result=None, created_at=now
    )
    claimed = await session.execute(
        mine.on_conflict_do_update(
            index_elements=[IdempotencyKey.scope, IdempotencyKey.key],
            set_={"fingerprint": mine.excluded.fingerprint, "result": None, "created_at": mine.excluded.created_at},
            where=IdempotencyKey.created_at < now - KEPT_FOR,
        ).returning(IdempotencyKey.key)
    )
    if claimed.first() is not None:
        return None
    fingerprint, result = (
        await session.execute(
            select(IdempotencyKey.fingerprint, IdempotencyKey.result).where(
                IdempotencyKey.scope == asked.scope, IdempotencyKey.key == asked.key
            )
        )
    ).one()
    if fingerprint != asked.fingerprint:
        raise IdempotencyConflictError
    answer: dict[str, Any] = result
    return answer


async def keep(session: AsyncSession, asked: Request, *, result: Mapping[str, Any]) -> None:
    """Keep what is answered to a claimed request; it must be made of JSON's values alone."""
    await session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.scope == asked.scope, IdempotencyKey.key == asked.key)
        .values(result=dict(result))
    )


async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Delete the keys whose time is over."""
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT_FOR))


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
