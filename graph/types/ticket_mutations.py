"""Inputs and payloads of what the parties do to tickets."""

import strawberry

from graph.fields import related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.types.tickets import Ticket, TicketKind
from resolvers.loaders import tickets as loaders

WHICH = "Which ticket."


@strawberry.type(description="The ticket after the change.")
class TicketPayload(Payload):
    """The ticket after the change."""

    ticket: Ticket | None = related(loaders.BY_ID, by="ticket_id", description="The ticket; null if it was refused.")


@strawberry.input(description="A ticket to open.")
class TicketOpenInput:
    """A ticket to open."""

    subject: str = strawberry.field(description="What it is about, in 1 to 200 characters.")
    body: str = strawberry.field(description="The first message, 1 to 10,000 characters.")
    kind: TicketKind = strawberry.field(description="What it is about.")
    order_id: strawberry.ID | None = id_of("Order", "The order that it is about.", default=None)
    order_line_id: strawberry.ID | None = id_of(
        "OrderLine", "The line of that order; then it concerns that line's merchant alone.", default=None
    )
    customer_id: strawberry.ID | None = id_of(
        "Customer",
        "Whose it is, when an agent opens it for somebody; without it, one's own or the order's.",
        default=None,
    )


@strawberry.input(description="A ticket.")
class TicketInput:
    """A ticket."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)


@strawberry.input(description="A ticket to look into.")
class TicketInvestigateInput:
    """A ticket to look into."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    note: str = strawberry.field(description="What is looked into, for platform staff only: 1 to 10,000 characters.")


@strawberry.input(description="A message.")
class TicketReplyInput:
    """A message."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    body: str = strawberry.field(description="The text, 1 to 10,000 characters.")
    internal: bool = strawberry.field(
        default=False, description="Whether it is for platform staff only; agents' alone."
    )


@strawberry.input(description="A question for the customer.")
class TicketAwaitCustomerInput:
    """A question for the customer."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    body: str = strawberry.field(description="The question, 1 to 10,000 characters; the customer reads it.")


@strawberry.input(description="How a ticket is resolved.")
class TicketResolveInput:
    """How a ticket is resolved."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    resolution: str = strawberry.field(
        description="What was found out and done, 1 to 10,000 characters; the customer reads it."
    )


@strawberry.input(description="A ticket to open again.")
class TicketReopenInput:
    """A ticket to open again."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    reason: str = strawberry.field(description="Why, 1 to 10,000 characters; the other side reads it.")


@strawberry.input(description="How satisfied one is.")
class TicketRateInput:
    """How satisfied one is."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    score: int = strawberry.field(description="1, not at all, to 5, very.")
    comment: str | None = strawberry.field(default=None, description="What there is to say to it.")
