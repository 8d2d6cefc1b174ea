"""An order is shown ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, MerchantRole, PartnerKind, PlatformRole, Scope, Viewer
from graph import ids
from tests.factories import catalogue, orders, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import DOCUMENTS, Api

MINE = (DOCUMENTS / "orders.graphql").read_text(encoding="utf-8")
ORDER = """query ($id: ID!) { order(id: $id) {
    number customer { displayName } email total { amount } cost { total { amount } } refundedTotal { amount }
    lines { totalCount nodes { sku } } parts { merchant { name } } payments { amount { amount } } priceTrace { label }
} }"""


@pytest.fixture
async def ada(connection: asyncpg.Connection) -> Viewer:
    return await people.customer(connection)


@pytest.fixture
async def order_id(connection: asyncpg.Connection, shop: SmallShop, ada: Viewer) -> int:
    """An order of Ada's: one piece at 1.00 from the lamps' merchant, and one from Bob."""
    made = await orders.order(connection, shop.ada, shop.small, customer_id=ada.customer_id)
    await orders.part(connection, made["Order"], shop.bob, shop.seat)
    return made["Order"]


def whole() -> dict[str, Any]:
    return {
        "customer": None,
        "email": "ada@example.com",
        "total": {"amount": "2.00"},
        "cost": {"total": {"amount": "2.00"}},
        "refundedTotal": {"amount": "0.00"},
        "lines": {"totalCount": 2, "nodes": [{"sku": "L-1"}, {"sku": "L-1"}]},
        "parts": [{"merchant": {"name": "Ada's Lamps"}}, {"merchant": {"name": "Bob"}}],
        "payments": [{"amount": {"amount": "2.00"}}],
        "priceTrace": [{"label": "Lamp"}],
    }


async def shown(api: Api, viewer: Viewer, order_id: int) -> Any:
    api.context.viewer = viewer
    found = (await api.data(ORDER, id=ids.encode("Order", order_id)))["order"]
    if found is not None:
        found.pop("number")
    return found


async def test_whole_to_its_customer_its_token_and_the_platform(
    api: Api, connection: asyncpg.Connection, ada: Viewer, order_id: int
) -> None:
    partner = Viewer(partner_id=1, partner_kind=PartnerKind.INVOICE, scopes=frozenset({Scope.ORDERS_READ}))
    for viewer in (Viewer(cart_token=orders.TOKEN), partner):
        assert await shown(api, viewer, order_id) == whole(), viewer
    name = await connection.fetchval("SELECT display_name FROM customers WHERE id = $1", ada.customer_id)
    for viewer in [ada, *[await people.staff(connection, role) for role in PlatformRole]]:
        assert await shown(api, viewer, order_id) == whole() | {"customer": {"displayName": name}}, viewer


async def test_in_part_to_who_sells_in_it(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, order_id: int
) -> None:
    partner = Viewer(
        partner_id=1,
        partner_kind=PartnerKind.DELIVERY,
        partner_merchant_id=shop.bob,
        scopes=frozenset({Scope.ORDERS_READ}),
    )
    for viewer in [partner, *[await people.member(connection, shop.bob, role) for role in MerchantRole]]:
        assert await shown(api, viewer, order_id) == {
            "customer": None,
            "email": None,
            "total": {"amount": "1.00"},
            "cost": {"total": {"amount": "1.00"}},
            "refundedTotal": {"amount": "0.00"},
            "lines": {"totalCount": 1, "nodes": [{"sku": "L-1"}]},
            "parts": [{"merchant": {"name": "Bob"}}],
            "payments": [],
            "priceTrace": [],
        }, viewer


async def test_to_nobody_else(api: Api, connection: asyncpg.Connection, shop: SmallShop, order_id: int) -> None:
    others = [
        VISITOR,
        Viewer(cart_token="another"),
        await people.customer(connection),
        await people.member(connection, shop.carl, MerchantRole.OWNER),
        Viewer(partner_id=1, partner_kind=PartnerKind.INVOICE, scopes=frozenset({Scope.EVENTS_READ})),
        Viewer(partner_id=1, partner_merchant_id=shop.carl, scopes=frozenset(Scope)),
    ]
    for viewer in others:
        assert await shown(api, viewer, order_id) is None, viewer
        node = await api.data("query ($id: ID!) { node(id: $id) { id } }", id=ids.encode("Order", order_id))
        assert node == {"node": None}
    api.context.viewer = VISITOR
    assert (await api.data(ORDER, id=ids.encode("Cart", order_id)))["order"] is None


async def test_with_its_payments_as_objects_to_who_sees_all_of_it(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, ada: Viewer, order_id: int
) -> None:
    api.context.viewer = ada
    (shown,) = (
        await api.data("query ($id: ID!) { order(id: $id) { payments { id } } }", id=ids.encode("Order", order_id))
    )["order"]["payments"]
    key = await connection.fetchval("SELECT id FROM payments WHERE order_id = $1", order_id)
    assert shown == {"id": ids.encode("Payment", key)}
    seller = await people.member(connection, shop.bob, MerchantRole.OWNER)
    found = {"node": {"amount": {"amount": "2.00"}, "status": "CAPTURED"}}
    for viewer, expected in ((ada, found), (Viewer(cart_token=orders.TOKEN), found), (seller, {"node": None})):
        api.context.viewer = viewer
        query = "query ($id: ID!) { node(id: $id) { ... on Payment { amount { amount } status } } }"
        assert await api.data(query, **shown) == expected


@pytest.mark.parametrize("count", [1, 20])
async def test_with_its_customer_by_one_statement_for_all_of_them(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, count: int
) -> None:
    for _ in range(count):
        await orders.order(
            connection, shop.ada, shop.small, customer_id=(await people.customer(connection)).customer_id
        )
    await orders.order(connection, shop.ada, shop.small)
    api.context.viewer = await people.staff(connection, PlatformRole.AGENT)
    query = "{ orders(first: 50) { nodes { id customer { id } } } }"
    listed = (await api.data(query))["orders"]["nodes"]
    assert api.statements == 2
    rows = await connection.fetch("SELECT customer_id FROM orders ORDER BY id DESC")
    assert [order["customer"] for order in listed] == [
        row["customer_id"] and {"id": ids.encode("Customer", row["customer_id"])} for row in rows
    ]
    assert listed[0]["customer"] is None


async def test_with_its_own_lines_alone_as_a_line_of_a_merchants(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, order_id: int
) -> None:
    api.context.viewer = await people.member(connection, shop.bob, MerchantRole.PACKER)
    rows = await connection.fetch("SELECT id FROM order_lines WHERE order_id = $1 ORDER BY id", order_id)
    nodes = await api.data(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on OrderLine { merchant { name } } } }",
        ids=[ids.encode("OrderLine", row["id"]) for row in rows],
    )
    assert nodes == {"nodes": [None, {"merchant": {"name": "Bob"}}]}


@pytest.mark.parametrize("count", [1, 20])
async def test_among_my_orders_with_five_statements_however_many_there_are(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, ada: Viewer, count: int
) -> None:
    for _ in range(count):
        made = await orders.order(connection, shop.ada, shop.small, customer_id=ada.customer_id)
        product_id = await catalogue.product(connection, shop.ada, category_id=shop.lamps)
        await connection.execute("UPDATE order_lines SET product_id = $2 WHERE id = $1", made["OrderLine"], product_id)
    api.context.viewer = ada
    answer = (await api.data(MINE))["viewer"]["customer"]["orders"]["nodes"]
    assert api.statements == 5
    assert len(answer) == count
    assert [order["number"] for order in answer] == sorted((order["number"] for order in answer), key=len, reverse=True)
    assert answer[0]["lines"]["nodes"][0]["merchant"] == {"name": "Ada's Lamps"}
    assert answer[0]["lines"]["nodes"][0]["product"]["category"]["name"] == "Lamps"


async def test_page_by_page_among_a_customers_orders(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, ada: Viewer
) -> None:
    made = [(await orders.order(connection, shop.ada, shop.small, customer_id=ada.customer_id))["Order"] for _ in "123"]
    await orders.order(connection, shop.ada, shop.small, customer_id=(await people.customer(connection)).customer_id)
    api.context.viewer = ada
    query = """query ($after: String) { viewer { customer { orders(first: 2, after: $after) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
    first = (await api.data(query))["viewer"]["customer"]["orders"]
    assert first["totalCount"] == 3
    assert first["pageInfo"]["hasNextPage"] is True
    second = (await api.data(query, after=first["pageInfo"]["endCursor"]))["viewer"]["customer"]["orders"]
    found = [node["id"] for page in (first, second) for node in page["nodes"]]
    assert found == [ids.encode("Order", order_id) for order_id in reversed(made)]
