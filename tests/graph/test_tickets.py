"""A ticket ..."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, MerchantRole, PlatformRole, Scope, Viewer
from graph import ids
from tests.factories import catalogue, people, tickets
from tests.graph.conftest import Api
from tests.graph.tickets import do, key, opened, send


@pytest.fixture
async def ada(connection: asyncpg.Connection) -> Viewer:
    return await people.customer(connection)


@pytest.fixture
async def agent(connection: asyncpg.Connection) -> Viewer:
    viewer = await people.staff(connection, PlatformRole.AGENT)
    await catalogue.insert(connection, "customers", account_id=viewer.account_id, display_name="Arun")
    return viewer


def refusal(code: str, field: list[str] | None = None) -> list[tuple[str, list[str] | None]]:
    return [(code, field)]


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


async def test_goes_its_whole_way_by_the_clients_document(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection
) -> None:
    made = await send(api, "TicketOpen", ada, subject=" My  lamp", body="It does not shine.\n", kind="COMPLAINT")
    assert made["userErrors"] == []
    ticket = made["ticket"]
    number = key(ticket["id"]) + 100_000
    first, step = ticket["messages"]["nodes"][0], ticket["history"]["nodes"][0]
    assert ticket == {
        "id": ticket["id"],
        "number": f"T-{number}",
        "kind": "COMPLAINT",
        "status": "NEW",
        "priority": "NORMAL",
        "subject": "My lamp",
        "customer": {"id": ids.encode("Customer", ada.customer_id or 0), "displayName": "Ada"},
        "order": None,
        "assignee": None,
        "allowedActions": ["REPLY", "CLOSE", "ATTACH"],
        "sla": {**ticket["sla"], "breached": False},
        "satisfaction": None,
        "messages": {"nodes": [{**first, "author": {"displayName": "Ada"}, "body": "It does not shine."}]},
        "history": {
            "nodes": [
                {
                    **step,
                    "action": "OPEN",
                    "actor": {"displayName": "Ada"},
                    "fromStatus": None,
                    "toStatus": "NEW",
                }
            ]
        },
    }
    assert first["internal"] is False
    assert ticket["sla"]["firstResponseDueAt"] < ticket["sla"]["resolutionDueAt"]
    of = {"ticketId": ticket["id"]}
    accepted = (await send(api, "TicketAccept", agent, **of))["ticket"]
    assert (accepted["status"], accepted["assignee"]["displayName"]) == ("ACCEPTED", "Arun")
    looked_into = (await send(api, "TicketInvestigate", agent, **of, note="A bad batch?"))["ticket"]
    assert (looked_into["status"], looked_into["messages"]["nodes"][-1]["internal"]) == ("INVESTIGATING", True)
    note = (await send(api, "TicketReply", agent, **of, body="It is.", internal=True))["ticket"]
    assert note["messages"]["nodes"][-1]["internal"] is True
    answer = (await send(api, "TicketReply", agent, **of, body="We send another one."))["ticket"]
    assert answer["messages"]["nodes"][-1]["author"] == {"displayName": "Arun"}
    resolved = (await send(api, "TicketResolve", agent, **of, resolution="Sent."))["ticket"]
    assert resolved["status"] == "RESOLVED"
    rated = await send(api, "TicketRate", ada, **of, score=4, comment=" Quick. ")
    assert (rated["userErrors"], rated["ticket"]["satisfaction"]) == ([], {"score": 4, "comment": "Quick."})
    (mine,) = (await send(api, "MyTickets", ada))["customer"]["tickets"]["nodes"]
    assert [each["body"] for each in mine["messages"]["nodes"]] == [
        "It does not shine.",
        "We send another one.",
        "Sent.",
    ]
    assert [each["action"] for each in mine["history"]["nodes"]] == [
        "OPEN",
        "ACCEPT",
        "INVESTIGATE",
        "REPLY",
        "RESOLVE",
        "RATE",
    ]
    events = await connection.fetch(
        "SELECT type, subject_version AS version, data FROM events WHERE subject_type = 'ticket' ORDER BY id"
    )
    assert [(event["type"], event["version"], event["data"]["internal"]) for event in events] == [
        ("TICKET_OPENED", 1, False),
        ("TICKET_ACCEPTED", 2, False),
        ("TICKET_INVESTIGATED", 3, False),
        ("TICKET_NOTED", 4, True),
        ("TICKET_REPLIED", 5, False),
        ("TICKET_RESOLVED", 6, False),
        ("TICKET_RATED", 7, False),
    ]


async def test_is_rated_once_and_when_it_is_resolved(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection
) -> None:
    ticket = await opened(api, ada)
    assert refusals(await do(api, "ticketRate", ada, ticketId=ticket, score=5)) == refusal("CONFLICT")
    await do(api, "ticketClose", ada, ticketId=ticket)
    wrong = await do(api, "ticketRate", ada, ticketId=ticket, score=6)
    assert refusals(wrong) == refusal("BAD_USER_INPUT", ["score"])
    assert (await do(api, "ticketRate", ada, ticketId=ticket, score=2))["userErrors"] == []
    before = await connection.fetchrow("SELECT * FROM tickets")
    again = await do(api, "ticketRate", ada, ticketId=ticket, score=5)
    assert again["userErrors"][0]["message"] == "The ticket has been rated already; it is rated once."
    assert refusals(await do(api, "ticketRate", agent, ticketId=ticket, score=5)) == refusal("NOT_FOUND")
    assert await connection.fetchrow("SELECT * FROM tickets") == before


async def test_is_refused_what_its_state_does_not_allow(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection
) -> None:
    ticket = await opened(api, ada)
    before = await connection.fetch("SELECT * FROM tickets"), await connection.fetch("SELECT * FROM ticket_steps")
    refused = await do(api, "ticketResolve", agent, ticketId=ticket, resolution="Done.")
    assert refused["userErrors"] == [
        {
            "code": "CONFLICT",
            "message": "The ticket is NEW: RESOLVE does not apply for the agent; what does: "
            "ACCEPT, REPLY, NOTE, ASSIGN, PRIORITISE, TAG, ATTACH, MERGE. Read it again.",
            "field": None,
        }
    ]
    assert refused["ticket"] is None
    noted = await do(api, "ticketReply", ada, ticketId=ticket, body="Psst", internal=True)
    assert refusals(noted) == refusal("CONFLICT")
    blank = await do(api, "ticketReply", ada, ticketId=ticket, body=" \n")
    assert refusals(blank) == refusal("BAD_USER_INPUT", ["body"])
    after = await connection.fetch("SELECT * FROM tickets"), await connection.fetch("SELECT * FROM ticket_steps")
    assert after == before
    assert await connection.fetchval("SELECT count(*) FROM ticket_messages") == 1


async def test_waits_for_the_customer_and_goes_on(api: Api, ada: Viewer, agent: Viewer) -> None:
    ticket = await opened(api, ada)
    await do(api, "ticketAccept", agent, ticketId=ticket)
    asked = await do(
        api, "ticketAwaitCustomer", agent, "status sla { resolutionDueAt }", ticketId=ticket, body="Which lamp?"
    )
    assert asked["ticket"] == {"status": "AWAITING_CUSTOMER", "sla": {"resolutionDueAt": None}}
    answered = await do(
        api,
        "ticketReply",
        ada,
        "status sla { nextResponseDueAt resolutionDueAt }",
        ticketId=ticket,
        body="The red one.",
    )
    assert answered["ticket"]["status"] == "INVESTIGATING"
    assert None not in answered["ticket"]["sla"].values()


async def test_is_opened_again(api: Api, ada: Viewer, agent: Viewer) -> None:
    ticket = await opened(api, ada)
    await do(api, "ticketAccept", agent, ticketId=ticket)
    await do(api, "ticketResolve", agent, ticketId=ticket, resolution="Done.")
    written = await do(api, "ticketReply", ada, "status resolvedAt", ticketId=ticket, body="No.")
    assert written["ticket"] == {"status": "REOPENED", "resolvedAt": None}
    await do(api, "ticketResolve", agent, ticketId=ticket, resolution="Done now.")
    await do(api, "ticketClose", agent, ticketId=ticket)
    closed = await do(api, "ticketReply", ada, ticketId=ticket, body="No.")
    assert refusals(closed) == refusal("CONFLICT")
    again = await do(api, "ticketReopen", ada, "status closedAt", ticketId=ticket, reason="It broke again.")
    assert again["ticket"] == {"status": "REOPENED", "closedAt": None}


async def test_is_opened_by_an_agent_for_a_customer(api: Api, ada: Viewer, agent: Viewer) -> None:
    whose = ids.encode("Customer", ada.customer_id or 0)
    ticket = await opened(api, agent, customerId=whose)
    api.context.viewer = ada
    selection = "customer { id } messages { nodes { author { party displayName } } }"
    seen = await api.data(f"query ($id: ID!) {{ node(id: $id) {{ ... on Ticket {{ {selection} }} }} }}", id=ticket)
    assert seen["node"] == {
        "customer": {"id": whose},
        "messages": {"nodes": [{"author": {"party": "AGENT", "displayName": "Arun"}}]},
    }


async def test_of_an_agent_is_another_agents_to_handle(api: Api, agent: Viewer, connection: asyncpg.Connection) -> None:
    customer_id = await connection.fetchval("SELECT id FROM customers WHERE account_id = $1", agent.account_id)
    himself = replace(agent, customer_id=customer_id)
    ticket = await opened(api, himself)
    assert refusals(await do(api, "ticketAccept", himself, ticketId=ticket)) == refusal("CONFLICT")
    other = await people.staff(connection, PlatformRole.AGENT)
    assert (await do(api, "ticketAccept", other, ticketId=ticket))["ticket"] == {"status": "ACCEPTED"}
    noted = await do(api, "ticketReply", other, ticketId=ticket, body="He is one of us.", internal=True)
    assert noted["userErrors"] == []
    api.context.viewer = himself
    query = """query ($id: ID!) { node(id: $id) { ... on Ticket {
        handling { tags } messages { totalCount nodes { body } } history { totalCount nodes { action } } } } }"""
    assert (await api.data(query, id=ticket))["node"] == {
        "handling": None,
        "messages": {"totalCount": 1, "nodes": [{"body": "It does not shine."}]},
        "history": {"totalCount": 2, "nodes": [{"action": "OPEN"}, {"action": "ACCEPT"}]},
    }


SEEN = """query ($id: ID!) { node(id: $id) { ... on Ticket {
    customer { displayName } merchants { name } handling { tags } allowedActions
    messages { totalCount nodes { body author { party displayName } } } history { totalCount nodes { action } } } } }"""


async def test_about_a_merchants_order_is_seen_by_each_party_as_far_as_it_may(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection
) -> None:
    bob, other = await catalogue.merchant(connection, name="Bob"), await catalogue.merchant(connection)
    packer = await people.member(connection, bob, MerchantRole.PACKER)
    stranger = await people.member(connection, other, MerchantRole.OWNER)
    partner = await people.partner(connection, bob)
    number = await tickets.ticket(connection, ada.customer_id, merchant_ids=[bob])
    ticket = ids.encode("Ticket", number)
    await do(api, "ticketReply", agent, ticketId=ticket, body="Careful.", internal=True)
    said = await do(api, "ticketReply", packer, ticketId=ticket, body="We look.")
    assert said["userErrors"] == []

    async def seen(viewer: Viewer) -> Any:
        api.context.viewer = viewer
        return (await api.data(SEEN, id=ticket))["node"]

    hers = await seen(ada)
    messages = [
        {"body": "Please help.", "author": {"party": "CUSTOMER", "displayName": "Ada"}},
        {"body": "We look.", "author": {"party": "MERCHANT", "displayName": "Bob"}},
    ]
    assert hers == {
        "customer": {"displayName": "Ada"},
        "merchants": [{"name": "Bob"}],
        "handling": None,
        "allowedActions": ["REPLY", "CLOSE", "ATTACH"],
        "messages": {"totalCount": 2, "nodes": messages},
        "history": {"totalCount": 2, "nodes": [{"action": "OPEN"}, {"action": "REPLY"}]},
    }
    assert await seen(packer) == {**hers, "customer": None, "allowedActions": ["REPLY", "ATTACH"]}
    assert await seen(partner) == {**hers, "customer": None, "allowedActions": []}
    handled = await seen(agent)
    assert handled["handling"] == {"tags": []}
    assert [each["body"] for each in handled["messages"]["nodes"]] == ["Please help.", "Careful.", "We look."]
    assert [each["action"] for each in handled["history"]["nodes"]] == [
        "OPEN",
        "NOTE",
        "BREACH",
        "BREACH",
        "REPLY",
    ]
    assert (handled["messages"]["totalCount"], handled["history"]["totalCount"]) == (3, 5)
    unscoped = replace(partner, scopes=frozenset({Scope.EVENTS_READ}))
    elsewhere = await people.partner(connection, other)
    for viewer in (stranger, unscoped, elsewhere, VISITOR, await people.customer(connection)):
        assert await seen(viewer) is None
        refused = await do(api, "ticketReply", viewer, ticketId=ticket, body="Hello")
        assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"]
    for mutation, more in (("ticketClose", {}), ("ticketReopen", {"reason": "No."})):
        assert refusals(await do(api, mutation, packer, ticketId=ticket, **more)) == refusal("CONFLICT")
    assert await connection.fetchval("SELECT count(*) FROM ticket_messages") == 3


async def test_is_not_opened_beyond_two_hundred(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    await connection.execute(
        """INSERT INTO tickets (customer_id, kind, priority, state, subject, opened_at, changed_at, due_at)
           SELECT $1, 'INQUIRY', 'NORMAL', 'NEW', 'x', now(), now(), now() FROM generate_series(1, 200)""",
        ada.customer_id,
    )
    payload = await do(api, "ticketOpen", ada, subject="One", body="More", kind="INQUIRY")
    assert refusals(payload) == refusal("CONFLICT")
    assert await connection.fetchval("SELECT count(*) FROM tickets") == 200
