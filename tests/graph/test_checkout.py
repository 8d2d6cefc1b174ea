"""Checking a cart out ..."""

import asyncio
from typing import Any

import asyncpg
import pytest

from domain.access import Viewer
from tests.factories import cart_terms, catalogue
from tests.factories.small_shop import SmallShop
from tests.graph.carts import BONN, line, money, send
from tests.graph.conftest import Api


@pytest.fixture
async def terms(connection: asyncpg.Connection) -> None:
    """Delivery for 5.90, and 19 % VAT in the prices."""
    await cart_terms.method(connection, 590)
    await cart_terms.region(connection, "DE", {"standard": 1900}, inclusive=True, is_default=True)


@pytest.fixture
async def cart(api: Api, shop: SmallShop, terms: None) -> str:
    """A guest's cart with two lamps at 29.90, ready to be ordered; the API is asked as who holds its token."""
    del terms
    return await filled(api, shop.small)


async def filled(api: Api, variant_id: int, quantity: int = 2) -> str:
    api.context.viewer = Viewer()
    made = await send(api, "CartCreate", lines=[line(variant_id, quantity)])
    api.context.viewer = Viewer(cart_token=made["token"])
    await send(
        api, "CartDeliverySet", cartId=made["cart"]["id"], email="ada@example.com", address=BONN, method="standard"
    )
    return str(made["cart"]["id"])


async def checkout(api: Api, cart_id: str, token: str = "ok", key: str = "once") -> Any:
    return await send(api, "CheckoutComplete", cartId=cart_id, token=token, key=key)


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
