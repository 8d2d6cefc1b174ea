"""Documents by which a merchant proves who it is: announced, sent to a link of its own, reviewed."""

import secrets
from typing import Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import merchants as rules
from domain.access import Permission, Viewer
from domain.errors import InvalidInput
from domain.states import StateError
from models.merchant_staff import DOCUMENT_BYTES_MAX, MerchantDocument
from services import merchants, outbox
from services.access import NotFoundError

DOCUMENTS_MAX: Final = 50
BYTES_MAX: Final = DOCUMENT_BYTES_MAX


async def announce(
    session: AsyncSession, *, viewer: Viewer, merchant_id: int, kind: str, file_name: str, media_type: str
) -> int:
    """Announce a document that will be sent; gives its id. Raises NotFoundError, InvalidInput."""
    rules.check_document(file_name=file_name, media_type=media_type)
    await merchants.locked(session, viewer, Permission.MERCHANT_MANAGE, merchant_id=merchant_id)
    count = await session.scalar(
        select(func.count()).select_from(MerchantDocument).where(MerchantDocument.merchant_id == merchant_id)
    )
    if (count or 0) >= DOCUMENTS_MAX:
        raise InvalidInput(f"merchantId: it has {count} documents, as many as are taken", field="merchant_id")
    made = await session.execute(
        insert(MerchantDocument)
        .values(
            merchant_id=merchant_id,
            kind=kind,
            file_name=file_name,
            media_type=media_type,
            key=f"merchants/{merchant_id}/{secrets.token_hex(16)}",
        )
        .returning(MerchantDocument.id)
    )
    return made.scalar_one()


async def arrived(session: AsyncSession, *, document_id: int, size_bytes: int) -> None:
    """Take note that a document's content has come. Raises NotFoundError if it is not awaited any more."""
    changed = await session.execute(
        update(MerchantDocument)
        .where(MerchantDocument.id == document_id, MerchantDocument.state == "AWAITED")
        .values(state="SUBMITTED", size_bytes=size_bytes)
        .returning(MerchantDocument.merchant_id)
    )
    merchant_id = changed.scalar_one_or_none()
    if merchant_id is None:
        raise NotFoundError("document")
    version = await merchants.count_up(session, merchant_id=merchant_id)
    await outbox.append(session, "MERCHANT_DOCUMENT_SUBMITTED", subject=("merchant", merchant_id), version=version)


async def review(session: AsyncSession, *, viewer: Viewer, document_id: int, accepted: bool, note: str) -> None:
    """Accept or reject a document. Raises NotFoundError, StateError."""
    document = await session.scalar(
        select(MerchantDocument).where(MerchantDocument.id == document_id).with_for_update()
    )
    if document is None or not viewer.may(Permission.MERCHANTS_REVIEW, merchant_id=document.merchant_id):
        raise NotFoundError("merchant document", field="document_id")
    if document.state == "AWAITED":
        raise StateError("The document has not come yet: there is nothing to review.")
    document.state = "ACCEPTED" if accepted else "REJECTED"
    document.note = note
    await outbox.append(
        session,
        f"MERCHANT_DOCUMENT_{document.state}",
        subject=("merchant", document.merchant_id),
        version=await merchants.count_up(session, merchant_id=document.merchant_id),
    )
