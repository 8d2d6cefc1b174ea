"""Who works for a merchant: invitations, roles, letting go."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import accounts
from domain.access import MerchantRole, Permission, Viewer
from domain.errors import Refusal
from models.accounts import Account
from models.merchant_staff import MerchantInvitation, MerchantMember
from services import mails, merchants, outbox
from services.access import NotFoundError
from services.email_tokens import EmailTokenError

PURPOSE: Final = "INVITE"
"""The purpose of the tokens that are mailed with invitations."""
_LIFETIME: Final = timedelta(days=7)


class LastOwnerError(Refusal):
    """A merchant would have no owner any more."""

    code = "CONFLICT"


_OWNED: Final = text(
    """SELECT merchants.id FROM merchants JOIN merchant_members ON merchant_members.merchant_id = merchants.id
       WHERE account_id = :account_id AND role = 'OWNER' ORDER BY merchants.id FOR NO KEY UPDATE OF merchants"""
)
"""The lock that whoever takes owners away holds: two at once must not take the last two."""
_LEFT_ALONE: Final = text(
    """SELECT merchants.name FROM merchants JOIN merchant_members AS mine ON mine.merchant_id = merchants.id
       WHERE mine.account_id = :account_id AND mine.role = 'OWNER' AND merchants.state <> 'CLOSED'
         AND NOT EXISTS (SELECT FROM merchant_members AS other WHERE other.merchant_id = merchants.id
                         AND other.role = 'OWNER' AND other.account_id <> mine.account_id)
       ORDER BY merchants.id LIMIT 1"""
)
"""A merchant that is open and would have no owner without this one."""


async def invite(
    session: AsyncSession, *, viewer: Viewer, merchant_id: int, email: str, role: MerchantRole, now: datetime
) -> None:
    """Mail an invitation to work for a merchant; an earlier one to the same address ends. Raises NotFoundError."""
    merchant = await merchants.locked(session, viewer, Permission.MERCHANT_STAFF, merchant_id=merchant_id)
    address = accounts.email(email)
    await session.execute(
        update(MerchantInvitation)
        .where(
            MerchantInvitation.merchant_id == merchant_id,
            MerchantInvitation.email == address,
            MerchantInvitation.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    made = await session.execute(
        insert(MerchantInvitation)
        .values(merchant_id=merchant_id, email=address, role=role.value, expires_at=now + _LIFETIME)
        .returning(MerchantInvitation.id)
    )
    await mails.request(
        session,
        template="staff_invitation",
        recipient=address,
        account_id=None,
        now=now,
        facts={
            "purpose": PURPOSE,
            "token_id": made.scalar_one(),
            "merchant": merchant.name,
            "role": role.value.lower(),
        },
    )
    await _changed(session, merchant_id)


async def accept(
    session: AsyncSession, *, viewer: Viewer, invitation_id: int, now: datetime
) -> tuple[int, MerchantRole]:
    """Take an invitation that was mailed to the viewer's own address; gives the merchant's id and the role there.

    Raises EmailTokenError.
    """
    invitation = await session.scalar(
        select(MerchantInvitation)
        .join(Account, Account.email == MerchantInvitation.email)
        .where(
            MerchantInvitation.id == invitation_id,
            MerchantInvitation.ended_at.is_(None),
            MerchantInvitation.expires_at > now,
            Account.id == viewer.account_id,
            Account.state == "ACTIVE",
        )
        .with_for_update(of=MerchantInvitation)
    )
    if invitation is None:
        raise EmailTokenError
    invitation.ended_at = now
    joined = upsert(MerchantMember).values(
        merchant_id=invitation.merchant_id, account_id=viewer.account_id, role=invitation.role
    )
    # Who works there already keeps the role: an invitation must not take the last owner away.
    await session.execute(joined.on_conflict_do_nothing())
    role = await session.scalar(
        select(MerchantMember.role).where(
            MerchantMember.merchant_id == invitation.merchant_id, MerchantMember.account_id == viewer.account_id
        )
    )
    await _changed(session, invitation.merchant_id)
    return invitation.merchant_id, MerchantRole(role)


async def withdraw(session: AsyncSession, *, viewer: Viewer, merchant_id: int, email: str, now: datetime) -> None:
    """Take an invitation back. Raises NotFoundError."""
    await merchants.locked(session, viewer, Permission.MERCHANT_STAFF, merchant_id=merchant_id)
    ended = await session.execute(
        update(MerchantInvitation)
        .where(
            MerchantInvitation.merchant_id == merchant_id,
            MerchantInvitation.email == accounts.email(email),
            MerchantInvitation.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(MerchantInvitation.id)
    )
    if ended.first() is None:
        raise NotFoundError("invitation", field="email")


async def set_role(session: AsyncSession, *, viewer: Viewer, merchant_id: int, email: str, role: MerchantRole) -> None:
    """Give somebody who works for a merchant another role. Raises NotFoundError, LastOwnerError."""
    await merchants.locked(session, viewer, Permission.MERCHANT_STAFF, merchant_id=merchant_id)
    account_id = await _member(session, merchant_id, email)
    await session.execute(
        update(MerchantMember)
        .where(MerchantMember.merchant_id == merchant_id, MerchantMember.account_id == account_id)
        .values(role=role.value)
    )
    await _check_owned(session, merchant_id)
    await _changed(session, merchant_id)


async def remove(session: AsyncSession, *, viewer: Viewer, merchant_id: int, email: str) -> None:
    """Let somebody go. Raises NotFoundError, LastOwnerError."""
    await merchants.locked(session, viewer, Permission.MERCHANT_STAFF, merchant_id=merchant_id)
    account_id = await _member(session, merchant_id, email)
    await session.execute(
        delete(MerchantMember).where(MerchantMember.merchant_id == merchant_id, MerchantMember.account_id == account_id)
    )
    await _check_owned(session, merchant_id)
    await _changed(session, merchant_id)


async def check_replaceable(session: AsyncSession, *, account_id: int) -> None:
    """Refuse to forget somebody without whom an open merchant would have no owner. Raises LastOwnerError.

    Until the transaction ends nobody else takes an owner of these merchants away.
    """
    await session.execute(_OWNED, {"account_id": account_id})
    if (merchant := await session.scalar(_LEFT_ALONE, {"account_id": account_id})) is not None:
        raise LastOwnerError(f"You are the last owner of {merchant}: close it, or make somebody else an owner, first.")


async def _member(session: AsyncSession, merchant_id: int, email: str) -> int:
    account_id = await session.scalar(
        select(MerchantMember.account_id)
        .join(Account, Account.id == MerchantMember.account_id)
        .where(MerchantMember.merchant_id == merchant_id, Account.email == accounts.email(email))
    )
    if account_id is None:
        raise NotFoundError("member", field="email")
    return account_id


async def _changed(session: AsyncSession, merchant_id: int) -> None:
    version = await merchants.count_up(session, merchant_id=merchant_id)
    await outbox.append(session, "MERCHANT_STAFF_CHANGED", subject=("merchant", merchant_id), version=version)


async def _check_owned(session: AsyncSession, merchant_id: int) -> None:
    """Refuse what has left a merchant without an owner; the merchant is locked, so nobody else does it meanwhile."""
    owner = await session.scalar(
        select(MerchantMember.account_id)
        .where(MerchantMember.merchant_id == merchant_id, MerchantMember.role == MerchantRole.OWNER.value)
        .limit(1)
    )
    if owner is None:
        raise LastOwnerError("A merchant has at least one owner: make somebody else an owner first.", field="email")
