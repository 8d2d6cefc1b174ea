"""Tickets with their messages, history, promises and rating."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry

from domain.tickets import Action, Kind, Party, Priority, State, number
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.pages import Connection, connection
from graph.scalars import Instant
from graph.types.customers import Customer
from graph.types.merchants import Merchant
from graph.types.node import Node
from graph.types.order_lines import OrderLine
from graph.types.orders import Order
from graph.types.vocabulary import enumeration
from resolvers import articles, ticket_desk, tickets
from resolvers.loaders import customers as customer_loaders
from resolvers.loaders import orders as order_loaders
from resolvers.loaders import tickets as loaders
from resolvers.loaders.tickets import AgentRow, MessageRow, StepRow, TicketRow

if TYPE_CHECKING:
    from graph.types.articles import Article
    from graph.types.ticket_desk import TicketAttachment

TicketKind: Any = enumeration(
    "TicketKind",
    "What a ticket is about.",
    {
        Kind.INQUIRY: "A question.",
        Kind.AFTER_SALES: "Something about what was bought: delivery, invoice, use, repair.",
        Kind.COMPLAINT: "Something has gone wrong.",
        Kind.RETURN: "Something is to be sent back.",
        Kind.FEEDBACK: "Praise, or how it could be better.",
    },
)
TicketPriority: Any = enumeration(
    "TicketPriority",
    "How soon a ticket must be dealt with; what is promised follows from kind and priority.",
    {
        Priority.LOW: "It can wait.",
        Priority.NORMAL: "As a rule.",
        Priority.HIGH: "Before others.",
        Priority.URGENT: "At once.",
    },
)
TicketStatus: Any = enumeration(
    "TicketStatus",
    "What a ticket is at; docs/tickets.md has the table of what leads where.",
    {
        State.NEW: "Nobody has taken it on yet.",
        State.ACCEPTED: "An agent has taken it on.",
        State.INVESTIGATING: "It is being looked into.",
        State.AWAITING_CUSTOMER: "The customer was asked something; the time promised for the resolution stands still.",
        State.RESOLVED: "It is resolved; it is closed after seven days in which nobody writes.",
        State.CLOSED: "It is closed; nobody writes in it any more.",
        State.REOPENED: "It was resolved or closed, and goes on.",
    },
)
TicketAction: Any = enumeration(
    "TicketAction",
    "What is done to a ticket.",
    {
        Action.OPEN: "It was opened (`ticketOpen`).",
        Action.ACCEPT: "Taken on (`ticketAccept`).",
        Action.INVESTIGATE: "Looked into (`ticketInvestigate`).",
        Action.REPLY: "Answered, by either side (`ticketReply`).",
        Action.NOTE: "Written about for platform staff only (`ticketReply` with `internal`).",
        Action.AWAIT_CUSTOMER: "The customer was asked something (`ticketAwaitCustomer`).",
        Action.RESOLVE: "Resolved (`ticketResolve`).",
        Action.CLOSE: "Closed (`ticketClose`).",
        Action.REOPEN: "Opened again (`ticketReopen`).",
        Action.ASSIGN: "Given to an agent (`ticketAssign`).",
        Action.PRIORITISE: "Given a priority (`ticketPrioritySet`).",
        Action.TAG: "Tagged (`ticketTagsSet`).",
        Action.ATTACH: "A file was added (`ticketAttachmentAdd`).",
        Action.MERGE: "Merged with another one (`ticketMerge`).",
        Action.RATE: "Rated by the customer (`ticketRate`).",
        Action.BREACH: "A deadline has passed; for platform staff only.",
    },
)
TicketParty: Any = enumeration(
    "TicketParty",
    "As what somebody deals with a ticket.",
    {
        Party.CUSTOMER: "Whose ticket it is.",
        Party.AGENT: "Platform staff.",
        Party.MERCHANT: "Staff of a merchant whose order it is about.",
        Party.SYSTEM: "The shop's clock.",
    },
)


@strawberry.type(description="Who did or wrote something: an agent by name, a merchant's staff as the merchant.")
class TicketActor:
    """Who did or wrote something."""

    party: TicketParty = column("As what.")
    display_name: str = column("The name to show.")


@strawberry.type(description="An agent, as the parties to a ticket see one.")
class TicketAgent(Node):
    """An agent."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("TicketAgent"))
    display_name: str = column("The name to show.")

    is_type_of = OfClass(AgentRow)


@strawberry.type(description="What was written in a ticket.")
class TicketMessage(Node):
    """What was written in a ticket."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("TicketMessage"))
    author: TicketActor = computed(lambda row: row, description="Who wrote it.")
    body: str = column("The text, plain.")
    internal: bool = column("Whether it is for platform staff only; nobody else is shown those that are.")
    created_at: Instant = column("When it was written.")

    is_type_of = OfClass(MessageRow)


@strawberry.type(description="One thing that was done to a ticket.")
class TicketStep(Node):
    """One thing that was done to a ticket."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("TicketStep"))
    action: TicketAction = column("What was done.")
    actor: TicketActor = computed(lambda row: row, description="Who did it.")
    from_status: TicketStatus | None = column(
        "What the ticket was at; null for the opening.", name="from_state", convert=lambda state: state
    )
    to_status: TicketStatus = column("What it was at from then on.", name="to_state", convert=lambda state: state)
    occurred_at: Instant = column("When.")

    is_type_of = OfClass(StepRow)


@strawberry.type(
    description="What is promised of a ticket, in working time of the desk; docs/tickets.md says how it is counted."
)
class TicketSla:
    """What is promised of a ticket."""

    first_response_due_at: Instant | None = column("By when it is answered for the first time, kept or not.")
    next_response_due_at: Instant | None = column(
        "By when the customer's latest word is answered; null if there is none that waits after the first response."
    )
    resolution_due_at: Instant | None = column(
        "By when it is resolved; null while the customer is waited for: that time does not count."
    )
    breached: bool = column("Whether anything promised was, or is, late.")


@strawberry.type(description="How satisfied the customer was.")
class TicketSatisfaction:
    """How satisfied the customer was."""

    score: int = column("1, not at all, to 5, very.")
    comment: str | None = column("What the customer says to it; null for nothing.")
    rated_at: Instant = column("When.")


@strawberry.type(description="What of a ticket is for platform staff only.")
class TicketHandling:
    """What of a ticket is for platform staff only."""

    tags: list[str] = column("The tags, in the order of the alphabet.")
    due_at: Instant = column("What is due first, by which DUE_FIRST sorts; in the year 9999 if nothing is.")
    first_response_breached_at: Instant | None = column("The deadline of the first response that was not kept.")
    next_response_breached_at: Instant | None = column("The latest deadline of a later response that was not kept.")
    resolution_breached_at: Instant | None = column("The deadline of the resolution that was not kept.")


@strawberry.type(
    description="What a customer asks, complains about or sends back. Seen by the customer, by platform staff, by the "
    "staff of the merchants whose order it is about, and by their partners with the scope TICKETS_READ."
)
class Ticket(Node):
    """A ticket."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Ticket"))
    number: str = column("The number that people call it by: T-100001.", name="id", convert=number)
    kind: TicketKind = column("What it is about.")
    status: str = column(
        "What it is at, one of TicketStatus. A text, as an order's status is, so that one selection can hold both.",
        name="state",
        convert=lambda state: state,
    )
    priority: TicketPriority = column("How soon it must be dealt with.")
    subject: str = column("What it is about, in a line.")
    customer: Customer | None = related(
        customer_loaders.BY_ID, by="customer_id", description="Whose it is; null for who may not see customers."
    )
    order: Order | None = related(
        order_loaders.BY_ID,
        by="order_id",
        description="The order that it is about; null if none, or not for the viewer.",
    )
    order_line: OrderLine | None = related(
        order_loaders.LINE_BY_ID, by="order_line_id", description="The line of it that it is about; null if none."
    )
    merchants: list[Merchant] = batch(
        tickets.merchants,
        description="The active merchants whose order it is about, or whose line; empty if it is about none.",
    )
    assignee: TicketAgent | None = related(
        loaders.ASSIGNEES, by="assignee_id", description="The agent whose it is; null if nobody's."
    )
    allowed_actions: list[TicketAction] = batch(
        tickets.allowed_actions, description="What the viewer may do to it just now, in the order of its path."
    )
    sla: TicketSla = computed(lambda row: row, description="What is promised.")
    satisfaction: TicketSatisfaction | None = computed(
        lambda row: row if row["score"] is not None else None,
        description="How satisfied the customer was; null if it is not rated.",
    )
    messages: Connection[TicketMessage] = connection(
        tickets.messages, description="What was written, the oldest first; what is internal is shown to agents."
    )
    history: Connection[TicketStep] = connection(
        tickets.history, description="Every step, the oldest first; what is internal is shown to agents."
    )
    attachments: list[Annotated["TicketAttachment", strawberry.lazy("graph.types.ticket_desk")]] = batch(
        ticket_desk.attachments, description="The files that come with it, the first first."
    )
    suggested_articles: list[Annotated["Article", strawberry.lazy("graph.types.articles")]] = batch(
        articles.suggested,
        description="Up to three articles of the knowledge base that may help, by its subject and kind; none while the "
        "search does not answer.",
    )
    handling: TicketHandling | None = batch(
        tickets.handling, description="What is for platform staff only; null for everybody else."
    )
    merged_into: Optional["Ticket"] = related(
        loaders.BY_ID,
        by="merged_into_id",
        description="The ticket that it was merged into, with its messages; null if it was not.",
    )
    opened_at: Instant = column("When it was opened.")
    first_responded_at: Instant | None = column("When it was answered for the first time; null if it was not.")
    resolved_at: Instant | None = column("When it was resolved; null if it is not.")
    closed_at: Instant | None = column("When it was closed; null if it is not.")
    changed_at: Instant = column("When anything was done to it last.")

    is_type_of = OfClass(TicketRow)
