"""What every step of a ticket has in common: the lock, the state it leads to, the clocks, the history and the event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import sla
from domain import tickets as rules
from domain.access import Viewer
from domain.business_calendars import Calendar
from domain.sla import Clock, Deadlines, Targets, Timeline
from domain.tickets import BEING_HANDLED, INTERNAL, Action, Kind, Party, Priority, State
from models.ticket_desk import SupportHours, TicketTargets
from models.tickets import Ticket, TicketMessage, TicketPause, TicketStep
from services import access, outbox
from services.access import NotFoundError

_OF_TEXT_INTERNAL: Final = frozenset({Action.INVESTIGATE, Action.NOTE})
"""The actions whose text is for platform staff alone."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to a ticket, and as what; `merchant_id` of a merchant's staff."""

    party: Party
    account_id: int | None = None
    merchant_id: int | None = None


SYSTEM: Final = Actor(Party.SYSTEM)


async def locked(
    session: AsyncSession, *, viewer: Viewer, ticket_id: int, field: str = "ticket_id"
) -> tuple[Ticket, Actor]:
    """Load a ticket that the viewer is a party to, under lock. Raises NotFoundError."""
    ticket = await session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update())
    actor = None if ticket is None else actor_of(viewer, ticket)
    if ticket is None or actor is None:
        raise NotFoundError("ticket", field=field)
    return ticket, actor


def actor_of(viewer: Viewer, ticket: Ticket) -> Actor | None:
    """Say as what a viewer deals with a ticket; None if not at all."""
    row = {"customer_id": ticket.customer_id, "merchant_ids": ticket.merchant_ids}
    party = access.ticket_party(viewer, row)
    if party is None:
        return None
    merchant_id = next((each for each in ticket.merchant_ids if each in viewer.merchants), None)
    return Actor(party, viewer.account_id, merchant_id if party is Party.MERCHANT else None)


async def take(
    session: AsyncSession,
    ticket: Ticket,
    action: Action,
    actor: Actor,
    *,
    now: datetime,
    text: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Do something to a ticket under lock: its state, what was written, what is due, history and event.

    Raises StateError if that does not lead anywhere from the ticket's state, InvalidInput for a text that cannot be.
    """
    before = State(ticket.state)
    after = rules.after(before, action, actor.party)
    body = None if text is None else rules.text_of(action, text)
    await note_breaches(session, ticket, now=now)
    await _move(session, ticket, before, after, now=now)
    if body is not None:
        await write(session, ticket, action, actor, body=body, now=now)
    await settle(session, ticket)
    await record(session, ticket, action, actor, before=before, now=now, data=data)


async def write(
    session: AsyncSession, ticket: Ticket, action: Action, actor: Actor, *, body: str, now: datetime
) -> None:
    """Add what somebody wrote; a public word of who handles it is a response, one of the customer waits for one."""
    internal = action in _OF_TEXT_INTERNAL
    await session.execute(
        insert(TicketMessage).values(
            ticket_id=ticket.id,
            party=actor.party.value,
            account_id=actor.account_id,
            merchant_id=actor.merchant_id,
            internal=internal,
            body=body,
            created_at=now,
        )
    )
    if internal:
        return
    if actor.party is Party.CUSTOMER:
        ticket.waiting_since = ticket.waiting_since or now
    else:
        ticket.first_responded_at = ticket.first_responded_at or now
        ticket.waiting_since = None


async def note_breaches(session: AsyncSession, ticket: Ticket, *, now: datetime) -> int:
    """Take note of the deadlines that have passed since the last time; gives how many."""
    if ticket.breaks_at is None or ticket.breaks_at >= now:
        return 0
    timeline = await _timeline(session, ticket)
    promised = _promised(ticket)
    noted = 0
    for clock in sla.breached(timeline, promised, now=now):
        due_at = promised.of(clock)
        if due_at is None or not _is_new(ticket, clock, due_at):
            continue
        setattr(ticket, _BREACHED_AT[clock], due_at)
        data = {"clock": clock.value, "due_at": due_at.isoformat()}
        await record(session, ticket, Action.BREACH, SYSTEM, before=State(ticket.state), now=now, data=data)
        noted += 1
    ticket.breaks_at = _breaks_at(ticket, timeline, promised)
    await session.flush()
    return noted


async def settle(session: AsyncSession, ticket: Ticket) -> None:
    """Work out anew what is due and when."""
    timeline = await _timeline(session, ticket)
    promised = sla.deadlines(timeline, await _targets(session, ticket), await _calendar(session))
    ticket.first_response_due_at = promised.first_response
    ticket.next_response_due_at = promised.next_response
    ticket.resolution_due_at = promised.resolution
    ticket.due_at = sla.next_due(timeline, promised)
    ticket.breaks_at = _breaks_at(ticket, timeline, promised)


async def record(
    session: AsyncSession,
    ticket: Ticket,
    action: Action,
    actor: Actor,
    *,
    before: State | None,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write a step into the history and the event log."""
    internal = action in INTERNAL
    ticket.version = (ticket.version or 0) + 1
    ticket.changed_at = now
    await session.flush()
    await session.execute(
        insert(TicketStep).values(
            ticket_id=ticket.id,
            action=action.name,
            party=actor.party.value,
            account_id=actor.account_id,
            merchant_id=actor.merchant_id,
            internal=internal,
            from_state=before and before.value,
            to_state=ticket.state,
            data=dict(data or {}),
            occurred_at=now,
        )
    )
    told = {
        "number": rules.number(ticket.id),
        "customer_id": ticket.customer_id,
        "order_id": ticket.order_id,
        "merchant_ids": list(ticket.merchant_ids),
        "kind": ticket.kind,
        "priority": ticket.priority,
        "from_state": before and before.value,
        "state": ticket.state,
        "party": actor.party.value,
        "internal": internal,
    }
    await outbox.append(
        session, action.value, subject=("ticket", ticket.id), version=ticket.version, data={**told, **(data or {})}
    )


async def _move(session: AsyncSession, ticket: Ticket, before: State, after: State, *, now: datetime) -> None:
    """Bring a ticket into another state, with the pauses and instants that follow from it."""
    if before is after:
        return
    if before is State.AWAITING_CUSTOMER or before not in BEING_HANDLED:
        await session.execute(
            update(TicketPause)
            .where(TicketPause.ticket_id == ticket.id, TicketPause.ended_at.is_(None))
            .values(ended_at=now)
        )
    ticket.state = after.value
    if after in BEING_HANDLED:
        ticket.resolved_at = ticket.closed_at = None
    elif after is State.RESOLVED:
        ticket.resolved_at = now
    else:
        ticket.closed_at = now
        ticket.waiting_since = None
    if after not in {State.NEW, State.ACCEPTED, State.INVESTIGATING, State.REOPENED}:
        await session.execute(insert(TicketPause).values(ticket_id=ticket.id, started_at=now))


_DUE_AT: Final = {
    Clock.FIRST_RESPONSE: "first_response_due_at",
    Clock.NEXT_RESPONSE: "next_response_due_at",
    Clock.RESOLUTION: "resolution_due_at",
}
_BREACHED_AT: Final = {
    Clock.FIRST_RESPONSE: "first_response_breached_at",
    Clock.NEXT_RESPONSE: "next_response_breached_at",
    Clock.RESOLUTION: "resolution_breached_at",
}


def _promised(ticket: Ticket) -> Deadlines:
    return Deadlines(*(getattr(ticket, _DUE_AT[clock]) for clock in Clock))


def _is_new(ticket: Ticket, clock: Clock, due_at: datetime) -> bool:
    """Say whether a deadline has not been noted as broken: a clock may run again, and break again."""
    noted: datetime | None = getattr(ticket, _BREACHED_AT[clock])
    return noted is None or noted < due_at


def _breaks_at(ticket: Ticket, timeline: Timeline, promised: Deadlines) -> datetime | None:
    due = ((clock, promised.of(clock)) for clock in sla.running(timeline))
    return min((at for clock, at in due if at is not None and _is_new(ticket, clock, at)), default=None)


async def _timeline(session: AsyncSession, ticket: Ticket) -> Timeline:
    pauses = await session.execute(
        select(TicketPause.started_at, TicketPause.ended_at)
        .where(TicketPause.ticket_id == ticket.id)
        .order_by(TicketPause.id)
    )
    ended = State(ticket.state) not in BEING_HANDLED
    return Timeline(
        opened_at=ticket.opened_at,
        first_responded_at=ticket.first_responded_at,
        waiting_since=ticket.waiting_since,
        ended_at=(ticket.resolved_at or ticket.closed_at) if ended else None,
        # The pause that lasts once it is over would take away the deadline that was kept or broken.
        pauses=tuple((start, end) for start, end in pauses if not (ended and end is None)),
    )


async def _targets(session: AsyncSession, ticket: Ticket) -> Targets:
    kept = await session.get(TicketTargets, (ticket.kind, ticket.priority))
    if kept is None:
        return sla.TARGETS[Kind(ticket.kind), Priority(ticket.priority)]
    minutes = (kept.first_response_minutes, kept.next_response_minutes, kept.resolution_minutes)
    return Targets(*(timedelta(minutes=each) for each in minutes))


async def _calendar(session: AsyncSession) -> Calendar:
    kept = await session.get(SupportHours, 1)
    if kept is None:
        return sla.OFFICE
    week = tuple(tuple((start, end) for start, end in day) for day in kept.week)
    return Calendar(kept.zone, week, frozenset(kept.holidays))
