"""An order of two merchants goes wrong: complaint, investigation, partial refund, rating, and ..."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from models.database import Database
from services import ledger_audit
from tests.factories import bought, catalogue, people
from tests.factories.bought import NOW, Buying
from tests.graph import carts, tickets
from tests.graph.carts import ORDER_CARE
from tests.graph.conftest import Api

STORY = """query ($id: ID!) { node(id: $id) { ... on Ticket {
    status allowedActions
    customer { displayName } merchants { name } handling { tags }
    messages { nodes { author { displayName } body } } history { nodes { action } }
    order { number refundedTotal { amount } lines { nodes { name } } } } } }"""
EVENTS = "{ events(first: 100) { nodes { type subject { ... on Ticket { subject } } } } }"


@dataclass
class Story:
    """Bea has bought a lamp of Ada's and a chair of Bob's; the lamp arrives broken."""

    api: Api
    order: str
    line: str
    bea: Viewer
    agent: Viewer
    ada: Viewer
    bob: Viewer
    courier: Viewer
    others_courier: Viewer
    ticket: str = ""

    async def step(self, operation: str, viewer: Viewer, **given: Any) -> str:
        """Send an operation of the clients' document; gives what the ticket is at then."""
        payload = await tickets.send(self.api, operation, viewer, ticketId=self.ticket, **given)
        assert payload["userErrors"] == []
        return str(payload["ticket"]["status"])

    async def seen(self, viewer: Viewer) -> Any:
        self.api.context.viewer = viewer
        return (await self.api.data(STORY, id=self.ticket))["node"]

    async def told(self, viewer: Viewer) -> list[str]:
        """Name the events of tickets that somebody may follow; their subject is the ticket as it may be seen."""
        self.api.context.viewer = viewer
        everything = (await self.api.data(EVENTS))["events"]["nodes"]
        found = [each for each in everything if each["type"].startswith("TICKET_")]
        assert {each["subject"]["subject"] for each in found} <= {"Broken lamp"}
        return [each["type"] for each in found]


@pytest.fixture
async def story(api: Api, database: Database, connection: asyncpg.Connection) -> Story:
    ada, bob = await catalogue.merchant(connection, name="Ada"), await catalogue.merchant(connection, name="Bob")
    bea = await people.customer(connection, display_name="Bea")
    pieces = [await bought.piece(connection, ada, 2_990, 2), await bought.piece(connection, bob, 10_000)]
    order = await bought.buy(database, Buying(pieces, customer_id=bea.customer_id, shipping=590))
    agent = await people.staff(connection, PlatformRole.AGENT)
    await catalogue.insert(connection, "customers", account_id=agent.account_id, display_name="Arun")
    return Story(
        api,
        ids.encode("Order", order.order_id),
        ids.encode("OrderLine", order.lines[0]),
        bea,
        agent,
        ada=await people.member(connection, ada, MerchantRole.MANAGER),
        bob=await people.member(connection, bob, MerchantRole.MANAGER),
        courier=await people.partner(connection, ada),
        others_courier=await people.partner(connection, bob),
    )


async def test_each_sees_what_each_may(story: Story, connection: asyncpg.Connection) -> None:
    opened = await tickets.do(
        story.api,
        "ticketOpen",
        story.bea,
        "id",
        subject="Broken lamp",
        body="One of the two lamps is broken.",
        kind="COMPLAINT",
        orderId=story.order,
        orderLineId=story.line,
    )
    story.ticket = opened["ticket"]["id"]
    assert await story.seen(story.bob) is None
    assert await story.step("TicketAccept", story.agent) == "ACCEPTED"
    assert await story.step("TicketInvestigate", story.agent, note="Second one this week.") == "INVESTIGATING"
    assert await story.step("TicketReply", story.agent, body="Ask the carrier?", internal=True) == "INVESTIGATING"
    assert await story.step("TicketReply", story.ada, body="We packed it well; sorry!") == "INVESTIGATING"

    # The merchant gives one of two lamps back.
    story.api.context.viewer = story.ada
    lines = [{"lineId": story.line, "quantity": 1}]
    refund = await carts.send(
        story.api, "OrderRefund", document=ORDER_CARE, orderId=story.order, lines=lines, key="once"
    )
    assert (refund["userErrors"], refund["refund"]["amount"]["amount"]) == ([], "29.90")
    assert await story.step("TicketResolve", story.agent, resolution="29.90 come back to you.") == "RESOLVED"
    assert await story.step("TicketRate", story.bea, score=4, comment="Quick.") == "RESOLVED"

    order = {"refundedTotal": {"amount": "29.90"}}
    public = [
        {"author": {"displayName": "Bea"}, "body": "One of the two lamps is broken."},
        {"author": {"displayName": "Ada"}, "body": "We packed it well; sorry!"},
        {"author": {"displayName": "Arun"}, "body": "29.90 come back to you."},
    ]
    steps = ["OPEN", "ACCEPT", "INVESTIGATE", "REPLY", "RESOLVE", "RATE"]

    # The customer: the whole order, and nothing internal.
    hers = await story.seen(story.bea)
    assert hers["messages"]["nodes"] == public
    assert [each["action"] for each in hers["history"]["nodes"]] == steps
    assert (hers["customer"], hers["handling"]) == ({"displayName": "Bea"}, None)
    assert {name: hers["order"][name] for name in order} == order
    assert len(hers["order"]["lines"]["nodes"]) == 2
    assert hers["allowedActions"] == ["REPLY", "CLOSE", "REOPEN"]

    # The agent: all of it.
    theirs = await story.seen(story.agent)
    assert [each["body"] for each in theirs["messages"]["nodes"]] == [
        public[0]["body"],
        "Second one this week.",
        "Ask the carrier?",
        public[1]["body"],
        public[2]["body"],
    ]
    assert theirs["handling"] == {"tags": []}
    assert [each["action"] for each in theirs["history"]["nodes"]] == [*steps[:3], "NOTE", *steps[3:]]

    # The merchant and its courier: their part of the order, not who the customer is, nothing internal.
    for viewer, actions in ((story.ada, ["REPLY"]), (story.courier, [])):
        part = await story.seen(viewer)
        assert (part["messages"]["nodes"], part["customer"], part["handling"]) == (public, None, None)
        assert len(part["order"]["lines"]["nodes"]) == 1
        assert part["order"]["refundedTotal"] == {"amount": "29.90"}
        assert part["allowedActions"] == actions
    for viewer in (story.bob, story.others_courier):
        assert await story.seen(viewer) is None

    # The couriers' events: each step that is not internal, of tickets about their merchant.
    assert await story.told(story.courier) == [
        "TICKET_OPENED",
        "TICKET_ACCEPTED",
        "TICKET_INVESTIGATED",
        "TICKET_REPLIED",
        "TICKET_RESOLVED",
        "TICKET_RATED",
    ]
    assert await story.told(story.others_courier) == []
    audit = await ledger_audit.audit(connection, now=NOW)
    assert audit.findings == ()
