"""Of an order that was sent ..."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from models.database import Database
from services import access
from tests.contents import everything
from tests.factories import bought, catalogue, people
from tests.factories.bought import Buying
from tests.graph.conftest import Api

SEND = """
mutation ($id: ID!, $key: String!) {
    fulfilmentCreate(input: { orderId: $id, idempotencyKey: $key }) {
        fulfilment { id status cancelledAt } order { status allowedActions invoices { number } }
        userErrors { code message field } } }
"""
TAKE_BACK = """
mutation ($id: ID!, $key: String!, $note: String) {
    fulfilmentCancel(input: { fulfilmentId: $id, note: $note, idempotencyKey: $key }) {
        fulfilment { id status cancelledAt lines { quantity } }
        order { status allowedActions parts { status } invoices { number } lines { nodes { fulfilled } } }
        replayed
        userErrors { code field ... on NotAvailableError { available } ... on InvalidStateError { status } } } }
"""
WITHDRAW = """
mutation ($id: ID!, $note: String) { returnCancel(input: { returnId: $id, note: $note }) {
    orderReturn { id status note decidedAt cancelledAt }
    userErrors { code field ... on InvalidStateError { status } } } }
"""
TIMELINE = """query ($id: ID!) { order(id: $id) { timeline(first: 50) { nodes { action note toStatus } } } }"""


class Shop:
    """Ada has sold two lamps at 29.90 to Bea, whose cart's token is `secret`."""

    def __init__(self, order_id: int, line: int, viewers: dict[str, Viewer]) -> None:
        self.order_id, self.id, self.viewers = order_id, ids.encode("Order", order_id), viewers
        self.line = line


@pytest.fixture
async def sold(database: Database, connection: asyncpg.Connection) -> Shop:
    ada, bea = await catalogue.merchant(connection, name="Ada"), await people.customer(connection)
    piece = await bought.piece(connection, ada, 2_990, 2)
    buying = Buying([piece], customer_id=bea.customer_id, token_hash=access.cart_token_hash("secret"), shipping=590)
    order = await bought.buy(database, buying)
    bob = await catalogue.merchant(connection)
    seller = await people.member(connection, bob, MerchantRole.OWNER)
    viewers = {
        "bea": bea,
        "guest": Viewer(cart_token="secret"),
        "manager": await people.member(connection, ada, MerchantRole.MANAGER),
        "packer": await people.member(connection, ada, MerchantRole.PACKER),
        "partner": await people.partner(connection, ada),
        "admin": await people.staff(connection, PlatformRole.ADMIN),
        "agent": await people.staff(connection, PlatformRole.AGENT),
        "stranger": await people.customer(connection),
        "elsewhere": await people.member(connection, bob, MerchantRole.OWNER),
        # She sells elsewhere: that does not make her the sender of what she has bought.
        "bea who sells": replace(seller, customer_id=bea.customer_id),
        "another partner": await people.partner(connection, bob),
        "visitor": Viewer(cart_token="guess"),
    }
    await connection.execute("UPDATE customers SET account_id = $1 WHERE id = $2", seller.account_id, bea.customer_id)
    return Shop(order.order_id, order.lines[0], viewers)


async def test_a_parcel_is_taken_back_once(api: Api, sold: Shop, connection: asyncpg.Connection) -> None:
    api.context.viewer = sold.viewers["packer"]
    sent = (await api.data(SEND, id=sold.id, key="1"))["fulfilmentCreate"]
    assert sent["fulfilment"]["cancelledAt"] is None
    assert sent["order"]["allowedActions"] == ["CANCEL_FULFILMENT", "CONFIRM_DELIVERY", "ADD_NOTE"]
    asked = {"id": sent["fulfilment"]["id"], "key": "2", "note": "The wrong label"}
    answer = (await api.data(TAKE_BACK, **asked))["fulfilmentCancel"]
    assert answer["fulfilment"].pop("cancelledAt").endswith("Z")
    assert answer == {
        "fulfilment": {"id": asked["id"], "status": "CANCELLED", "lines": [{"quantity": 2}]},
        "order": {
            "status": "PAID",
            "allowedActions": ["FULFIL", "ADD_NOTE"],
            "parts": [{"status": "READY"}],
            "invoices": sent["order"]["invoices"],
            "lines": {"nodes": [{"fulfilled": 0}]},
        },
        "replayed": False,
        "userErrors": [],
    }
    stock = await connection.fetchrow("SELECT on_hand, reserved FROM stock_levels")
    assert tuple(stock) == (100, 2)
    before = await everything(connection)
    again = (await api.data(TAKE_BACK, **asked))["fulfilmentCancel"]
    assert (again["replayed"], again["order"], again["userErrors"]) == (True, answer["order"], [])
    assert await everything(connection) == before
    conflict = (await api.data(TAKE_BACK, **{**asked, "note": "Another"}))["fulfilmentCancel"]
    assert [error["code"] for error in conflict["userErrors"]] == ["IDEMPOTENCY_CONFLICT"]
    twice = (await api.data(TAKE_BACK, **{**asked, "key": "3"}))["fulfilmentCancel"]
    assert twice["userErrors"] == [{"code": "INVALID_STATE", "field": None, "status": "CANCELLED"}]
    next_one = (await api.data(SEND, id=sold.id, key="4"))["fulfilmentCreate"]
    assert next_one["order"]["invoices"] == sent["order"]["invoices"]

    api.context.viewer = sold.viewers["bea"]
    nodes = (await api.data(TIMELINE, id=sold.id))["order"]["timeline"]["nodes"]
    told = [(node["action"], node["note"], node["toStatus"]) for node in nodes]
    assert told[5:9] == [
        ("INVOICE_ISSUED", None, None),
        ("PART_READY", None, "READY"),
        ("UNFULFILLED", None, "PAID"),
        ("FULFILMENT_CANCELLED", "The wrong label", None),
    ]


async def test_a_parcel_with_something_that_is_asked_back_stays(
    api: Api, sold: Shop, database: Database, connection: asyncpg.Connection
) -> None:
    parcel = await bought.send(database, sold.viewers["manager"], sold.order_id)
    await bought.returning(database, sold.viewers["bea"], sold.order_id, [(sold.line, 1)])
    api.context.viewer = sold.viewers["packer"]
    before = await everything(connection)
    answer = (await api.data(TAKE_BACK, id=ids.encode("Fulfilment", parcel), key="1"))["fulfilmentCancel"]
    assert (answer["fulfilment"], answer["order"]) == (None, None)
    assert answer["userErrors"] == [{"code": "CANCEL_REFUSED", "field": ["fulfilmentId"], "available": 1}]
    assert await everything(connection) == before


@pytest.mark.parametrize("name", ["manager", "packer", "partner", "admin"])
async def test_a_parcel_is_taken_back_by_who_may_send(
    api: Api, sold: Shop, database: Database, connection: asyncpg.Connection, name: str
) -> None:
    parcel = ids.encode("Fulfilment", await bought.send(database, sold.viewers["manager"], sold.order_id))
    before = await everything(connection)
    for other in ("bea", "guest", "agent", "stranger", "elsewhere", "bea who sells", "another partner", "visitor"):
        api.context.viewer = sold.viewers[other]
        refused = (await api.data(TAKE_BACK, id=parcel, key="1"))["fulfilmentCancel"]
        assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"], other
    assert await everything(connection) == before
    api.context.viewer = sold.viewers[name]
    assert (await api.data(TAKE_BACK, id=parcel, key="1"))["fulfilmentCancel"]["userErrors"] == []
    assert await connection.fetchval("SELECT status FROM fulfilments") == "CANCELLED"


@pytest.mark.parametrize("name", ["bea", "guest", "bea who sells", "manager", "agent", "admin"])
async def test_a_return_is_withdrawn_by_who_asked_or_would_refund_it(
    api: Api, sold: Shop, database: Database, connection: asyncpg.Connection, name: str
) -> None:
    await bought.send(database, sold.viewers["manager"], sold.order_id)
    key = await bought.returning(database, sold.viewers["bea"], sold.order_id, [(sold.line, 2)])
    asked: dict[str, Any] = {"id": ids.encode("Return", key)}
    before = await everything(connection)
    for other in ("packer", "partner", "stranger", "elsewhere", "another partner", "visitor"):
        api.context.viewer = sold.viewers[other]
        refused = (await api.data(WITHDRAW, **asked))["returnCancel"]
        assert refused == {"orderReturn": None, "userErrors": [{"code": "NOT_FOUND", "field": ["returnId"]}]}, other
    assert await everything(connection) == before
    api.context.viewer = sold.viewers[name]
    answer = (await api.data(WITHDRAW, **asked, note="We keep them"))["returnCancel"]
    assert answer["orderReturn"].pop("cancelledAt").endswith("Z")
    shown = {"id": asked["id"], "status": "CANCELLED", "note": None, "decidedAt": None}
    assert answer == {"orderReturn": shown, "userErrors": []}
    before = await everything(connection)
    again = (await api.data(WITHDRAW, **asked))["returnCancel"]
    assert again["userErrors"] == [{"code": "INVALID_STATE", "field": None, "status": "CANCELLED"}]
    assert await everything(connection) == before
    await bought.returning(database, sold.viewers["bea"], sold.order_id, [(sold.line, 2)])


async def test_a_return_is_withdrawn_by_staff_with_the_rights_that_it_has_now(
    api: Api, sold: Shop, database: Database, connection: asyncpg.Connection
) -> None:
    await bought.send(database, sold.viewers["manager"], sold.order_id)
    key = await bought.returning(database, sold.viewers["bea"], sold.order_id, [(sold.line, 2)])
    api.context.viewer = sold.viewers["manager"]
    await connection.execute("DELETE FROM merchant_members WHERE account_id = $1", api.context.viewer.account_id)
    answer = (await api.data(WITHDRAW, id=ids.encode("Return", key)))["returnCancel"]
    assert answer == {"orderReturn": None, "userErrors": [{"code": "NOT_FOUND", "field": ["returnId"]}]}
    assert await connection.fetchval("SELECT status FROM returns") == "REQUESTED"
