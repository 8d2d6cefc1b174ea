"""Inputs and payloads of what agents do at the desk, and of how it is set up."""

from typing import Any

import strawberry

from graph import ids
from graph.fields import column, computed, related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.types.ticket_desk import TicketAttachment, TicketDesk, TicketMacro, TicketMacroAction
from graph.types.ticket_mutations import WHICH
from graph.types.tickets import Ticket, TicketKind, TicketPriority
from graph.versions import expected_version
from resolvers.loaders import ticket_desk as desk_loaders
from resolvers.loaders import tickets as loaders


@strawberry.input(description="Whose a ticket shall be.")
class TicketAssignInput:
    """Whose a ticket shall be."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    assignee_id: strawberry.ID | None = id_of(
        "TicketAgent", "The agent; without it, who deals with its kind and has most room.", default=None
    )


@strawberry.input(description="How soon a ticket must be dealt with.")
class TicketPrioritySetInput:
    """How soon a ticket must be dealt with."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    priority: TicketPriority = strawberry.field(description="The priority.")


@strawberry.input(description="The tags of a ticket.")
class TicketTagsSetInput:
    """The tags of a ticket."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    tags: list[str] = strawberry.field(description="All of them, at most 20 of 40 characters; in lower case.")


@strawberry.input(description="A ticket to merge into another one.")
class TicketMergeInput:
    """A ticket to merge into another one."""

    ticket_id: strawberry.ID = id_of("Ticket", "The ticket that is closed.")
    into_id: strawberry.ID = id_of("Ticket", "The ticket that gets its messages and files.")


@strawberry.input(description="A macro to say in a ticket.")
class TicketMacroApplyInput:
    """A macro to say in a ticket."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    macro_id: strawberry.ID = id_of("TicketMacro", "Which macro.")


@strawberry.input(description="A file that will be sent.")
class TicketAttachmentAddInput:
    """A file that will be sent."""

    ticket_id: strawberry.ID = id_of("Ticket", WHICH)
    file_name: str = strawberry.field(description="Its name, 1 to 120 characters without a slash.")
    media_type: str = strawberry.field(
        description="application/pdf, image/gif, image/jpeg, image/png, image/webp, text/plain or video/mp4."
    )


@strawberry.type(description="A file that was announced.")
class TicketAttachmentPayload(Payload):
    """A file that was announced."""

    attachment: TicketAttachment | None = related(
        loaders.ATTACHMENT_BY_ID, by="attachment_id", description="The file, with where to send it; null if refused."
    )
    ticket: Ticket | None = related(loaders.BY_ID, by="ticket_id", description="The ticket; null if it was refused.")


@strawberry.input(description="A time of a day in which the desk works.")
class SupportIntervalInput:
    """A time of a day in which the desk works."""

    start: str = strawberry.field(description="From when on: 09:00.")
    end: str = strawberry.field(description="Until when: 17:00; 24:00 is the end of the day.")


@strawberry.input(description="When the desk works.")
class SupportHoursSetInput:
    """When the desk works."""

    zone: str = strawberry.field(description="The time zone, an IANA name: Europe/Berlin.")
    week: list[list[SupportIntervalInput]] = strawberry.field(
        description="The intervals of seven days, Monday first, in order; none for a day off."
    )
    holidays: list[str] = strawberry.field(description="The days off beside them, at most 1,000: 2026-12-25.")


@strawberry.input(description="What is promised for tickets of a kind and a priority, in minutes of the desk's hours.")
class TicketTargetsSetInput:
    """What is promised."""

    kind: TicketKind = strawberry.field(description="Of which kind.")
    priority: TicketPriority = strawberry.field(description="Of which priority.")
    first_response_minutes: int = strawberry.field(description="Until the first response.")
    next_response_minutes: int = strawberry.field(description="Until any later response.")
    resolution_minutes: int = strawberry.field(description="Until the resolution.")


@strawberry.input(description="Which tickets somebody is handed by load and skill.")
class TicketAgentSetInput:
    """Which tickets somebody is handed."""

    email: str = strawberry.field(description="The e-mail address of somebody who works for the platform.")
    skills: list[TicketKind] = strawberry.field(description="Tickets of which kinds.")
    capacity: int = strawberry.field(description="How many at a time, 0 to 1,000; 0 for none for the time being.")


@strawberry.type(description="The desk after the change.")
class TicketDeskPayload(Payload):
    """The desk after the change."""

    desk: TicketDesk | None = column("The desk; null if it was refused.")


@strawberry.input(description="What is often said.")
class TicketMacroSaveInput:
    """What is often said."""

    macro_id: strawberry.ID | None = id_of("TicketMacro", "The macro to change; without it, a new one.", default=None)
    expected_version: int | None = expected_version(nothing_yet=True)
    title: str = strawberry.field(description="What it is called, 1 to 100 characters, unique.")
    body: str = strawberry.field(description="What is said, 1 to 10,000 characters.")
    action: TicketMacroAction = strawberry.field(description="What is done.")
    tags: list[str] = strawberry.field(description="Tags that the ticket gets; may be empty.")


@strawberry.type(description="The macro after the change.")
class TicketMacroPayload(Payload):
    """The macro after the change."""

    macro: TicketMacro | None = related(
        desk_loaders.MACRO_BY_ID, by="macro_id", description="The macro; null if it was refused."
    )


@strawberry.input(description="A macro to take away.")
class TicketMacroRemoveInput:
    """A macro to take away."""

    macro_id: strawberry.ID = id_of("TicketMacro", "Which macro.")


def _removed(result: Any) -> str | None:
    return result["removed_id"] and ids.encode("TicketMacro", result["removed_id"])


@strawberry.type(description="What was taken away.")
class TicketMacroRemovePayload(Payload):
    """What was taken away."""

    removed_id: strawberry.ID | None = computed(
        _removed, description="The id that the macro had; null if it was refused."
    )
