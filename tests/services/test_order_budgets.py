"""When an order is cancelled as a whole, what budgets of promotions have paid ..."""

import asyncpg
import pytest

from domain.access import MerchantRole
from domain.order_placement import Budgets
from domain.promotions import Percentage, Promotion
from graph import ids
from models.database import Database
from models.promotions import Promotion as PromotionOf
from services import ledger_audit, promotion_funds
from tests.factories import bought, catalogue, people, promotions
from tests.factories.bought import NOW, Buying
from tests.graph.conftest import Api, api, changes, connection, engine, indexes

__all__ = ["api", "changes", "connection", "engine", "indexes"]

REFUND = """mutation ($id: ID!, $lines: [RefundLineInput!]!, $key: String!) {
    orderRefund(input: { orderId: $id, lines: $lines, reason: OTHER, idempotencyKey: $key }) {
        refund { amount { amount } } order { status } userErrors { code message } } }"""


async def books(connection: asyncpg.Connection) -> dict[tuple[str, int], int]:
    rows = await connection.fetch(
        """SELECT kind, owner_id, sum(amount)::bigint AS amount FROM ledger_postings
           JOIN ledger_accounts ON ledger_accounts.id = account_id GROUP BY kind, owner_id HAVING sum(amount) <> 0"""
    )
    return {(row["kind"], row["owner_id"]): row["amount"] for row in rows}


@pytest.mark.parametrize("owner", ["platform", "merchant"])
async def test_goes_home(api: Api, database: Database, connection: asyncpg.Connection, owner: str) -> None:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    of = {"merchant_id": ada} if owner == "merchant" else {"platform_share_bp": 10_000}
    spring = await promotions.promotion(connection, title="Spring", budget=5_000, currencies=["EUR"], **of)
    async with database.transaction() as session:
        await promotion_funds.set_aside(session, await session.get_one(PromotionOf, spring), now=NOW)
    aside = await books(connection)
    home = ("MERCHANT_PAYABLE", ada) if owner == "merchant" else ("PLATFORM_EXPENSE", 1)
    assert aside == {home: -5_000, ("COUPON_FUND", spring): 5_000}
    applied = Promotion(spring, "Spring", Percentage(1_000), platform_share=0 if owner == "merchant" else 10_000)
    pieces = [await bought.piece(connection, ada, 10_000, 2)]
    if owner == "platform":
        pieces.append(await bought.piece(connection, bob, 3_000))
    budgets = Budgets(**{owner: frozenset({spring})})
    order = await bought.buy(database, Buying(pieces, promotions=(applied,), budgets=budgets))
    off = 2_000 if owner == "merchant" else 2_300
    paid = await books(connection)
    assert paid["COUPON_FUND", spring] == 5_000 - off
    assert paid["PAYMENTS", 1] == -order.price.cost.total
    assert home[0] != "PLATFORM_EXPENSE" or paid[home] == -5_000

    for at, (line, piece) in enumerate(zip(order.lines, pieces, strict=True)):
        api.context.viewer = await people.member(connection, piece.merchant_id, MerchantRole.MANAGER)
        for part in ({"amount": {"amount": "1.00", "currency": "EUR"}}, {"quantity": piece.quantity}):
            lines = [{"lineId": ids.encode("OrderLine", line), **part}]
            key = f"{at} {sorted(part)}"
            answer = await api.data(REFUND, id=ids.encode("Order", order.order_id), lines=lines, key=key)
            assert answer["orderRefund"]["userErrors"] == []
    assert answer["orderRefund"]["order"]["status"] == "CANCELLED"
    assert await books(connection) == aside
    assert await connection.fetchval("SELECT state FROM coupon_reservations") == "RETURNED"
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()
