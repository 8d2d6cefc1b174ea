"""What the list of tickets is narrowed to and sorted by."""

from enum import Enum
from typing import Final

import strawberry

from graph import ids
from graph.fields import Argument
from graph.types.tickets import TicketKind, TicketPriority, TicketStatus
from resolvers.loaders.tickets import Order
from resolvers.tickets import TicketFilter

NONE: Final = -1
"""The key of an id of another type: no ticket has it."""


@strawberry.enum(description="How a list of tickets is sorted. Ties are broken by id.")
class TicketSort(Enum):
    """The orders of a list of tickets."""

    DUE_FIRST = strawberry.enum_value(
        Order.DUE_FIRST, description="What is due first, what is late before all; what waits or is resolved last."
    )
    NEWEST = strawberry.enum_value(Order.NEWEST, description="The latest opened first.")
    OLDEST = strawberry.enum_value(Order.OLDEST, description="The first opened first.")
    CHANGED = strawberry.enum_value(Order.CHANGED, description="Where something was done last first.")


@strawberry.input(
    name="TicketFilter", description="What a list of tickets is narrowed to: all criteria that are given must hold."
)
class TicketFilterInput:
    """What a list of tickets is narrowed to."""

    status: list[TicketStatus] | None = strawberry.field(default=None, description="It is at one of these.")
    kind: list[TicketKind] | None = strawberry.field(default=None, description="It is of one of these kinds.")
    priority: list[TicketPriority] | None = strawberry.field(default=None, description="It has one of these.")
    assignee_id: strawberry.ID | None = strawberry.field(default=None, description="It is this agent's.")
    assigned: bool | None = strawberry.field(default=None, description="true: it is some agent's. false: nobody's.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="It is this customer's.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="It is about this order.")
    tag: str | None = strawberry.field(default=None, description="It has this tag; agents' filter.")
    breached: bool | None = strawberry.field(
        default=None, description="true: something promised was or is late. false: nothing."
    )


def _key(type_name: str, global_id: str | None) -> int | None:
    if global_id is None:
        return None
    found, key = ids.decode(global_id)
    return key if found == type_name else NONE


def _narrowed(given: TicketFilterInput | None) -> TicketFilter:
    """Turn the input into what the resolvers take."""
    if given is None:
        return TicketFilter()
    lists = {"states": given.status, "kinds": given.kind, "priorities": given.priority}
    return TicketFilter(
        **{name: tuple(each.value for each in values) for name, values in lists.items() if values is not None},
        assignee=_key("TicketAgent", given.assignee_id),
        assigned=given.assigned,
        customer=_key("Customer", given.customer_id),
        order=_key("Order", given.order_id),
        tag=None if given.tag is None else " ".join(given.tag.lower().split()),
        breached=given.breached,
    )


TICKET_FILTER: Final = Argument(TicketFilterInput | None, "What the list is narrowed to.", convert=_narrowed)
TICKET_SORT: Final = Argument(TicketSort, "The order.", TicketSort.DUE_FIRST, convert=lambda sort: Order(sort.value))
