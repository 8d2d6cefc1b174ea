"""What time makes due of tickets: broken promises are noted, unrated ones asked about once, resolved ones closed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import tickets as rules
from domain.tickets import Action, State
from models.accounts import Account
from models.customers import Customer
from models.tickets import Ticket
from services import mails, ticket_steps


def breaking(*, now: datetime, limit: int) -> Select[int]:
    """Select the tickets with a deadline that has passed and was not noted."""
    return select(Ticket.id).where(Ticket.breaks_at < now).order_by(Ticket.breaks_at).limit(limit)


def idle(*, now: datetime, limit: int) -> Select[int]:
    """Select the tickets that were resolved so long ago that they are closed."""
    return (
        select(Ticket.id)
        .where(Ticket.state == State.RESOLVED.value, Ticket.resolved_at < now - rules.CLOSED_AFTER)
        .order_by(Ticket.resolved_at)
        .limit(limit)
    )


def unrated(*, now: datetime, limit: int) -> Select[int]:
    """Select the tickets whose customers are to be reminded of rating them."""
    return (
        select(Ticket.id)
        .where(
            Ticket.state == State.RESOLVED.value,
            Ticket.resolved_at < now - rules.RATING_ASKED_AFTER,
            Ticket.score.is_(None),
            Ticket.rating_asked_at.is_(None),
        )
        .order_by(Ticket.resolved_at)
        .limit(limit)
    )


async def note_breaches(session: AsyncSession, *, ticket_id: int, now: datetime) -> int:
    """Note what has been broken of a ticket; gives how many promises, 0 if somebody was first."""
    ticket = await session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update())
    return 0 if ticket is None else await ticket_steps.note_breaches(session, ticket, now=now)


async def close(session: AsyncSession, *, ticket_id: int, now: datetime) -> None:
    """Close a ticket that was resolved long ago; nothing if it is not any more."""
    ticket = await _still(session, idle(now=now, limit=1), ticket_id)
    if ticket is not None:
        await ticket_steps.take(session, ticket, Action.CLOSE, ticket_steps.SYSTEM, now=now)


async def ask_for_rating(session: AsyncSession, *, ticket_id: int, now: datetime) -> None:
    """Remind a customer, once, of rating a ticket; who has no address any more is not."""
    ticket = await _still(session, unrated(now=now, limit=1), ticket_id)
    if ticket is None:
        return
    ticket.rating_asked_at = now
    found = (
        await session.execute(
            select(Account.id, Account.email, Customer.display_name)
            .join(Customer, Customer.account_id == Account.id)
            .where(Customer.id == ticket.customer_id, Account.state == "ACTIVE")
        )
    ).one_or_none()
    if found is not None:
        facts = {"display_name": found.display_name, "number": rules.number(ticket.id), "subject": ticket.subject}
        await mails.request(
            session, template="ticket_rating", recipient=found.email, account_id=found.id, now=now, facts=facts
        )


async def _still(session: AsyncSession, due: Select[Any], ticket_id: int) -> Ticket | None:
    """Load a ticket under lock, if what made it due still holds."""
    of = due.where(Ticket.id == ticket_id).with_only_columns(Ticket).with_for_update()
    return await session.scalar(of)
