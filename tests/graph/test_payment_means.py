"""The payment of an order ..."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

import models.database
from domain import gift_cards as gift_card_rules
from models.database import Database
from models.promotions import Promotion
from services import promotion_funds, store_credit
from services.gateways.payments_test import TestProvider
from tests.factories import cart_terms, club, people, promotions
from tests.factories.small_shop import SmallShop
from tests.graph.carts import line, send
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled, ledger, pay, reserved, timeline
from tests.graph.payments import SETTLED, come_due, provider, sold, status, with_own_means
from tests.models.locks import blocked

__all__ = ["provider", "sold"]  # fixtures


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


async def test_with_a_gift_card_is_answered_again_however_often(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    ada = await people.customer(connection)
    payment = await with_own_means(api, database, ada, cards=(500,), credit=100)
    cart_id = await filled(api, line(sold.small), viewer=ada)
    answers = [await pay(api, cart_id, payment) for _ in range(gift_card_rules.FREE_FAILURES + 3)]
    assert answers == [answers[0]] * len(answers)
    assert (answers[0]["order"]["status"], answers[0]["userErrors"]) == ("PAID", [])
    # None of it was a guess, so it may be guessed as often as by anybody.
    another = await pay(api, cart_id, {**payment, "giftCardCodes": ["ABCD-EFGH-JKLM-NPQR"]})
    assert [error["code"] for error in another["userErrors"]] == ["IDEMPOTENCY_CONFLICT"]
    assert await connection.fetchval("SELECT failures FROM gift_card_guesses") == 0


async def test_with_a_gift_card_is_slowed_down_by_wrong_codes_alone(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    ada = await people.customer(connection)
    payment = await with_own_means(api, database, ada, cards=(500,), credit=100)
    cart_id = await filled(api, line(sold.small), viewer=ada)
    codes = payment["giftCardCodes"]

    async def refused(payment: dict[str, Any], key: str) -> list[str]:
        return [error["code"] for error in (await pay(api, cart_id, payment, key=key))["userErrors"]]

    for number in range(gift_card_rules.FREE_FAILURES + 3):
        assert await refused({"giftCardCodes": codes}, f"too little {number}") == ["BAD_USER_INPUT"]
    wrong = {**payment, "giftCardCodes": [*codes, "ABCD-EFGH-JKLM-NPQR"]}
    for number in range(gift_card_rules.FREE_FAILURES):
        assert await refused(wrong, f"guessed {number}") == ["GIFT_CARD_REFUSED"]
    assert await refused(payment, "right") == ["TOO_MANY_ATTEMPTS"]
    assert await connection.fetchval("SELECT failures FROM gift_card_guesses") == gift_card_rules.FREE_FAILURES
    assert await connection.fetchval("SELECT count(*) FROM orders") == 0


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


async def test_by_the_same_gift_cards_in_another_order_waits_in_no_circle(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.database, "_TO_BE_TRIED_AGAIN", frozenset())  # a deadlock would pass unseen otherwise
    ada = await people.customer(connection)
    payment = await with_own_means(api, database, ada, cards=(500, 500), credit=100)
    there, back = payment["giftCardCodes"], payment["giftCardCodes"][::-1]
    buyers: list[tuple[Api, str]] = []
    for _ in range(2):
        cart_id = await filled(api, line(sold.small))
        buyers.append((replace(api, context=replace(api.context)), cart_id))
    async with database.connection() as holding, holding.transaction():
        # Both come to the second card while somebody else has it.
        await holding.execute(
            "SELECT FROM ledger_accounts WHERE kind = 'GIFT_CARD' ORDER BY owner_id DESC LIMIT 1 FOR UPDATE"
        )
        paying = []
        for (buyer, cart_id), codes in zip(buyers, (back, there), strict=True):
            given = {"provider": "test", "token": "ok", "giftCardCodes": codes}
            paying.append(asyncio.create_task(pay(buyer, cart_id, given)))
            assert await blocked(connection, paying[-1])
            await asyncio.sleep(0.1)
    first, second = await asyncio.gather(*paying)
    assert [each["amount"]["amount"] for each in first["order"]["payments"]] == ["5.00", "5.00", "25.80"]
    assert (first["order"]["status"], first["userErrors"]) == ("PAID", [])
    assert (second["order"], [error["code"] for error in second["userErrors"]]) == (None, ["CONFLICT"])
