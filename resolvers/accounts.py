"""Accounts: how registering, confirming an address and setting a password are answered."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import services.accounts
from domain import accounts as rules
from domain import customers
from domain.access import Viewer
from models.database import Row
from resolvers import sessions
from resolvers.context import Context
from resolvers.loaders import accounts as loaders
from resolvers.mutations import Change, Result
from services import email_tokens, passwords, sign_in_failures
from services.sessions import InvalidCredentialsError

ANSWERED_AFTER: Final = timedelta(milliseconds=50)
"""So long after it began to write, a registration is answered: long enough to hide what was written."""


async def of_viewers(viewers: Sequence[Viewer], context: Context) -> list[Row | None]:
    """Answer the account of who is signed in."""
    return [
        None if viewer.account_id is None else await context.load(loaders.BY_ID, viewer.account_id)
        for viewer in viewers
    ]


async def hash_new(_: Context, *, email: str, password: str, display_name: str) -> str:
    """Check what somebody registers with, and hash the password. Raises InvalidInput."""
    address = rules.email(email)
    rules.check_password(password, email=address)
    customers.display_name(display_name)
    return await passwords.make_hash(password)


async def register(change: Change, *, email: str, password: str, display_name: str) -> Result:
    """Register; the answer is the same for an address that has an account already."""
    del password
    address = rules.email(email)
    await services.accounts.register(
        change.session,
        email=address,
        password_hash=change.prepared,
        display_name=customers.display_name(display_name),
        now=change.now,
    )
    return Result(mailed_to=address, began_at=change.now)


async def registered(_: Context, result: Result) -> None:
    """Wait until the time tells nothing of whether the address had an account already: then less is written."""
    left = result["began_at"] + ANSWERED_AFTER - datetime.now(UTC)
    await asyncio.sleep(min(max(left, timedelta(0)), ANSWERED_AFTER).total_seconds())


async def verify_email(change: Change, *, token: str) -> Result:
    """Take an address as confirmed, and sign in."""
    token_id = email_tokens.read(change.context.secret_key, purpose="VERIFY", text=token)
    return sessions.opened(
        change, await services.accounts.verify_email(change.session, token_id=token_id, now=change.now)
    )


async def request_password_reset(change: Change, *, email: str) -> Result:
    """Mail a token; the answer is the same for an address that has no account."""
    address = rules.email(email)
    await services.accounts.request_password_reset(change.session, email=address, now=change.now)
    return Result(mailed_to=address)


async def hash_reset(context: Context, *, token: str, password: str) -> str:
    """Hash a new password, for a token that we have made. Raises InvalidInput, EmailTokenError."""
    email_tokens.read(context.secret_key, purpose="RESET", text=token)
    rules.check_password(password, email="")
    return await passwords.make_hash(password)


async def reset_password(change: Change, *, token: str, password: str) -> Result:
    """Set a new password by a mailed token, and sign in."""
    del password
    token_id = email_tokens.read(change.context.secret_key, purpose="RESET", text=token)
    return sessions.opened(
        change,
        await services.accounts.reset_password(
            change.session, token_id=token_id, password_hash=change.prepared, now=change.now
        ),
    )


async def check_password(context: Context, *, password: str) -> None:
    """Ask who is signed in for the password once more: whoever has come by a token must not guess it.

    A failed attempt counts as one to sign in does. Raises InvalidCredentialsError, TooManyAttemptsError.
    """
    account = await context.load(loaders.PASSWORD, context.viewer.account_id)
    if account is None or account.email is None:
        raise InvalidCredentialsError
    async with context.database.transaction() as session:
        await sign_in_failures.attempt(session, email=account.email, client=context.client, now=datetime.now(UTC))
    if not await passwords.fits(password, account.password_hash):
        raise InvalidCredentialsError
    async with context.database.transaction() as session:
        await sign_in_failures.succeeded(session, email=account.email, client=context.client)


async def hash_changed(context: Context, *, password: str, new_password: str) -> str:
    """Check the old password and hash the new one. Raises InvalidInput, and what `check_password` raises."""
    rules.check_password(new_password, email="")
    await check_password(context, password=password)
    return await passwords.make_hash(new_password)


async def change_password(change: Change, *, password: str, new_password: str) -> Result:
    """Set a new password."""
    del password, new_password
    await services.accounts.change_password(
        change.session, viewer=change.viewer, password_hash=change.prepared, now=change.now
    )
    return Result(account_id=change.viewer.account_id)
