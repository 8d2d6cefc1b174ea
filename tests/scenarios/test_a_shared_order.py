"""Three merchants share an order, the platform and they its coupon: bought, sent, refunded, sent back, cancelled."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from models.database import Database
from services import ledger_audit, order_audit, points
from services.points import Rates
from tests.factories import cart_terms, catalogue, club, people, promotions
from tests.graph.carts import BONN, line, money, send
from tests.graph.conftest import Api

SENT = """mutation ($order: ID!, $lines: [PiecesInput!], $key: String!) {
    fulfilmentCreate(input: { orderId: $order, lines: $lines, idempotencyKey: $key }) {
        fulfilment { id } order { status } userErrors { message } } }"""
ARRIVED = """mutation ($parcel: ID!, $key: String!) {
    deliveryConfirm(input: { fulfilmentId: $parcel, idempotencyKey: $key }) {
        order { status } userErrors { message } } }"""
REFUNDED = """mutation ($order: ID!, $line: ID!, $amount: Decimal!) {
    orderRefund(input: { orderId: $order, lines: [{ lineId: $line, amount: { amount: $amount, currency: "USD" } }]
                         reason: GOODWILL, idempotencyKey: "refund" }) {
        refund { amount { amount } pointsReturned } userErrors { message } } }"""
ASKED = """mutation ($order: ID!, $lines: [PiecesInput!]!) {
    returnRequest(input: { orderId: $order, lines: $lines, reason: UNWANTED, idempotencyKey: "return" }) {
        orderReturn { id } userErrors { message } } }"""
TAKEN = """mutation ($id: ID!) { returnApprove(input: { returnId: $id }) { userErrors { message } } }"""
CAME = """mutation ($id: ID!) {
    returnReceive(input: { returnId: $id, restock: true, idempotencyKey: "came" }) {
        refund { amount { amount } pointsReturned } userErrors { message } } }"""
CANCELLED = """mutation ($order: ID!) {
    orderCancel(input: { orderId: $order, reason: "Broken", idempotencyKey: "cancel" }) {
        order { status refundedTotal { amount } } userErrors { message } } }"""
RATE = """mutation ($merchant: ID, $rate: Decimal!) {
    commissionRuleSet(input: { merchantId: $merchant, ratePercent: $rate }) { userErrors { message } } }"""
SEEN = """query ($order: ID!) { order(id: $order) {
    status total { amount } refundedTotal { amount }
    parts { status refundedTotal { amount } } invoices { number total { amount } } } }"""


class Story:
    """The shop, who takes part, and what the books say."""

    def __init__(
        self, api: Api, connection: asyncpg.Connection, viewers: dict[str, Viewer], ids: dict[str, int]
    ) -> None:
        self.api, self.connection, self.viewers, self.ids = api, connection, viewers, ids

    async def does(self, who: str, document: str, **variables: Any) -> Any:
        """Let somebody do something that is not refused."""
        self.api.context.viewer = self.viewers[who]
        ((_, answer),) = (await self.api.data(document, **variables)).items()
        assert answer["userErrors"] == []
        return answer

    async def books(self) -> dict[str, str]:
        """Add up what each has in money, in units of it; merchants by their names."""
        names = {("MERCHANT_PAYABLE", self.ids[name]): name for name in ("ada", "bob", "cleo")}
        names |= {("TAX_PAYABLE", self.ids[name]): f"{name}'s tax" for name in ("ada", "bob", "cleo")}
        rows = await self.connection.fetch(
            """SELECT kind, owner_id, sum(amount) AS amount FROM ledger_postings AS posting
               JOIN ledger_accounts ON ledger_accounts.id = account_id WHERE posting.currency = 'USD'
               GROUP BY kind, owner_id HAVING sum(amount) <> 0"""
        )
        return {
            names.get((row["kind"], row["owner_id"]), row["kind"].lower()): f"{row['amount'] / 100:.2f}" for row in rows
        }

    async def points(self) -> dict[str, int]:
        """Count the customer's points by where they are."""
        rows = await self.connection.fetch(
            "SELECT kind, balance FROM ledger_accounts WHERE owner_type = 'CUSTOMER' AND balance <> 0"
        )
        return {row["kind"].removeprefix("POINTS_").lower(): row["balance"] for row in rows}


@pytest.fixture
async def story(api: Api, database: Database, connection: asyncpg.Connection) -> Story:
    found: dict[str, int] = {}
    viewers = {"bea": await people.customer(connection), "admin": await people.staff(connection, PlatformRole.ADMIN)}
    for name, price in (("ada", 2_990), ("bob", 10_005), ("cleo", 1_525)):
        found[name] = await catalogue.merchant(connection, name=name.title())
        viewers[name] = await people.member(connection, found[name], MerchantRole.MANAGER)
        product = await catalogue.product(connection, found[name], name=f"Of {name.title()}")
        found[f"{name}'s"] = await catalogue.variant(connection, product, prices={"USD": price})
        await catalogue.stock(connection, found[f"{name}'s"], await catalogue.warehouse(connection, found[name]), 10)
    await cart_terms.method(connection, 590)
    await cart_terms.region(connection, "DE", {"standard": 1900}, inclusive=True, is_default=True)
    spring = await promotions.promotion(connection, method="CODE", title="Spring", platform_share_bp=5_000)
    await promotions.code(connection, spring, "SPRING")
    await club.points(connection, viewers["bea"].customer_id or 0, 1_000)
    async with database.transaction() as session:
        await points.rates_set(session, rates=Rates(earn_bp=100, burn_bp=10_000))
    told = Story(api, connection, viewers, found)
    await told.does("admin", RATE, rate="10")
    await told.does("admin", RATE, rate="8", merchant=ids.encode("Merchant", found["bob"]))
    return told


async def bought(story: Story) -> tuple[str, list[str]]:
    """Let Bea buy three of Ada's, one of Bob's and two of Cleo's, with the coupon and all her points."""
    api = story.api
    api.context.viewer = story.viewers["bea"]
    lines = [line(story.ids["ada's"], 3), line(story.ids["bob's"], 1), line(story.ids["cleo's"], 2)]
    cart = (await send(api, "CartCreate", lines=lines))["cart"]["id"]
    await send(api, "CartCouponsSet", cartId=cart, codes=["SPRING"])
    await send(api, "CartPointsSet", cartId=cart, points=1_000)
    await send(api, "CartDeliverySet", cartId=cart, email="bea@example.com", address=BONN, method="standard")
    answer = await send(api, "CheckoutComplete", cartId=cart, token="ok", key="once")
    assert answer["userErrors"] == []
    assert (answer["order"]["status"], answer["order"]["total"]) == ("PAID", money("205.92"))
    rows = await story.connection.fetch("SELECT id FROM order_lines ORDER BY id")
    return answer["order"]["id"], [ids.encode("OrderLine", row["id"]) for row in rows]


async def test_and_each_has_what_is_due_to_the_cent(story: Story, connection: asyncpg.Connection) -> None:
    order, (lamps, desk, _) = await bought(story)
    # A tenth of 220.25 is 22.03: 8.97 of Ada's 89.70, 10.01 of Bob's 100.05, 3.05 of Cleo's 30.50. Half of each is the
    # platform's: 4.49, 5.01, 1.53. The points pay 4.07, 4.54 and 1.39, the platform gives that to the merchants. VAT in
    # it: 12.89, 14.38, 4.38, and 0.94 of each delivery. Commission of what is left: 10 % 6.78, 8 % 6.05, 10 % 2.31.
    assert await story.books() == {
        "payments": "-205.92",
        "ada": "70.51",  # 80.73 - 4.07 + 5.90 + 4.49 + 4.07 - 13.83 - 6.78
        "bob": "79.58",  # 90.04 - 4.54 + 5.90 + 5.01 + 4.54 - 15.32 - 6.05
        "cleo": "27.25",  # 27.45 - 1.39 + 5.90 + 1.53 + 1.39 - 5.32 - 2.31
        "ada's tax": "13.83",
        "bob's tax": "15.32",
        "cleo's tax": "5.32",
        "platform_revenue": "15.14",
        "platform_expense": "-21.03",
    }
    # 76.66, 85.50 and 26.06 in money for the goods earn a point for each whole one.
    assert await story.points() == {"pending": 76 + 85 + 26}

    # Some of Ada's goes on its way: that moves no money.
    before = await story.books()
    first = await story.does("ada", SENT, order=order, lines=[{"lineId": lamps, "quantity": 2}], key="1")
    assert first["order"]["status"] == "PARTIALLY_FULFILLED"
    await story.does("bob", SENT, order=order, lines=None, key="2")
    assert await story.books() == before

    # Bob gives back 20.00 of 85.50. Everything else in that proportion: 3.36 tax, 1.42 commission, 2.23 of what the
    # platform gave, 106 of 454 points.
    refund = await story.does("bob", REFUNDED, order=order, line=desk, amount="20.00")
    assert refund["refund"] == {"amount": {"amount": "20.00"}, "pointsReturned": 106}
    assert await story.books() == {
        **before,
        "payments": "-185.92",
        "bob": "62.13",  # 79.58 - (20.00 + 2.23 - 3.36 - 1.42)
        "bob's tax": "11.96",
        "platform_revenue": "13.72",
        "platform_expense": "-18.80",
    }
    assert await story.points() == {"pending": 187 - 20, "available": 106}

    # The rest of Ada's arrives as well: what Bea earned there is hers.
    second = await story.does("ada", SENT, order=order, lines=None, key="3")
    for parcel in (first, second):
        await story.does("bea", ARRIVED, parcel=parcel["fulfilment"]["id"], key=parcel["fulfilment"]["id"])
    assert await story.points() == {"pending": 65 + 26, "available": 106 + 76}

    # One of three lamps comes back: a third of 76.66 is 25.55, of 407 points 136, of 12.89 tax 4.30, of 6.78 commission
    # 2.26, of 8.56 that the platform gave 2.85, of 76 points that were earned 25.
    asked = await story.does("bea", ASKED, order=order, lines=[{"lineId": lamps, "quantity": 1}])
    await story.does("ada", TAKEN, id=asked["orderReturn"]["id"])
    came = await story.does("ada", CAME, id=asked["orderReturn"]["id"])
    assert came["refund"] == {"amount": {"amount": "25.55"}, "pointsReturned": 136}
    assert await story.books() == {
        "payments": "-160.37",
        "ada": "48.67",  # 70.51 - (25.55 + 2.85 - 4.30 - 2.26)
        "bob": "62.13",
        "cleo": "27.25",
        "ada's tax": "9.53",
        "bob's tax": "11.96",
        "cleo's tax": "5.32",
        "platform_revenue": "11.46",
        "platform_expense": "-15.95",
    }
    assert await story.points() == {"pending": 91, "available": 182 + 136 - 25}

    # Cleo cannot send: all of it goes back, the delivery too.
    cancelled = await story.does("cleo", CANCELLED, order=order)
    assert cancelled["order"] == {"status": "FULFILLED", "refundedTotal": {"amount": "31.96"}}
    assert await story.books() == {
        "payments": "-128.41",
        "ada": "48.67",
        "bob": "62.13",
        "ada's tax": "9.53",
        "bob's tax": "11.96",
        "platform_revenue": "9.15",
        "platform_expense": "-13.03",
    }
    assert await story.points() == {"pending": 65, "available": 293 + 139}
    await ended(story, order, connection)


async def ended(story: Story, order: str, connection: asyncpg.Connection) -> None:
    """Look at what there is in the end."""
    story.api.context.viewer = story.viewers["bea"]
    seen = (await story.api.data(SEEN, order=order))["order"]
    year = datetime.now(UTC).year
    assert seen == {
        "status": "FULFILLED",
        "total": {"amount": "205.92"},
        "refundedTotal": {"amount": "77.51"},
        "parts": [
            {"status": "DELIVERED", "refundedTotal": {"amount": "25.55"}},
            {"status": "FULFILLED", "refundedTotal": {"amount": "20.00"}},
            {"status": "CANCELLED", "refundedTotal": {"amount": "31.96"}},
        ],
        "invoices": [
            {"number": f"INV-{year}-000001", "total": {"amount": "82.56"}},
            {"number": f"INV-{year}-000001", "total": {"amount": "91.40"}},
            {"number": f"CN-{year}-000001", "total": {"amount": "20.00"}},
            {"number": f"CN-{year}-000001", "total": {"amount": "25.55"}},
        ],
    }
    paid = await connection.fetch("SELECT captured, refunded FROM payments")
    assert [tuple(row) for row in paid] == [(20_592, 7_751)]
    assert await connection.fetchval("SELECT sum(amount) FROM test_provider_refunds") == 7_751
    assert await connection.fetchval("SELECT amount - refunded FROM membership_spend") == 12_841
    levels = await connection.fetch("SELECT on_hand, reserved FROM stock_levels ORDER BY variant_id")
    assert [tuple(row) for row in levels] == [(8, 0), (9, 0), (10, 0)]
    moves = await connection.fetch("SELECT kind, sum(difference) AS units FROM stock_movements GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in moves if row["kind"] in {"SHIPMENT", "RETURN"}] == [("RETURN", 1), ("SHIPMENT", -4)]
    # Something was sent, so the coupon has been used.
    assert await connection.fetchval("SELECT state FROM coupon_reservations") == "REDEEMED"
    for each in (ledger_audit, order_audit):
        assert (await each.audit(connection, now=datetime.now(UTC))).findings == ()
