"""Slowing down whoever guesses passwords, without locking anybody out.

Failures are counted for an e-mail and the network address that tries: a stranger's failures delay the stranger alone.
They are counted whether there is such an account or not.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Interval, case, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import accounts
from domain.errors import Refusal
from models.accounts import SignInFailure

_DOUBLINGS_MAX: Final = 10


class TooManyAttemptsError(Refusal):
    """Too many attempts have failed; `retry_at` is when the next one will be looked at."""

    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(
            "Too many attempts have failed from here: wait a little, or ask for a new password.", retry_at=retry_at
        )


async def attempt(session: AsyncSession, *, email: str, client: str, now: datetime) -> None:
    """Count an attempt as failed before it is looked at, so that attempts at the same time are counted as well.

    Raises TooManyAttemptsError when this one comes too early; it is not counted then.
    """
    mine = insert(SignInFailure).values(email_hash=_hash(email), client=client, failures=1, last_at=now)
    forgotten = SignInFailure.last_at < now - accounts.FORGOTTEN_AFTER
    counted = await session.execute(
        mine.on_conflict_do_update(
            index_elements=[SignInFailure.email_hash, SignInFailure.client],
            set_={
                "failures": case((forgotten, 1), else_=SignInFailure.failures + 1),
                "last_at": func.greatest(SignInFailure.last_at, now),
            },
            where=or_(SignInFailure.failures < accounts.FREE_FAILURES, SignInFailure.last_at + _wait() <= now),
        ).returning(SignInFailure.failures)
    )
    if counted.first() is not None:
        return
    failures, last_at = (
        await session.execute(select(SignInFailure.failures, SignInFailure.last_at).where(*_of(email, client)))
    ).one()
    raise TooManyAttemptsError(last_at + accounts.wait_after(failures))


async def succeeded(session: AsyncSession, *, email: str, client: str) -> None:
    """Forget the failures: the last attempt was none."""
    await session.execute(delete(SignInFailure).where(*_of(email, client)))


async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Delete the counts that mean nothing any more."""
    await session.execute(delete(SignInFailure).where(SignInFailure.last_at < now - accounts.FORGOTTEN_AFTER))


def _wait() -> ColumnElement[timedelta]:
    """Write `accounts.wait_after` in SQL, for those who have to wait."""
    doublings = func.least(SignInFailure.failures - accounts.FREE_FAILURES, _DOUBLINGS_MAX)
    seconds = func.least(func.power(2, doublings), accounts.LONGEST_WAIT.total_seconds())
    return func.make_interval(0, 0, 0, 0, 0, 0, seconds, type_=Interval)


def _hash(email: str) -> bytes:
    return hashlib.sha256(email.encode()).digest()


def _of(email: str, client: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return SignInFailure.email_hash == _hash(email), SignInFailure.client == client
