"""A refund that its provider has refused ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from domain.payments import PaymentRefundStatus
from models.database import Database
from services import payment_refunds
from services.gateways.payments import PaybackWord
from services.gateways.payments_test import TestProvider
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph import orders
from tests.graph.carts import line
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled, timeline

CANCEL = """
mutation ($id: ID!) { orderCancel(input: { orderId: $id, idempotencyKey: "c" }) {
    order { refunds { status } } userErrors { code } } }
"""
RETRY = """
mutation ($id: ID!, $key: String! = "once") { orderRefundRetry(input: { orderId: $id, idempotencyKey: $key }) {
    order { refunds { status } refundedTotal { amount } } userErrors { code ... on InvalidStateError { status } } } }
"""
ROW = "SELECT key, status, reason, failure, amount FROM payment_refunds"
BOOKS = "SELECT amount, refunded FROM test_provider_charges"


@pytest.fixture
async def refused(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> str:
    """An order for 35.80 that was cancelled; its provider says that there is nothing left to give back."""
    await orders.terms(connection)
    order: dict[str, Any] = (await checkout(api, await filled(api, line(shop.small))))["order"]
    await connection.execute("UPDATE test_provider_charges SET refunded = amount")
    answer = (await api.data(CANCEL, id=order["id"]))["orderCancel"]
    assert answer == {"order": {"refunds": [{"status": "FAILED"}]}, "userErrors": []}
    return str(order["id"])


@pytest.fixture
async def manager(connection: asyncpg.Connection, refused: str) -> Viewer:
    """Who may refund what the merchant has sold."""
    assert refused
    merchant_id = await connection.fetchval("SELECT merchant_id FROM order_parts")
    return await people.member(connection, merchant_id, MerchantRole.MANAGER)


async def retried(api: Api, viewer: Viewer, order: str, key: str = "once") -> Any:
    api.context.viewer = viewer
    return (await api.data(RETRY, id=order, key=key))["orderRefundRetry"]


async def test_is_given_back_once_with_a_new_key(
    api: Api, refused: str, manager: Viewer, connection: asyncpg.Connection
) -> None:
    before, paid = await connection.fetchrow(ROW), await connection.fetchrow("SELECT paid, refunded FROM orders")
    await connection.execute("UPDATE test_provider_charges SET refunded = 0")
    answer = await retried(api, manager, refused)
    assert answer == {
        "order": {"refunds": [{"status": "SUCCEEDED"}], "refundedTotal": {"amount": "35.80"}},
        "userErrors": [],
    }
    assert await retried(api, manager, refused) == answer
    after = await connection.fetchrow(ROW)
    assert (after["status"], after["failure"], after["amount"]) == ("SUCCEEDED", None, 3580)
    assert after["key"] != before["key"]
    assert await connection.fetchrow(BOOKS) == (3580, 3580)
    assert await connection.fetchrow("SELECT paid, refunded FROM orders") == paid == (3580, 3580)
    assert (await timeline(connection))[-3:] == ["MONEY_NOT_RETURNED", "REFUND_RETRIED", "MONEY_RETURNED"]
    event = await connection.fetchrow("SELECT data FROM events WHERE type = 'ORDER_REFUND_RETRIED'")
    assert (event["data"]["amount"], event["data"]["currency"]) == ("35.80", "USD")


async def test_is_tried_as_often_as_it_takes(api: Api, refused: str, connection: asyncpg.Connection) -> None:
    agent = await people.staff(connection, PlatformRole.AGENT)
    assert (await retried(api, agent, refused))["order"]["refunds"] == [{"status": "FAILED"}]
    await connection.execute("UPDATE test_provider_charges SET refunded = 0")
    assert (await retried(api, agent, refused, "twice"))["order"]["refunds"] == [{"status": "SUCCEEDED"}]
    third = await retried(api, agent, refused, "thrice")
    assert third == {"order": None, "userErrors": [{"code": "INVALID_STATE", "status": "CANCELLED"}]}
    assert await connection.fetchrow(BOOKS) == (3580, 3580)


async def test_is_nothing_to_another_merchant(api: Api, refused: str, connection: asyncpg.Connection) -> None:
    before = await connection.fetchrow(ROW)
    elsewhere = await people.member(connection, await catalogue.merchant(connection), MerchantRole.OWNER)
    answer = await retried(api, elsewhere, refused)
    assert (answer["order"], [error["code"] for error in answer["userErrors"]]) == (None, ["NOT_FOUND"])
    assert await connection.fetchrow(ROW) == before


async def test_takes_no_late_word_for_the_one_that_it_waits_for(
    refused: str, database: Database, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, api: Api
) -> None:
    assert refused
    await connection.execute("UPDATE payment_refunds SET status = 'PENDING', check_at = now()")

    async def tried_again_meanwhile(*_: object) -> PaybackWord:
        await connection.execute("UPDATE payment_refunds SET key = 'another'")
        return PaybackWord(PaymentRefundStatus.FAILED, failure="no")

    monkeypatch.setattr(TestProvider, "refund", tried_again_meanwhile)
    refund_id = await connection.fetchval("SELECT id FROM payment_refunds")
    await payment_refunds.carry_out(database, api.context.gateways, refund_ids=[refund_id])
    row = await connection.fetchrow(ROW)
    assert (row["key"], row["status"]) == ("another", "PENDING")
