"""Files that come with tickets: announced, then sent to a link of their own."""

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import tickets as rules
from domain.access import Viewer
from domain.errors import InvalidInput
from domain.tickets import Action
from models.ticket_desk import ATTACHMENT_BYTES_MAX, TicketAttachment
from services import ticket_steps
from services.access import NotFoundError

BYTES_MAX: Final = ATTACHMENT_BYTES_MAX


async def announce(
    session: AsyncSession, *, viewer: Viewer, ticket_id: int, file_name: str, media_type: str, now: datetime
) -> int:
    """Announce a file that will be sent; gives its id. Raises NotFoundError, InvalidInput, StateError."""
    ticket, actor = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    rules.check_attachment(file_name=file_name, media_type=media_type)
    count = await session.scalar(select(func.count()).where(TicketAttachment.ticket_id == ticket_id))
    if (count or 0) >= rules.ATTACHMENTS_MAX:
        raise InvalidInput(f"ticketId: it has {count} files, as many as are taken", field="ticket_id")
    await ticket_steps.take(session, ticket, Action.ATTACH, actor, now=now, data={"file_name": file_name})
    made = await session.execute(
        insert(TicketAttachment)
        .values(
            ticket_id=ticket.id,
            party=actor.party.value,
            account_id=actor.account_id,
            merchant_id=actor.merchant_id,
            file_name=file_name,
            media_type=media_type,
            key=f"tickets/{ticket.id}/{secrets.token_hex(16)}",
            created_at=now,
        )
        .returning(TicketAttachment.id)
    )
    return made.scalar_one()


async def arrived(session: AsyncSession, *, document_id: int, size_bytes: int) -> None:
    """Take note that a file's content has come. Raises NotFoundError if it is not awaited any more."""
    changed = await session.execute(
        update(TicketAttachment)
        .where(TicketAttachment.id == document_id, TicketAttachment.state == "AWAITED")
        .values(state="ARRIVED", size_bytes=size_bytes)
        .returning(TicketAttachment.id)
    )
    if changed.scalar_one_or_none() is None:
        raise NotFoundError("file")
