"""The payment of an order ..."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from domain import gift_cards as gift_card_rules
from domain.access import Viewer
from domain.ledger import Reference
from domain.payments import PaymentStatus
from models.database import Database
from models.promotions import Promotion
from models.transactions import driver_in
from server import payments as providers
from server.config import Settings
from services import gift_cards, payment_upkeep, payments, promotion_funds, store_credit
from services import orders as order_services
from services.gateways.payments import Gateways, InvalidNoticeError, NoAnswerError, Word
from services.gateways.payments_test import TestProvider
from tests.factories import cart_terms, club, people, promotions
from tests.factories.small_shop import SmallShop
from tests.graph import orders
from tests.graph.carts import line, send
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled, ledger, pay, reserved, timeline
from tests.models.locks import blocked

LATER = timedelta(minutes=16)
SETTLED = {"MERCHANT_PAYABLE": 5521, "PAYMENTS": -6570, "TAX_PAYABLE": 1049}


@pytest.fixture
async def sold(connection: asyncpg.Connection, shop: SmallShop) -> SmallShop:
    """The small shop, with delivery and taxes."""
    await orders.terms(connection)
    return shop


@pytest.fixture
async def cart(api: Api, sold: SmallShop) -> str:
    """A guest's cart with two lamps at 29.90 and delivery for 5.90."""
    return await filled(api, line(sold.small, 2))


@pytest.fixture
def provider(database: Database, settings: Settings) -> TestProvider:
    """The test provider, as another process would have it: its books are in the database."""
    return providers.test_provider(database, settings)


async def status(connection: asyncpg.Connection) -> tuple[str, str]:
    row = await connection.fetchrow(
        """SELECT orders.status, payments.status AS payment FROM orders JOIN payments ON order_id = orders.id
           WHERE method = 'PROVIDER' ORDER BY payments.id DESC LIMIT 1"""
    )
    return row["status"], row["payment"]


async def key(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SELECT key FROM payments WHERE method = 'PROVIDER'"))


async def upkeep(api: Api, after: timedelta = timedelta(seconds=21)) -> int:
    return await payment_upkeep.step(api.context.database, api.context.gateways, now=datetime.now(UTC) + after)


async def come_due(connection: asyncpg.Connection) -> None:
    """Let the provider's two seconds be over."""
    await connection.execute("UPDATE test_provider_charges SET due_at = now()")


async def test_that_was_slow_is_there_once_the_provider_notifies(
    api: Api, cart: str, connection: asyncpg.Connection, provider: TestProvider
) -> None:
    await checkout(api, cart, token="slow")
    assert await provider.notify_due() == 0
    assert await status(connection) == ("PENDING_PAYMENT", "PENDING")
    await come_due(connection)
    assert await provider.notify_due() == 1
    assert await provider.notify_due() == 0
    assert await status(connection) == ("PAID", "CAPTURED")
    assert await ledger(connection) == SETTLED
    again = await checkout(api, cart, token="slow")
    assert (again["order"]["status"], again["replayed"], again["userErrors"]) == ("PAID", True, [])


@pytest.mark.parametrize("moves_order", [True, False])
async def test_is_held_with_its_order_as_both_are_after_the_wait(
    api: Api, cart: str, connection: asyncpg.Connection, *, moves_order: bool
) -> None:
    await checkout(api, cart, token="slow")
    database, charge = api.context.database, await key(connection)
    said = PaymentStatus.CAPTURED if moves_order else PaymentStatus.PENDING

    async def held() -> tuple[str, str, int]:
        async with database.transaction() as session:
            found = await order_services.hold_paid_by(session, key=charge, provider="test")
            assert found is not None
            return found["status"], found["payment_status"], found["payment_attempts"]

    async with database.transaction() as session:
        await order_services.hold_paid_by(session, key=charge, provider="test")
        waiting = asyncio.create_task(held())
        assert await blocked(connection, waiting)
        await payments.heard(session, provider="test", word=Word(charge, said, "ch", 6570), now=datetime.now(UTC))
        await driver_in(session).execute("UPDATE payments SET attempts = 7")
    assert await waiting == (("PAID", "CAPTURED", 7) if moves_order else ("PENDING_PAYMENT", "PENDING", 7))


async def test_that_was_never_answered_is_found_by_asking(api: Api, cart: str, connection: asyncpg.Connection) -> None:
    await checkout(api, cart, token="timeout")
    assert await upkeep(api, after=timedelta()) == 0
    assert await upkeep(api) == 1
    assert await status(connection) == ("PENDING_PAYMENT", "PENDING")
    await come_due(connection)
    assert await upkeep(api, after=timedelta(minutes=1)) == 1
    assert await status(connection) == ("PAID", "CAPTURED")
    assert await upkeep(api, after=timedelta(days=2)) == 0
    assert await ledger(connection) == SETTLED


async def test_that_never_reached_the_provider_is_made_by_the_worker(
    api: Api, cart: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def died(*_: object, **__: object) -> Any:
        raise NoAnswerError

    with monkeypatch.context() as dead:
        dead.setattr(TestProvider, "authorise", died)
        answer = await checkout(api, cart)
    assert answer["order"]["status"] == "PENDING_PAYMENT"
    assert await connection.fetchval("SELECT count(*) FROM test_provider_charges") == 0
    assert await upkeep(api) == 1
    assert await status(connection) == ("PAID", "CAPTURED")
    assert await connection.fetchval("SELECT token FROM payments") is None


async def test_that_does_not_come_lets_the_order_expire_and_the_cart_be_ordered_again(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    await checkout(api, cart, token="slow")
    await connection.execute("UPDATE test_provider_charges SET due_at = now() + interval '1 day'")
    assert await upkeep(api, after=timedelta(minutes=14)) == 1
    assert await status(connection) == ("PENDING_PAYMENT", "PENDING")
    assert await upkeep(api, after=LATER) == 2
    assert await status(connection) == ("EXPIRED", "VOIDED")
    assert await reserved(connection) == (0, 0)
    assert await timeline(connection) == ["PLACED", "EXPIRED"]
    # The provider is told, and refuses it from then on.
    assert await upkeep(api, after=LATER) == 1
    assert await connection.fetchval("SELECT status FROM test_provider_charges") == "VOIDED"
    assert await upkeep(api, after=LATER) == 0
    answer = await checkout(api, cart, key="another")
    assert answer["order"]["status"] == "PAID"


async def test_that_is_there_when_the_order_would_expire_pays_it(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    await checkout(api, cart, token="timeout")
    await come_due(connection)
    await connection.execute("UPDATE payments SET check_at = NULL")
    assert await upkeep(api, after=LATER) == 1
    assert await status(connection) == ("PAID", "CAPTURED")
    assert await reserved(connection) == (2, 2)


async def test_that_comes_when_the_order_has_let_go_is_given_back_and_said_so(
    api: Api, cart: str, connection: asyncpg.Connection, provider: TestProvider
) -> None:
    await checkout(api, cart, token="slow")
    async with api.context.database.transaction() as session:
        await connection.execute("UPDATE orders SET reserved_until = now() - interval '1 second'")
        order = await payments.orders.hold(session, await connection.fetchval("SELECT id FROM orders"))
        await payments.abandon(
            session, order, payments.OrderStatus.EXPIRED, action="EXPIRED", reason="Late.", now=datetime.now(UTC)
        )
    await come_due(connection)
    assert await provider.notify_due() == 1
    assert await status(connection) == ("EXPIRED", "CAPTURED")
    assert await timeline(connection) == ["PLACED", "EXPIRED", "PAID_LATE", "LATE_PAYMENT_REFUNDED", "MONEY_RETURNED"]
    assert await connection.fetchrow("SELECT paid, refunded FROM orders") == (6570, 6570)
    assert await connection.fetchrow("SELECT amount, refunded FROM test_provider_charges") == (6570, 6570)
    assert await reserved(connection) == (0, 0)
    assert await ledger(connection) == {}


async def test_of_which_the_provider_tells_in_any_order_counts_once(
    api: Api, cart: str, connection: asyncpg.Connection, provider: TestProvider
) -> None:
    await checkout(api, cart, token="slow")
    charge = await key(connection)
    said = [(Word(charge, PaymentStatus.PENDING, "ch", 6570), None)]
    said += [(Word(charge, PaymentStatus.CAPTURED, "ch", 6570), notice) for notice in ("n1", "n1", "n2", None)]
    said += [(Word(charge, PaymentStatus.DECLINED, "ch", 6570), "n3"), (Word(charge, None), None)]

    async def hear(word: Word, notice: str | None) -> None:
        await payments.hear(
            api.context.database, api.context.gateways, provider=provider.name, word=word, notice=notice
        )

    await asyncio.gather(*(hear(word, notice) for word, notice in said if word.status is not PaymentStatus.DECLINED))
    for word, notice in reversed(said):
        await hear(word, notice)
    assert await status(connection) == ("PAID", "CAPTURED")
    assert await timeline(connection) == ["PLACED", "PAID"]
    assert await ledger(connection) == SETTLED
    assert await connection.fetchrow("SELECT paid, refunded, total FROM orders") == (6570, 0, 6570)


async def test_of_another_amount_or_provider_is_not_taken(
    api: Api, cart: str, connection: asyncpg.Connection, provider: TestProvider
) -> None:
    await checkout(api, cart, token="slow")
    word = Word(await key(connection), PaymentStatus.CAPTURED, "ch", 1)
    with capture_logs() as logs:
        for name in (provider.name, "another"):
            await payments.hear(api.context.database, api.context.gateways, provider=name, word=word)
    assert [log["event"] for log in logs] == ["payment_of_another_amount"]
    assert await status(connection) == ("PENDING_PAYMENT", "PENDING")


async def test_by_gift_cards_and_credit_leaves_the_rest_to_the_provider(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    ada = await people.customer(connection)
    payment = await with_own_means(api, database, ada, cards=(1000, 500), credit=2000)
    cart_id = await filled(api, line(sold.small, 2), viewer=ada)
    before = await ledger(connection)
    declined = await pay(api, cart_id, {**payment, "token": "declined"}, key="1")
    assert declined["order"]["status"] == "PAYMENT_FAILED"
    assert declined["order"]["refundedTotal"] == {"amount": "35.00"}
    assert [error["code"] for error in declined["userErrors"]] == ["PAYMENT_DECLINED"]
    assert await ledger(connection) == before
    assert await connection.fetchrow("SELECT paid, refunded FROM orders") == (3500, 3500)
    answer = await pay(api, cart_id, payment, key="2")
    assert answer["userErrors"] == []
    assert [(each["method"], each["status"], each["amount"]["amount"]) for each in answer["order"]["payments"]] == [
        ("GIFT_CARD", "CAPTURED", "10.00"),
        ("GIFT_CARD", "CAPTURED", "5.00"),
        ("STORE_CREDIT", "CAPTURED", "20.00"),
        ("PROVIDER", "CAPTURED", "30.70"),
    ]
    # 65.70 were owed: 35.00 of it were ours already, so the provider holds 30.70.
    expense = {"PLATFORM_EXPENSE": before["PLATFORM_EXPENSE"]}
    assert await ledger(connection) == {**SETTLED, **expense, "PAYMENTS": -3070}


async def test_by_our_own_means_alone_needs_no_provider(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    ada = await people.customer(connection)
    payment = await with_own_means(api, database, ada, cards=(6000,), credit=2000)
    cart_id = await filled(api, line(sold.small, 2), viewer=ada)
    answer = await pay(api, cart_id, {"giftCardCodes": payment["giftCardCodes"]}, key="1")
    assert [error["message"] for error in answer["userErrors"]] == [
        "payment: something is left to pay; name a provider, with its token"
    ]
    assert answer["order"] is None
    answer = await pay(api, cart_id, {**payment, "provider": None, "token": None}, key="2")
    assert answer["order"]["status"] == "PAID"
    assert [each["amount"]["amount"] for each in answer["order"]["payments"]] == ["60.00", "5.70"]
    assert await connection.fetchval("SELECT count(*) FROM test_provider_charges") == 0
    balances = await connection.fetch(
        "SELECT kind, balance FROM ledger_accounts WHERE balance IS NOT NULL ORDER BY kind"
    )
    assert [tuple(row) for row in balances] == [("GIFT_CARD", 0), ("STORE_CREDIT", 1430)]


async def test_by_what_is_not_ones_own_is_refused(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    ada = await people.customer(connection)
    await with_own_means(api, database, ada, cards=(), credit=9000)
    cart_id = await filled(api, line(sold.small, 2))
    answer = await pay(api, cart_id, {"provider": "test", "token": "ok", "storeCredit": True}, key="1")
    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [
        ("BAD_USER_INPUT", ["payment", "storeCredit"])
    ]
    payment = {"provider": "test", "token": "ok", "giftCardCodes": ["ABCD-EFGH-JKLM-NPQR"]}
    answer = await pay(api, cart_id, payment, key="2")
    assert [error["code"] for error in answer["userErrors"]] == ["GIFT_CARD_REFUSED"]
    assert await connection.fetchval("SELECT count(*) FROM orders") == 0


async def with_own_means(
    api: Api, database: Database, viewer: Viewer, *, cards: tuple[int, ...], credit: int
) -> dict[str, Any]:
    """Give a customer gift cards and credit; gives the payment that uses all of it and the test provider."""
    secret_key, now = api.context.secret_key, datetime.now(UTC)
    codes = [gift_cards.code_of(secret_key, f"card {at}") for at in range(len(cards))]
    async with database.transaction() as session:
        for code, amount in zip(codes, cards, strict=True):
            await gift_cards.issue(session, code=code, secret_key=secret_key, amount=amount, currency="USD", now=now)
        await store_credit.give(
            session,
            customer_id=viewer.customer_id or 0,
            amount=credit,
            currency="USD",
            reference=Reference("REFUND", 1),
            now=now,
        )
    return {"provider": "test", "token": "ok", "giftCardCodes": codes, "storeCredit": True}


async def test_that_fails_gives_points_and_coupons_back_and_one_that_comes_uses_them(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    ada = await people.customer(connection)
    await club.points(connection, ada.customer_id or 0, 1_000)
    await cart_terms.rates(connection)
    spring = await promotions.promotion(
        connection, method="CODE", total_limit=1, budget=1000, currencies=["USD"], title="Spring"
    )
    async with database.transaction() as session:
        promotion = await session.get_one(Promotion, spring)
        await promotion_funds.set_aside(session, promotion, now=datetime.now(UTC))
    await promotions.code(connection, spring, "SPRING")
    cart_id = await filled(api, line(sold.small, 2), viewer=ada)
    await send(api, "CartCouponsSet", cartId=cart_id, codes=["spring"])
    await send(api, "CartPointsSet", cartId=cart_id, points=1_000)
    await checkout(api, cart_id, token="declined", key="1")
    assert await uses(connection, spring) == (0, 0, 0)
    assert await points_of(connection) == {"POINTS_AVAILABLE": 1000}
    answer = await checkout(api, cart_id, key="2")
    # 59.80 less 5.98 (which the platform's budget pays) less 10.00 in points (which the platform pays), and 5.90.
    assert answer["order"]["total"]["amount"] == "49.72"
    assert await uses(connection, spring) == (0, 1, 598)
    assert await points_of(connection) == {"POINTS_PENDING": 43}
    tax = 859 + 94  # 19/119 of 53.82 and of 5.90
    assert await ledger(connection) == {
        "COUPON_FUND": 402,
        "MERCHANT_PAYABLE": 4972 + 598 + 1000 - tax,
        "PAYMENTS": -4972,
        "PLATFORM_EXPENSE": -1000 - 1000,
        "TAX_PAYABLE": tax,
    }


async def uses(connection: asyncpg.Connection, promotion_id: int) -> tuple[int, int, int]:
    row = await connection.fetchrow(
        "SELECT reserved, redeemed, spent FROM promotion_counters WHERE promotion_id = $1", promotion_id
    )
    return row["reserved"], row["redeemed"], row["spent"]


async def points_of(connection: asyncpg.Connection) -> Mapping[str, int]:
    rows = await connection.fetch(
        "SELECT kind, balance FROM ledger_accounts WHERE kind LIKE 'POINTS%' AND balance > 0 ORDER BY kind"
    )
    return {row["kind"]: row["balance"] for row in rows}


async def test_that_comes_when_its_coupons_went_to_others_is_given_back(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, provider: TestProvider
) -> None:
    spring = await promotions.promotion(connection, total_limit=1)
    cart_id = await filled(api, line(sold.small, 2))
    await checkout(api, cart_id, token="slow")
    assert (
        await connection.execute(
            "UPDATE coupon_reservations SET state = 'RELEASED', closed_at = now() WHERE promotion_id = $1", spring
        )
        == "UPDATE 1"
    )
    await come_due(connection)
    assert await provider.notify_due() == 1
    assert await status(connection) == ("EXPIRED", "CAPTURED")
    assert await timeline(connection) == ["PLACED", "EXPIRED", "LATE_PAYMENT_REFUNDED", "MONEY_RETURNED"]
    assert await connection.fetchrow("SELECT paid, refunded FROM orders") == (5972, 5972)
    assert await reserved(connection) == (0, 0)


async def test_is_no_ones_to_notify_of_but_the_providers(
    api: Api, cart: str, connection: asyncpg.Connection, provider: TestProvider
) -> None:
    await checkout(api, cart, token="slow")
    word = Word(await key(connection), PaymentStatus.CAPTURED, "ch", 6570)
    headers, body = provider.notification(word)
    alone = Gateways(provider)
    for wrong in ({}, {**headers, "souk-test-signature": "0" * 64}):
        with pytest.raises(InvalidNoticeError):
            await payments.receive(api.context.database, alone, provider="test", headers=wrong, body=body)
    assert await status(connection) == ("PENDING_PAYMENT", "PENDING")
    await payments.receive(api.context.database, alone, provider="test", headers=headers, body=body)
    assert await status(connection) == ("PAID", "CAPTURED")


async def test_with_a_gift_card_is_answered_again_however_often(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    ada = await people.customer(connection)
    payment = await with_own_means(api, database, ada, cards=(500,), credit=100)
    cart_id = await filled(api, line(sold.small), viewer=ada)
    answers = [await pay(api, cart_id, payment) for _ in range(gift_card_rules.FREE_FAILURES + 3)]
    assert answers == [answers[0]] * len(answers)
    assert (answers[0]["order"]["status"], answers[0]["userErrors"]) == ("PAID", [])
    # Whoever has tried so often waits before anything else is tried, all the same.
    another = await pay(api, cart_id, {**payment, "giftCardCodes": ["ABCD-EFGH-JKLM-NPQR"]})
    assert [error["code"] for error in another["userErrors"]] == ["TOO_MANY_ATTEMPTS"]


async def test_whose_provider_is_not_offered_any_more_is_cancelled_and_given_back_later(
    api: Api, sold: SmallShop, connection: asyncpg.Connection
) -> None:
    cart_id = await filled(api, line(sold.small))
    order = (await checkout(api, cart_id))["order"]
    api.context.gateways = Gateways()
    with capture_logs() as logs:
        answer = await api.data(
            """mutation ($id: ID!) { orderCancel(input: { orderId: $id, idempotencyKey: "c" }) {
                order { status refunds { status } } userErrors { code } } }""",
            id=order["id"],
        )
    assert answer["orderCancel"] == {
        "order": {"status": "CANCELLED", "refunds": [{"status": "PENDING"}]},
        "userErrors": [],
    }
    assert [log["event"] for log in logs] == ["refund_without_answer"]
    assert await connection.fetchval("SELECT count(*) FROM payment_refunds WHERE check_at IS NOT NULL") == 1


async def test_of_what_was_spent_meanwhile_is_refused_and_takes_nothing(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await people.customer(connection)
    payment = await with_own_means(api, database, ada, cards=(500,), credit=100)
    cart_id = await filled(api, line(sold.small), viewer=ada)
    before = await ledger(connection)

    async def looked_up_before(*_: object, **__: object) -> int:
        return 5_000

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(store_credit, "balance", looked_up_before)
        answer = await pay(api, cart_id, payment)
    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [("CONFLICT", ["payment"])]
    assert (answer["order"], await connection.fetchval("SELECT count(*) FROM orders")) == (None, 0)
    assert await ledger(connection) == before
    assert (await pay(api, cart_id, payment))["order"]["status"] == "PAID"


async def test_whose_provider_answers_nonsense_does_not_hold_its_goods_for_ever(
    api: Api, cart: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nonsense(*_: object, **__: object) -> Any:
        raise ValueError("nonsense")

    await checkout(api, cart, token="slow")
    monkeypatch.setattr(TestProvider, "status", nonsense)
    with capture_logs() as logs:
        await upkeep(api, after=LATER)
    assert {log["event"] for log in logs} == {"payment_upkeep_failed"}
    assert await status(connection) == ("EXPIRED", "VOIDED")
    assert await reserved(connection) == (0, 0)
