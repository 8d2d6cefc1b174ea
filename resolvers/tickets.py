"""Tickets: how they are listed and shown, and how their path is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import services.tickets
from domain import tickets as rules
from domain.access import Permission, Scope, Viewer
from domain.tickets import Action, Kind, Party, Priority, State
from models.database import Row
from resolvers import pages, search
from resolvers.context import Context
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders import tickets as loaders
from resolvers.loaders.tickets import MessageRow, Order, StepRow, TicketRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from search.querying import TicketReader
from services import access
from services.tickets import About


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What a list of tickets is narrowed to; None does not narrow, and no value at all matches nothing."""

    states: Sequence[str] = tuple(each.value for each in State)
    kinds: Sequence[str] = tuple(each.value for each in Kind)
    priorities: Sequence[str] = tuple(each.value for each in Priority)
    assignee: int | None = None
    assigned: bool | None = None
    customer: int | None = None
    order: int | None = None
    tag: str | None = None
    breached: bool | None = None

    def parameters(self) -> dict[str, Any]:
        """Give it as the parameters of the statements."""
        return {
            "states": list(self.states),
            "kinds": list(self.kinds),
            "priorities": list(self.priorities),
            "assignee": self.assignee,
            "assigned": self.assigned,
            "customer": self.customer,
            "order": self.order,
            "tag": self.tag,
            "breached": self.breached,
        }


def scope(viewer: Viewer) -> dict[str, Any]:
    """Say which tickets a viewer sees, as the parameters of the statements: all, one's merchants' and one's own."""
    reads = Scope.TICKETS_READ in viewer.scopes
    own = [*viewer.merchants, *([viewer.partner_merchant_id] if reads and viewer.partner_merchant_id else [])]
    everywhere = viewer.may(Permission.TICKETS_HANDLE) or (reads and viewer.partner_merchant_id is None)
    return {"everywhere": everywhere, "own": own, "own_customer": viewer.customer_id}


async def listing(
    root: Sequence[None],
    context: Context,
    *,
    filter: TicketFilter,  # noqa: A002 - the field's argument
    sort: Order,
    first: int,
    after: str | None,
) -> list[Page[TicketRow]]:
    """Answer a page of the tickets that the viewer sees. Tags are told to agents alone: to others none has any."""
    narrowed = filter.parameters()
    if filter.tag is not None and not access.sees_ticket_desk(context.viewer):
        narrowed["states"] = []
    page = await pages.of_list(
        loaders.LISTED[sort],
        context,
        first=first,
        after=after,
        count=lambda: loaders.COUNT_LISTED,
        **scope(context.viewer),
        **narrowed,
    )
    return [page for _ in root]


async def found(
    root: Sequence[None], context: Context, *, query: str, status: list[Any] | None, first: int
) -> list[list[Row]]:
    """Answer the tickets that a text finds of those that the viewer sees, an agent's own left out."""
    viewer = context.viewer
    seen = scope(viewer)
    states = tuple(each.value for each in State) if status is None else tuple(each.value for each in status)
    reader = TicketReader(access.sees_ticket_desk(viewer), seen["everywhere"], viewer.customer_id, tuple(seen["own"]))
    ids = await context.search.tickets(search.trimmed(query), reader, states=states, limit=pages.page_size(first))
    rows = [row for row in await context.load_many(loaders.BY_ID, ids) if row is not None]
    return [rows for _ in root]


async def of_customers(
    customers: Sequence[Row], context: Context, *, first: int, after: str | None
) -> list[Page[TicketRow]]:
    """Answer a page of each customer's tickets, the latest first."""
    return await pages.of_parents(
        loaders.OF_CUSTOMERS, context, customers, first=first, after=after, count=loaders.CUSTOMER_COUNTS
    )


async def of_orders(orders: Sequence[Row], context: Context) -> list[list[TicketRow]]:
    """Answer the tickets about each order that the viewer sees, the first first."""
    return list(await context.load_many(loaders.OF_ORDERS, [order["id"] for order in orders]))


async def messages(
    tickets: Sequence[TicketRow], context: Context, *, first: int, after: str | None
) -> list[Page[MessageRow]]:
    """Answer a page of each ticket's messages, the oldest first; internal ones to who handles it."""
    handled = _handled(tickets, context.viewer)
    return await pages.of_parents(
        loaders.MESSAGES,
        context,
        tickets,
        first=first,
        after=after,
        count=lambda ticket: loaders.MESSAGE_COUNTS if ticket["id"] in handled else loaders.PUBLIC_MESSAGE_COUNTS,
        handled=handled,
    )


async def history(
    tickets: Sequence[TicketRow], context: Context, *, first: int, after: str | None
) -> list[Page[StepRow]]:
    """Answer a page of what was done to each ticket, the oldest first; what is internal to who handles it."""
    handled = _handled(tickets, context.viewer)
    return await pages.of_parents(
        loaders.STEPS,
        context,
        tickets,
        first=first,
        after=after,
        count=lambda ticket: loaders.STEP_COUNTS if ticket["id"] in handled else loaders.PUBLIC_STEP_COUNTS,
        handled=handled,
    )


async def merchants(tickets: Sequence[TicketRow], context: Context) -> list[list[Row]]:
    """Answer the merchants that each ticket concerns."""
    ids = list(dict.fromkeys(each for ticket in tickets for each in ticket["merchant_ids"]))
    found = dict(zip(ids, await context.load_many(merchant_loaders.BY_ID, ids), strict=True)) if ids else {}
    return [[row for each in ticket["merchant_ids"] if (row := found[each]) is not None] for ticket in tickets]


def allowed_actions(tickets: Sequence[TicketRow], context: Context) -> list[list[str]]:
    """Answer what the viewer may do to each ticket just now."""
    now = datetime.now(UTC)
    return [_allowed(ticket, access.ticket_party(context.viewer, ticket), now=now) for ticket in tickets]


def handling(tickets: Sequence[TicketRow], context: Context) -> list[TicketRow | None]:
    """Answer what of each ticket is for who handles it."""
    handled = set(_handled(tickets, context.viewer))
    return [ticket if ticket["id"] in handled else None for ticket in tickets]


def _handled(tickets: Sequence[TicketRow], viewer: Viewer) -> list[int]:
    return [each["id"] for each in tickets if access.ticket_party(viewer, each) is Party.AGENT]


def _allowed(ticket: TicketRow, party: Party | None, *, now: datetime) -> list[str]:
    if party is None:
        return []
    actions = rules.allowed(
        State(ticket.state),
        party,
        resolved_at=ticket.resolved_at or ticket.closed_at,
        merged=ticket.merged_into_id is not None,
        rated=ticket.score is not None,
        now=now,
    )
    return [action.name for action in actions]


async def create(
    change: Change,
    *,
    subject: str,
    body: str,
    kind: str,
    order_id: int | None = None,
    order_line_id: int | None = None,
    customer_id: int | None = None,
) -> Result:
    """Open a ticket."""
    ticket_id = await services.tickets.create(
        change.session,
        viewer=change.viewer,
        subject=subject,
        body=body,
        kind=Kind(kind),
        about=About(order_id, order_line_id, customer_id),
        now=change.now,
    )
    return Result(ticket_id=ticket_id)


async def accept(change: Change, *, ticket_id: int) -> Result:
    """Take a ticket on."""
    await services.tickets.accept(change.session, viewer=change.viewer, ticket_id=ticket_id, now=change.now)
    return Result(ticket_id=ticket_id)


async def investigate(change: Change, *, ticket_id: int, note: str) -> Result:
    """Look into a ticket."""
    return await _say(change, ticket_id, Action.INVESTIGATE, note)


async def reply(change: Change, *, ticket_id: int, body: str, internal: bool) -> Result:
    """Write in a ticket."""
    return await _say(change, ticket_id, Action.NOTE if internal else Action.REPLY, body)


async def await_customer(change: Change, *, ticket_id: int, body: str) -> Result:
    """Ask the customer something."""
    return await _say(change, ticket_id, Action.AWAIT_CUSTOMER, body)


async def resolve(change: Change, *, ticket_id: int, resolution: str) -> Result:
    """Say how a ticket is resolved."""
    return await _say(change, ticket_id, Action.RESOLVE, resolution)


async def reopen(change: Change, *, ticket_id: int, reason: str) -> Result:
    """Open a ticket again."""
    return await _say(change, ticket_id, Action.REOPEN, reason)


async def close(change: Change, *, ticket_id: int) -> Result:
    """Close a ticket."""
    await services.tickets.close(change.session, viewer=change.viewer, ticket_id=ticket_id, now=change.now)
    return Result(ticket_id=ticket_id)


async def rate(change: Change, *, ticket_id: int, score: int, comment: str | None = None) -> Result:
    """Rate a ticket."""
    await services.tickets.rate(
        change.session, viewer=change.viewer, ticket_id=ticket_id, score=score, comment=comment, now=change.now
    )
    return Result(ticket_id=ticket_id)


async def _say(change: Change, ticket_id: int, action: Action, text: str) -> Result:
    await services.tickets.say(
        change.session, viewer=change.viewer, ticket_id=ticket_id, action=action, text=text, now=change.now
    )
    return Result(ticket_id=ticket_id)
