"""Sessions: how signing in, going on and signing out are answered."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import services.sessions
from domain import accounts as rules
from domain.access import Viewer
from models.database import Row
from resolvers.context import Context
from resolvers.loaders import accounts as loaders
from resolvers.mutations import Change, Result
from services import passwords, sign_in_failures
from services.access_tokens import AccessTokens
from services.sessions import Opened


def opened(change: Change, session: Opened) -> Result:
    """Tell the payload of a session that was opened or goes on. Its secrets are known only now."""
    token = AccessTokens(change.context.secret_key).issue(session.viewer, now=change.now)
    return Result(
        session={
            "access_token": token.text,
            "refresh_token": session.refresh_token,
            "expires_at": token.expires_at,
            "viewer": session.viewer,
        }
    )


async def adopt(context: Context, result: Result) -> None:
    """Go on as who has just signed in: what the payload selects is theirs."""
    if result["session"] is not None:
        context.become(replace(result["session"]["viewer"], cart_token=context.viewer.cart_token))


async def check_credentials(context: Context, *, email: str, password: str) -> Row:
    """Find the account that an e-mail and a password belong to; a failed attempt counts, whatever becomes of the rest.

    Raises InvalidCredentialsError, TooManyAttemptsError.
    """
    address = rules.email(email)
    async with context.database.transaction() as session:
        await sign_in_failures.attempt(session, email=address, client=context.client, now=datetime.now(UTC))
    account = await context.load(loaders.CREDENTIALS, address)
    # Without an account as with one: the same work, the same time.
    if not await passwords.fits(password, account and account.password_hash) or account is None:
        raise services.sessions.InvalidCredentialsError
    return account


async def create(change: Change, *, email: str, password: str) -> Result:
    """Open a session for the account that was found."""
    del password
    account: Row = change.prepared
    await sign_in_failures.succeeded(change.session, email=rules.email(email), client=change.context.client)
    return opened(change, await services.sessions.open_session(change.session, account_id=account.id, now=change.now))


async def refresh(change: Change, *, refresh_token: str) -> Result:
    """Go on with a session; one whose token was copied has ended, which `refreshed` then says."""
    session = await services.sessions.refresh(change.session, token=refresh_token, now=change.now)
    return Result() if session is None else opened(change, session)


async def refreshed(context: Context, result: Result) -> None:
    """Say that the session has ended, or go on as who it belongs to. Raises RefreshTokenError."""
    if result["session"] is None:
        raise services.sessions.RefreshTokenError
    await adopt(context, result)


async def revoke(change: Change, *, everywhere: bool) -> Result:
    """End the session, or all of the account's."""
    ended = await services.sessions.revoke(change.session, viewer=change.viewer, everywhere=everywhere, now=change.now)
    return Result(ended=ended)


async def viewers(roots: Any, context: Context) -> list[Viewer]:
    """Answer who asks."""
    return [context.viewer for _ in roots]
