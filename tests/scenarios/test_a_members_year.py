"""A member's year: registered, shopping, up a level, coupons and points, what expires, and down again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from domain import pricing
from domain.coupons import Use
from domain.ledger import Reference
from domain.membership import Level
from domain.pricing_facts import Customer, Facts, Line, Points, Rate
from domain.pricing_facts import Level as Benefits
from domain.pricing_outcome import Price
from domain.tax import TaxRules
from models.database import Database
from services import coupon_claims, coupons, ledger_audit, membership, points, points_reservations, points_upkeep
from services import promotion_facts as offers
from services.points import Rates
from tests.factories import catalogue, promotions
from tests.graph.conftest import Api
from tests.graph.test_accounts import PASSWORD, REGISTER, VERIFY, mailed

BEGIN = datetime(2026, 1, 10, 9, tzinfo=UTC)
LEVELS = (
    Level(0, "Bronze", "USD", 0),
    Level(0, "Silver", "USD", 30_000, discount_bp=250, points_multiplier_bp=12_500),
)
RATE = Rates(earn_bp=100, burn_bp=10_000)
"""A point for each unit of money, which pays a hundredth of one."""


class Shopping:
    """What checkout does for a member, who buys one thing at a time; each call is a transaction at the story's time."""

    def __init__(self, database: Database, customer_id: int, merchant_id: int) -> None:
        self.database = database
        self.customer_id = customer_id
        self.merchant_id = merchant_id
        self.now = BEGIN
        self.orders = 0

    async def level(self) -> str:
        async with self.database.transaction() as session:
            found = await membership.level(session, customer_id=self.customer_id)
        return found.name if found else ""

    async def points(self) -> int:
        async with self.database.transaction() as session:
            return await points.available(session, customer_id=self.customer_id)

    async def claims(self, promotion_id: int) -> str:
        async with self.database.transaction() as session:
            coupon_id = await coupon_claims.claim(
                session, promotion_id=promotion_id, customer_id=self.customer_id, now=self.now
            )
            connection = await session.connection()
            found = await connection.exec_driver_sql("SELECT code FROM coupons WHERE id = $1", (coupon_id,))
            return str(found.scalar_one())

    async def buys(self, amount: int, *, codes: tuple[str, ...] = (), with_points: int = 0) -> Price:
        """Buy something, as order number `orders`; five days later it is delivered."""
        self.orders += 1
        order, until = Reference("ORDER", self.orders), self.now + timedelta(minutes=15)
        async with self.database.transaction() as session:
            price = pricing.price(await self._facts(session, amount, codes, with_points))
            uses = [
                Use(each.promotion_id, each.code, each.amount, each.amount)
                for each in price.applied
                if each.promotion_id is not None
            ]
            await coupons.reserve(
                session,
                uses=uses,
                customer_id=self.customer_id,
                currency="USD",
                reference=order,
                until=until,
                now=self.now,
            )
            if price.points_used:
                await points_reservations.reserve(
                    session,
                    customer_id=self.customer_id,
                    points=price.points_used,
                    reference=order,
                    until=until,
                    now=self.now,
                )
        async with self.database.transaction() as session:  # it is paid
            if uses:
                await coupons.redeem(session, reference=order, now=self.now)
            if price.points_used:
                await points_reservations.redeem(session, reference=order, now=self.now)
            await membership.record_spend(
                session,
                customer_id=self.customer_id,
                amount=price.cost.total,
                currency="USD",
                reference=order,
                now=self.now,
            )
            await points.earn(
                session, customer_id=self.customer_id, points=price.points_earned, reference=order, now=self.now
            )
        async with self.database.transaction() as session:
            await points.confirm(session, reference=order, now=self.now + timedelta(days=5))
        return price

    async def _facts(self, session: Any, amount: int, codes: tuple[str, ...], with_points: int) -> Facts:
        level = await membership.level(session, customer_id=self.customer_id)
        assert level is not None
        return Facts(
            currency="USD",
            lines=(Line(1, 1, 1, self.merchant_id, 1, amount),),
            now=self.now,
            tax=TaxRules("US"),
            customer=Customer(
                signed_in=True,
                level=Benefits(
                    level.name, level.threshold, level.discount_bp, points_multiplier=level.points_multiplier_bp
                ),
                first_order=self.orders == 1,
            ),
            promotions=tuple(await offers.applicable(session, customer_id=self.customer_id, codes=codes, now=self.now)),
            points=Points(
                available=await points.available(session, customer_id=self.customer_id),
                asked=with_points,
                burn=Rate(1, 1),
                earn=Rate(1, 100),
            ),
        )

    async def time_passes(self, until: datetime) -> None:
        """Let the worker do what becomes due."""
        self.now = until
        async with self.database.transaction() as session:
            for holder in await points_upkeep.expiring(session, now=self.now, limit=10):
                await points_upkeep.expire(session, holder, now=self.now)
        async with self.database.transaction() as session:
            for customer_id in await membership.due(session, now=self.now, limit=10):
                await membership.review(session, customer_id=customer_id, now=self.now)


def tried(price: Price) -> list[tuple[str, int, bool]]:
    return [(step.label, step.amount, step.applied) for step in price.trace if step.promotion_id is not None]


async def test_comes_to_the_cent(api: Api, database: Database, connection: asyncpg.Connection) -> None:
    async with database.transaction() as session:
        await membership.levels_set(session, levels=LEVELS, now=BEGIN)
        await points.programme_set(session, name="Points", currency="USD", expires_after_days=180)
        await points.rates_set(session, rates=RATE)
    merchant_id = await catalogue.merchant(connection)
    spring = await promotions.promotion(
        connection, method="CLAIM", title="Spring", maximum=1_500, currencies=["USD"], customer_limit=1
    )
    await api.data(REGISTER, email="ada@example.com", password=PASSWORD)
    await api.data(VERIFY, token=await mailed(api, connection, "VERIFY"))
    ada = Shopping(database, await connection.fetchval("SELECT id FROM customers"), merchant_id)
    assert (await ada.level(), await ada.points()) == ("Bronze", 0)

    await ada.time_passes(datetime(2026, 1, 20, 9, tzinfo=UTC))
    first = await ada.buys(20_000)
    assert (first.cost.total, first.points_earned) == (20_000, 200)
    assert (await ada.level(), await ada.points()) == ("Bronze", 200)

    await ada.time_passes(datetime(2026, 2, 10, 9, tzinfo=UTC))
    code = await ada.claims(spring)
    second = await ada.buys(18_000, codes=(code,))
    # A tenth of 180.00 would be 18.00; the coupon takes 15.00 at most.
    assert (second.cost.discount, second.cost.total, second.points_earned) == (1_500, 16_500, 165)
    assert tried(second) == [(f"Spring ({code})", -1_500, True)]
    # 200.00 and 165.00 are more than 300.00.
    assert (await ada.level(), await ada.points()) == ("Silver", 365)

    await ada.time_passes(datetime(2026, 3, 1, 9, tzinfo=UTC))
    third = await ada.buys(10_000, codes=(code,), with_points=300)
    # Silver takes 2.5 %; 300 points pay 3.00; a coupon is good for one use. 94.50 earn 94.5 * 1.25 points.
    assert (third.cost.discount, third.cost.points, third.cost.total) == (250, 300, 9_450)
    assert third.points_earned == 118
    assert [applied for _, _, applied in tried(third)] == [False] * len(tried(third))
    assert sum(step.amount for step in third.trace if step.applied) == 9_450
    # The 200 of January, which expire first, and 100 of February's 165.
    assert await ada.points() == 365 - 300 + 118

    # February's were delivered on the 15th and are good for 180 days: 65 are left and gone.
    await ada.time_passes(datetime(2026, 8, 20, 9, tzinfo=UTC))
    assert await ada.points() == 118

    # January's purchase is more than twelve months ago: 165.00 and 94.50 are left.
    await ada.time_passes(datetime(2027, 1, 25, 9, tzinfo=UTC))
    assert (await ada.level(), await ada.points()) == ("Bronze", 0)
    async with database.transaction() as session:
        standing = await membership.standing(session, customer_id=ada.customer_id, now=ada.now)
    assert (standing.spend, standing.next_level and standing.next_level.name) == (25_950, "Silver")

    last = await ada.buys(10_000)
    assert (last.cost.total, last.points_earned) == (10_000, 100)
    assert await ada.level() == "Silver"
    history = await connection.fetch(
        """SELECT higher.name, reason FROM membership_changes
           JOIN membership_levels AS higher ON higher.id = to_level_id ORDER BY membership_changes.id"""
    )
    assert [tuple(row) for row in history] == [
        ("Bronze", "JOINED"),
        ("Silver", "SPENT"),
        ("Bronze", "LAPSED"),
        ("Silver", "SPENT"),
    ]
    assert (await ledger_audit.audit(connection, now=ada.now)).findings == ()
