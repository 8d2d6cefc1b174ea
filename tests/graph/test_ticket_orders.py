"""A ticket about an order ..."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import orders, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.tickets import do, opened, send

ABOUT = "customer { id } order { number } orderLine { id } merchants { name }"


@dataclass
class Bought:
    """An order of Ada's: one piece of Ada's Lamps, one of Bob."""

    ada: Viewer
    order: str
    number: str
    line: str


@pytest.fixture
async def bought(connection: asyncpg.Connection, shop: SmallShop) -> Bought:
    ada = await people.customer(connection)
    made = await orders.order(connection, shop.ada, shop.small, customer_id=ada.customer_id, number="S-7")
    other = await orders.part(connection, made["Order"], shop.bob, shop.seat)
    line = ids.encode("OrderLine", other["OrderLine"])
    return Bought(ada, ids.encode("Order", made["Order"]), "S-7", line)


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


async def test_concerns_its_merchants(api: Api, bought: Bought) -> None:
    made = await send(api, "TicketOpen", bought.ada, subject="S", body="B", kind="RETURN", orderId=bought.order)
    assert made["ticket"]["order"] == {"id": bought.order, "number": "S-7"}
    given = {"subject": "S", "body": "B", "kind": "RETURN"}
    whole = await do(api, "ticketOpen", bought.ada, ABOUT, **given, orderId=bought.order)
    customer = {"id": ids.encode("Customer", bought.ada.customer_id or 0)}
    both = [{"name": "Ada's Lamps"}, {"name": "Bob"}]
    assert whole["ticket"] == {
        "customer": customer,
        "order": {"number": "S-7"},
        "orderLine": None,
        "merchants": both,
    }
    line = await do(api, "ticketOpen", bought.ada, ABOUT, **given, orderId=bought.order, orderLineId=bought.line)
    assert (line["ticket"]["orderLine"], line["ticket"]["merchants"]) == ({"id": bought.line}, both[1:])


async def test_is_shown_with_the_order_to_whom_it_concerns(
    api: Api, bought: Bought, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    whole = await opened(api, bought.ada, orderId=bought.order)
    of_line = await opened(api, bought.ada, orderId=bought.order, orderLineId=bought.line)
    agent = await people.staff(connection, PlatformRole.AGENT)
    lamps = await people.member(connection, shop.ada, MerchantRole.PACKER)
    bob = await people.member(connection, shop.bob, MerchantRole.PACKER)
    query = "query ($id: ID!) { node(id: $id) { ... on Order { number tickets { id order { number } } } } }"
    for viewer, expected in (
        (bought.ada, [whole, of_line]),
        (agent, [whole, of_line]),
        (lamps, [whole]),
        (bob, [whole, of_line]),
    ):
        api.context.viewer = viewer
        node = (await api.data(query, id=bought.order))["node"]
        assert node == {"number": "S-7", "tickets": [{"id": each, "order": {"number": "S-7"}} for each in expected]}
    api.context.viewer = await people.customer(connection)
    assert (await api.data(query, id=bought.order))["node"] is None


async def test_is_opened_by_an_agent_or_a_merchants_staff_for_its_customer(
    api: Api, bought: Bought, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    agent = await people.staff(connection, PlatformRole.AGENT)
    bob = await people.member(connection, shop.bob, MerchantRole.PACKER)
    given = {"subject": "Sold out", "body": "Sorry.", "kind": "AFTER_SALES", "orderId": bought.order}
    selection = "customer { id } messages { nodes { author { displayName } } } merchants { name } allowedActions"
    by_agent = await do(api, "ticketOpen", agent, selection, **given)
    assert by_agent["ticket"]["customer"] == {"id": ids.encode("Customer", bought.ada.customer_id or 0)}
    by_bob = await do(api, "ticketOpen", bob, selection, **given)
    assert by_bob["ticket"] == {
        "customer": None,
        "messages": {"nodes": [{"author": {"displayName": "Bob"}}]},
        "merchants": [{"name": "Bob"}],
        "allowedActions": ["REPLY", "ATTACH"],
    }
    owners = await connection.fetch("SELECT DISTINCT customer_id FROM tickets")
    assert [row["customer_id"] for row in owners] == [bought.ada.customer_id]


async def test_is_refused_to_whom_the_order_does_not_concern(
    api: Api, bought: Bought, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    stranger = await people.customer(connection)
    lamps = await people.member(connection, shop.ada, MerchantRole.OWNER)
    agent = await people.staff(connection, PlatformRole.AGENT)
    given = {"subject": "S", "body": "B", "kind": "COMPLAINT"}
    other = ids.encode("Customer", stranger.customer_id or 0)
    cases: list[tuple[Viewer, dict[str, str], tuple[str, list[str]]]] = [
        (stranger, {"orderId": bought.order}, ("NOT_FOUND", ["orderId"])),
        (bought.ada, {"orderId": ids.encode("Order", 999_999)}, ("NOT_FOUND", ["orderId"])),
        (bought.ada, {"orderLineId": bought.line}, ("BAD_USER_INPUT", ["orderLineId"])),
        (lamps, {"orderId": bought.order, "orderLineId": bought.line}, ("NOT_FOUND", ["orderLineId"])),
        (bought.ada, {"customerId": other}, ("NOT_FOUND", ["customerId"])),
        (agent, {"orderId": bought.order, "customerId": other}, ("BAD_USER_INPUT", ["orderId"])),
        (agent, {}, ("NOT_FOUND", ["customerId"])),
    ]
    for viewer, more, expected in cases:
        assert refusals(await do(api, "ticketOpen", viewer, **given, **more)) == [expected], more
    assert await connection.fetchval("SELECT count(*) FROM tickets") == 0


async def test_of_a_guests_is_ones_own_who_holds_its_token(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    made = await orders.order(connection, shop.ada, shop.small)
    ada = await people.customer(connection)
    holder = Viewer(account_id=ada.account_id, customer_id=ada.customer_id, cart_token=orders.TOKEN)
    order = ids.encode("Order", made["Order"])
    given = {"subject": "S", "body": "B", "kind": "COMPLAINT", "orderId": order}
    opened_by_holder = await do(api, "ticketOpen", holder, "customer { id }", **given)
    assert opened_by_holder["ticket"] == {"customer": {"id": ids.encode("Customer", ada.customer_id or 0)}}
    assert refusals(await do(api, "ticketOpen", ada, **given)) == [("NOT_FOUND", ["orderId"])]
    agent = await people.staff(connection, PlatformRole.AGENT)
    assert refusals(await do(api, "ticketOpen", agent, **given)) == [("NOT_FOUND", ["customerId"])]
