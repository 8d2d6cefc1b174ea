"""Checking a cart out ..."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from domain.access import Viewer
from tests.factories import catalogue, people, promotions
from tests.factories.small_shop import SmallShop
from tests.graph import orders
from tests.graph.carts import line, money, send
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled, reserved


@pytest.fixture
async def sold(connection: asyncpg.Connection, shop: SmallShop) -> SmallShop:
    """The small shop, with delivery and taxes."""
    await orders.terms(connection)
    return shop


@pytest.fixture
async def cart(api: Api, sold: SmallShop) -> str:
    """A guest's cart with two lamps at 29.90, ready to be ordered; the API is asked as who holds its token."""
    return await filled(api, line(sold.small, 2))


async def test_makes_a_paid_order_and_sends_it_to_the_merchant(
    api: Api, cart: str, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    answer = await checkout(api, cart)
    assert answer["userErrors"] == []
    assert answer["replayed"] is False
    assert answer["order"]["status"] == "PAID"
    assert answer["order"]["total"] == money("65.70")
    assert answer["order"]["payments"] == [{"status": "CAPTURED", "amount": money("65.70")}]
    order = (
        await api.data(
            """query ($id: ID!) { order(id: $id) {
                number status email cost { subtotal { amount } shipping { amount } tax { amount } total { amount } }
                lines { nodes { name sku quantity unitPrice { amount } total { amount } product { slug } } }
                parts { status merchant { name } cost { total { amount } } deliveryLabel lines { totalCount } }
                timeline { nodes { action fromStatus toStatus } } priceTrace { kind amount { amount } }
            } }""",
            id=answer["order"]["id"],
        )
    )["order"]
    assert order["cost"] == {
        "subtotal": {"amount": "59.80"},
        "shipping": {"amount": "5.90"},
        "tax": {"amount": "10.49"},
        "total": {"amount": "65.70"},
    }
    assert order["lines"]["nodes"] == [
        {
            "name": "Lamp, S",
            "sku": "L-S",
            "quantity": 2,
            "unitPrice": {"amount": "29.90"},
            "total": {"amount": "59.80"},
            "product": {"slug": "lamp"},
        }
    ]
    assert order["parts"] == [
        {
            "status": "READY",
            "merchant": {"name": "Ada's Lamps"},
            "cost": {"total": {"amount": "65.70"}},
            "deliveryLabel": "Standard",
            "lines": {"totalCount": 1},
        }
    ]
    assert order["timeline"]["nodes"] == [
        {"action": "PLACED", "fromStatus": None, "toStatus": "PENDING_PAYMENT"},
        {"action": "PAID", "fromStatus": "PENDING_PAYMENT", "toStatus": "PAID"},
    ]
    assert order["priceTrace"][0] == {"kind": "BASE", "amount": {"amount": "59.80"}}
    levels = await connection.fetch(
        "SELECT on_hand, reserved FROM stock_levels WHERE variant_id = $1 ORDER BY warehouse_id", shop.small
    )
    assert [tuple(row) for row in levels] == [(5, 4), (4, 4)]
    postings = await connection.fetch(
        """SELECT kind, amount FROM ledger_postings JOIN ledger_accounts ON ledger_accounts.id = account_id
           ORDER BY kind"""
    )
    assert [tuple(row) for row in postings] == [("MERCHANT_PAYABLE", 5521), ("PAYMENTS", -6570), ("TAX_PAYABLE", 1049)]


async def statuses(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    rows = await connection.fetch(
        """SELECT orders.status, payments.status AS payment FROM orders JOIN payments ON order_id = orders.id
           ORDER BY payments.id"""
    )
    return [tuple(row) for row in rows]


async def test_that_is_declined_lets_everything_go_and_can_be_tried_again(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    answer = await checkout(api, cart, token="declined")
    assert answer["order"]["status"] == "PAYMENT_FAILED"
    assert answer["order"]["payments"][0]["status"] == "DECLINED"
    assert answer["userErrors"] == [
        {
            "code": "PAYMENT_DECLINED",
            "message": "payment: the card was declined; nothing was paid, and the cart can be ordered again",
            "field": ["payment"],
        }
    ]
    assert await reserved(connection) == (0, 0)
    assert await connection.fetchval("SELECT count(*) FROM ledger_postings") == 0
    again = await checkout(api, cart, token="declined")
    assert again == {**answer, "replayed": True}
    other = await checkout(api, cart, token="ok", key="another")
    assert other["order"]["status"] == "PAID"
    assert await statuses(connection) == [("PAYMENT_FAILED", "DECLINED"), ("PAID", "CAPTURED")]
    assert await reserved(connection) == (2, 2)


@pytest.mark.parametrize("token", ["webhook-first", "twice"])
async def test_that_is_notified_of_before_it_is_answered_pays_once(
    api: Api, cart: str, connection: asyncpg.Connection, token: str
) -> None:
    answer = await checkout(api, cart, token=token)
    assert answer["order"]["status"] == "PAID"
    assert await statuses(connection) == [("PAID", "CAPTURED")]
    assert await connection.fetchval("SELECT count(*) FROM ledger_transactions") == 1
    assert await connection.fetchval("SELECT paid = total FROM orders")
    assert await connection.fetchval("SELECT count(*) FROM events WHERE type = 'ORDER_PAID'") == 1


@pytest.mark.parametrize("token", ["slow", "timeout"])
async def test_that_is_not_answered_yet_waits_and_holds_what_it_needs(
    api: Api, cart: str, connection: asyncpg.Connection, token: str
) -> None:
    answer = await checkout(api, cart, token=token)
    assert answer["userErrors"] == []
    assert answer["order"]["status"] == "PENDING_PAYMENT"
    assert await reserved(connection) == (2, 2)
    until = await connection.fetchval("SELECT reserved_until FROM orders")
    assert 14.5 * 60 < (until - datetime.now(UTC)).total_seconds() < 15 * 60
    ordered = await checkout(api, cart, key="another")
    assert ordered["order"] is None
    assert [error["code"] for error in ordered["userErrors"]] == ["CART_ORDERED"]
    number = answer["order"]["number"]
    said = f"cartId: the cart was ordered as {number}; wait for its payment, or cancel it"
    assert ordered["userErrors"][0]["message"] == said
    changed = await send(api, "CartCouponsSet", cartId=cart, codes=[])
    assert [error["code"] for error in changed["userErrors"]] == ["CART_ORDERED"]


async def test_three_times_at_once_with_one_key_makes_one_order_and_one_charge(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    answers = await asyncio.gather(*(checkout(api, cart) for _ in range(3)))
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True]
    assert len({str({**answer, "replayed": None}) for answer in answers}) == 1
    assert answers[0]["order"]["status"] == "PAID"
    assert await connection.fetchval("SELECT count(*) FROM orders") == 1
    assert await connection.fetch("SELECT amount, status FROM test_provider_charges") == [(6570, "CAPTURED")]


async def test_of_more_than_there_is_says_how_much_there_is(
    api: Api, sold: SmallShop, connection: asyncpg.Connection
) -> None:
    cart_id = await filled(api, line(sold.small, 4))
    answer = await api.data(
        """mutation ($id: ID!) {
            checkoutComplete(input: { cartId: $id, payment: { provider: "test", token: "ok" }, idempotencyKey: "k" }) {
                order { id }
                userErrors { code message field ... on InsufficientStockError { available lineId } } } }""",
        id=cart_id,
    )
    line_id = (await api.data("query ($id: ID!) { cart(id: $id) { lines { nodes { id } } } }", id=cart_id))["cart"]
    assert answer["checkoutComplete"] == {
        "order": None,
        "userErrors": [
            {
                "code": "INSUFFICIENT_STOCK",
                "message": "cartId: Lamp, S: 3 of 4 are left",
                "field": ["cartId"],
                "available": 3,
                "lineId": line_id["lines"]["nodes"][0]["id"],
            }
        ],
    }
    assert await connection.fetchval("SELECT count(*) FROM orders") == 0
    assert await reserved(connection) == (0, 0)
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_by_two_who_want_the_last_pieces_gives_them_to_one(
    api: Api, sold: SmallShop, connection: asyncpg.Connection
) -> None:
    carts = []
    for _ in range(2):
        cart_id = await filled(api, line(sold.small, 2))
        carts.append((replace(api, context=api.context.fresh()), cart_id))
    answers = [checkout(own, cart_id) for own, cart_id in carts]
    found = await asyncio.gather(*answers)
    codes = sorted(error["code"] for answer in found for error in answer["userErrors"])
    assert codes == ["INSUFFICIENT_STOCK"]
    assert sorted(answer["order"] is None for answer in found) == [False, True]
    assert await reserved(connection) == (2, 2)


async def test_of_a_cart_that_is_not_ready_says_what_is_missing(
    api: Api, sold: SmallShop, connection: asyncpg.Connection
) -> None:
    made = await send(api, "CartCreate", lines=[])
    api.context.viewer = Viewer(cart_token=made["token"])
    empty = await checkout(api, made["cart"]["id"])
    assert [error["code"] for error in empty["userErrors"]] == ["BAD_USER_INPUT"]
    assert empty["userErrors"][0]["message"] == "cartId: the cart is empty; put something into it first"
    await send(api, "CartLinesAdd", cartId=made["cart"]["id"], lines=[line(sold.small)])
    missing = await checkout(api, made["cart"]["id"])
    assert [error["code"] for error in missing["userErrors"]] == ["DELIVERY_MISSING", "ADDRESS_MISSING"]
    await connection.execute("UPDATE products SET status = 'ARCHIVED'")
    gone = await checkout(api, made["cart"]["id"])
    assert [error["code"] for error in gone["userErrors"]] == [
        "DELIVERY_MISSING",
        "PRODUCT_UNAVAILABLE",
        "ADDRESS_MISSING",
    ]
    assert await connection.fetchval("SELECT count(*) FROM orders") == 0


async def test_at_another_price_than_was_shown_is_refused(
    api: Api, cart: str, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    document = """mutation ($id: ID!, $total: Decimal!, $currency: CurrencyCode!, $key: String!) {
        checkoutComplete(input: { cartId: $id, payment: { provider: "test", token: "ok" }, idempotencyKey: $key,
                                  expectedTotal: { amount: $total, currency: $currency } }) {
            order { total { amount } }
            userErrors { code message ... on PriceChangedError { total { amount } } } } }"""
    await connection.execute("UPDATE variant_prices SET amount = 3000 WHERE variant_id = $1", shop.small)
    changed = await api.data(document, id=cart, total="65.70", currency="USD", key="1")
    assert changed["checkoutComplete"] == {
        "order": None,
        "userErrors": [
            {
                "code": "PRICE_CHANGED",
                "message": "expectedTotal: the cart comes to 65.90 USD now, not 65.70; show that, and send it",
                "total": {"amount": "65.90"},
            }
        ],
    }
    euros = await api.data(document, id=cart, total="65.90", currency="EUR", key="2")
    assert [error["code"] for error in euros["checkoutComplete"]["userErrors"]] == ["BAD_USER_INPUT"]
    seen = await api.data(document, id=cart, total="65.9", currency="USD", key="3")
    assert seen["checkoutComplete"]["order"] == {"total": {"amount": "65.90"}}


async def test_is_refused_to_who_does_not_hold_the_cart(api: Api, cart: str, connection: asyncpg.Connection) -> None:
    for viewer in (Viewer(cart_token="another"), await people.customer(connection)):
        api.context.viewer = viewer
        answer = await checkout(api, cart)
        assert [error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"]
    assert await connection.fetchval("SELECT count(*) FROM orders") == 0


async def test_with_a_provider_that_is_not_offered_is_refused(api: Api, cart: str) -> None:
    answer = await api.data(
        """mutation ($id: ID!) { checkoutComplete(
            input: { cartId: $id, payment: { provider: "gold", token: "x" }, idempotencyKey: "k" }) {
            order { id } userErrors { code message field } } }""",
        id=cart,
    )
    assert answer["checkoutComplete"]["userErrors"] == [
        {
            "code": "BAD_USER_INPUT",
            "message": "payment.provider: 'gold' is not offered here; take one of test",
            "field": ["payment", "provider"],
        }
    ]


async def test_with_gifts_reserves_them_and_pays_their_merchant(
    api: Api, sold: SmallShop, connection: asyncpg.Connection
) -> None:
    await catalogue.stock(connection, sold.large, await catalogue.warehouse(connection, sold.ada), 1)
    await promotions.promotion(
        connection, benefit="GIFT", gift_variant_id=sold.large, gift_quantity=1, currencies=["USD"]
    )
    await connection.execute("INSERT INTO commission_rules (category_id, rate_bp) VALUES ($1, 1000)", sold.lamps)
    answer = await checkout(api, await filled(api, line(sold.small, 2)))
    assert answer["userErrors"] == []
    rows = await connection.fetch("SELECT variant_id, quantity FROM stock_reservations ORDER BY variant_id")
    assert sorted(tuple(row) for row in rows) == sorted([(sold.small, 2), (sold.large, 1)])
    gift = await connection.fetchrow("SELECT quantity, total, platform_funding FROM order_lines WHERE is_gift")
    assert tuple(gift) == (1, 0, 4500)
    # The lamps' net price is 50.25 of 59.80; a tenth of that is the platform's, which pays for the gift.
    assert await orders.ledger(connection) == {
        "MERCHANT_PAYABLE": 6570 + 4500 - 1049 - 503,
        "PAYMENTS": -6570,
        "PLATFORM_EXPENSE": -4500,
        "PLATFORM_REVENUE": 503,
        "TAX_PAYABLE": 1049,
    }
    gone = await checkout(api, await filled(api, line(sold.small, 1)), key="another")
    assert gone["order"]["status"] == "PAID"
    assert await connection.fetchval("SELECT count(*) FROM order_lines WHERE is_gift") == 1
