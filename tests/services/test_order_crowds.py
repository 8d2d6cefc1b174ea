"""Whatever many do at once to the same orders, ..."""

import asyncio
from random import Random

import asyncpg
import pytest

from domain.access import MerchantRole, Viewer
from domain.errors import Refusal
from domain.order_refunds import RefundReason, Wanted
from domain.pricing_facts import Points, Rate
from domain.returns import ReturnAction, ReturnReason
from models.database import Database
from services import ledger_audit, order_audit, order_cancellations, order_refunds, returns, stock_audit
from tests.factories import bought, catalogue, club, people
from tests.factories.bought import NOW, Bought, Buying


class Crowd:
    """Customers and merchants who cancel, refund, send, take back, send back, withdraw and receive, at random."""

    def __init__(self, database: Database, bea: Viewer, managers: list[Viewer]) -> None:
        self.database, self.bea, self.managers = database, bea, managers
        self.done = self.refused = 0

    async def tries(self, order: Bought, chance: Random) -> None:
        """Do something to an order, and count whether it could be done."""
        try:
            await chance.choice(
                [
                    *(self.cancel, self.refund, self.refund, self.send, self.take_back, self.take_back, self.confirm),
                    *(self.send_back, self.send_back, self.withdraw, self.withdraw),
                ]
            )(order, chance)
            self.done += 1
        except Refusal:
            self.refused += 1

    async def cancel(self, order: Bought, chance: Random) -> None:
        viewer = chance.choice([self.bea, *self.managers])
        async with bought.caring(self.database, viewer, order.order_id) as (session, held):
            await order_cancellations.cancel(session, held, reason=None, merchant_id=None, now=NOW)

    async def refund(self, order: Bought, chance: Random) -> None:
        place = chance.randrange(2)
        wanted = (
            Wanted(order.lines[place], quantity=chance.randint(1, 3))
            if chance.random() < 0.5
            else Wanted(order.lines[place], amount=chance.randint(1, 3_000))
        )
        async with bought.caring(self.database, self.managers[place], order.order_id) as (session, held):
            await order_refunds.refund(
                session,
                held,
                lines=[wanted],
                deliveries=[],
                reason=RefundReason.OTHER,
                restock=chance.random() < 0.5,
                note=None,
                now=NOW,
            )

    async def send(self, order: Bought, chance: Random) -> None:
        await bought.send(self.database, chance.choice(self.managers), order.order_id)

    async def take_back(self, order: Bought, chance: Random) -> None:
        place = chance.randrange(2)
        if parcel := await self.one("fulfilments", order, chance, place):
            await bought.taken_back(self.database, self.managers[place], parcel)

    async def confirm(self, order: Bought, chance: Random) -> None:
        if parcel := await self.one("fulfilments", order, chance, chance.randrange(2)):
            await bought.delivered(self.database, self.bea, parcel)

    async def withdraw(self, order: Bought, chance: Random) -> None:
        place = chance.randrange(2)
        if return_id := await self.one("returns", order, chance, place):
            async with self.database.transaction() as session:
                await returns.cancel(
                    session,
                    viewer=chance.choice([self.bea, self.managers[place]]),
                    return_id=return_id,
                    note=None,
                    now=NOW,
                )

    async def one(self, table: str, order: Bought, chance: Random, place: int) -> int | None:
        """Draw one of an order's parcels or returns, of one of its merchants; None if there is none."""
        merchant_id = next(iter(self.managers[place].merchants))
        async with self.database.connection() as connection:
            found = await connection.fetch(
                f"SELECT id FROM {table} WHERE order_id = $1 AND merchant_id = $2 ORDER BY id",  # noqa: S608 - ours
                order.order_id,
                merchant_id,
            )
        return chance.choice(found)["id"] if found else None

    async def send_back(self, order: Bought, chance: Random) -> None:
        place = chance.randrange(2)
        async with bought.caring(self.database, self.bea, order.order_id) as (session, held):
            return_id = await returns.request(
                session, held, lines=[(order.lines[place], 1)], reason=ReturnReason.DAMAGED, note=None, now=NOW
            )
        if chance.random() < 0.5:
            return
        manager = self.managers[place]
        async with self.database.transaction() as session:
            await returns.decide(
                session, viewer=manager, return_id=return_id, action=ReturnAction.APPROVE, note=None, now=NOW
            )
        async with self.database.transaction() as session:
            await returns.receive(
                session,
                viewer=manager,
                return_id=return_id,
                lines=None,
                restock=True,
                delivery_amount=lambda _: None,
                now=NOW,
            )


async def test_no_more_is_refunded_than_was_paid_and_all_adds_up(
    database: Database, connection: asyncpg.Connection
) -> None:
    merchants = [await catalogue.merchant(connection) for _ in range(2)]
    managers = [await people.member(connection, each, MerchantRole.MANAGER) for each in merchants]
    bea = await people.customer(connection)
    await club.points(connection, bea.customer_id or 0, 10_000)
    pieces = [
        await bought.piece(connection, merchants[0], 1_999, 3),
        await bought.piece(connection, merchants[1], 701, 2),
    ]
    points = Points(available=10_000, asked=200, burn=Rate(1, 1), earn=Rate(1, 100))
    buying = Buying(pieces, customer_id=bea.customer_id, shipping=333, points=points)
    orders = [await bought.buy(database, buying) for _ in range(9)]
    for order in orders[3:]:
        for manager, line in zip(managers, order.lines, strict=True):
            await bought.send(database, manager, order.order_id, lines=[(line, 1)])
    crowd, chance = Crowd(database, bea, managers), Random(7)  # noqa: S311 - chance, repeatable
    wanted = [(order, Random(f"{number} {at}")) for number, order in enumerate(orders) for at in range(16)]  # noqa: S311 - likewise
    chance.shuffle(wanted)
    turns = asyncio.Semaphore(18)

    async def try_in_turn(order: Bought, chance: Random) -> None:
        # Not all at once: who looks for a parcel or a return to take back shall find some.
        async with turns:
            await crowd.tries(order, chance)

    await asyncio.gather(*(try_in_turn(*each) for each in wanted))
    assert min(crowd.done, crowd.refused) > 20
    undone = await connection.fetchrow(
        """SELECT (SELECT count(*) FROM fulfilments WHERE status = 'CANCELLED') AS parcels,
                  (SELECT count(*) FROM returns WHERE status = 'CANCELLED') AS returns"""
    )
    assert min(undone) > 0
    for audit in (order_audit.audit(connection, now=NOW), ledger_audit.audit(connection, now=NOW)):
        assert (await audit).findings == ()
    assert (await stock_audit.audit(connection)).findings == ()


async def test_invoices_of_a_merchant_and_year_are_numbered_without_a_gap(
    database: Database, connection: asyncpg.Connection
) -> None:
    merchants = [await catalogue.merchant(connection) for _ in range(2)]
    managers = [await people.member(connection, each, MerchantRole.MANAGER) for each in merchants]
    pieces = [await bought.piece(connection, each, 500, 2) for each in merchants]
    orders = [await bought.buy(database, Buying(pieces)) for _ in range(8)]

    async def send(manager: Viewer, order: Bought, *, fails: bool) -> None:
        async with bought.caring(database, manager, order.order_id) as (session, held):
            await bought.sent(session, held)
            if fails:
                raise Refusal("not after all")

    failing = [send(manager, order, fails=True) for manager in managers for order in orders]
    sending = [send(manager, order, fails=False) for manager in managers for order in orders]
    outcomes = await asyncio.gather(*failing[:8], *sending, *failing[8:], return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 16
    numbers = await connection.fetch("SELECT merchant_id, number FROM invoices ORDER BY merchant_id, sequence")
    assert [tuple(row) for row in numbers] == [
        (merchant_id, f"INV-2026-{number:06d}") for merchant_id in merchants for number in range(1, 9)
    ]
    with pytest.raises(asyncpg.CheckViolationError, match="may only grow"):
        await connection.execute("UPDATE invoices SET total = total + 1")
    with pytest.raises(asyncpg.CheckViolationError, match="may only grow"):
        await connection.execute("DELETE FROM invoices")
