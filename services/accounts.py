"""Accounts: registering, proving an e-mail address, setting a new password.

Nothing here tells whether an e-mail address has an account: the answers are the same, and so is the work, or the time.
"""

from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from models.accounts import Account, AccountSession
from models.customers import Customer
from services import email_tokens, mails, outbox, sessions


async def register(session: AsyncSession, *, email: str, password_hash: str, display_name: str, now: datetime) -> None:
    """Make an account with its customer, and mail a token that confirms the address.

    An address that has an account already gets a mail that says so, and nothing else happens.
    """
    made = await session.execute(
        upsert(Account)
        .values(email=email, password_hash=password_hash)
        .on_conflict_do_nothing(index_elements=[Account.email])
        .returning(Account.id)
    )
    account_id = made.scalar_one_or_none()
    if account_id is None:
        await mails.request(session, template="already_registered", recipient=email, account_id=None, now=now)
        return
    added = await session.execute(
        insert(Customer).values(account_id=account_id, display_name=display_name).returning(Customer.id)
    )
    customer_id = added.scalar_one()
    token_id = await email_tokens.make(session, account_id=account_id, purpose="VERIFY", now=now)
    await mails.request(
        session,
        template="verify_email",
        recipient=email,
        account_id=account_id,
        now=now,
        facts={"purpose": "VERIFY", "token_id": token_id, "display_name": display_name},
    )
    await outbox.append(session, "CUSTOMER_REGISTERED", subject=("customer", customer_id), version=1)


async def verify_email(session: AsyncSession, *, token_id: int, now: datetime) -> sessions.Opened:
    """Take an address as confirmed by its token, and open a session. Raises EmailTokenError."""
    account_id = await email_tokens.use(session, token_id=token_id, purpose="VERIFY", now=now)
    version = await _change(
        session, account_id=account_id, email_verified_at=func.coalesce(Account.email_verified_at, now)
    )
    await outbox.append(session, "ACCOUNT_EMAIL_VERIFIED", subject=("account", account_id), version=version)
    return await sessions.open_session(session, account_id=account_id, now=now)


async def request_password_reset(session: AsyncSession, *, email: str, now: datetime) -> None:
    """Have a token mailed that allows to set a new password, if the address has an account: the worker looks."""
    await mails.request(session, template="reset_password", recipient=email, account_id=None, now=now)


async def reset_password(session: AsyncSession, *, token_id: int, password_hash: str, now: datetime) -> sessions.Opened:
    """Set a new password by a mailed token, end all sessions and open a new one. Raises EmailTokenError.

    Whoever has the token reads the account's mail, so the address is confirmed as well.
    """
    account_id = await email_tokens.use(session, token_id=token_id, purpose="RESET", now=now)
    version = await _change(
        session,
        account_id=account_id,
        password_hash=password_hash,
        email_verified_at=func.coalesce(Account.email_verified_at, now),
    )
    await _password_changed(session, account_id=account_id, version=version, now=now)
    return await sessions.open_session(session, account_id=account_id, now=now)


async def change_password(session: AsyncSession, *, viewer: Viewer, password_hash: str, now: datetime) -> None:
    """Set a new password for who is signed in, and end all sessions but this one."""
    assert viewer.account_id is not None  # noqa: S101 - the permission has seen to it
    version = await _change(session, account_id=viewer.account_id, password_hash=password_hash)
    await _password_changed(
        session, account_id=viewer.account_id, version=version, now=now, keep_session_id=viewer.session_id
    )


async def _password_changed(
    session: AsyncSession, *, account_id: int, version: int, now: datetime, keep_session_id: int | None = None
) -> None:
    await session.execute(
        update(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.ended_at.is_(None),
            AccountSession.id.is_distinct_from(keep_session_id),
        )
        .values(ended_at=now)
    )
    recipient = await session.scalar(select(Account.email).where(Account.id == account_id))
    assert recipient is not None  # noqa: S101 - an erased account has no password to change
    await mails.request(session, template="password_changed", recipient=recipient, account_id=account_id, now=now)
    await outbox.append(session, "ACCOUNT_PASSWORD_CHANGED", subject=("account", account_id), version=version)


async def _change(session: AsyncSession, *, account_id: int, **values: object) -> int:
    """Change an active account; gives its new version. Raises EmailTokenError if it is not active any more."""
    changed = await session.execute(
        update(Account)
        .where(Account.id == account_id, Account.state == "ACTIVE")
        .values(version=Account.version + 1, **values)
        .returning(Account.version)
    )
    version = changed.scalar_one_or_none()
    if version is None:
        raise email_tokens.EmailTokenError
    return version
