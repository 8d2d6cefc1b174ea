"""What administrators decide about accounts: suspending them, and who works for the platform."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import accounts as rules
from domain.access import PlatformRole
from domain.errors import Refusal
from models import advisory_locks
from models.accounts import Account, AccountSession, PlatformMember
from models.advisory_locks import Lock
from services import outbox
from services.access import NotFoundError


class LastAdministratorError(Refusal):
    """The platform would have no administrator any more."""

    code = "CONFLICT"

    def __init__(self, *, field: str | None) -> None:
        details = {} if field is None else {"field": field}
        super().__init__("The platform has at least one administrator: make somebody else one first.", **details)


async def suspend(session: AsyncSession, *, email: str, now: datetime) -> None:
    """Suspend an account and end its sessions. Raises NotFoundError, LastAdministratorError."""
    account = await _locked(session, email)
    account.state = "SUSPENDED"
    await session.execute(
        update(AccountSession)
        .where(AccountSession.account_id == account.id, AccountSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    await check_administered(session, field="email")
    await _told(session, account, "ACCOUNT_SUSPENDED")


async def reactivate(session: AsyncSession, *, email: str) -> None:
    """Let a suspended account sign in again. Raises NotFoundError."""
    account = await _locked(session, email)
    account.state = "ACTIVE"
    await _told(session, account, "ACCOUNT_REACTIVATED")


async def set_role(session: AsyncSession, *, email: str, role: PlatformRole | None) -> None:
    """Make an account platform staff, or no longer. Raises NotFoundError, LastAdministratorError."""
    account = await _locked(session, email)
    if role is None:
        await session.execute(delete(PlatformMember).where(PlatformMember.account_id == account.id))
    else:
        member = upsert(PlatformMember).values(account_id=account.id, role=role.value)
        await session.execute(
            member.on_conflict_do_update(
                index_elements=[PlatformMember.account_id], set_={"role": member.excluded.role}
            )
        )
    await check_administered(session, field="email")
    await _told(session, account, "PLATFORM_STAFF_CHANGED")


async def take_turns(session: AsyncSession) -> None:
    """Let nobody else take an administrator away before this transaction ends; done before accounts are locked."""
    await advisory_locks.take(session, Lock.ADMINISTRATORS)


async def administers(session: AsyncSession, *, account_id: int) -> bool:
    """Say whether an account is an administrator's."""
    member = await session.get(PlatformMember, account_id)
    return member is not None and member.role == PlatformRole.ADMIN.value


async def check_administered(session: AsyncSession, *, field: str | None = None) -> None:
    """Refuse what has left the platform without an administrator. Raises LastAdministratorError about `field`."""
    await session.flush()
    administrator = await session.scalar(
        select(Account.id)
        .join(PlatformMember, PlatformMember.account_id == Account.id)
        .where(PlatformMember.role == PlatformRole.ADMIN.value, Account.state == "ACTIVE")
        .limit(1)
    )
    if administrator is None:
        raise LastAdministratorError(field=field)


async def _locked(session: AsyncSession, email: str) -> Account:
    await take_turns(session)
    account = await session.scalar(
        select(Account).where(Account.email == rules.email(email), Account.state != "ERASED").with_for_update()
    )
    if account is None:
        raise NotFoundError("account", field="email")
    return account


async def _told(session: AsyncSession, account: Account, event_type: str) -> None:
    account.version += 1
    await outbox.append(session, event_type, subject=("account", account.id), version=account.version)
