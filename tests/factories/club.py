"""Rows of the member club, each by one call."""

from datetime import UTC, datetime
from itertools import count

import asyncpg

from tests.factories.catalogue import insert

_numbers = count(1)
_no_orders = count(10**12)
"""Ids that no order has, however many other tests have made."""


async def gift_card(connection: asyncpg.Connection) -> int:
    """Insert a card whose code nobody knows, with nothing on it in the ledger."""
    row = await insert(
        connection,
        "gift_cards",
        code_hash=next(_numbers).to_bytes(32),
        last_four="ABCD",
        state="ACTIVE",
        currency="USD",
        issued=100,
    )
    return int(row["id"])


async def points(connection: asyncpg.Connection, customer_id: int, count: int = 100) -> int:
    """Give a customer points that may be spent, as the services would; gives the entry's id."""
    async with connection.transaction():
        await connection.execute(
            """INSERT INTO points_programmes (code, name, currency) VALUES ('SOUK', 'Points', 'USD')
               ON CONFLICT DO NOTHING"""
        )
        await connection.execute(
            """INSERT INTO ledger_accounts (kind, currency, owner_type, owner_id)
               VALUES ('POINTS_ISSUED', 'SOUK', 'PLATFORM', 1), ('POINTS_AVAILABLE', 'SOUK', 'CUSTOMER', $1)
               ON CONFLICT DO NOTHING""",
            customer_id,
        )
        transaction = await insert(
            connection,
            "ledger_transactions",
            reason="POINTS_EARNED",
            reference_type="ORDER",
            reference_id=next(_no_orders),
            reference_number="S-1",
            once=True,
            occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        await connection.execute(
            """INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)
               SELECT $1, id, 'SOUK', CASE kind WHEN 'POINTS_ISSUED' THEN -$3::bigint ELSE $3 END FROM ledger_accounts
               WHERE kind = 'POINTS_ISSUED' OR (kind = 'POINTS_AVAILABLE' AND owner_id = $2)""",
            transaction["id"],
            customer_id,
            count,
        )
        lot = await insert(
            connection,
            "points_lots",
            customer_id=customer_id,
            programme="SOUK",
            issuer_type="PLATFORM",
            issuer_id=1,
            state="AVAILABLE",
            granted=count,
            transaction_id=transaction["id"],
            earned_at=transaction["occurred_at"],
        )
        await insert(
            connection, "points_lot_movements", lot_id=lot["id"], transaction_id=transaction["id"], points=count
        )
    return int(
        await connection.fetchval(
            "SELECT id FROM ledger_postings WHERE transaction_id = $1 AND amount > 0", transaction["id"]
        )
    )


async def levels(connection: asyncpg.Connection) -> None:
    """Insert three levels."""
    await connection.execute(
        """INSERT INTO membership_levels (name, currency, threshold)
           VALUES ('Bronze', 'USD', 0), ('Silver', 'USD', 50000), ('Gold', 'USD', 150000)"""
    )


async def change(connection: asyncpg.Connection, customer_id: int) -> None:
    """Insert a change of a customer's level."""
    await connection.execute(
        """INSERT INTO membership_changes (customer_id, to_level_id, reason, spend, occurred_at)
           SELECT $1, id, 'JOINED', 0, now() FROM membership_levels ORDER BY threshold LIMIT 1""",
        customer_id,
    )
