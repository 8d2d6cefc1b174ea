"""What agents do to a ticket beside going its path: whose it is, how soon, tags, merging."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import ticket_assignment
from domain import tickets as rules
from domain.access import Viewer
from domain.errors import InvalidInput, Refusal
from domain.states import StateError
from domain.ticket_assignment import Agent
from domain.tickets import BEING_HANDLED, Action, Kind, Priority, State
from models import advisory_locks
from models.accounts import Account, PlatformMember
from models.advisory_locks import Lock
from models.ticket_desk import TicketAgent, TicketAttachment, TicketMacro
from models.tickets import Ticket, TicketMessage
from services import ticket_steps, tickets
from services.access import NotFoundError


class NobodyFreeError(Refusal):
    """No agent has both the skill and room for one more ticket."""

    code = "CONFLICT"

    def __init__(self, kind: Kind) -> None:
        super().__init__(
            f"No agent who deals with {kind.value} has room: name one as assigneeId, or make room by ticketAgentSet."
        )


async def assign(
    session: AsyncSession, *, viewer: Viewer, ticket_id: int, assignee_id: int | None, now: datetime
) -> None:
    """Give a ticket to an agent; without one, to who can deal with it and has most room.

    Raises NotFoundError, StateError, NobodyFreeError.
    """
    ticket, actor = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    if assignee_id is None:
        await advisory_locks.take(session, Lock.TICKETS_BY_LOAD)
        kind = Kind(ticket.kind)
        assignee_id = ticket_assignment.choose(await _agents(session, without=ticket), kind)
        if assignee_id is None:
            raise NobodyFreeError(kind)
    elif not await _works_here(session, assignee_id):
        raise NotFoundError("ticket agent", field="assignee_id")
    ticket.assignee_id = assignee_id
    await ticket_steps.take(session, ticket, Action.ASSIGN, actor, now=now, data={"assignee_id": assignee_id})


async def prioritise(
    session: AsyncSession, *, viewer: Viewer, ticket_id: int, priority: Priority, now: datetime
) -> None:
    """Say how soon a ticket must be dealt with; what is promised follows. Raises NotFoundError, StateError."""
    ticket, actor = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    # What was promised before has been kept or broken by now.
    await ticket_steps.note_breaches(session, ticket, now=now)
    ticket.priority = priority.value
    await ticket_steps.take(session, ticket, Action.PRIORITISE, actor, now=now)


async def tag(session: AsyncSession, *, viewer: Viewer, ticket_id: int, tags: list[str], now: datetime) -> None:
    """Say which tags a ticket has, all of them. Raises NotFoundError, InvalidInput, StateError."""
    ticket, actor = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    ticket.tags = rules.tags(tags)
    await ticket_steps.take(session, ticket, Action.TAG, actor, now=now, data={"tags": ticket.tags})


async def merge(session: AsyncSession, *, viewer: Viewer, ticket_id: int, into_id: int, now: datetime) -> None:
    """Merge a ticket into another one of the same customer, which gets its messages and files; it is closed.

    Raises NotFoundError, InvalidInput, StateError.
    """
    if ticket_id == into_id:
        raise InvalidInput("intoId: a ticket is not merged into itself", field="into_id")
    found = {}
    for field, each in sorted((("ticket_id", ticket_id), ("into_id", into_id)), key=lambda pair: pair[1]):
        found[field] = await ticket_steps.locked(session, viewer=viewer, ticket_id=each, field=field)
    (ticket, actor), (into, _) = found["ticket_id"], found["into_id"]
    if ticket.customer_id != into.customer_id:
        raise InvalidInput("intoId: it is another customer's ticket", field="into_id")
    if not set(into.merchant_ids) <= set(ticket.merchant_ids):
        raise InvalidInput("intoId: it is about merchants who may not read what is in this ticket", field="into_id")
    if State(into.state) not in BEING_HANDLED:
        raise StateError(f"The ticket to merge into is {into.state}: open it again first.")
    rules.after(State(ticket.state), Action.MERGE, actor.party)
    for table in (TicketMessage, TicketAttachment):
        await session.execute(update(table).where(table.ticket_id == ticket.id).values(ticket_id=into.id))
    waiting = [each for each in (into.waiting_since, ticket.waiting_since) if each is not None]
    into.waiting_since = min(waiting, default=None)
    into.tags = rules.tags([*into.tags, *ticket.tags][: rules.TAGS_MAX])
    await ticket_steps.take(
        session, ticket, Action.MERGE, actor, now=now, data={"into": rules.number(into.id), "into_id": into.id}
    )
    ticket.merged_into_id = into.id  # after the step, which reads: only what is closed can be merged, at any moment
    await ticket_steps.settle(session, into)
    await ticket_steps.record(
        session, into, Action.MERGE, actor, before=State(into.state), now=now, data={"from": rules.number(ticket.id)}
    )


async def apply_macro(session: AsyncSession, *, viewer: Viewer, ticket_id: int, macro_id: int, now: datetime) -> None:
    """Say and do what a macro has. Raises NotFoundError, StateError."""
    macro = await session.get(TicketMacro, macro_id)
    if macro is None:
        raise NotFoundError("ticket macro", field="macro_id")
    ticket, _ = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    await tickets.say(
        session, viewer=viewer, ticket_id=ticket_id, action=Action[macro.action], text=macro.body, now=now
    )
    if not set(macro.tags) <= set(ticket.tags):
        await tag(session, viewer=viewer, ticket_id=ticket_id, tags=[*ticket.tags, *macro.tags], now=now)


async def _works_here(session: AsyncSession, account_id: int) -> bool:
    found = await session.scalar(
        select(Account.id)
        .join(PlatformMember, PlatformMember.account_id == Account.id)
        .where(Account.id == account_id, Account.state == "ACTIVE")
    )
    return found is not None


async def _agents(session: AsyncSession, *, without: Ticket) -> list[Agent]:
    """Read who is handed tickets, and how many of those that are being handled each has, this one left out."""
    handled = (
        select(func.count())
        .where(
            Ticket.assignee_id == TicketAgent.account_id,
            Ticket.state.in_([state.value for state in BEING_HANDLED]),
            Ticket.id != without.id,
        )
        .correlate(TicketAgent)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(TicketAgent.account_id, TicketAgent.skills, handled, TicketAgent.capacity)
        .join(PlatformMember, PlatformMember.account_id == TicketAgent.account_id)
        .join(Account, Account.id == TicketAgent.account_id)
        .where(Account.state == "ACTIVE")
    )
    return [
        Agent(account_id, frozenset(map(Kind, skills)), taken, capacity) for account_id, skills, taken, capacity in rows
    ]
