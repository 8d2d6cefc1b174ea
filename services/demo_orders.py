"""The demo shop's orders: two years of them, of many shoppers and all merchants, in every state that lasts.

They are priced as carts are, and written by hundreds: what the services would have written one order at a time, but for
their mails and events, for points (they are from before the club) and for what lay in the warehouses then: whatever
was sent had been delivered there before.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from domain.ledger import Reference
from models.database import Database
from models.transactions import driver_of
from services import demo_order_makings, demo_order_rows, demo_order_shelves, membership
from services.demo_order_makings import Made, Shopper
from services.demo_order_shelves import Shelves
from services.demo_people import CUSTOMER_EMAIL

BACK: Final = timedelta(days=730)
_BUSY_SHARE: Final = 0.08
_BUSY_DAYS: Final = timedelta(days=8)
_BATCH: Final = 500
_TRIES: Final = 20
_SHOPPERS_MAX: Final = 500
_FIRST: Final = ("Ada", "Ben", "Chloe", "Dan", "Elif", "Finn", "Gia", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mona")
_LAST: Final = ("Abel", "Berg", "Costa", "Dahl", "Evans", "Fuchs", "Garcia", "Ito", "Klein", "Lopez", "Meyer", "Novak")
_EMAIL: Final = "shopper-{}@demo.example"

_COUNT: Final = "SELECT count(*) FROM payments WHERE key LIKE 'demo%'"
_ACCOUNTS: Final = """
    INSERT INTO accounts (email, email_verified_at) SELECT email, now() FROM unnest($1::text[]) AS given (email)
    ON CONFLICT (email) DO NOTHING
"""
_CUSTOMERS: Final = """
    INSERT INTO customers (account_id, display_name)
    SELECT accounts.id, name FROM unnest($1::text[], $2::text[]) AS given (email, name) JOIN accounts USING (email)
    ON CONFLICT (account_id) DO NOTHING
"""
_SHOPPERS: Final = """
    SELECT customers.id, accounts.email, display_name FROM customers JOIN accounts ON accounts.id = account_id
    WHERE accounts.email = $1 OR accounts.email = ANY($2::text[]) ORDER BY customers.id
"""
_COMMISSION: Final = """
    INSERT INTO commission_rules (rate_bp) SELECT 1000 WHERE NOT EXISTS (SELECT FROM commission_rules)
"""
_UNCOUNTED: Final = """
    WITH uncounted AS (
        SELECT id, customer_id, total, paid_at,
               row_number() OVER (PARTITION BY customer_id ORDER BY paid_at DESC, id DESC) AS place
        FROM orders
        WHERE id IN (SELECT order_id FROM payments WHERE key LIKE 'demo%') AND paid_at IS NOT NULL AND total > 0
          AND NOT EXISTS (SELECT FROM membership_spend WHERE reference_type = 'ORDER' AND reference_id = orders.id)
    ), counted AS (
        INSERT INTO membership_spend (customer_id, currency, amount, reference_type, reference_id, spent_at)
        SELECT customer_id, $1, total, 'ORDER', id, paid_at FROM uncounted WHERE place > 1
    ), joined AS (
        INSERT INTO memberships (customer_id, level_id, reason, since)
        SELECT customer_id, (SELECT id FROM membership_levels WHERE threshold = 0), 'JOINED', min(paid_at)
        FROM uncounted GROUP BY customer_id ON CONFLICT DO NOTHING RETURNING customer_id, level_id, since
    ), told AS (
        INSERT INTO membership_changes (customer_id, to_level_id, reason, spend, occurred_at)
        SELECT customer_id, level_id, 'JOINED', 0, since FROM joined WHERE level_id IS NOT NULL
    )
    SELECT id, customer_id, total, paid_at FROM uncounted WHERE place = 1 ORDER BY customer_id
"""
"""Let shoppers join with their first purchase, and all but the latest count as spent; gives the latest."""


async def load(
    database: Database,
    *,
    orders: int,
    now: datetime,
    seed: int = 7,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Let there be so many orders of the demo's, and say how many are new; `progress` is told how many are done.

    The same seed makes the same orders of the same catalogue. A shop in which nothing can be bought gets none.
    """
    async with database.connection() as connection:
        there = await connection.fetchval(_COUNT)
        if there >= orders:
            return 0
        async with connection.transaction():
            await connection.execute(_COMMISSION)
            shoppers = await _shoppers(connection, count=min(_SHOPPERS_MAX, 20 + orders // 20))
        shelves = await demo_order_shelves.look(connection)
    if not shelves.things:
        return 0
    rng = random.Random(f"{seed}/{there}")  # noqa: S311  demo data is no secret
    times = sorted(now - _ago(rng) for _ in range(orders - there))
    done = 0
    for start in range(0, len(times), _BATCH):
        made = [
            order
            for placed_at in times[start : start + _BATCH]
            if (order := _make(shelves, shoppers, placed_at=placed_at, now=now, rng=rng))
        ]
        async with database.transaction() as session:
            await demo_order_rows.write(session, made, now=now)
        done += len(made)
        if progress is not None:
            progress(done)
    await _count_spend(database)
    return done


def _make(
    shelves: Shelves, shoppers: Sequence[Shopper], *, placed_at: datetime, now: datetime, rng: random.Random
) -> Made | None:
    """Make an order, the first of some tries that works out."""
    for _ in range(_TRIES):
        order = demo_order_makings.make(shelves, rng.choice(shoppers), placed_at=placed_at, now=now, rng=rng)
        if order is not None:
            return order
    return None


def _ago(rng: random.Random) -> timedelta:
    """Say how long ago something was ordered: the shop has grown, and is busy these days."""
    if rng.random() < _BUSY_SHARE:
        return _BUSY_DAYS * rng.random()
    back: float = 1 - rng.random() ** 0.6
    return BACK * back


async def _shoppers(connection: asyncpg.Connection, *, count: int) -> list[Shopper]:
    """Make shoppers who cannot sign in, and give them with the demo's own customer, who buys as often as each."""
    emails = [_EMAIL.format(number) for number in range(1, count + 1)]
    names = [f"{_FIRST[at % len(_FIRST)]} {_LAST[at % len(_LAST)]}" for at in range(count)]
    await connection.execute(_ACCOUNTS, emails)
    await connection.execute(_CUSTOMERS, emails, names)
    return [Shopper(*row) for row in await connection.fetch(_SHOPPERS, CUSTOMER_EMAIL, emails)]


async def _count_spend(database: Database) -> None:
    """Let what was spent count in the member club, and each shopper be at the level that it reaches."""
    async with database.transaction() as session:
        latest = await driver_of(session).fetch(_UNCOUNTED, demo_order_shelves.CURRENCY)
        for row in latest:
            await membership.record_spend(
                session,
                customer_id=row["customer_id"],
                amount=row["total"],
                currency=demo_order_shelves.CURRENCY,
                reference=Reference("ORDER", row["id"]),
                now=row["paid_at"],
            )
