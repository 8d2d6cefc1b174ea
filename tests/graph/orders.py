"""What the tests of checkout and orders share: carts that are ready to be ordered, and what the tables then hold."""

from dataclasses import replace
from typing import Any

import asyncpg

from domain.access import Viewer
from tests.factories import cart_terms
from tests.graph.carts import BONN, line, send
from tests.graph.conftest import Api


async def terms(connection: asyncpg.Connection) -> None:
    """Set delivery for 5.90, and 19 % VAT in the prices."""
    await cart_terms.method(connection, 590)
    await cart_terms.region(connection, "DE", {"standard": 1900}, inclusive=True, is_default=True)


async def filled(api: Api, *lines: dict[str, Any], viewer: Viewer | None = None) -> str:
    """Make a cart that is ready to be ordered, of a guest unless a viewer is named, and go on as who holds it."""
    api.context.viewer = viewer or Viewer()
    made = await send(api, "CartCreate", lines=list(lines))
    api.context.viewer = replace(viewer or Viewer(), cart_token=made["token"])
    cart_id = str(made["cart"]["id"])
    await send(api, "CartDeliverySet", cartId=cart_id, email="ada@example.com", address=BONN, method="standard")
    return cart_id


async def checkout(api: Api, cart_id: str, token: str = "ok", key: str = "once") -> Any:  # noqa: S107 - no secret
    return await send(api, "CheckoutComplete", cartId=cart_id, token=token, key=key)


async def pay(api: Api, cart_id: str, payment: dict[str, Any], key: str = "once") -> Any:
    """Check out with a payment of several kinds."""
    answer = await api.data(
        """mutation ($id: ID!, $payment: PaymentInput!, $key: String!) {
            checkoutComplete(input: { cartId: $id, payment: $payment, idempotencyKey: $key }) {
                order { id status total { amount } refundedTotal { amount }
                        payments { method status amount { amount } refunded { amount } } }
                userErrors { code message field } } }""",
        id=cart_id,
        payment=payment,
        key=key,
    )
    return answer["checkoutComplete"]


async def ledger(connection: asyncpg.Connection) -> dict[str, int]:
    """Give what the accounts hold, those that hold something."""
    rows = await connection.fetch(
        """SELECT kind, sum(amount)::bigint AS amount FROM ledger_postings
           JOIN ledger_accounts ON ledger_accounts.id = account_id
           WHERE kind NOT LIKE 'POINTS%' GROUP BY kind HAVING sum(amount) <> 0 ORDER BY kind"""
    )
    return {row["kind"]: row["amount"] for row in rows}


async def reserved(connection: asyncpg.Connection) -> tuple[int, int]:
    """Give what is reserved beyond the small shop's own 6, and what the open reservations say."""
    level = await connection.fetchval("SELECT sum(reserved) - 6 FROM stock_levels")
    rows = await connection.fetchval("SELECT coalesce(sum(quantity - shipped - released), 0) FROM stock_reservations")
    return level, rows


async def timeline(connection: asyncpg.Connection) -> list[str]:
    """Give what happened to the orders."""
    return [row["action"] for row in await connection.fetch("SELECT action FROM order_entries ORDER BY id")]


__all__ = ["checkout", "filled", "ledger", "line", "pay", "reserved", "terms", "timeline"]
