"""After the purchase an order ..."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from models.database import Database
from services import access, ledger_audit
from tests.factories import bought, catalogue, people
from tests.factories.bought import NOW, Bought, Buying
from tests.graph.carts import ORDER_CARE, money, send
from tests.graph.conftest import Api

YEAR = datetime.now(UTC).year
CARE = """
fragment Care on Order {
    status refundedTotal { amount } allowedActions
    parts { status refundedTotal { amount } }
    fulfilments { status carrier trackingNumber trackingUrl lines { quantity line { name } } }
    refunds { status reason note amount { amount } pointsReturned
              lines { quantity cancelled restocked amount { amount } line { quantity } } }
    returns { status reason note decision lines { quantity received } }
    invoices { kind number total { amount } }
}
"""
SEND = (
    CARE
    + """
mutation ($id: ID!, $lines: [PiecesInput!], $key: String!) {
    fulfilmentCreate(input: { orderId: $id, lines: $lines, carrier: "Swift", trackingNumber: "S-1",
                              trackingUrl: "https://swift.example/S-1", idempotencyKey: $key }) {
        fulfilment { id status } order { ...Care } replayed userErrors { code message field } } }
"""
)
CONFIRM = (
    CARE
    + """
mutation ($id: ID!, $key: String!) {
    deliveryConfirm(input: { fulfilmentId: $id, idempotencyKey: $key }) {
        fulfilment { status deliveredAt } order { ...Care } userErrors { code message field } } }
"""
)
RETURN = """
mutation ($id: ID!, $lines: [PiecesInput!]!, $key: String!) {
    returnRequest(input: {
        orderId: $id, lines: $lines, reason: DOES_NOT_FIT, note: "Too small", idempotencyKey: $key }) {
        orderReturn { id status } userErrors { code message field } } }
"""
APPROVE = """
mutation ($id: ID!) { returnApprove(input: { returnId: $id, note: "To Bonn, please" }) {
    orderReturn { status decision } userErrors { code message field } } }
"""
RECEIVE = (
    CARE
    + """
mutation ($id: ID!, $key: String!) {
    returnReceive(input: { returnId: $id, restock: true, idempotencyKey: $key }) {
        orderReturn { status } refund { amount { amount } } order { ...Care } userErrors { code message field } } }
"""
)


class Shop:
    """Ada has sold three lamps at 29.90 to Bea, 5.90 for the delivery; Bob has sold her a chair in the same order."""

    def __init__(self, order: Bought, bea: Viewer, ada: int, viewers: dict[str, Viewer]) -> None:
        self.id, self.order, self.bea, self.ada, self.viewers = (
            ids.encode("Order", order.order_id),
            order,
            bea,
            ada,
            viewers,
        )
        self.lamps, self.chair = (ids.encode("OrderLine", line) for line in order.lines)


@pytest.fixture
async def sold(database: Database, connection: asyncpg.Connection) -> Shop:
    ada, bob = await catalogue.merchant(connection, name="Ada"), await catalogue.merchant(connection, name="Bob")
    bea = await people.customer(connection)
    pieces = [await bought.piece(connection, ada, 2_990, 3), await bought.piece(connection, bob, 10_000)]
    order = await bought.buy(database, Buying(pieces, customer_id=bea.customer_id, shipping=590))
    viewers = {
        "manager": await people.member(connection, ada, MerchantRole.MANAGER),
        "packer": await people.member(connection, ada, MerchantRole.PACKER),
        "agent": await people.staff(connection, PlatformRole.AGENT),
        "stranger": await people.customer(connection),
        "elsewhere": await people.member(connection, await catalogue.merchant(connection), MerchantRole.OWNER),
    }
    return Shop(order, bea, ada, viewers)


async def test_is_cancelled_by_its_customer_as_clients_send_it(
    api: Api, sold: Shop, connection: asyncpg.Connection
) -> None:
    api.context.viewer = sold.bea
    asked = {"document": ORDER_CARE, "orderId": sold.id, "key": "once"}
    answer = await send(api, "OrderCancel", **asked)
    assert answer == {
        "order": {
            "id": sold.id,
            "status": "CANCELLED",
            "refundedTotal": money("201.50", "EUR"),
            "allowedActions": [],
        },
        "userErrors": [],
    }
    assert await send(api, "OrderCancel", **asked) == answer
    again = await send(api, "OrderCancel", **{**asked, "key": "twice"})
    assert [error["code"] for error in again["userErrors"]] == ["INVALID_STATE"]
    assert await connection.fetchval("SELECT sum(amount) FROM payment_refunds") == 20_150
    assert await connection.fetchval("SELECT sum(reserved) FROM stock_levels") == 0


async def test_is_refunded_by_its_merchant_as_clients_send_it(
    api: Api, sold: Shop, connection: asyncpg.Connection
) -> None:
    api.context.viewer = sold.viewers["manager"]
    lines = [{"lineId": sold.lamps, "quantity": 1}]
    answer = await send(api, "OrderRefund", document=ORDER_CARE, orderId=sold.id, lines=lines, key="once")
    assert answer["userErrors"] == []
    refund = answer["refund"]
    assert refund == {
        "id": refund["id"],
        "status": "SUCCEEDED",
        "amount": money("29.90", "EUR"),
        "pointsReturned": 0,
    }
    # Ada's staff sees Ada's part.
    assert answer["order"] == {"id": sold.id, "status": "PAID", "refundedTotal": money("29.90", "EUR")}
    replayed = await send(api, "OrderRefund", document=ORDER_CARE, orderId=sold.id, lines=lines, key="once")
    assert replayed["refund"]["id"] == refund["id"]
    assert await connection.fetchval("SELECT refunded FROM orders") == 2_990
    lines = [{"lineId": sold.chair, "quantity": 1}]
    refused = await send(api, "OrderRefund", document=ORDER_CARE, orderId=sold.id, lines=lines, key="another")
    assert refused["refund"] is None
    assert refused["userErrors"] == [
        {
            "code": "NOT_FOUND",
            "message": "There is no such order line, or it is not for you; are you signed in as the right one?",
            "field": ["lines", "0", "lineId"],
        }
    ]


async def test_goes_its_whole_way(api: Api, sold: Shop, connection: asyncpg.Connection) -> None:
    api.context.viewer = sold.viewers["packer"]
    two = [{"lineId": sold.lamps, "quantity": 2}]
    sent = (await api.data(SEND, id=sold.id, lines=two, key="1"))["fulfilmentCreate"]
    assert sent["userErrors"] == []
    assert sent["order"]["status"] == "PARTIALLY_FULFILLED"
    assert sent["order"]["allowedActions"] == ["FULFIL", "CANCEL_FULFILMENT", "CONFIRM_DELIVERY", "ADD_NOTE"]
    assert sent["order"]["parts"] == [{"status": "PARTIALLY_FULFILLED", "refundedTotal": {"amount": "0.00"}}]
    assert sent["order"]["fulfilments"] == [
        {
            "status": "SHIPPED",
            "carrier": "Swift",
            "trackingNumber": "S-1",
            "trackingUrl": "https://swift.example/S-1",
            "lines": [
                {
                    "quantity": 2,
                    "line": {"name": await connection.fetchval("SELECT name FROM order_lines ORDER BY id LIMIT 1")},
                }
            ],
        }
    ]
    assert sent["order"]["invoices"] == [
        {"kind": "INVOICE", "number": f"INV-{YEAR}-000001", "total": {"amount": "95.60"}}
    ]
    rest = (await api.data(SEND, id=sold.id, lines=None, key="2"))["fulfilmentCreate"]
    assert [part["status"] for part in rest["order"]["parts"]] == ["FULFILLED"]

    api.context.viewer = sold.bea
    for parcel, status in ((sent, "PARTIALLY_FULFILLED"), (rest, "PARTIALLY_FULFILLED")):
        confirmed = (await api.data(CONFIRM, id=parcel["fulfilment"]["id"], key=parcel["fulfilment"]["id"]))[
            "deliveryConfirm"
        ]
        assert confirmed["userErrors"] == []
        # Bob has sent nothing yet.
        assert confirmed["order"]["status"] == status
    assert [part["status"] for part in confirmed["order"]["parts"]] == ["DELIVERED", "READY"]
    asked = (await api.data(RETURN, id=sold.id, lines=two, key="3"))["returnRequest"]
    assert asked["userErrors"] == []
    too_many = (await api.data(RETURN, id=sold.id, lines=two, key="4"))["returnRequest"]
    assert [error["code"] for error in too_many["userErrors"]] == ["RETURN_REFUSED"]

    api.context.viewer = sold.viewers["manager"]
    approved = (await api.data(APPROVE, id=asked["orderReturn"]["id"]))["returnApprove"]
    assert approved["orderReturn"] == {"status": "APPROVED", "decision": "To Bonn, please"}
    received = (await api.data(RECEIVE, id=asked["orderReturn"]["id"], key="5"))["returnReceive"]
    assert received["userErrors"] == []
    assert received["refund"] == {"amount": {"amount": "59.80"}}
    order = received["order"]
    assert order["returns"] == [
        {
            "status": "RECEIVED",
            "reason": "DOES_NOT_FIT",
            "note": "Too small",
            "decision": "To Bonn, please",
            "lines": [{"quantity": 2, "received": 2}],
        }
    ]
    assert [refund["lines"] for refund in order["refunds"]] == [
        [{"quantity": 2, "cancelled": 0, "restocked": 2, "amount": {"amount": "59.80"}, "line": {"quantity": 3}}]
    ]
    assert order["invoices"][1:] == [
        {"kind": "CREDIT_NOTE", "number": f"CN-{YEAR}-000001", "total": {"amount": "59.80"}}
    ]
    assert await connection.fetchval("SELECT sum(on_hand) FROM stock_levels") == 199
    mails = await connection.fetch("SELECT template, count(*) FROM mails GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in mails] == [("order_confirmed", 1), ("order_refunded", 1), ("order_shipped", 2)]
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()


UPDATE = """mutation ($id: ID!) {
    fulfilmentUpdate(input: { fulfilmentId: $id, carrier: "Slow", trackingUrl: "https://slow.example/1" }) {
        fulfilment { carrier trackingNumber trackingUrl status } userErrors { code field } } }"""


async def test_has_parcels_that_their_senders_alone_let_follow(
    api: Api, sold: Shop, database: Database, connection: asyncpg.Connection
) -> None:
    parcel = await bought.send(database, sold.viewers["manager"], sold.order.order_id)
    asked = {"id": ids.encode("Fulfilment", parcel)}
    # Bea sells elsewhere: that does not make her the sender of what she has bought.
    elsewhere = replace(sold.viewers["elsewhere"], customer_id=sold.bea.customer_id)
    await connection.execute(
        "UPDATE customers SET account_id = $1 WHERE id = $2", elsewhere.account_id, sold.bea.customer_id
    )
    before = await connection.fetch("SELECT * FROM fulfilments")
    for viewer in (elsewhere, sold.viewers["stranger"]):
        api.context.viewer = viewer
        refused = (await api.data(UPDATE, **asked))["fulfilmentUpdate"]
        assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"]
    assert await connection.fetch("SELECT * FROM fulfilments") == before
    api.context.viewer = sold.viewers["packer"]
    assert (await api.data(UPDATE, **asked))["fulfilmentUpdate"] == {
        "fulfilment": {
            "carrier": "Slow",
            "trackingNumber": None,
            "trackingUrl": "https://slow.example/1",
            "status": "SHIPPED",
        },
        "userErrors": [],
    }
    await bought.delivered(database, sold.bea, parcel)
    late = (await api.data(UPDATE, **asked))["fulfilmentUpdate"]
    assert late == {"fulfilment": None, "userErrors": [{"code": "INVALID_STATE", "field": None}]}


TIMELINE = "query ($id: ID!) { order(id: $id) { timeline(first: 50) { nodes { action note } } } }"
NOTE = """mutation ($id: ID!) { orderNoteAdd(input: { orderId: $id, text: "Calls at noon" }) {
    order { id } userErrors { code } } }"""


async def test_bears_notes_that_staff_alone_sees(api: Api, sold: Shop) -> None:
    for name in ("packer", "agent"):
        api.context.viewer = sold.viewers[name]
        assert (await api.data(NOTE, id=sold.id))["orderNoteAdd"] == {"order": {"id": sold.id}, "userErrors": []}
    api.context.viewer = sold.viewers["elsewhere"]
    assert (await api.data(NOTE, id=sold.id))["orderNoteAdd"] == {"order": None, "userErrors": [{"code": "NOT_FOUND"}]}
    seen = {}
    for name, viewer in {**sold.viewers, "bea": sold.bea}.items():
        api.context.viewer = viewer
        order = (await api.data(TIMELINE, id=sold.id))["order"]
        seen[name] = order and [each["note"] for each in order["timeline"]["nodes"] if each["action"] == "NOTE"]
    note = "Calls at noon"
    assert seen == {
        "manager": [note],
        "packer": [note],
        "agent": [note, note],
        "bea": [],
        "stranger": None,
        "elsewhere": None,
    }


CANCEL = """mutation ($id: ID!, $merchant: ID) {
    orderCancel(input: { orderId: $id, merchantId: $merchant, idempotencyKey: "k" }) {
        order { id } userErrors { code field } } }"""


@pytest.mark.parametrize("name", ["stranger", "elsewhere", "packer", "visitor", "partner"])
async def test_is_nobody_elses_to_cancel_or_to_confirm(
    api: Api, sold: Shop, database: Database, connection: asyncpg.Connection, name: str
) -> None:
    parcel = await bought.send(database, sold.viewers["manager"], sold.order.order_id)
    before = await connection.fetch("SELECT * FROM orders"), await connection.fetch("SELECT * FROM fulfilments")
    others = {"visitor": Viewer(cart_token="guess"), "partner": await people.partner(connection)}
    api.context.viewer = {**sold.viewers, **others}[name]
    cancelled = (await api.data(CANCEL, id=sold.id, merchant=None))["orderCancel"]
    asked = (await api.data(RETURN, id=sold.id, lines=[{"lineId": sold.lamps, "quantity": 1}], key="1"))[
        "returnRequest"
    ]
    if name in {"packer", "partner"}:
        # They may see to parcels, and to nothing else.
        assert [error["code"] for error in cancelled["userErrors"] + asked["userErrors"]] == ["INVALID_STATE"] * 2
    else:
        assert cancelled == {"order": None, "userErrors": [{"code": "NOT_FOUND", "field": ["orderId"]}]}
        assert [error["field"] for error in asked["userErrors"]] == [["orderId"]]
        confirmed = (await api.data(CONFIRM, id=ids.encode("Fulfilment", parcel), key="2"))["deliveryConfirm"]
        assert [(error["code"], error["field"]) for error in confirmed["userErrors"]] == [
            ("NOT_FOUND", ["fulfilmentId"])
        ]
    assert (
        await connection.fetch("SELECT * FROM orders"),
        await connection.fetch("SELECT * FROM fulfilments"),
    ) == before


async def test_is_cancelled_by_staff_with_the_rights_that_it_has_now(
    api: Api, sold: Shop, connection: asyncpg.Connection
) -> None:
    api.context.viewer = sold.viewers["manager"]
    await connection.execute("DELETE FROM merchant_members WHERE account_id = $1", api.context.viewer.account_id)
    answer = (await api.data(CANCEL, id=sold.id, merchant=None))["orderCancel"]
    assert answer == {"order": None, "userErrors": [{"code": "NOT_FOUND", "field": ["orderId"]}]}
    api.context.viewer = sold.viewers["agent"]
    merchant = ids.encode("Merchant", sold.ada)
    answer = (await api.data(CANCEL, id=sold.id, merchant=merchant))["orderCancel"]
    assert answer == {"order": {"id": sold.id}, "userErrors": []}
    statuses = await connection.fetch("SELECT status FROM order_parts ORDER BY id")
    assert [row["status"] for row in statuses] == ["CANCELLED", "READY"]


async def test_says_why_it_was_cancelled_and_not_why_one_of_its_merchants_sends_nothing(
    api: Api, sold: Shop, connection: asyncpg.Connection
) -> None:
    document = """mutation ($id: ID!, $merchant: ID!, $reason: String!, $key: String!) {
        orderCancel(input: { orderId: $id, merchantId: $merchant, reason: $reason, idempotencyKey: $key }) {
            order { status statusReason refunds { note } } userErrors { code } } }"""
    api.context.viewer = sold.viewers["agent"]
    bob = ids.encode("Merchant", await connection.fetchval("SELECT max(merchant_id) FROM order_parts"))
    given = {"id": sold.id, "merchant": bob, "reason": "the chair is broken", "key": "1"}
    answer = (await api.data(document, **given))["orderCancel"]
    notes = [{"note": "the chair is broken"}]
    assert answer == {"order": {"status": "PAID", "statusReason": None, "refunds": notes}, "userErrors": []}
    given = {"id": sold.id, "merchant": ids.encode("Merchant", sold.ada), "reason": "the lamps, too", "key": "2"}
    answer = (await api.data(document, **given))["orderCancel"]
    assert (answer["order"]["status"], answer["order"]["statusReason"]) == ("CANCELLED", "the lamps, too")


async def test_tells_a_merchant_nothing_of_what_another_one_refunds(api: Api, sold: Shop) -> None:
    refund = """mutation ($id: ID!, $line: ID!, $key: String!) { orderRefund(input: { orderId: $id, reason: OTHER,
        lines: [{ lineId: $line, amount: { amount: "1.00", currency: EUR } }], idempotencyKey: $key }) {
        userErrors { code } } }"""
    told = "query ($id: ID!) { order(id: $id) { timeline(first: 20) { nodes { action } } } }"
    api.context.viewer = sold.viewers["agent"]
    await api.data(refund, id=sold.id, line=sold.chair, key="1")
    seen = {}
    for name in ("agent", "packer"):
        api.context.viewer = sold.viewers[name]
        nodes = (await api.data(told, id=sold.id))["order"]["timeline"]["nodes"]
        seen[name] = [node["action"] for node in nodes]
    assert seen == {"agent": ["PLACED", "PAID", "REFUNDED", "MONEY_RETURNED"], "packer": ["PLACED", "PAID"]}
    api.context.viewer = sold.viewers["agent"]
    await api.data(refund, id=sold.id, line=sold.lamps, key="2")
    api.context.viewer = sold.viewers["packer"]
    nodes = (await api.data(told, id=sold.id))["order"]["timeline"]["nodes"]
    assert [node["action"] for node in nodes] == ["PLACED", "PAID", "REFUNDED"]


async def test_of_a_guest_is_cared_for_with_the_carts_token(
    api: Api, database: Database, connection: asyncpg.Connection
) -> None:
    ada = await catalogue.merchant(connection)
    order = await bought.buy(
        database, Buying([await bought.piece(connection, ada, 500)], token_hash=access.cart_token_hash("secret"))
    )
    api.context.viewer = Viewer(cart_token="guess")
    asked: dict[str, Any] = {"id": ids.encode("Order", order.order_id), "merchant": None}
    assert (await api.data(CANCEL, **asked))["orderCancel"]["userErrors"] == [
        {"code": "NOT_FOUND", "field": ["orderId"]}
    ]
    api.context.viewer = Viewer(cart_token="secret")
    assert (await api.data(CANCEL, **asked))["orderCancel"]["userErrors"] == []
