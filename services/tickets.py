"""Tickets: opening them, and what brings them from one state to another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import sla
from domain import tickets as rules
from domain.access import Permission, Viewer
from domain.errors import InvalidInput, Refusal
from domain.states import StateError
from domain.tickets import BEING_HANDLED, Action, Kind, Party, Priority, State
from models.customers import Customer
from models.orders import Order, OrderLine
from models.tickets import Ticket
from services import access, ticket_steps
from services.access import NotFoundError
from services.ticket_steps import Actor

OPEN_MAX: Final = 200
"""How many tickets of a customer may be open at a time."""


class TooManyTicketsError(Refusal):
    """A customer has as many open tickets as one may have."""

    code = "CONFLICT"

    def __init__(self) -> None:
        super().__init__(f"{OPEN_MAX} tickets are open, as many as one may have: write in one of them.")


class RatedError(Refusal):
    """A ticket is rated once."""

    code = "CONFLICT"

    def __init__(self) -> None:
        super().__init__("The ticket has been rated already; it is rated once.")


@dataclass(frozen=True, slots=True)
class About:
    """What a ticket is about: an order, perhaps a line of it; and whose it is, if that does not go without saying."""

    order_id: int | None = None
    order_line_id: int | None = None
    customer_id: int | None = None


async def create(
    session: AsyncSession, *, viewer: Viewer, subject: str, body: str, kind: Kind, about: About, now: datetime
) -> int:
    """Open a ticket, perhaps about an order or a line of it; gives its id.

    Agents name a customer, or an order of one; a merchant's staff an order with something of theirs. Raises
    NotFoundError, InvalidInput, TooManyTicketsError.
    """
    order, merchant_ids = await _order(session, viewer, about)
    whose = await _customer(session, viewer, order, about.customer_id)
    ticket = Ticket(
        customer_id=whose,
        order_id=about.order_id,
        order_line_id=about.order_line_id,
        merchant_ids=merchant_ids,
        kind=kind.value,
        priority=Priority.NORMAL.value,
        state=State.NEW.value,
        subject=rules.subject(subject),
        opened_at=now,
        changed_at=now,
        due_at=sla.NEVER,
        version=0,
    )
    text = rules.text_of(Action.OPEN, body)
    actor = ticket_steps.actor_of(viewer, ticket)
    assert actor is not None  # noqa: S101 - whose order or customer it is was looked at
    session.add(ticket)
    await session.flush()
    await ticket_steps.write(session, ticket, Action.OPEN, actor, body=text, now=now)
    await ticket_steps.settle(session, ticket)
    await ticket_steps.record(session, ticket, Action.OPEN, actor, before=None, now=now)
    return ticket.id


async def accept(session: AsyncSession, *, viewer: Viewer, ticket_id: int, now: datetime) -> None:
    """Take a ticket on; it is the agent's from now on, unless it is somebody's. Raises NotFoundError, StateError."""
    ticket, actor = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    if actor.party is Party.AGENT:
        ticket.assignee_id = ticket.assignee_id or actor.account_id
    await ticket_steps.take(session, ticket, Action.ACCEPT, actor, now=now)


async def say(
    session: AsyncSession, *, viewer: Viewer, ticket_id: int, action: Action, text: str, now: datetime
) -> None:
    """Do what comes with a text: INVESTIGATE, REPLY, NOTE, AWAIT_CUSTOMER, RESOLVE, REOPEN.

    Raises NotFoundError, InvalidInput, StateError.
    """
    ticket, actor = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    before = State(ticket.state)
    if rules.after(before, action, actor.party) is State.REOPENED and before is not State.REOPENED:
        _check_reopened(ticket, actor, now=now)
    await ticket_steps.take(session, ticket, action, actor, now=now, text=text)


async def close(session: AsyncSession, *, viewer: Viewer, ticket_id: int, now: datetime) -> None:
    """Close a resolved ticket; the customer's, also any other. Raises NotFoundError, StateError."""
    ticket, actor = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    await ticket_steps.take(session, ticket, Action.CLOSE, actor, now=now)


async def rate(
    session: AsyncSession, *, viewer: Viewer, ticket_id: int, score: int, comment: str | None, now: datetime
) -> None:
    """Say how satisfied one is, once. Raises NotFoundError, InvalidInput, StateError, RatedError."""
    ticket, actor = await ticket_steps.locked(session, viewer=viewer, ticket_id=ticket_id)
    given, said = rules.score(score), rules.comment(comment)
    rules.after(State(ticket.state), Action.RATE, actor.party)
    if ticket.merged_into_id is not None:
        raise StateError("The ticket was merged into another one: rate that.")
    if ticket.score is not None:
        raise RatedError
    ticket.score, ticket.comment, ticket.rated_at = given, said, now
    await ticket_steps.take(session, ticket, Action.RATE, actor, now=now, data={"score": given})


def _check_reopened(ticket: Ticket, actor: Actor, *, now: datetime) -> None:
    rules.check_reopened(
        actor.party,
        resolved_at=ticket.resolved_at or ticket.closed_at,
        merged=ticket.merged_into_id is not None,
        now=now,
    )


async def _order(session: AsyncSession, viewer: Viewer, about: About) -> tuple[Order | None, list[int]]:
    """Find the order that a ticket is about, and the merchants it concerns. Raises NotFoundError, InvalidInput."""
    if about.order_id is None:
        if about.order_line_id is not None:
            raise InvalidInput("orderLineId: name the order as well, as orderId", field="order_line_id")
        return None, []
    order = await session.get(Order, about.order_id)
    if order is None or not access.sees_order(viewer, _row(order)):
        raise NotFoundError("order", field="order_id")
    if about.order_line_id is None:
        # Who sees a part of an order alone opens a ticket about that, and other merchants do not see it.
        whole = access.sees_whole_order(viewer, _row(order))
        own = access.orders_of(viewer)
        return order, sorted(each for each in order.merchant_ids if whole or each in own)
    line = await session.get(OrderLine, about.order_line_id)
    if line is None or line.order_id != order.id:
        raise NotFoundError("order line", field="order_line_id")
    if not access.sees_order_part(viewer, {**_row(order), "merchant_id": line.merchant_id}):
        raise NotFoundError("order line", field="order_line_id")
    return order, [line.merchant_id]


def _row(order: Order) -> dict[str, Any]:
    """Give what tells who may see an order."""
    return {"customer_id": order.customer_id, "token_hash": order.token_hash, "merchant_ids": order.merchant_ids}


async def _customer(session: AsyncSession, viewer: Viewer, order: Order | None, customer_id: int | None) -> int:
    """Find whose ticket it is, and hold the customer while it is opened.

    That is who is named, the customer of the order, or who asks; also about a guest's order whose token is sent. Raises
    NotFoundError, InvalidInput, TooManyTicketsError.
    """
    handles = viewer.may(Permission.TICKETS_HANDLE)
    if customer_id is not None and not (handles or customer_id == viewer.customer_id):
        raise NotFoundError("customer", field="customer_id")
    wanted = customer_id or (viewer.customer_id if order is None else order.customer_id)
    if wanted is None and order is not None and not handles and access.sees_whole_order(viewer, _row(order)):
        wanted = viewer.customer_id
    customer = wanted and await session.scalar(
        select(Customer).where(Customer.id == wanted, Customer.erased_at.is_(None)).with_for_update()
    )
    if not customer:
        raise NotFoundError("customer", field="customer_id")
    if order is not None and order.customer_id not in {None, customer.id}:
        raise InvalidInput("orderId: it is no order of this customer's", field="order_id")
    count = await session.scalar(
        select(func.count()).where(
            Ticket.customer_id == customer.id, Ticket.state.in_([state.value for state in BEING_HANDLED])
        )
    )
    if (count or 0) >= OPEN_MAX:
        raise TooManyTicketsError
    return int(customer.id)
