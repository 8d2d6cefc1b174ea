"""How the desk works: when, what it promises, who is handed tickets, what is often said."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import accounts as account_rules
from domain import tickets as rules
from domain import versions
from domain.business_calendars import Calendar
from domain.errors import InvalidInput, Refusal
from domain.sla import Targets
from domain.tickets import Kind, Priority
from models import advisory_locks
from models.accounts import Account, PlatformMember
from models.advisory_locks import Lock
from models.ticket_desk import CAPACITY_MAX, SupportHours, TicketAgent, TicketMacro, TicketTargets
from services.access import NotFoundError


class MacroTitleTakenError(Refusal):
    """Another macro is called so."""

    code = "CONFLICT"

    def __init__(self) -> None:
        super().__init__("Another macro has this title: choose another one.", field="title")


async def hours_set(session: AsyncSession, *, calendar: Calendar) -> None:
    """Say when the desk works; tickets are counted by it from their next step on."""
    values = {
        "zone": calendar.zone,
        "week": [list(map(list, day)) for day in calendar.week],
        "holidays": sorted(calendar.holidays),
    }
    await session.execute(
        upsert(SupportHours).values(id=1, **values).on_conflict_do_update(index_elements=["id"], set_=values)
    )


async def targets_set(
    session: AsyncSession,
    *,
    kind: Kind,
    priority: Priority,
    first_response_minutes: int,
    next_response_minutes: int,
    resolution_minutes: int,
) -> None:
    """Say what is promised for tickets of a kind and a priority, from their next step on. Raises InvalidInput."""
    minutes = {
        "first_response_minutes": first_response_minutes,
        "next_response_minutes": next_response_minutes,
        "resolution_minutes": resolution_minutes,
    }
    try:
        Targets(*(timedelta(minutes=each) for each in minutes.values()))
    except InvalidInput as error:
        raise InvalidInput(error.message, field=f"{error.extensions['field']}_minutes") from None
    await session.execute(
        upsert(TicketTargets)
        .values(kind=kind.value, priority=priority.value, **minutes)
        .on_conflict_do_update(index_elements=["kind", "priority"], set_=minutes)
    )


async def agent_set(session: AsyncSession, *, email: str, skills: Sequence[Kind], capacity: int) -> int:
    """Say which tickets somebody is handed by load and skill; gives the account. Raises NotFoundError, InvalidInput."""
    if not 0 <= capacity <= CAPACITY_MAX:
        raise InvalidInput(f"capacity: {capacity} is not between 0 and {CAPACITY_MAX:,}", field="capacity")
    account_id = await session.scalar(
        select(Account.id)
        .join(PlatformMember, PlatformMember.account_id == Account.id)
        .where(Account.email == account_rules.email(email), Account.state == "ACTIVE")
    )
    if account_id is None:
        raise NotFoundError("platform staff", field="email")
    values = {"skills": sorted({skill.value for skill in skills}), "capacity": capacity}
    await session.execute(
        upsert(TicketAgent)
        .values(account_id=account_id, **values)
        .on_conflict_do_update(index_elements=["account_id"], set_=values)
    )
    return int(account_id)


async def macro_save(
    session: AsyncSession,
    *,
    macro_id: int | None,
    title: str,
    body: str,
    action: str,
    tags: Sequence[str],
    expected_version: int | None = None,
    now: datetime,
) -> int:
    """Write a macro, or change one; gives its id.

    Raises NotFoundError, VersionError, InvalidInput, MacroTitleTakenError.
    """
    named, said = rules.macro(title, body)
    await advisory_locks.take(session, Lock.MACRO_TITLES)
    macro = (
        TicketMacro(version=0) if macro_id is None else await session.get(TicketMacro, macro_id, with_for_update=True)
    )
    if macro is None:
        raise NotFoundError("ticket macro", field="macro_id")
    versions.check("ticket macro", expected=expected_version, found=macro.version)
    taken = await session.scalar(select(TicketMacro.id).where(TicketMacro.title == named))
    if taken is not None and taken != macro_id:
        raise MacroTitleTakenError
    macro.title, macro.body, macro.action, macro.tags, macro.changed_at = named, said, action, rules.tags(tags), now
    macro.version += 1
    session.add(macro)
    await session.flush()
    return macro.id


async def macro_remove(session: AsyncSession, *, macro_id: int) -> None:
    """Take a macro away. Raises NotFoundError."""
    removed = await session.execute(delete(TicketMacro).where(TicketMacro.id == macro_id).returning(TicketMacro.id))
    if removed.first() is None:
        raise NotFoundError("ticket macro", field="macro_id")
