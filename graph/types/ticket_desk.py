"""The desk that handles tickets: hours, promises, agents, macros, figures; files that come with tickets."""

from enum import Enum

import strawberry

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.scalars import DecimalText, Instant
from graph.types.node import Node
from graph.types.tickets import TicketActor, TicketAgent, TicketKind, TicketPriority
from graph.versions import version
from resolvers import ticket_desk
from resolvers.loaders import tickets as loaders
from resolvers.loaders.ticket_desk import MacroRow
from resolvers.loaders.tickets import AttachmentRow


@strawberry.enum(description="What a file is at.")
class TicketAttachmentState(Enum):
    """What a file is at."""

    AWAITED = strawberry.enum_value("AWAITED", description="Announced; its content has not come.")
    ARRIVED = strawberry.enum_value("ARRIVED", description="Its content is there.")


@strawberry.enum(description="What an agent does by saying what a macro has.")
class TicketMacroAction(Enum):
    """What an agent does by saying what a macro has."""

    REPLY = strawberry.enum_value("REPLY", description="Answers.")
    AWAIT_CUSTOMER = strawberry.enum_value("AWAIT_CUSTOMER", description="Asks the customer something.")
    RESOLVE = strawberry.enum_value("RESOLVE", description="Resolves the ticket.")


@strawberry.type(description="A file that comes with a ticket. Seen by the parties to the ticket.")
class TicketAttachment(Node):
    """A file that comes with a ticket."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("TicketAttachment"))
    file_name: str = column("The file's name.")
    media_type: str = column("What the file is: image/png.")
    size_bytes: int | None = column("The file's size in bytes; null until it has come.")
    state: TicketAttachmentState = column("What it is at.")
    author: TicketActor = computed(lambda row: row, description="Who added it.")
    created_at: Instant = column("When it was announced.")
    upload_path: str | None = batch(
        ticket_desk.send_links,
        description="Send the file there by HTTP PUT, up to 10,000,000 bytes, within ten minutes; null once it came, "
        "and to all but the party that announced it.",
    )
    path: str | None = batch(
        ticket_desk.read_links, description="Get the file there within ten minutes; null until it has come."
    )

    is_type_of = OfClass(AttachmentRow)


@strawberry.type(description="What agents often say, with what they do as they say it. Seen by platform staff.")
class TicketMacro(Node):
    """What agents often say."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("TicketMacro"))
    title: str = column("What it is called.")
    body: str = column("What is said.")
    action: TicketMacroAction = column("What is done.")
    tags: list[str] = column("Tags that the ticket gets.")
    version: int = version()

    is_type_of = OfClass(MacroRow)


@strawberry.type(description="A time of a day in which the desk works.")
class SupportInterval:
    """A time of a day in which the desk works."""

    start: str = column("From when on: 09:00.")
    end: str = column("Until when: 17:00; 24:00 is the end of the day.")


@strawberry.type(description="When the desk works; promises are counted in this time.")
class SupportHours:
    """When the desk works."""

    zone: str = column("The time zone, an IANA name: Europe/Berlin.")
    week: list[list[SupportInterval]] = column("The intervals of each day, Monday first.")
    holidays: list[str] = column("The days without any: 2026-12-25.")


@strawberry.type(description="What is promised for tickets of a kind and a priority, in minutes of the desk's hours.")
class TicketTargets:
    """What is promised for tickets of a kind and a priority."""

    kind: TicketKind = column("Of which kind.")
    priority: TicketPriority = column("Of which priority.")
    first_response_minutes: int = column("Until the first response.", name="first_response_minutes", convert=int)
    next_response_minutes: int = column("Until any later response.", name="next_response_minutes", convert=int)
    resolution_minutes: int = column("Until the resolution.", name="resolution_minutes", convert=int)


@strawberry.type(description="Somebody who is handed tickets by load and skill.")
class TicketAgentLoad:
    """Somebody who is handed tickets by load and skill."""

    agent: TicketAgent | None = related(loaders.ASSIGNEES, by="account_id", description="Who.")
    skills: list[TicketKind] = column("Tickets of which kinds.")
    capacity: int = column("How many at a time.")
    open: int = column("How many that are being handled are this one's.")


@strawberry.type(description="How the desk works. Seen by platform staff.")
class TicketDesk:
    """How the desk works."""

    hours: SupportHours = batch(ticket_desk.hours, description="When it works.")
    targets: list[TicketTargets] = batch(ticket_desk.targets, description="What it promises, by kind and priority.")
    agents: list[TicketAgentLoad] = batch(ticket_desk.agents, description="Who is handed tickets by load and skill.")
    macros: list[TicketMacro] = batch(ticket_desk.macros, description="What is often said, by title.")


@strawberry.type(description="What became of the tickets that were opened in a time; merged ones are left out.")
class TicketFigures:
    """What became of tickets."""

    kind: TicketKind | None = column("Those of this kind alone; null otherwise.")
    agent: TicketAgent | None = related(
        loaders.ASSIGNEES, by="assignee_id", description="Those of this agent alone; null otherwise, and for nobody's."
    )
    opened: int = column("How many were opened.")
    responded: int = column("How many of them were answered.")
    resolved: int = column("How many of them are resolved.")
    first_response_seconds: int | None = column(
        "The median time to the first response, by the clock; null if none was.",
        name="first_response_s",
        convert=lambda seconds: seconds,
    )
    resolution_seconds: int | None = column(
        "The median time to the resolution, by the clock; null if none is.",
        name="resolution_s",
        convert=lambda seconds: seconds,
    )
    breached: int = column("Of how many something promised was or is late.")
    breach_rate: DecimalText | None = column("That as a part of those opened: 0.2500; null if none was.")
    rated: int = column("How many were rated.")
    satisfaction: DecimalText | None = column("The average rating, 1.00 to 5.00; null if none was.")


@strawberry.type(description="How the desk has done with what was opened in a time. Seen by platform staff.")
class TicketReport:
    """How the desk has done."""

    total: TicketFigures = column("All of them.")
    by_kind: list[TicketFigures] = column("By kind, in the order of the alphabet.")
    by_agent: list[TicketFigures] = column("By agent; those of nobody first.")
