"""A cart takes as many statements for one line as for twenty, of as many merchants, ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import Viewer
from graph import ids
from tests.factories import cart_terms, catalogue, club, people
from tests.factories.small_shop import SmallShop
from tests.graph.carts import BONN, line, send
from tests.graph.conftest import Api

GUEST = {
    "CartCreate": 5,
    "CartLinesAdd": 6,
    "CartLinesUpdate": 6,
    "CartCouponsSet": 7,
    "CartPointsSet": 5,
    "CartDeliverySet": 5,
    "everything": 6,
}
CUSTOMER = {
    "CartCreate": 6,
    "CartLinesAdd": 6,
    "CartLinesUpdate": 6,
    "CartCouponsSet": 7,
    "CartPointsSet": 5,
    "CartDeliverySet": 5,
    "everything": 8,
}
"""How many statements each takes: those of the change, and those that read the cart anew for the answer.

A coupon's code that is new to the cart takes one to look whether there is such a coupon, and another if there is none.
"""
EVERYTHING = """query ($id: ID!) { cart(id: $id) {
    id version email address { city } deliveryMethod pointsAsked pointsUsed pointsEarned
    lines(first: 50) { totalCount nodes { id quantity name variant { sku product { name } } unitPrice { amount }
        total { amount } discount { amount } discountedTotal { amount } tax { amount } pointsEarned } }
    savedLines { totalCount }
    cost { subtotal { amount } discount { amount } shipping { amount } tax { amount } total { amount } taxIncluded }
    priceTrace { kind label amount { amount } applied reason }
    problems { code message lineId }
    merchants { merchant { name } cost { total { amount } } delivery { code }
        deliveryOptions { code price { amount } } }
    deliveryOptions { code label price { amount } }
    coupons { code applied reason missing { code } }
    couponAdvice { best { codes total { amount } } exhaustive }
    gifts { quantity variant { sku } }
} }"""


@pytest.fixture
async def variants(connection: asyncpg.Connection, shop: SmallShop) -> list[int]:
    """Twenty variants of as many merchants."""
    assert shop
    made = []
    for number in range(20):
        merchant = await catalogue.merchant(connection)
        product = await catalogue.product(connection, merchant, category_id=shop.lamps)
        made.append(await catalogue.variant(connection, product, prices={"USD": 1000 + number}))
        await cart_terms.method(connection, 100 + number, merchant_id=merchant)
        await catalogue.insert(
            connection,
            "stock_levels",
            variant_id=made[-1],
            on_hand=5,
            warehouse_id=await catalogue.warehouse(connection, merchant),
        )
    await cart_terms.region(connection, "DE", {"standard": 1900}, inclusive=True)
    await cart_terms.rates(connection)
    await club.levels(connection)
    return made


async def counted(api: Api, variants: list[int]) -> dict[str, Any]:
    """Count what each operation of the client's document takes, and a question about everything."""
    found = {}
    cart = (await send(api, "CartCreate", lines=[line(variant) for variant in variants]))["cart"]
    found["CartCreate"] = api.statements
    lines = cart["lines"]["nodes"]
    assert len(lines) == len(variants)
    await send(api, "CartLinesAdd", cartId=cart["id"], lines=[line(variant) for variant in variants])
    found["CartLinesAdd"] = api.statements
    updates = [{"lineId": each["id"], "quantity": 3} for each in lines]
    await send(api, "CartLinesUpdate", cartId=cart["id"], lines=updates)
    found["CartLinesUpdate"] = api.statements
    await send(api, "CartCouponsSet", cartId=cart["id"], codes=["NONE"])
    found["CartCouponsSet"] = api.statements
    await send(api, "CartPointsSet", cartId=cart["id"], points=100)
    found["CartPointsSet"] = api.statements
    given = {"email": "ada@example.com", "address": BONN, "method": "standard"}
    answer = await send(api, "CartDeliverySet", cartId=cart["id"], **given)
    found["CartDeliverySet"] = api.statements
    assert {each["code"] for each in answer["cart"]["problems"]} <= {"COUPON_REJECTED", "POINTS_REDUCED"}
    everything = await api.data(EVERYTHING, id=cart["id"])
    found["everything"] = api.statements
    assert len(everything["cart"]["merchants"]) == len(variants)
    return found


async def test_of_a_guest(api: Api, variants: list[int]) -> None:
    one, twenty = await counted(api, variants[:1]), await counted(api, variants)
    assert one == twenty
    assert one == GUEST


async def test_of_a_customer(api: Api, variants: list[int], connection: asyncpg.Connection) -> None:
    customer = await people.customer(connection)
    await club.points(connection, customer.customer_id or 0, 1000)
    api.context.viewer = customer
    one, twenty = await counted(api, variants[:1]), await counted(api, variants)
    assert one == twenty
    assert one == CUSTOMER


async def test_whoever_asks_for_many_carts_at_once(
    api: Api, variants: list[int], connection: asyncpg.Connection
) -> None:
    customer = await people.customer(connection)
    api.context.viewer = Viewer(customer_id=customer.customer_id)
    carts = [(await send(api, "CartCreate", lines=[line(each)]))["cart"]["id"] for each in variants]
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Cart {
        cost { total { amount } } lines { nodes { id discount { amount } } } } } }"""
    taken = []
    for count in (1, 20):
        found = await api.data(query, ids=carts[:count])
        assert all(node["cost"]["total"]["amount"] for node in found["nodes"])
        taken.append(api.statements)
    assert taken[0] == taken[1]
    assert ids.decode(carts[0])[0] == "Cart"
