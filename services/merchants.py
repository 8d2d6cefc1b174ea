"""Merchants: applying, the profile, and what the platform decides about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import merchants as rules
from domain import versions
from domain.access import MerchantRole, Permission, Viewer
from domain.errors import InvalidInput
from domain.merchants import Action, State
from domain.slugs import slugify
from domain.states import StateError
from models.accounts import Account
from models.merchant_staff import MerchantDocument, MerchantMember
from models.merchants import Merchant
from services import access, mails, outbox
from services.access import NotFoundError

_SLUGS_TRIED = 20
_MAILS = {Action.APPROVE: "merchant_approved", Action.SUSPEND: "merchant_suspended"}


async def apply(session: AsyncSession, *, viewer: Viewer, name: str, slug: str | None, description: str) -> int:
    """Apply to become a merchant, whose owner the viewer is; gives its id. Raises InvalidInput, StateError."""
    # Locks the account: two applications at once cannot both be the last one.
    account_id = await session.scalar(
        select(Account.id).where(Account.id == viewer.account_id, Account.state == "ACTIVE").with_for_update()
    )
    if account_id is None:
        raise NotFoundError("account")
    open_ = await session.scalar(
        select(func.count())
        .select_from(Merchant)
        .join(MerchantMember, MerchantMember.merchant_id == Merchant.id)
        .where(MerchantMember.account_id == account_id, Merchant.state == State.APPLIED.value)
    )
    if (open_ or 0) >= rules.OPEN_APPLICATIONS_MAX:
        raise StateError(f"You have {open_} applications open: wait until they are decided, or close one.")
    merchant_id = await _named(session, name=rules.name(name), slug=slug, description=rules.description(description))
    session.add(MerchantMember(merchant_id=merchant_id, account_id=account_id, role=MerchantRole.OWNER.value))
    await session.flush()
    await outbox.append(session, "MERCHANT_APPLIED", subject=("merchant", merchant_id), version=1)
    return merchant_id


async def change(
    session: AsyncSession, *, viewer: Viewer, merchant_id: int, expected_version: int | None = None, **given: Any
) -> None:
    """Change what is given of a merchant's profile: name, description.

    Raises NotFoundError, VersionError, StateError, InvalidInput.
    """
    merchant = await locked(session, viewer, Permission.MERCHANT_MANAGE, merchant_id=merchant_id)
    versions.check("merchant", expected=expected_version, found=merchant.version)
    if merchant.state == State.CLOSED.value:
        raise StateError("The merchant is CLOSED: nothing about it changes any more.")
    if "name" in given:
        merchant.name = rules.name(given["name"])
    if "description" in given:
        merchant.description = rules.description(given["description"])
    merchant.version += 1
    await outbox.append(session, "MERCHANT_CHANGED", subject=("merchant", merchant.id), version=merchant.version)


async def act(
    session: AsyncSession,
    *,
    viewer: Viewer,
    merchant_id: int,
    action: Action,
    permission: Permission,
    now: datetime,
    reason: str = "",
) -> None:
    """Approve, suspend, reactivate or close a merchant, and tell its owners. Raises NotFoundError, StateError."""
    merchant = await locked(session, viewer, permission, merchant_id=merchant_id)
    following = rules.after(State(merchant.state), action)
    if action is Action.APPROVE:
        accepted = await session.scalars(
            select(MerchantDocument.kind).where(
                MerchantDocument.merchant_id == merchant_id, MerchantDocument.state == "ACCEPTED"
            )
        )
        rules.check_verified(frozenset(accepted))
    merchant.state, merchant.state_reason = following.value, reason
    merchant.version += 1
    await outbox.append(
        session, action.value, subject=("merchant", merchant.id), version=merchant.version, data={"reason": reason}
    )
    if (template := _MAILS.get(action)) is not None:
        await _tell_owners(session, merchant, template, reason=reason, now=now)


async def locked(
    session: AsyncSession, viewer: Viewer, permission: Permission, *, merchant_id: int, field: str = "merchant_id"
) -> Merchant:
    """Lock a merchant that the viewer has the permission for. Raises NotFoundError."""
    access.require(viewer, permission, merchant_id=merchant_id, noun="merchant", field=field)
    merchant = await session.scalar(select(Merchant).where(Merchant.id == merchant_id).with_for_update())
    if merchant is None:
        raise NotFoundError("merchant", field=field)
    return merchant


async def count_up(session: AsyncSession, *, merchant_id: int) -> int:
    """Count a merchant's version up, for an event about what belongs to it; gives the version."""
    counted = await session.execute(
        update(Merchant)
        .where(Merchant.id == merchant_id)
        .values(version=Merchant.version + 1)
        .returning(Merchant.version)
    )
    return counted.scalar_one()


async def _named(session: AsyncSession, *, name: str, slug: str | None, description: str) -> int:
    """Insert a merchant under the slug that is asked for, or under the first free one made of its name."""
    if slug is not None:
        wanted = [slug]
        if not slug or slugify(slug) != slug:
            raise InvalidInput(f"slug: {slug[:60]!r} is none; write lower-case words with hyphens", field="slug")
    else:
        base = slugify(name) or "merchant"
        wanted = [base, *(f"{base}-{number}" for number in range(2, _SLUGS_TRIED))]
    for each in wanted:
        added = await session.execute(
            upsert(Merchant)
            .values(slug=each, name=name, description=description, state=State.APPLIED.value)
            .on_conflict_do_nothing(index_elements=[Merchant.slug])
            .returning(Merchant.id)
        )
        if (merchant_id := added.scalar_one_or_none()) is not None:
            return merchant_id
    raise InvalidInput(f"slug: {wanted[-1]!r} is taken; choose another", field="slug")


async def _tell_owners(session: AsyncSession, merchant: Merchant, template: str, *, reason: str, now: datetime) -> None:
    owners = await session.execute(
        select(Account.id, Account.email)
        .join(MerchantMember, MerchantMember.account_id == Account.id)
        .where(MerchantMember.merchant_id == merchant.id, MerchantMember.role == "OWNER", Account.email.is_not(None))
        .order_by(Account.id)
    )
    for account_id, email in owners.all():
        await mails.request(
            session,
            template=template,
            recipient=str(email),
            account_id=account_id,
            now=now,
            facts={"merchant": merchant.name, "reason": reason},
        )
