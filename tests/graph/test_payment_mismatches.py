"""A provider that takes another amount than it was asked for ..."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from domain.access import PlatformRole
from domain.orders import OrderStatus
from domain.payments import PaymentStatus
from models.database import Database
from services import ledger_audit, order_audit, payment_upkeep, payments
from services.gateways.payments import Gateways, Word
from services.gateways.payments_test import TestProvider
from tests.factories import people
from tests.factories.small_shop import SmallShop
from tests.graph.carts import line
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled, ledger, pay, reserved, timeline
from tests.graph.payments import provider, sold, with_own_means
from tests.proof.checks import CHECKS

__all__ = ["provider", "sold"]  # fixtures

ASKED = 6570
PAYMENTS = """query ($id: ID!) { order(id: $id) { status statusReason total { amount } refundedTotal { amount }
    payments { status amount { amount currency } captured { amount currency } refunded { amount currency } failure }
    timeline(first: 20) { nodes { action note } } } }"""
FAILED = ["PLACED", "PAYMENT_MISMATCHED", "PAYMENT_FAILED", "MONEY_RETURNED"]
ROW = "SELECT status, captured, captured_currency, unasked, refunded FROM payments"
MONEY = (
    "orders charged otherwise at the provider than in our books",
    "charges at the provider without a payment of ours",
    "paid orders that have taken in other than their total",
    "money kept for orders that were released",
    "refunds above what was captured",
    "refunds that the provider has not done",
    "orders with a version that no event tells of",
)
BOOKS = "SELECT amount, currency, refunded FROM test_provider_charges"


@pytest.fixture
async def cart(api: Api, sold: SmallShop) -> str:
    """A guest's cart with two lamps, for 65.70 with delivery."""
    return await filled(api, line(sold.small, 2))


async def takes(connection: asyncpg.Connection, amount: int, currency: str = "USD") -> None:
    """Let the provider have taken this much by now of the only charge that is not answered."""
    await connection.execute(
        "UPDATE test_provider_charges SET due_at = now(), amount = $1, currency = $2", amount, currency
    )


async def hear(api: Api, word: Word, *, times: int = 1) -> None:
    """Hear a word so many times at once."""
    database, gateways = api.context.database, api.context.gateways
    await asyncio.gather(*(payments.hear(database, gateways, provider="test", word=word) for _ in range(times)))


async def upkeep(api: Api, after: timedelta = timedelta(seconds=21)) -> int:
    return await payment_upkeep.step(api.context.database, api.context.gateways, now=datetime.now(UTC) + after)


async def key(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SELECT key FROM payments WHERE method = 'PROVIDER'"))


async def sound(connection: asyncpg.Connection) -> None:
    """Hold everything to the audits, and money to the checks of the proof."""
    now = datetime.now(UTC)
    assert (await order_audit.audit(connection, now=now)).findings == ()
    assert (await ledger_audit.audit(connection, now=now)).findings == ()
    assert {what: await connection.fetchval(CHECKS[what]) for what in MONEY} == dict.fromkeys(MONEY, 0)


@pytest.mark.parametrize(
    ("token", "taken", "currency"),
    [("less", "59.13", "USD"), ("more", "72.27", "USD"), ("other-currency", "65.70", "EUR")],
)
async def test_gives_all_of_it_back_and_the_order_fails(
    api: Api, cart: str, connection: asyncpg.Connection, token: str, taken: str, currency: str
) -> None:
    answer = await checkout(api, cart, token=token)
    failure = f"{taken} {currency} was taken instead of 65.70 USD, and goes back"
    assert answer["order"]["status"] == "PAYMENT_FAILED"
    assert [(error["code"], error["message"]) for error in answer["userErrors"]] == [
        ("PAYMENT_DECLINED", f"payment: {failure}; nothing was paid, and the cart can be ordered again")
    ]
    order = (await api.data(PAYMENTS, id=answer["order"]["id"]))["order"]
    assert order == {
        "status": "PAYMENT_FAILED",
        "statusReason": failure,
        "total": {"amount": "65.70"},
        "refundedTotal": {"amount": "0.00"},
        "payments": [
            {
                "status": "CAPTURED",
                "amount": {"amount": "65.70", "currency": "USD"},
                "captured": {"amount": taken, "currency": currency},
                "refunded": {"amount": taken, "currency": currency},
                "failure": failure,
            }
        ],
        "timeline": {
            "nodes": [
                {"action": action, "note": note}
                for action, note in zip(
                    FAILED,
                    [
                        None,
                        f"The provider took {taken} {currency} instead of 65.70 USD; {taken} {currency} goes back.",
                        None,
                        None,
                    ],
                    strict=True,
                )
            ]
        },
    }
    told = await connection.fetch("SELECT type, data FROM events WHERE subject_type = 'order' ORDER BY id")
    assert [event["type"] for event in told] == ["ORDER_PLACED", "ORDER_PAYMENT_MISMATCHED", "ORDER_PAYMENT_FAILED"]
    assert {name: told[1]["data"][name] for name in ("asked", "captured", "returned")} == {
        "asked": {"amount": "65.70", "currency": "USD"},
        "captured": {"amount": taken, "currency": currency},
        "returned": {"amount": taken, "currency": currency},
    }
    minor = int(taken.replace(".", ""))
    assert await connection.fetchrow(BOOKS) == (minor, currency, minor)
    assert await connection.fetchrow("SELECT paid, refunded, paid_at FROM orders") == (0, 0, None)
    assert await reserved(connection) == (0, 0)
    assert await ledger(connection) == {}
    await sound(connection)


async def test_answers_the_same_again_and_lets_the_cart_be_ordered_again(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    first = await checkout(api, cart, token="less")
    assert await checkout(api, cart, token="less") == {**first, "replayed": True}
    assert await timeline(connection) == FAILED
    assert await connection.fetch(BOOKS) == [(5913, "USD", 5913)]
    answer = await checkout(api, cart, key="another")
    assert (answer["order"]["status"], answer["userErrors"]) == ("PAID", [])
    assert await reserved(connection) == (2, 2)
    await sound(connection)


@pytest.mark.parametrize(("amount", "currency"), [(1, "USD"), (99_999, "USD"), (ASKED, "JPY")])
async def test_is_believed_when_it_notifies(
    api: Api, cart: str, connection: asyncpg.Connection, provider: TestProvider, amount: int, currency: str
) -> None:
    await checkout(api, cart, token="slow")
    await takes(connection, amount, currency)
    assert await provider.notify_due() == 1
    other = None if currency == "USD" else currency
    assert await connection.fetchrow(ROW) == ("CAPTURED", amount, other, amount, amount)
    assert await timeline(connection) == FAILED
    assert await connection.fetchrow(BOOKS) == (amount, currency, amount)
    await sound(connection)


@pytest.mark.parametrize("amount", [1, ASKED + 1])
async def test_is_believed_when_it_is_asked_and_not_asked_again(
    api: Api, cart: str, connection: asyncpg.Connection, amount: int
) -> None:
    await checkout(api, cart, token="timeout")
    await takes(connection, amount)
    assert await upkeep(api) == 1
    assert await connection.fetchrow(ROW) == ("CAPTURED", amount, None, amount, amount)
    assert await timeline(connection) == FAILED
    assert await connection.fetchval("SELECT check_at FROM payments") is None
    assert await upkeep(api, after=timedelta(minutes=16)) == await upkeep(api, after=timedelta(days=2)) == 0
    await sound(connection)


async def test_is_believed_when_it_is_asked_once_more_before_the_order_expires(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    await checkout(api, cart, token="timeout")
    await takes(connection, 6000)
    await connection.execute("UPDATE payments SET check_at = NULL")
    assert await upkeep(api, after=timedelta(minutes=16)) == 1
    assert await connection.fetchval("SELECT status FROM orders") == "PAYMENT_FAILED"
    assert await timeline(connection) == FAILED
    await sound(connection)


@pytest.mark.parametrize(("amount", "currency"), [(6000, "USD"), (7000, "USD"), (ASKED, "EUR")])
async def test_when_the_order_has_let_go_gives_all_of_it_back(
    api: Api, cart: str, connection: asyncpg.Connection, provider: TestProvider, amount: int, currency: str
) -> None:
    await checkout(api, cart, token="slow")
    async with api.context.database.transaction() as session:
        order = await payments.orders.hold(session, await connection.fetchval("SELECT id FROM orders"))
        await payments.abandon(
            session, order, OrderStatus.CANCELLED, action="CANCELLED", reason="No.", now=datetime.now(UTC)
        )
    await takes(connection, amount, currency)
    assert await provider.notify_due() == 1
    assert await connection.fetchval("SELECT status FROM orders") == "CANCELLED"
    assert await timeline(connection) == ["PLACED", "CANCELLED", "PAYMENT_MISMATCHED", "MONEY_RETURNED"]
    assert await connection.fetchrow(BOOKS) == (amount, currency, amount)
    assert await reserved(connection) == (0, 0)
    await sound(connection)


@pytest.mark.parametrize("order", list(permutations((3000, ASKED, 7000))))
async def test_ever_anew_is_accounted_for_to_the_last_word(
    api: Api, cart: str, connection: asyncpg.Connection, order: tuple[int, ...]
) -> None:
    await checkout(api, cart, token="slow")
    charge, most = await key(connection), 0
    for amount in order:
        most = max(most, amount)
        await takes(connection, most)
        await connection.execute("UPDATE test_provider_charges SET status = 'CAPTURED'")
        await hear(api, Word(charge, PaymentStatus.CAPTURED, "ch", amount, currency="USD"), times=3)
        await hear(api, Word(charge, PaymentStatus.DECLINED, "ch", failure="no"))
        await hear(api, Word(charge, PaymentStatus.CAPTURED, "ch"))
        await sound(connection)
    is_paid = order[0] == ASKED
    assert await connection.fetchrow(ROW) == (
        "CAPTURED",
        7000,
        None,
        430 if is_paid else 7000,
        430 if is_paid else 7000,
    )
    assert await connection.fetchrow("SELECT status, paid, refunded FROM orders") == (
        ("PAID", ASKED, 0) if is_paid else ("PAYMENT_FAILED", 0, 0)
    )
    steps = len([amount for at, amount in enumerate(order) if amount > max((0, *order[:at]))]) - is_paid
    assert (await timeline(connection)).count("PAYMENT_MISMATCHED") == steps
    assert (await timeline(connection)).count("MONEY_RETURNED") == steps
    assert await connection.fetchrow(BOOKS) == (7000, "USD", 430 if is_paid else 7000)


async def test_at_the_same_time_by_all_ways_counts_once(
    api: Api, cart: str, connection: asyncpg.Connection, provider: TestProvider
) -> None:
    await checkout(api, cart, token="slow")
    await takes(connection, 6000)
    word = Word(await key(connection), PaymentStatus.CAPTURED, "ch", 6000, currency="USD")
    headers, body = provider.notification(word)
    database, alone = api.context.database, Gateways(provider)
    await asyncio.gather(
        *(payments.receive(database, alone, provider="test", headers=headers, body=body) for _ in range(3)),
        *(hear(api, word) for _ in range(3)),
        upkeep(api),
        upkeep(api),
        provider.notify_due(),
    )
    assert await timeline(connection) == FAILED
    assert await connection.fetch("SELECT amount, status FROM payment_refunds") == [(6000, "SUCCEEDED")]
    assert await connection.fetchrow(BOOKS) == (6000, "USD", 6000)
    await sound(connection)


async def test_more_than_once_for_a_paid_order_gives_back_what_is_too_much(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    order = (await checkout(api, cart))["order"]
    await takes(connection, 2 * ASKED)
    await hear(api, Word(await key(connection), PaymentStatus.CAPTURED, "ch", 2 * ASKED, currency="USD"), times=2)
    assert await timeline(connection) == ["PLACED", "PAID", "PAYMENT_MISMATCHED", "MONEY_RETURNED"]
    shown = (await api.data(PAYMENTS, id=order["id"]))["order"]
    assert (shown["status"], shown["refundedTotal"]["amount"], shown["payments"][0]["failure"]) == (
        "PAID",
        "0.00",
        None,
    )
    assert shown["timeline"]["nodes"][2]["note"] == (
        "The provider took 65.70 USD more, 131.40 USD in all, where 65.70 USD was asked; 65.70 USD goes back."
    )
    await sound(connection)
    # What the order was paid with is still there, to be given back when it is cancelled.
    await api.data(
        """mutation ($id: ID!) { orderCancel(input: { orderId: $id, idempotencyKey: "c" }) { userErrors { code } } }""",
        id=order["id"],
    )
    assert await connection.fetchrow("SELECT status, paid, refunded FROM orders") == ("CANCELLED", ASKED, ASKED)
    assert await connection.fetchrow(BOOKS) == (2 * ASKED, "USD", 2 * ASKED)
    await sound(connection)


async def test_in_two_currencies_one_after_the_other_is_not_believed(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    await checkout(api, cart)
    before = await connection.fetchrow(ROW)
    with capture_logs() as logs:
        await hear(api, Word(await key(connection), PaymentStatus.CAPTURED, "ch", 9000, currency="EUR"))
    assert [log["event"] for log in logs] == ["payment_of_two_currencies"]
    assert await connection.fetchrow(ROW) == before == ("CAPTURED", ASKED, None, 0, 0)
    assert await timeline(connection) == ["PLACED", "PAID"]


async def test_of_nothing_has_declined(api: Api, cart: str, connection: asyncpg.Connection) -> None:
    await checkout(api, cart, token="slow")
    await hear(api, Word(await key(connection), PaymentStatus.CAPTURED, "ch", 0, currency="USD"), times=2)
    assert await connection.fetchrow(ROW) == ("DECLINED", 0, None, 0, 0)
    assert await timeline(connection) == ["PLACED", "PAYMENT_FAILED"]
    assert await connection.fetchval("SELECT status_reason FROM orders") == "nothing was taken"


async def test_gives_gift_cards_and_credit_back_with_it(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    ada = await people.customer(connection)
    payment: dict[str, Any] = await with_own_means(api, database, ada, cards=(1000,), credit=2000)
    cart_id = await filled(api, line(sold.small, 2), viewer=ada)
    before = await ledger(connection)
    answer = await pay(api, cart_id, {**payment, "token": "more"})
    assert answer["order"]["status"] == "PAYMENT_FAILED"
    assert answer["order"]["refundedTotal"] == {"amount": "30.00"}  # the provider's 39.27 was no payment of it
    assert [(each["method"], each["refunded"]["amount"]) for each in answer["order"]["payments"]] == [
        ("GIFT_CARD", "10.00"),
        ("STORE_CREDIT", "20.00"),
        ("PROVIDER", "39.27"),
    ]
    assert await ledger(connection) == before
    await sound(connection)


async def test_that_refuses_to_give_it_back_is_asked_again_by_staff_in_its_currency(
    api: Api, cart: str, connection: asyncpg.Connection
) -> None:
    await checkout(api, cart, token="timeout")
    await takes(connection, ASKED, "EUR")
    await connection.execute("UPDATE test_provider_charges SET refunded = amount")
    await upkeep(api)
    assert (await timeline(connection))[-1] == "MONEY_NOT_RETURNED"
    await connection.execute("UPDATE test_provider_charges SET refunded = 0")
    api.context.viewer = await people.staff(connection, PlatformRole.AGENT)
    answer = await api.data(
        """mutation ($id: ID!) { orderRefundRetry(input: { orderId: $id, idempotencyKey: "r" }) {
            order { id } userErrors { code } } }""",
        id=(await api.data("{ orders(first: 1) { nodes { id } } }"))["orders"]["nodes"][0]["id"],
    )
    assert answer["orderRefundRetry"]["userErrors"] == []
    event = await connection.fetchval("SELECT data FROM events WHERE type = 'ORDER_REFUND_RETRIED'")
    assert (event["amount"], event["currency"]) == ("65.70", "EUR")
    assert await connection.fetchrow(BOOKS) == (ASKED, "EUR", ASKED)
    await sound(connection)
