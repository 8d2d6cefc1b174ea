"""The partners' document, sent as it stands, ..."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain.access import Scope, Viewer
from graph import ids
from graph.operations import Answer
from services import outbox
from tests.factories import orders, people, tickets
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import DOCUMENTS, Api

SOURCE = (DOCUMENTS / "partner_events.graphql").read_text(encoding="utf-8")


def stream(api: Api, name: str, viewer: Viewer, **variables: Any) -> AsyncGenerator[Answer, None]:
    operation = api.operations.prepare(SOURCE, name, variables, transport="websocket")
    return api.operations.stream(operation, replace(api.context, viewer=viewer).fresh(), transport="websocket")


async def data(events: AsyncGenerator[Answer, None]) -> Any:
    answer = await asyncio.wait_for(anext(events), 30)
    assert not answer.errors, answer.errors
    return answer.data


async def pulled(api: Api, viewer: Viewer, **variables: Any) -> Any:
    operation = api.operations.prepare(SOURCE, "PartnerEventsPull", variables, transport="http")
    context = replace(api.context, viewer=viewer).fresh()
    answer = await api.operations.answer(operation, context, transport="http")
    assert not answer.errors, answer.errors
    return answer.data and answer.data["events"]


class Story:
    """A product changed, an order was placed, a ticket opened about it."""

    def __init__(self, shop: SmallShop, customer: Viewer, order: int, ticket: int) -> None:
        self.customer, self.order, self.ticket = customer, order, ticket
        self.subjects = {
            "Product": {
                "__typename": "Product",
                "id": ids.encode("Product", shop.lamp),
                "slug": "lamp",
                "name": "Lamp",
            },
            "Order": {
                "__typename": "Order",
                "id": ids.encode("Order", order),
                "number": "S1",
                "status": "PAID",
                "total": {"amount": "1.00", "currency": "USD"},
            },
            "Ticket": {
                "__typename": "Ticket",
                "id": ids.encode("Ticket", ticket),
                "number": f"T-{100_000 + ticket}",
                "status": "NEW",
            },
        }


@pytest.fixture
async def story(connection: asyncpg.Connection, shop: SmallShop) -> Story:
    customer = await people.customer(connection)
    made = await orders.order(connection, shop.ada, shop.small, customer_id=customer.customer_id, number="S1")
    ticket = await tickets.ticket(connection, customer.customer_id, merchant_ids=[shop.ada])
    told = [("PRODUCT_CHANGED", "product", shop.lamp), ("ORDER_PLACED", "order", made["Order"])]
    for event_type, noun, key in [*told, ("TICKET_OPENED", "ticket", ticket)]:
        await outbox.append_many(connection, event_type=event_type, subject_type=noun, subjects=[(key, 1)])
    return Story(shop, customer, made["Order"], ticket)


async def test_answers_with_what_the_scopes_cover(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, story: Story
) -> None:
    partner = await people.partner(connection, shop.ada)
    seen = {
        "all": (partner, ["Product", "Order", "Ticket"]),
        "platform": (await people.partner(connection), ["Product", "Order", "Ticket"]),
        "events": (replace(partner, scopes=frozenset({Scope.EVENTS_READ})), ["Product"]),
        "orders": (replace(partner, scopes=frozenset({Scope.EVENTS_READ, Scope.ORDERS_READ})), ["Product", "Order"]),
        "another merchant's": (await people.partner(connection, shop.bob), []),
    }
    for name, (viewer, types) in seen.items():
        nodes = (await pulled(api, viewer))["nodes"]
        subjects = [node["subject"] for node in nodes]
        assert subjects == [story.subjects[each] for each in types], name
        assert [node["subjectId"] for node in nodes] == [subject["id"] for subject in subjects], name


@pytest.mark.usefixtures("following_changes")
async def test_follows_from_where_it_was_left(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, story: Story
) -> None:
    partner = await people.partner(connection, shop.ada)
    first = await pulled(api, partner, first=1)
    assert first["pageInfo"]["hasNextPage"] is True
    after = first["pageInfo"]["endCursor"]
    events = stream(api, "PartnerEvents", partner, after=after, types=["ORDER_PLACED", "ORDER_CANCELLED"])
    placed = (await data(events))["events"]
    assert (placed["type"], placed["subject"]) == ("ORDER_PLACED", story.subjects["Order"])
    await connection.execute("UPDATE orders SET status = 'CANCELLED' WHERE id = $1", story.order)
    await outbox.append_many(
        connection, event_type="ORDER_CANCELLED", subject_type="order", subjects=[(story.order, 2)]
    )
    cancelled = (await data(events))["events"]
    assert (cancelled["type"], cancelled["subjectVersion"]) == ("ORDER_CANCELLED", 2)
    assert cancelled["subject"]["status"] == "CANCELLED"
    await events.aclose()


@pytest.mark.usefixtures("following_changes")
async def test_follows_an_order_and_a_ticket(api: Api, connection: asyncpg.Connection, story: Story) -> None:
    order, ticket = ids.encode("Order", story.order), ids.encode("Ticket", story.ticket)
    ordered = stream(api, "OrderUpdated", story.customer, orderId=order)
    ticketed = stream(api, "TicketUpdated", story.customer, ticketId=ticket)
    assert await data(ordered) == {
        "orderUpdated": {"id": order, "status": "PAID", "payments": [{"status": "CAPTURED"}]}
    }
    updated = (await data(ticketed))["ticketUpdated"]
    assert (updated["id"], updated["status"]) == (ticket, "NEW")
    assert [message["body"] for message in updated["messages"]["nodes"]] == ["Please help."]
    await tickets.message(connection, story.ticket, party="AGENT", body="At once.")
    await tickets.message(connection, story.ticket, party="AGENT", body="Between us.", internal=True)
    await outbox.append_many(
        connection, event_type="TICKET_REPLIED", subject_type="ticket", subjects=[(story.ticket, 2)]
    )
    updated = (await data(ticketed))["ticketUpdated"]
    assert [message["body"] for message in updated["messages"]["nodes"]] == ["Please help.", "At once."]
    stranger = await people.customer(connection)
    for name, variables in (("OrderUpdated", {"orderId": order}), ("TicketUpdated", {"ticketId": ticket})):
        assert [answer async for answer in stream(api, name, stranger, **variables)] == []
    for each in (ordered, ticketed):
        await each.aclose()
