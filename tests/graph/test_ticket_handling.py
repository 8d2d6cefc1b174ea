"""The desk that handles tickets ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people, tickets
from tests.graph.conftest import Api, at_once
from tests.graph.ticket_desk import OPENED, ada, agent, hired, refusals
from tests.graph.tickets import do, key, opened

__all__ = ["ada", "agent"]  # fixtures
ASSIGNEE = "assignee { id }"


async def test_gives_a_ticket_to_whom_one_says(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection
) -> None:
    ticket = await opened(api, ada)
    other = await people.staff(connection, PlatformRole.AGENT)
    given = ids.encode("TicketAgent", other.account_id or 0)
    done = await do(api, "ticketAssign", agent, ASSIGNEE, ticketId=ticket, assigneeId=given)
    assert done["ticket"] == {"assignee": {"id": given}}
    stranger = ids.encode("TicketAgent", ada.account_id or 0)
    refused = await do(api, "ticketAssign", agent, ASSIGNEE, ticketId=ticket, assigneeId=stranger)
    assert refusals(refused) == [("NOT_FOUND", ["assigneeId"])]
    assert await connection.fetchval("SELECT assignee_id FROM tickets") == other.account_id
    accepted = await do(api, "ticketAccept", agent, ASSIGNEE, ticketId=ticket)
    assert accepted["ticket"] == {"assignee": {"id": given}}


async def test_gives_tickets_to_who_has_skill_and_most_room(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection
) -> None:
    wide = await hired(connection, 2, "COMPLAINT")
    narrow = await hired(connection, 1, "COMPLAINT", "RETURN")
    await hired(connection, 100, "RETURN")
    made = [await opened(api, ada) for _ in range(4)]
    found = [
        (await do(api, "ticketAssign", agent, f"{ASSIGNEE} handling {{ tags }}", ticketId=each, assigneeId=None))
        for each in made
    ]
    assert [each["ticket"] and each["ticket"]["assignee"]["id"] for each in found] == [wide, narrow, wide, None]
    assert refusals(found[3]) == [("CONFLICT", None)]
    assert "No agent who deals with COMPLAINT has room" in found[3]["userErrors"][0]["message"]
    again = await do(api, "ticketAssign", agent, ASSIGNEE, ticketId=made[1], assigneeId=None)
    assert again["ticket"] == {"assignee": {"id": narrow}}  # its own place counts as free


async def test_gives_the_last_place_once(api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection) -> None:
    await hired(connection, 1, "COMPLAINT")
    made = [await opened(api, ada) for _ in range(4)]
    api.context.viewer = agent
    query = """mutation ($id: ID!) { ticketAssign(input: { ticketId: $id }) { userErrors { code } } }"""
    answers = await at_once(*(api.data(query, id=each) for each in made))
    codes = sorted(error["code"] for answer in answers for error in answer["ticketAssign"]["userErrors"])
    assert codes == ["CONFLICT"] * 3
    assert await connection.fetchval("SELECT count(*) FROM tickets WHERE assignee_id IS NOT NULL") == 1


async def test_promises_by_priority(api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection) -> None:
    ticket = await opened(api, ada)
    await connection.execute("UPDATE tickets SET opened_at = $1, breaks_at = NULL", OPENED)
    done = await do(
        api, "ticketPrioritySet", agent, "priority sla { firstResponseDueAt }", ticketId=ticket, priority="URGENT"
    )
    assert done["ticket"] == {"priority": "URGENT", "sla": {"firstResponseDueAt": "2026-03-02T10:30:00Z"}}


async def test_tags_a_ticket(api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection) -> None:
    ticket = await opened(api, ada)
    done = await do(api, "ticketTagsSet", agent, "handling { tags }", ticketId=ticket, tags=["VIP", "late  parcel"])
    assert done["ticket"] == {"handling": {"tags": ["late parcel", "vip"]}}
    refused = await do(api, "ticketTagsSet", agent, "id", ticketId=ticket, tags=[""])
    assert refusals(refused) == [("BAD_USER_INPUT", ["tags"])]
    assert await connection.fetchval("SELECT tags FROM tickets") == ["late parcel", "vip"]


async def test_lets_nobody_send_the_file_of_another(api: Api, ada: Viewer, agent: Viewer) -> None:
    ticket = await opened(api, ada)
    sends = "attachments { uploadPath }"
    added = await do(api, "ticketAttachmentAdd", ada, sends, ticketId=ticket, fileName="a.png", mediaType="image/png")
    assert added["ticket"]["attachments"][0]["uploadPath"].startswith("/files/attachment-send/")
    done = await do(api, "ticketTagsSet", agent, sends, ticketId=ticket, tags=["b"])
    assert done["ticket"]["attachments"] == [{"uploadPath": None}]


MERGED = "number status messages { nodes { body } } attachments { fileName } handling { tags }"


async def test_merges_a_ticket_into_another(api: Api, ada: Viewer, agent: Viewer) -> None:
    one, two = await opened(api, ada, body="First"), await opened(api, ada, body="Second")
    await do(api, "ticketTagsSet", agent, ticketId=two, tags=["b"])
    await do(api, "ticketAttachmentAdd", ada, "id", ticketId=two, fileName="a.png", mediaType="image/png")
    done = await do(api, "ticketMerge", agent, MERGED, ticketId=two, intoId=one)
    assert done["ticket"] == {
        "number": f"T-{100_000 + key(one)}",
        "status": "NEW",
        "messages": {"nodes": [{"body": "First"}, {"body": "Second"}]},
        "attachments": [{"fileName": "a.png"}],
        "handling": {"tags": ["b"]},
    }
    api.context.viewer = ada
    query = "query ($id: ID!) { node(id: $id) { ... on Ticket { status mergedInto { id } allowedActions } } }"
    assert (await api.data(query, id=two))["node"] == {
        "status": "CLOSED",
        "mergedInto": {"id": one},
        "allowedActions": [],
    }
    refused = await do(api, "ticketReopen", agent, ticketId=two, reason="No.")
    assert refusals(refused) == [("CONFLICT", None)]


@pytest.mark.parametrize(
    "as_it_stands",
    [
        {"state": "AWAITING_CUSTOMER"},
        {"state": "RESOLVED", "resolved_at": OPENED},
        {"breaks_at": OPENED, "first_response_due_at": OPENED},
    ],
    ids=["awaited", "resolved", "late"],
)
async def test_merges_a_ticket_however_it_stands(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection, as_it_stands: dict[str, Any]
) -> None:
    into = await opened(api, ada)
    ticket = await tickets.ticket(connection, ada.customer_id, **as_it_stands)
    done = await do(api, "ticketMerge", agent, "id", ticketId=ids.encode("Ticket", ticket), intoId=into)
    assert done == {"ticket": {"id": into}, "userErrors": []}
    merged = await connection.fetchrow("SELECT state, merged_into_id FROM tickets WHERE id = $1", ticket)
    assert tuple(merged) == ("CLOSED", key(into))


async def test_merges_only_what_may_be_read_together(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection
) -> None:
    bob = await people.customer(connection)
    merchant = await catalogue.merchant(connection)
    plain = await tickets.ticket(connection, ada.customer_id)
    about = await tickets.ticket(connection, ada.customer_id, merchant_ids=[merchant])
    closed = await tickets.ticket(connection, ada.customer_id, state="CLOSED", closed_at=OPENED)
    theirs = await tickets.ticket(connection, bob.customer_id)
    before = await connection.fetch("SELECT * FROM tickets ORDER BY id"), await connection.fetch("TABLE ticket_steps")
    for into, code in (
        (plain, "BAD_USER_INPUT"),
        (theirs, "BAD_USER_INPUT"),
        (about, "BAD_USER_INPUT"),
        (closed, "CONFLICT"),
    ):
        given = {"ticketId": ids.encode("Ticket", plain), "intoId": ids.encode("Ticket", into)}
        refused = await do(api, "ticketMerge", agent, **given)
        assert [error["code"] for error in refused["userErrors"]] == [code]
    after = await connection.fetch("SELECT * FROM tickets ORDER BY id"), await connection.fetch("TABLE ticket_steps")
    assert after == before
