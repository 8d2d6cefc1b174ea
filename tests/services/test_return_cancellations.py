"""A return that is withdrawn ..."""

import asyncio
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, Viewer
from domain.errors import InvalidInput, Refusal
from domain.returns import ReturnAction, ReturnRefusedError, ReturnStateError, ReturnStatus
from models.database import Database
from services import access, order_audit, returns, stock_audit
from services.access import NotFoundError
from tests.contents import everything
from tests.factories import bought as orders
from tests.factories import catalogue, people
from tests.factories.bought import NOW, Bought, Buying

RETURNS = "SELECT status, decided_at, cancelled_at, received_at, version FROM returns ORDER BY id"


class Shop:
    """Ada has sold and sent Bea two lamps, and Bob her a chair."""

    def __init__(self, ada: int, bea: Viewer, manager: Viewer, others: dict[str, Viewer], bought: Bought) -> None:
        self.ada, self.bea, self.manager, self.others, self.order_id = ada, bea, manager, others, bought.order_id
        self.lamps = bought.lines[0]


@pytest.fixture
async def shop(database: Database, connection: asyncpg.Connection) -> Shop:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    manager = await people.member(connection, ada, MerchantRole.MANAGER)
    bea = await people.customer(connection)
    pieces = [await orders.piece(connection, ada, 2_990, 2), await orders.piece(connection, bob, 10_000)]
    bought = await orders.buy(
        database,
        Buying(pieces, customer_id=bea.customer_id, token_hash=access.cart_token_hash("secret"), shipping=590),
    )
    await orders.send(database, manager, bought.order_id)
    others = {
        "packer": await people.member(connection, ada, MerchantRole.PACKER),
        "bob": await people.member(connection, bob, MerchantRole.OWNER),
        "stranger": await people.customer(connection),
        "visitor": Viewer(cart_token="guess"),
    }
    return Shop(ada, bea, manager, others, bought)


async def withdraw(database: Database, viewer: Viewer, return_id: int, *, note: str | None = None) -> None:
    async with database.transaction() as session:
        await returns.cancel(session, viewer=viewer, return_id=return_id, note=note, now=NOW)


async def decide(database: Database, shop: Shop, return_id: int, action: ReturnAction) -> None:
    deciding: dict[str, Any] = {"viewer": shop.manager, "return_id": return_id, "now": NOW}
    async with database.transaction() as session:
        if action is ReturnAction.RECEIVE:
            await returns.receive(session, lines=None, restock=True, delivery_amount=lambda _: None, **deciding)
        else:
            await returns.decide(session, action=action, note="so", **deciding)


@pytest.mark.parametrize("approved", [False, True])
async def test_leaves_its_pieces_free_for_another(
    database: Database, connection: asyncpg.Connection, shop: Shop, *, approved: bool
) -> None:
    asked = [(shop.lamps, 2)]
    first = await orders.returning(database, shop.bea, shop.order_id, asked)
    if approved:
        await decide(database, shop, first, ReturnAction.APPROVE)
    before = await connection.fetchrow("SELECT version, status FROM orders")
    with pytest.raises(ReturnRefusedError):
        await orders.returning(database, shop.bea, shop.order_id, asked)
    await withdraw(database, shop.bea, first, note=" I keep them ")
    row = ("CANCELLED", NOW if approved else None, NOW, None, 3 if approved else 2)
    assert [tuple(each) for each in await connection.fetch(RETURNS)] == [row]
    after = await connection.fetchrow("SELECT version, status FROM orders")
    assert (after["version"], after["status"]) == (before["version"] + 1, before["status"])
    event = await connection.fetchrow(
        "SELECT type, subject_version, data FROM events WHERE subject_type = 'order' ORDER BY id DESC LIMIT 1"
    )
    assert (event["type"], event["subject_version"]) == ("RETURN_CANCELLED", after["version"])
    data = {name: event["data"][name] for name in ("return_id", "merchant_id", "note", "status")}
    assert data == {
        "return_id": first,
        "merchant_id": shop.ada,
        "note": "I keep them",
        "status": "PARTIALLY_FULFILLED",
    }
    entry = await connection.fetchrow("SELECT action, merchant_id, account_id FROM order_entries ORDER BY id DESC")
    assert tuple(entry) == ("RETURN_CANCELLED", shop.ada, shop.bea.account_id)
    second = await orders.returning(database, shop.bea, shop.order_id, asked)
    await decide(database, shop, second, ReturnAction.APPROVE)
    await decide(database, shop, second, ReturnAction.RECEIVE)
    assert await connection.fetchval("SELECT sum(amount) FROM refunds") == 2 * 2_990
    assert (await order_audit.audit(connection, now=NOW)).findings == ()


async def test_is_so_by_who_asked_or_by_who_would_refund_it(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    asked = [(shop.lamps, 1)]
    for viewer in (shop.bea, Viewer(cart_token="secret"), shop.manager):
        return_id = await orders.returning(database, shop.bea, shop.order_id, asked)
        before = await everything(connection)
        for name, other in shop.others.items():
            with pytest.raises(NotFoundError) as refused:
                await withdraw(database, other, return_id)
            assert refused.value.extensions == {"code": "NOT_FOUND", "field": "return_id"}, name
        with pytest.raises(InvalidInput, match="at most 1,000"):
            await withdraw(database, viewer, return_id, note="x" * 1_001)
        assert await everything(connection) == before
        await withdraw(database, viewer, return_id)
    assert [row["status"] for row in await connection.fetch(RETURNS)] == ["CANCELLED"] * 3
    with pytest.raises(NotFoundError):
        await withdraw(database, shop.bea, 999_999_999)


STEPS = {
    ReturnStatus.REJECTED: [ReturnAction.REJECT],
    ReturnStatus.RECEIVED: [ReturnAction.APPROVE, ReturnAction.RECEIVE],
    ReturnStatus.CANCELLED: [],
}


@pytest.mark.parametrize("status", STEPS)
async def test_has_not_ended_before(
    database: Database, connection: asyncpg.Connection, shop: Shop, status: ReturnStatus
) -> None:
    return_id = await orders.returning(database, shop.bea, shop.order_id, [(shop.lamps, 1)])
    for step in STEPS[status]:
        await decide(database, shop, return_id, step)
    if status is ReturnStatus.CANCELLED:
        await withdraw(database, shop.bea, return_id)
    before = await everything(connection)
    with pytest.raises(ReturnStateError) as refused:
        await withdraw(database, shop.bea, return_id)
    assert refused.value.extensions == {"code": "INVALID_STATE", "status": status.value}
    assert await everything(connection) == before


async def test_is_not_decided_about_any_more(database: Database, connection: asyncpg.Connection, shop: Shop) -> None:
    return_id = await orders.returning(database, shop.bea, shop.order_id, [(shop.lamps, 1)])
    await withdraw(database, shop.bea, return_id)
    before = await everything(connection)
    for action in (ReturnAction.APPROVE, ReturnAction.REJECT, ReturnAction.RECEIVE):
        with pytest.raises(ReturnStateError, match=f"is CANCELLED and cannot become {action.value}"):
            await decide(database, shop, return_id, action)
    assert await everything(connection) == before


async def test_is_not_received_at_the_same_time(database: Database, connection: asyncpg.Connection, shop: Shop) -> None:
    piece = await orders.piece(connection, shop.ada, 500, 2)
    for at in range(8):
        order = await orders.buy(database, Buying([piece], customer_id=shop.bea.customer_id, shipping=100))
        await orders.send(database, shop.manager, order.order_id)
        return_id = await orders.returning(database, shop.bea, order.order_id, [(order.lines[0], 1)])
        await decide(database, shop, return_id, ReturnAction.APPROVE)
        attempts = [
            withdraw(database, shop.bea, return_id),
            decide(database, shop, return_id, ReturnAction.RECEIVE),
        ]
        answers = await asyncio.gather(*(attempts if at % 2 else attempts[::-1]), return_exceptions=True)
        lost = [answer for answer in answers if answer is not None]
        assert [answer.code if isinstance(answer, Refusal) else answer for answer in lost] == ["INVALID_STATE"]
        row = await connection.fetchrow(
            """SELECT returns.status, returned, coalesce(refunds.amount, 0) FROM returns
               JOIN order_lines USING (order_id) LEFT JOIN refunds ON return_id = returns.id WHERE returns.id = $1""",
            return_id,
        )
        assert tuple(row) in [("CANCELLED", 0, 0), ("RECEIVED", 1, 500)]
    assert (await order_audit.audit(connection, now=NOW)).findings == ()
    assert (await stock_audit.audit(connection)).findings == ()
