"""Open real complaints and questions as tickets, deal with a part of them, and find them again.

`python -m tests.trials.real_tickets FOLDER [COUNT]`: the folder has airline_tweets_sample.csv.gz (complaints with a
reason) and bitext_intents.csv.gz (questions with an intent). DATABASE_URL and MEILI_URL name engines, or throwaway
ones are used. Says how long it took, and checks that all were opened, that what is due agrees with the domain's
calendar, and that a sample of them is found by its words by its customer and by an agent, and by nobody else. Exit
code 1 if not.
"""

import asyncio
import csv
import gzip
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from domain import sla
from domain.access import PlatformRole, Viewer
from domain.sla import OFFICE, TARGETS, Timeline
from domain.tickets import Action, Kind, Priority, State
from models.database import Database
from search.client import Meilisearch
from search.indexes import Indexes
from search.indexing import Indexer
from search.querying import SearchEngine, TicketReader
from services import tickets
from services.tickets import About
from tests.factories import people
from tests.trials import engines

_BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
_CUSTOMERS = 200
_SAMPLE = 200
_KINDS = {"REFUND": Kind.RETURN, "ORDER": Kind.AFTER_SALES, "INVOICE": Kind.AFTER_SALES, "FEEDBACK": Kind.FEEDBACK}


class _Real(NamedTuple):
    kind: Kind
    subject: str
    body: str


def _read(folder: Path) -> Iterator[_Real]:
    with gzip.open(folder / "airline_tweets_sample.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["airline_sentiment"] == "negative":
                yield _Real(Kind.COMPLAINT, row["negativereason"] or "Complaint", row["text"])
    with gzip.open(folder / "bitext_intents.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kind = _KINDS.get(row["category"], Kind.INQUIRY)
            yield _Real(kind, row["intent"].replace("_", " "), row["utterance"])


async def main(folder: Path, count: int) -> int:
    """Run the trial; returns the number of differences."""
    real = list(_read(folder))[:count]
    async with engines.addresses() as found:
        database = await Database.open(found["database_url"])
        engine = Meilisearch(found["meili_url"], found["meili_key"], timeout_s=30)
        async with database.connection() as connection:
            # A ticket each is open at a time: who has too many is told to write in one of them.
            shoppers = [await people.customer(connection) for _ in range(max(_CUSTOMERS, len(real) // 150))]
            agent = await people.staff(connection, PlatformRole.AGENT)
        began = time.monotonic()
        opened = [await _open(database, each, shoppers, number) for number, each in enumerate(real)]
        spent = time.monotonic() - began
        sys.stdout.write(
            f"{len(opened):,} tickets opened one after the other, {spent / len(opened) * 1000:.1f} ms each\n"
        )
        differences = await _due_differs(database, real, opened)
        for ticket_id, _ in opened[::10]:
            async with database.transaction() as session:
                now = _BEGAN + timedelta(days=1)
                await tickets.accept(session, viewer=agent, ticket_id=ticket_id, now=now)
                given: dict[str, Any] = {"viewer": agent, "ticket_id": ticket_id, "now": now}
                await tickets.say(session, action=Action.RESOLVE, text="Done.", **given)
        began = time.monotonic()
        indexer = Indexer(database, engine, Indexes.named("trial_"), locale="en")
        while await indexer.step():
            pass
        sys.stdout.write(f"in the index after {time.monotonic() - began:.1f} s\n")
        search = SearchEngine(engine, Indexes.named("trial_"), locale="en")
        differences += await _found_differs(search, real, opened, shoppers)
        engine.close()
        await database.close()
    sys.stdout.write(f"{differences} differences\n")
    return differences


async def _open(database: Database, each: _Real, shoppers: list[Viewer], number: int) -> tuple[int, Viewer]:
    viewer = shoppers[number % len(shoppers)]
    async with database.transaction() as session:
        ticket_id = await tickets.create(
            session,
            viewer=viewer,
            subject=each.subject,
            body=each.body,
            kind=each.kind,
            about=About(),
            now=_BEGAN + timedelta(minutes=number),
        )
    return ticket_id, viewer


async def _due_differs(database: Database, real: list[_Real], opened: list[tuple[int, Viewer]]) -> int:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT id, opened_at, first_response_due_at, resolution_due_at FROM tickets")
    kinds = {ticket_id: each.kind for each, (ticket_id, _) in zip(real, opened, strict=True)}
    differing = 0
    for row in rows:
        promised = sla.deadlines(Timeline(row["opened_at"]), TARGETS[kinds[row["id"]], Priority.NORMAL], OFFICE)
        kept = (row["first_response_due_at"], row["resolution_due_at"])
        differing += kept != (promised.first_response, promised.resolution)
    return differing + (len(rows) != len(opened))


async def _found_differs(
    search: SearchEngine, real: list[_Real], opened: list[tuple[int, Viewer]], shoppers: list[Viewer]
) -> int:
    states = [state.value for state in State]
    agents = TicketReader(is_agent=True, everywhere=True, customer_id=None, merchant_ids=())
    differing = 0
    began = time.monotonic()
    step = max(1, len(opened) // _SAMPLE)
    for number in range(0, len(opened), step):
        ticket_id, viewer = opened[number]
        words = " ".join(real[number].body.split()[:8])
        other = shoppers[(number + 1) % len(shoppers)]
        seen = []
        for customer in (viewer, other):
            reader = TicketReader(is_agent=False, everywhere=False, customer_id=customer.customer_id, merchant_ids=())
            seen.append(ticket_id in await search.tickets(words, reader, states=states, limit=100))
        by_agent = ticket_id in await search.tickets(words, agents, states=states, limit=100)
        if (*seen, by_agent) != (True, False, True):
            differing += 1
            sys.stdout.write(f"{ticket_id}: found by its customer, another, an agent: {(*seen, by_agent)}: {words!r}\n")
    asked = len(range(0, len(opened), step)) * 3
    sys.stdout.write(f"{asked} searches, {(time.monotonic() - began) / asked * 1000:.1f} ms each\n")
    return differing


if __name__ == "__main__":
    limit = int(sys.argv[2]) if len(sys.argv) > 2 else 15_000
    sys.exit(1 if asyncio.run(main(Path(sys.argv[1]), limit)) else 0)
