"""A ticket's clock ... The office is open from 9 to 17 UTC; 2026-03-02 is a Monday; a complaint has 2 h, 4 h, 16 h."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import PlatformRole, Viewer
from domain.sla import NEVER
from domain.states import StateError
from domain.tickets import Action, Kind
from models.database import Database
from server import worker_tickets
from services import tickets
from services.tickets import About
from tests.factories import people
from tests.factories.catalogue import insert


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


OPENED = at("02 10:00")


class Desk:
    """Each call is a transaction of its own, at the present time of the test."""

    def __init__(self, database: Database, connection: asyncpg.Connection, ada: Viewer, agent: Viewer) -> None:
        self.database, self.connection = database, connection
        self.ada, self.agent = ada, agent
        self.now = OPENED
        self.id = 0

    async def do(self, use_case: Callable[..., Awaitable[Any]], viewer: Viewer, **given: Any) -> Any:
        async with self.database.transaction() as session:
            return await use_case(session, viewer=viewer, now=self.now, **given)

    async def open(self, **given: Any) -> None:
        wanted = {"subject": "Lamp", "body": "It is dark.", "kind": Kind.COMPLAINT, "about": About(), **given}
        self.id = await self.do(tickets.create, self.ada, **wanted)

    async def say(self, when: str, viewer: Viewer, action: Action, text: str = "Well.") -> None:
        self.now = at(when)
        await self.do(tickets.say, viewer, ticket_id=self.id, action=action, text=text)

    async def accept(self, when: str) -> None:
        self.now = at(when)
        await self.do(tickets.accept, self.agent, ticket_id=self.id)

    async def row(self) -> asyncpg.Record:
        return await self.connection.fetchrow("SELECT * FROM tickets WHERE id = $1", self.id)

    async def due(self) -> tuple[Any, ...]:
        row = await self.row()
        return row["first_response_due_at"], row["next_response_due_at"], row["resolution_due_at"], row["due_at"]

    async def step(self, when: str) -> int:
        return await worker_tickets.step(self.database, now=at(when))

    async def events(self, event_type: str) -> list[Any]:
        return [
            event["data"]
            for event in await self.connection.fetch("SELECT data FROM events WHERE type = $1 ORDER BY id", event_type)
        ]


@pytest.fixture
async def desk(database: Database, connection: asyncpg.Connection) -> Desk:
    ada = await people.customer(connection, email="ada@example.com")
    return Desk(database, connection, ada, await people.staff(connection, PlatformRole.AGENT))


async def test_runs_for_the_first_response_and_the_resolution(desk: Desk) -> None:
    await desk.open()
    assert await desk.due() == (at("02 12:00"), None, at("04 10:00"), at("02 12:00"))
    await desk.accept("02 10:30")
    assert await desk.due() == (at("02 12:00"), None, at("04 10:00"), at("02 12:00"))
    await desk.say("02 11:00", desk.agent, Action.INVESTIGATE)
    assert (await desk.row())["first_responded_at"] is None  # a note is no response
    await desk.say("02 11:30", desk.agent, Action.REPLY)
    assert (await desk.row())["first_responded_at"] == at("02 11:30")
    assert await desk.due() == (at("02 12:00"), None, at("04 10:00"), at("04 10:00"))


async def test_runs_for_the_next_response_from_the_first_word_that_waits(desk: Desk) -> None:
    await desk.open()
    await desk.say("02 11:00", desk.agent, Action.REPLY)
    await desk.say("02 16:00", desk.ada, Action.REPLY)
    await desk.say("02 16:30", desk.ada, Action.REPLY, "Are you there?")
    assert await desk.due() == (at("02 12:00"), at("03 12:00"), at("04 10:00"), at("03 12:00"))
    await desk.say("03 09:00", desk.agent, Action.REPLY)
    assert await desk.due() == (at("02 12:00"), None, at("04 10:00"), at("04 10:00"))


async def test_stands_still_while_the_customer_is_waited_for(desk: Desk) -> None:
    await desk.open()
    await desk.accept("02 10:30")
    await desk.say("02 11:00", desk.agent, Action.AWAIT_CUSTOMER, "Which one?")
    assert await desk.due() == (at("02 12:00"), None, None, NEVER)
    assert await desk.step("20 10:00") == 0
    # 1 h is used up; the other 15 h run from Thursday noon: 5 h, 8 h on Friday, 2 h on Monday.
    await desk.say("05 12:00", desk.ada, Action.REPLY, "The red one.")
    assert await desk.due() == (at("02 12:00"), at("05 16:00"), at("09 11:00"), at("05 16:00"))


async def test_goes_on_with_what_was_left_when_it_is_opened_again(desk: Desk) -> None:
    await desk.open()
    await desk.accept("02 10:30")
    await desk.say("02 12:00", desk.agent, Action.RESOLVE, "Done.")
    assert await desk.due() == (at("02 12:00"), None, at("04 10:00"), NEVER)
    # 2 h are used up; the other 14 h run from Friday 10:00: 7 h, and 7 h on Monday.
    await desk.say("06 10:00", desk.ada, Action.REOPEN, "No.")
    row = await desk.row()
    assert (row["state"], row["resolved_at"]) == ("REOPENED", None)
    assert await desk.due() == (at("02 12:00"), at("06 14:00"), at("09 16:00"), at("06 14:00"))


async def test_is_not_opened_again_by_the_customer_after_thirty_days(desk: Desk) -> None:
    await desk.open()
    await desk.accept("02 10:30")
    await desk.say("02 12:00", desk.agent, Action.RESOLVE, "Done.")
    desk.now = at("02 12:00") + timedelta(days=31)
    for action in (Action.REOPEN, Action.REPLY):
        with pytest.raises(StateError, match="over 30 days ago"):
            await desk.do(tickets.say, desk.ada, ticket_id=desk.id, action=action, text="No.")
    assert (await desk.row())["state"] == "RESOLVED"


async def test_that_has_run_out_is_noted_once_by_any_number_of_workers(desk: Desk) -> None:
    await desk.open()
    assert await desk.step("02 12:00") == 0
    await asyncio.gather(*(desk.step("02 12:01") for _ in range(3)))
    assert await desk.step("02 12:02") == 0
    row = await desk.row()
    assert (row["first_response_breached_at"], row["resolution_breached_at"]) == (at("02 12:00"), None)
    assert row["breaks_at"] == at("04 10:00")
    assert await desk.step("04 10:01") == 1
    assert [(each["clock"], each["due_at"], each["internal"]) for each in await desk.events("TICKET_SLA_BREACHED")] == [
        ("FIRST_RESPONSE", "2026-03-02T12:00:00+00:00", True),
        ("RESOLUTION", "2026-03-04T10:00:00+00:00", True),
    ]
    assert (await desk.row())["breaks_at"] is None


async def test_that_has_run_out_is_noted_by_who_comes_late_as_well(desk: Desk) -> None:
    await desk.open()
    await desk.say("02 13:00", desk.agent, Action.REPLY, "Sorry.")
    row = await desk.row()
    assert (row["first_responded_at"], row["first_response_breached_at"]) == (at("02 13:00"), at("02 12:00"))
    assert await desk.step("02 13:01") == 0


async def test_runs_out_anew_for_each_word_that_waits(desk: Desk) -> None:
    await desk.open()
    await desk.say("02 11:00", desk.agent, Action.REPLY)
    await desk.say("02 11:30", desk.ada, Action.REPLY)
    await desk.step("02 15:31")
    await desk.say("02 16:00", desk.agent, Action.REPLY)
    await desk.say("02 16:00", desk.ada, Action.REPLY)
    await desk.step("03 12:01")
    broken = [each["due_at"] for each in await desk.events("TICKET_SLA_BREACHED")]
    assert broken == ["2026-03-02T15:30:00+00:00", "2026-03-03T12:00:00+00:00"]


async def test_is_the_one_of_the_desks_own_hours_and_targets(desk: Desk) -> None:
    week = [[[540, 720], [780, 1020]]] * 5 + [[], []]
    holidays = [at("03 00:00").date()]
    await insert(desk.connection, "support_hours", id=1, zone="Europe/Berlin", week=week, holidays=holidays)
    minutes = {"first_response_minutes": 120, "next_response_minutes": 60, "resolution_minutes": 420}
    await insert(desk.connection, "ticket_targets", kind="COMPLAINT", priority="NORMAL", **minutes)
    await desk.open()
    # 11:00 in Berlin: 1 h until lunch and 1 h after it; 5 h on Monday, none on the holiday, 2 h on Wednesday.
    assert await desk.due() == (at("02 13:00"), None, at("04 10:00"), at("02 13:00"))


async def test_ends_with_a_reminder_to_rate_it_and_the_closing(desk: Desk) -> None:
    await desk.open()
    await desk.accept("02 10:30")
    await desk.say("02 12:00", desk.agent, Action.RESOLVE, "Done.")
    assert await desk.step("04 12:00") == 0
    await asyncio.gather(*(desk.step("04 12:01") for _ in range(3)))
    mails = await desk.connection.fetch("SELECT recipient, template, facts FROM mails")
    facts = {"display_name": "Ada", "number": f"T-{100_000 + desk.id}", "subject": "Lamp"}
    assert [tuple(mail) for mail in mails] == [("ada@example.com", "ticket_rating", facts)]
    assert await desk.step("09 12:00") == 0
    assert await desk.step("09 12:01") == 1
    row = await desk.row()
    assert (row["state"], row["resolved_at"], row["closed_at"]) == ("CLOSED", at("02 12:00"), at("09 12:01"))
    assert await desk.step("20 12:00") == 0
    assert await desk.connection.fetchval("SELECT count(*) FROM mails") == 1


async def test_does_not_remind_who_has_rated(desk: Desk) -> None:
    await desk.open()
    await desk.accept("02 10:30")
    await desk.say("02 12:00", desk.agent, Action.RESOLVE, "Done.")
    await desk.do(tickets.rate, desk.ada, ticket_id=desk.id, score=5, comment=None)
    assert await desk.step("05 12:00") == 0
    assert await desk.connection.fetchval("SELECT count(*) FROM mails") == 0


async def test_is_stopped_once_by_two_who_resolve_at_the_same_time(desk: Desk) -> None:
    await desk.open()
    await desk.accept("02 10:30")
    results = await asyncio.gather(
        *(desk.say("02 11:00", desk.agent, Action.RESOLVE, "Done.") for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == ["NoneType", "StateError", "StateError", "StateError"]
    assert len(await desk.events("TICKET_RESOLVED")) == 1
    assert await desk.connection.fetchval("SELECT count(*) FROM ticket_messages") == 2
