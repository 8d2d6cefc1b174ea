"""Giving back a part of an order ..."""

from typing import Any

import asyncpg
import pytest

from domain import inventory
from domain.access import MerchantRole, Viewer
from graph import ids
from models.database import Database
from services import stock_audit
from tests.factories import bought, catalogue, people
from tests.factories.bought import Bought, Buying
from tests.graph.conftest import Api

REFUND = """
mutation ($id: ID!, $lines: [RefundLineInput!]! = [], $shipping: [RefundShippingInput!]! = []) {
    orderRefund(input: { orderId: $id, lines: $lines, shipping: $shipping, reason: LATE, note: "Sorry",
                         idempotencyKey: "once" }) {
        refund { amount { amount } note status lines { quantity amount { amount } line { quantity } } }
        userErrors { code field ... on NotAvailableError { available } ... on InvalidStateError { status } } } }
"""


class Sold:
    """Two lamps at 10.00, 5.90 for the delivery; the ids of order, line and merchant, and who may refund."""

    def __init__(self, order: Bought, merchant_id: int, manager: Viewer) -> None:
        self.id, self.manager = ids.encode("Order", order.order_id), manager
        self.line, self.merchant = ids.encode("OrderLine", order.lines[0]), ids.encode("Merchant", merchant_id)


@pytest.fixture
async def sold(database: Database, connection: asyncpg.Connection) -> Sold:
    ada = await catalogue.merchant(connection)
    order = await bought.buy(database, Buying([await bought.piece(connection, ada, 1_000, 2)], shipping=590))
    return Sold(order, ada, await people.member(connection, ada, MerchantRole.MANAGER))


def euros(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


async def asked(api: Api, sold: Sold, **given: Any) -> Any:
    api.context.viewer = sold.manager
    return (await api.data(REFUND, id=sold.id, **given))["orderRefund"]


async def test_tells_what_of_lines_and_deliveries(api: Api, sold: Sold) -> None:
    lines = [{"lineId": sold.line, "amount": euros("3.33")}]
    shipping = [{"merchantId": sold.merchant, "amount": euros("0.90")}]
    answer = await asked(api, sold, lines=lines, shipping=shipping)
    assert answer["userErrors"] == []
    refund = answer["refund"]
    assert (refund["amount"], refund["note"], refund["status"]) == ({"amount": "4.23"}, "Sorry", "SUCCEEDED")
    assert answer["refund"]["lines"] == [
        {"quantity": 0, "amount": {"amount": "3.33"}, "line": {"quantity": 2}},
        {"quantity": 0, "amount": {"amount": "0.90"}, "line": None},
    ]


async def test_tells_of_all_that_is_left_of_a_delivery(api: Api, sold: Sold) -> None:
    answer = await asked(api, sold, shipping=[{"merchantId": sold.merchant}])
    assert answer["refund"]["amount"] == {"amount": "5.90"}


@pytest.mark.parametrize(
    ("lines", "shipping", "error"),
    [
        ([{"quantity": 3}], [], {"code": "REFUND_EXCEEDS", "field": ["lines", "0", "quantity"], "available": 2}),
        (
            [{"amount": euros("20.01")}],
            [],
            {"code": "REFUND_EXCEEDS", "field": ["lines", "0", "amount"], "available": 2_000},
        ),
        (
            [{"amount": euros("1.00", "USD")}],
            [],
            {"code": "BAD_USER_INPUT", "field": ["lines", "0", "amount", "currency"]},
        ),
        ([{"amount": euros("1.001")}], [], {"code": "BAD_USER_INPUT", "field": ["lines", "0", "amount", "amount"]}),
        ([{}], [], {"code": "BAD_USER_INPUT", "field": ["lines", "0", "quantity"]}),
        ([{"quantity": 1}] * 2, [], {"code": "BAD_USER_INPUT", "field": ["lines", "1", "lineId"]}),
        ([], [{}] * 2, {"code": "BAD_USER_INPUT", "field": ["shipping", "1", "merchantId"]}),
        ([], [], {"code": "BAD_USER_INPUT", "field": ["lines"]}),
        (
            [],
            [{"amount": euros("5.91")}],
            {"code": "REFUND_EXCEEDS", "field": ["shipping", "0", "amount"], "available": 590},
        ),
    ],
)
async def test_says_what_is_wrong_and_gives_nothing(
    api: Api,
    sold: Sold,
    connection: asyncpg.Connection,
    lines: list[dict[str, Any]],
    shipping: list[dict[str, Any]],
    error: dict[str, Any],
) -> None:
    answer = await asked(
        api,
        sold,
        lines=[{"lineId": sold.line, **each} for each in lines],
        shipping=[{"merchantId": sold.merchant, **each} for each in shipping],
    )
    assert answer == {"refund": None, "userErrors": [error]}
    assert await connection.fetchval("SELECT count(*) FROM refunds") == 0


async def test_says_where_the_order_stands_that_has_nothing_left(api: Api, sold: Sold) -> None:
    assert (await asked(api, sold, lines=[{"lineId": sold.line, "quantity": 2}]))["userErrors"] == []
    document = REFUND.replace('"once"', '"twice"')
    again = await api.data(document, id=sold.id, lines=[{"lineId": sold.line, "quantity": 1}])
    assert again["orderRefund"]["userErrors"] == [{"code": "INVALID_STATE", "field": None, "status": "CANCELLED"}]


async def test_puts_back_into_stock_what_can_be_counted_there(
    api: Api, sold: Sold, database: Database, connection: asyncpg.Connection
) -> None:
    await bought.send(database, sold.manager, ids.decode(sold.id)[1])
    await connection.execute("UPDATE stock_levels SET on_hand = $1", inventory.UNITS_MAX - 1)
    api.context.viewer = sold.manager
    answer = await api.data(
        """mutation ($id: ID!, $line: ID!) { orderRefund(input: { orderId: $id, reason: OTHER, restock: true,
            lines: [{ lineId: $line, quantity: 2 }], idempotencyKey: "r" }) {
            refund { amount { amount } } userErrors { code } } }""",
        id=sold.id,
        line=sold.line,
    )
    assert answer["orderRefund"] == {"refund": {"amount": {"amount": "20.00"}}, "userErrors": []}
    assert await connection.fetchval("SELECT on_hand FROM stock_levels") == inventory.UNITS_MAX
    assert (await stock_audit.audit(connection)).findings == ()
