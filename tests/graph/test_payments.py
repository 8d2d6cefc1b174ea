"""The payment of an order ..."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from domain.payments import PaymentStatus
from models.transactions import driver_of
from services import orders as order_services
from services import payment_upkeep, payments
from services.gateways.payments import Gateways, InvalidNoticeError, NoAnswerError, Word
from services.gateways.payments_test import TestProvider
from tests.factories.small_shop import SmallShop
from tests.graph.carts import line
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled, ledger, reserved, timeline
from tests.graph.payments import SETTLED, come_due, provider, sold, status
from tests.models.locks import blocked

__all__ = ["provider", "sold"]  # fixtures

LATER = timedelta(minutes=16)


@pytest.fixture
async def cart(api: Api, sold: SmallShop) -> str:
    """A guest's cart with two lamps at 29.90 and delivery for 5.90."""
    return await filled(api, line(sold.small, 2))


async def key(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SELECT key FROM payments WHERE method = 'PROVIDER'"))


async def upkeep(api: Api, after: timedelta = timedelta(seconds=21)) -> int:
    return await payment_upkeep.step(api.context.database, api.context.gateways, now=datetime.now(UTC) + after)


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
        await driver_of(session).execute("UPDATE payments SET attempts = 7")
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


def gone_at(statement: str) -> Any:
    """Make a `fetch` of asyncpg's for which Postgres is killed as soon as it is sent a statement with this in it."""
    fetch = asyncpg.Connection.fetch

    async def killed(self: asyncpg.Connection, query: str, *given: Any, **more: Any) -> Any:
        if statement in query:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return await fetch(self, query, *given, **more)

    return killed


async def test_of_which_postgres_is_gone_before_the_provider_is_called_is_made_by_the_worker(
    api: Api, cart: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dead:
        dead.setattr(asyncpg.Connection, "fetch", gone_at("payments.token"))
        code, message = await api.refused(
            """mutation ($id: ID!) { checkoutComplete(input: { cartId: $id, idempotencyKey: "once",
                payment: { provider: "test", token: "ok" } }) { order { status } } }""",
            id=cart,
        )
    assert (code, message) == (
        "DATABASE_UNAVAILABLE",
        "The shop's data cannot be read just now; ask again in a few seconds.",
    )
    assert await status(connection) == ("PENDING_PAYMENT", "PENDING")
    assert await upkeep(api) == 1
    assert await status(connection) == ("PAID", "CAPTURED")
    again = await checkout(api, cart)
    assert (again["order"]["status"], again["replayed"], again["userErrors"]) == ("PAID", True, [])


async def test_of_which_postgres_is_gone_before_it_is_given_back_is_given_back_by_the_worker(
    api: Api, cart: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = (await checkout(api, cart))["order"]["id"]
    cancel = """mutation ($id: ID!) {
        orderCancel(input: { orderId: $id, idempotencyKey: "c" }) { order { status } userErrors { code } } }"""
    with monkeypatch.context() as dead:
        dead.setattr(asyncpg.Connection, "fetch", gone_at("UPDATE payment_refunds"))
        code, _ = await api.refused(cancel, id=order)
    assert code == "DATABASE_UNAVAILABLE"
    refunds = "SELECT status, amount FROM payment_refunds"
    assert await connection.fetchval("SELECT status FROM orders") == "CANCELLED"
    assert [tuple(row) for row in await connection.fetch(refunds)] == [("PENDING", 6_570)]
    assert (await api.data(cancel, id=order))["orderCancel"] == {"order": {"status": "CANCELLED"}, "userErrors": []}
    await upkeep(api)
    assert [tuple(row) for row in await connection.fetch(refunds)] == [("SUCCEEDED", 6_570)]


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


async def test_of_another_provider_is_not_taken(api: Api, cart: str, connection: asyncpg.Connection) -> None:
    await checkout(api, cart, token="slow")
    for amount in (6570, 1):
        word = Word(await key(connection), PaymentStatus.CAPTURED, "ch", amount)
        await payments.hear(api.context.database, api.context.gateways, provider="another", word=word)
    assert await status(connection) == ("PENDING_PAYMENT", "PENDING")


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


async def test_is_asked_about_while_another_ones_answer_is_waited_for(
    api: Api, sold: SmallShop, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("1", "2", "3"):
        await checkout(api, await filled(api, line(sold.small)), token="timeout", key=key)
    await come_due(connection)
    all_are_asked, status_of = asyncio.Barrier(3), TestProvider.status

    async def asked(provider: TestProvider, key: str, reference: str | None) -> Word:
        await all_are_asked.wait()
        return await status_of(provider, key, reference)

    monkeypatch.setattr(TestProvider, "status", asked)
    assert await upkeep(api) == 3
    assert await connection.fetchval("SELECT count(*) FROM orders WHERE status = 'PAID'") == 3
