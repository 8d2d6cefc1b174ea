"""Sessions: signing in, going on with a refresh token, signing out."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from domain.errors import Refusal
from models.accounts import Account, AccountSession, RefreshToken
from services import access, outbox

LIFETIME: Final = timedelta(days=30)
"""How long a session lives after it was last refreshed."""


class InvalidCredentialsError(Refusal):
    """An e-mail and a password do not belong together, or the address is not confirmed yet."""

    code = "INVALID_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__(
            "The e-mail and the password do not belong together, or the address is not confirmed yet."
            " You can ask for a new password."
        )


class RefreshTokenError(Refusal):
    """A refresh token cannot be used."""

    code = "INVALID_TOKEN"

    def __init__(self) -> None:
        super().__init__("refreshToken: its session has ended; sign in again", field="refresh_token")


class Opened(NamedTuple):
    """A session with the refresh token that goes on with it: it is known only now."""

    viewer: Viewer
    refresh_token: str


async def open_session(session: AsyncSession, *, account_id: int, now: datetime) -> Opened:
    """Open a session of an account. Raises InvalidCredentialsError unless the account is active."""
    opened = await session.execute(
        insert(AccountSession).values(account_id=account_id, expires_at=now + LIFETIME).returning(AccountSession.id)
    )
    session_id = opened.scalar_one()
    viewer = await access.viewer_of(session, account_id=account_id, session_id=session_id)
    if viewer is None:
        raise InvalidCredentialsError
    return Opened(viewer, await _issue(session, session_id))


async def refresh(session: AsyncSession, *, token: str, now: datetime) -> Opened | None:
    """Go on with a session: the token is used up, and there is a new one.

    None for a token that was used before: then somebody has copied it, and its session has been ended, which is to be
    committed. Raises RefreshTokenError for a token that is unknown or whose session has ended.
    """
    hashed = _hash(token)
    found = (
        await session.execute(
            select(AccountSession, RefreshToken.used_at)
            .join(RefreshToken, RefreshToken.session_id == AccountSession.id)
            .where(RefreshToken.hash == hashed)
            .with_for_update(of=AccountSession)
        )
    ).one_or_none()
    if found is None:
        raise RefreshTokenError
    family, _ = found
    # Read after the lock: a twin may have used it while this one waited.
    used_at = await session.scalar(select(RefreshToken.used_at).where(RefreshToken.hash == hashed))
    if family.ended_at is not None or family.expires_at <= now:
        raise RefreshTokenError
    if used_at is not None:
        await _end(session, AccountSession.id == family.id, account_id=family.account_id, now=now)
        return None
    viewer = await access.viewer_of(session, account_id=family.account_id, session_id=family.id)
    if viewer is None:
        raise RefreshTokenError
    await session.execute(update(RefreshToken).where(RefreshToken.hash == hashed).values(used_at=now))
    family.expires_at = now + LIFETIME
    return Opened(viewer, await _issue(session, family.id))


async def revoke(session: AsyncSession, *, viewer: Viewer, everywhere: bool, now: datetime) -> int:
    """End this session of the viewer's, or all of them; gives how many."""
    assert viewer.account_id is not None  # noqa: S101 - the permission has seen to it
    of = AccountSession.account_id == viewer.account_id
    which = of if everywhere else of & (AccountSession.id == viewer.session_id)
    return await _end(session, which, account_id=viewer.account_id, now=now)


async def _end(session: AsyncSession, which: ColumnElement[bool], *, account_id: int, now: datetime) -> int:
    ended = await session.execute(
        update(AccountSession)
        .where(which, AccountSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(AccountSession.id)
    )
    count = len(ended.all())
    if count:
        version = await session.scalar(select(Account.version).where(Account.id == account_id)) or 1
        await outbox.append(session, "ACCOUNT_SESSIONS_ENDED", subject=("account", account_id), version=version)
    return count


async def _issue(session: AsyncSession, session_id: int) -> str:
    token = secrets.token_urlsafe(32)
    await session.execute(insert(RefreshToken).values(hash=_hash(token), session_id=session_id))
    return token


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
