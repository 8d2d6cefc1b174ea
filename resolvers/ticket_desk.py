"""The desk that handles tickets: what agents do there, how it works, how it has done."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import services.ticket_attachments
import services.ticket_desk
import services.ticket_desk_settings
from domain import sla
from domain.business_calendars import Calendar, Interval
from domain.errors import InvalidInput
from domain.tickets import Kind, Priority
from models.database import Row
from resolvers.context import Context
from resolvers.loaders import ticket_desk as loaders
from resolvers.loaders import tickets as ticket_loaders
from resolvers.loaders.tickets import AttachmentRow, TicketRow
from resolvers.mutations import Change, Result
from services import access, file_links

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)


async def desks(root: Sequence[None], context: Context) -> list[dict[str, Any] | None]:
    """Answer how the desk works, to who handles tickets; what was not set holds by default."""
    desk: dict[str, Any] | None = {} if access.sees_ticket_desk(context.viewer) else None
    return [desk for _ in root]


async def hours(desks: Sequence[Any], context: Context) -> list[dict[str, Any]]:
    """Answer when the desk works."""
    kept: list[Row] = await context.database.fetch(loaders.HOURS)
    office = sla.OFFICE
    zone, week, holidays = kept[0] if kept else (office.zone, office.week, sorted(office.holidays))
    days = [[{"start": _clock(start), "end": _clock(end)} for start, end in day] for day in week]
    found = {"zone": zone, "week": days, "holidays": [day.isoformat() for day in holidays]}
    return [found for _ in desks]


async def targets(desks: Sequence[Any], context: Context) -> list[list[dict[str, Any]]]:
    """Answer what is promised, by kind and priority."""
    rows: list[Row] = await context.database.fetch(loaders.TARGETS)
    kept = {(row["kind"], row["priority"]): dict(row) for row in rows}
    found = [
        kept.get((kind.value, priority.value))
        or {
            "kind": kind.value,
            "priority": priority.value,
            "first_response_minutes": promised.first_response.total_seconds() // 60,
            "next_response_minutes": promised.next_response.total_seconds() // 60,
            "resolution_minutes": promised.resolution.total_seconds() // 60,
        }
        for (kind, priority), promised in sla.TARGETS.items()
    ]
    return [found for _ in desks]


async def agents(desks: Sequence[Any], context: Context) -> list[list[Row]]:
    """Answer who is handed tickets by load and skill."""
    found: list[Row] = await context.database.fetch(loaders.AGENTS)
    return [found for _ in desks]


async def macros(desks: Sequence[Any], context: Context) -> list[list[Row]]:
    """Answer what is often said, by title."""
    found: list[Row] = await context.database.fetch(loaders.MACROS, loaders.MacroRow)
    return [found for _ in desks]


async def reports(
    root: Sequence[None], context: Context, *, since: datetime, until: datetime
) -> list[dict[str, Any] | None]:
    """Answer how the desk has done with what was opened in a time, to who handles tickets."""
    if not access.sees_ticket_desk(context.viewer):
        return [None for _ in root]
    if until <= since:
        raise InvalidInput("until: it is not after since", field="until")
    rows: list[Row] = await context.database.fetch(loaders.FIGURES, since=since, until=until)
    report = {
        "total": next(_figures(row) for row in rows if row["all_kinds"] and row["all_agents"]),
        "by_kind": sorted(
            (_figures(row) for row in rows if not row["all_kinds"]), key=lambda each: Kind[each["kind"]].value
        ),
        "by_agent": sorted(
            (_figures(row) for row in rows if not row["all_agents"]), key=lambda each: each["assignee_id"] or 0
        ),
    }
    return [report for _ in root]


async def attachments(tickets: Sequence[TicketRow], context: Context) -> list[list[AttachmentRow]]:
    """Answer the files of each ticket, the first first."""
    found: Sequence[list[AttachmentRow]] = await context.load_many(
        ticket_loaders.ATTACHMENTS, [each["id"] for each in tickets]
    )
    return list(found)


async def read_links(files: Sequence[AttachmentRow], context: Context) -> list[str | None]:
    """Answer links to the files that have come."""
    return _links(files, context, "attachment-read", state="ARRIVED")


async def send_links(files: Sequence[AttachmentRow], context: Context) -> list[str | None]:
    """Answer links to send the files to that have not come, for who has announced them: nobody sends for another."""
    parties = [access.ticket_party(context.viewer, file) for file in files]
    asked = [file for file, party in zip(files, parties, strict=True) if party and party.value == file["party"]]
    links = dict(
        zip((file["id"] for file in asked), _links(asked, context, "attachment-send", state="AWAITED"), strict=True)
    )
    return [links.get(file["id"]) for file in files]


def _links(
    files: Sequence[AttachmentRow], context: Context, purpose: file_links.Purpose, *, state: str
) -> list[str | None]:
    now = datetime.now(UTC)
    return [
        file_links.path_of(context.secret_key, purpose=purpose, document_id=file["id"], now=now)
        if file["state"] == state
        else None
        for file in files
    ]


def _figures(row: Row) -> dict[str, Any]:
    rated, opened = row["rated"], row["opened"]
    return {
        **row,
        "breach_rate": f"{row['breached'] / opened:.4f}" if opened else None,
        "satisfaction": f"{row['score_sum'] / rated:.2f}" if rated else None,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _minute(text: str, field: str) -> int:
    if _TIME.fullmatch(text) is None:
        raise InvalidInput(f"{field}: {text[:20]!r} is no time; write 00:00 to 24:00", field=field)
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{field}: {text[:20]!r} is no date; write 2026-12-25", field=field) from None


def _intervals(day: Sequence[dict[str, str]], place: str) -> tuple[Interval, ...]:
    return tuple(
        (_minute(each["start"], f"{place}.{at}.start"), _minute(each["end"], f"{place}.{at}.end"))
        for at, each in enumerate(day)
    )


async def set_hours(change: Change, *, zone: str, week: list[list[dict[str, str]]], holidays: list[str]) -> Result:
    """Say when the desk works."""
    calendar = Calendar(
        zone,
        tuple(_intervals(day, f"week.{at}") for at, day in enumerate(week)),
        frozenset(_day(each, f"holidays.{at}") for at, each in enumerate(holidays)),
    )
    await services.ticket_desk_settings.hours_set(change.session, calendar=calendar)
    return Result(desk={})


async def set_targets(change: Change, *, kind: str, priority: str, **minutes: int) -> Result:
    """Say what is promised."""
    await services.ticket_desk_settings.targets_set(
        change.session, kind=Kind(kind), priority=Priority(priority), **minutes
    )
    return Result(desk={})


async def set_agent(change: Change, *, email: str, skills: list[str], capacity: int) -> Result:
    """Say which tickets somebody is handed."""
    await services.ticket_desk_settings.agent_set(
        change.session, email=email, skills=[Kind(each) for each in skills], capacity=capacity
    )
    return Result(desk={})


async def save_macro(
    change: Change,
    *,
    title: str,
    body: str,
    action: str,
    tags: list[str],
    macro_id: int | None = None,
    expected_version: int | None = None,
) -> Result:
    """Write a macro."""
    saved = await services.ticket_desk_settings.macro_save(
        change.session,
        macro_id=macro_id,
        title=title,
        body=body,
        action=action,
        tags=tags,
        expected_version=expected_version,
        now=change.now,
    )
    return Result(macro_id=saved)


async def remove_macro(change: Change, *, macro_id: int) -> Result:
    """Take a macro away."""
    await services.ticket_desk_settings.macro_remove(change.session, macro_id=macro_id)
    return Result(removed_id=macro_id)


async def assign(change: Change, *, ticket_id: int, assignee_id: int | None = None) -> Result:
    """Give a ticket to an agent."""
    await services.ticket_desk.assign(
        change.session, viewer=change.viewer, ticket_id=ticket_id, assignee_id=assignee_id, now=change.now
    )
    return Result(ticket_id=ticket_id)


async def prioritise(change: Change, *, ticket_id: int, priority: str) -> Result:
    """Say how soon a ticket must be dealt with."""
    await services.ticket_desk.prioritise(
        change.session, viewer=change.viewer, ticket_id=ticket_id, priority=Priority(priority), now=change.now
    )
    return Result(ticket_id=ticket_id)


async def tag(change: Change, *, ticket_id: int, tags: list[str]) -> Result:
    """Say which tags a ticket has."""
    await services.ticket_desk.tag(change.session, viewer=change.viewer, ticket_id=ticket_id, tags=tags, now=change.now)
    return Result(ticket_id=ticket_id)


async def merge(change: Change, *, ticket_id: int, into_id: int) -> Result:
    """Merge a ticket into another one; the payload shows that."""
    await services.ticket_desk.merge(
        change.session, viewer=change.viewer, ticket_id=ticket_id, into_id=into_id, now=change.now
    )
    return Result(ticket_id=into_id)


async def apply_macro(change: Change, *, ticket_id: int, macro_id: int) -> Result:
    """Say and do what a macro has."""
    await services.ticket_desk.apply_macro(
        change.session, viewer=change.viewer, ticket_id=ticket_id, macro_id=macro_id, now=change.now
    )
    return Result(ticket_id=ticket_id)


async def announce_attachment(change: Change, *, ticket_id: int, file_name: str, media_type: str) -> Result:
    """Announce a file; the payload has the link to send it to."""
    attachment_id = await services.ticket_attachments.announce(
        change.session,
        viewer=change.viewer,
        ticket_id=ticket_id,
        file_name=file_name,
        media_type=media_type,
        now=change.now,
    )
    return Result(attachment_id=attachment_id, ticket_id=ticket_id)
