"""Who merchants are before the law: written by their staff, shown to everybody, and copied onto invoices."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import legal_details, versions
from domain.access import Permission, Viewer
from domain.merchants import State
from domain.states import StateError
from models.merchants import MerchantLegalDetails
from services import merchants, outbox


async def put(
    session: AsyncSession,
    *,
    viewer: Viewer,
    merchant_id: int,
    expected_version: int | None,
    now: datetime,
    **given: Any,
) -> None:
    """Set what a merchant is called before the law, where it is and by which number it pays taxes.

    Raises NotFoundError, StateError, VersionError, InvalidInput.
    """
    merchant = await merchants.locked(session, viewer, Permission.MERCHANT_MANAGE, merchant_id=merchant_id)
    if merchant.state == State.CLOSED.value:
        raise StateError("The merchant is CLOSED: nothing about it changes any more.")
    details = await session.scalar(
        select(MerchantLegalDetails).where(MerchantLegalDetails.merchant_id == merchant_id).with_for_update()
    )
    versions.check("merchant's legal entry", expected=expected_version, found=details.version if details else 0)
    values = asdict(legal_details.checked(**given))
    if details is None:
        session.add(MerchantLegalDetails(merchant_id=merchant_id, **values, version=1, changed_at=now))
    else:
        for name, value in values.items():
            setattr(details, name, value)
        details.version += 1
        details.changed_at = now
    merchant.version += 1
    await outbox.append(
        session,
        "MERCHANT_CHANGED",
        subject=("merchant", merchant_id),
        version=merchant.version,
        data={"what": "legal details"},
    )
