"""Partners and their API keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import PartnerKind, Permission, Scope, Viewer
from domain.errors import InvalidInput
from models.partners import ApiKey, Partner
from services import access, api_keys, merchants, outbox, webhooks
from services.access import NotFoundError

KEYS_MAX: Final = 20
_NAME_LENGTH_MAX: Final = 100


async def add(session: AsyncSession, *, viewer: Viewer, merchant_id: int | None, kind: PartnerKind, name: str) -> int:
    """Add a partner of a merchant, or of the whole platform if none is named; gives its id.

    Raises NotFoundError, InvalidInput.
    """
    trimmed = " ".join(name.split())
    if not 0 < len(trimmed) <= _NAME_LENGTH_MAX:
        raise InvalidInput(f"name: a name has 1 to {_NAME_LENGTH_MAX} characters", field="name")
    if merchant_id is not None:
        await merchants.locked(session, viewer, Permission.PARTNERS_MANAGE, merchant_id=merchant_id)
    elif viewer.platform is None:
        raise NotFoundError("merchant", field="merchant_id")
    made = await session.execute(
        insert(Partner).values(kind=kind.value, name=trimmed, merchant_id=merchant_id).returning(Partner.id)
    )
    partner_id = made.scalar_one()
    await outbox.append(session, "PARTNER_ADDED", subject=("partner", partner_id), version=1)
    return partner_id


async def make_key(
    session: AsyncSession, *, viewer: Viewer, partner_id: int, scopes: Sequence[Scope], label: str
) -> str:
    """Make a partner an API key: only its hash is kept, so this is the one time to see it. Raises NotFoundError."""
    partner = await _locked(session, viewer, partner_id)
    if not scopes:
        raise InvalidInput("scopes: a key without any is good for nothing; name at least one", field="scopes")
    if len(label) > _NAME_LENGTH_MAX:
        raise InvalidInput(f"label: it is longer than {_NAME_LENGTH_MAX} characters", field="label")
    live = await session.scalar(
        select(func.count()).select_from(ApiKey).where(ApiKey.partner_id == partner_id, ApiKey.revoked_at.is_(None))
    )
    if (live or 0) >= KEYS_MAX:
        raise InvalidInput(f"partnerId: it has {live} keys, as many as it may; revoke one", field="partner_id")
    made = api_keys.make()
    await session.execute(
        insert(ApiKey).values(
            partner_id=partner_id,
            prefix=made.prefix,
            hash=made.hash,
            scopes=sorted({scope.value for scope in scopes}),
            label=label,
        )
    )
    partner.version += 1
    await outbox.append(session, "PARTNER_KEYS_CHANGED", subject=("partner", partner_id), version=partner.version)
    return made.text


async def revoke_key(session: AsyncSession, *, viewer: Viewer, partner_id: int, prefix: str, now: datetime) -> None:
    """Revoke an API key, from the next request on. Raises NotFoundError."""
    partner = await _locked(session, viewer, partner_id)
    revoked = await session.execute(
        update(ApiKey)
        .where(ApiKey.partner_id == partner_id, ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.id)
    )
    if revoked.first() is None:
        raise NotFoundError("API key", field="prefix")
    await webhooks.end_with_key(session, partner_id=partner_id, prefix=prefix)
    partner.version += 1
    await outbox.append(session, "PARTNER_KEYS_CHANGED", subject=("partner", partner_id), version=partner.version)


async def _locked(session: AsyncSession, viewer: Viewer, partner_id: int) -> Partner:
    partner = await session.scalar(select(Partner).where(Partner.id == partner_id).with_for_update())
    if partner is None or not access.sees_partner(viewer, {"merchant_id": partner.merchant_id}):
        raise NotFoundError("partner", field="partner_id")
    return partner
