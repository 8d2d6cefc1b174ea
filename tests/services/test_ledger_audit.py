"""The audit of the ledger ..."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.ledger import Reference
from domain.membership import Level
from models.database import Database
from services import gift_cards, ledger_audit, membership, points, points_reservations

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def club(database: Database) -> None:
    """A customer with a bit of everything."""
    async with database.transaction() as session:
        await points.programme_set(session, name="Souk points", currency="USD", expires_after_days=365)
        await membership.levels_set(session, levels=[Level(0, "Bronze", "USD", 0)], now=NOW)
        given = {"customer_id": 1, "now": NOW}
        await points.earn(session, points=100, reference=Reference("ORDER", 1), pending=False, **given)
        await points.earn(session, points=50, reference=Reference("ORDER", 2), **given)
        for order in (3, 4):
            await points_reservations.reserve(
                session, points=20, reference=Reference("ORDER", order), until=NOW + timedelta(minutes=15), **given
            )
        await points_reservations.redeem(session, reference=Reference("ORDER", 3), now=NOW)
        await points_reservations.give_back(
            session, redeemed=Reference("ORDER", 3), points=5, reference=Reference("REFUND", 1), now=NOW
        )
        card = await gift_cards.issue(session, code="ABCD", secret_key="key", amount=500, currency="USD", now=NOW)
        await gift_cards.redeem(
            session, card_id=card, amount=100, currency="USD", reference=Reference("ORDER", 1), now=NOW
        )
        await gift_cards.give_back(
            session, paid=Reference("ORDER", 1), amount=20, reference=Reference("REFUND", 1), now=NOW
        )
        await membership.record_spend(session, amount=500, currency="USD", reference=Reference("ORDER", 1), **given)
        await membership.record_refund(
            session, spent=Reference("ORDER", 1), amount=100, reference=Reference("REFUND", 1), now=NOW
        )


async def test_finds_nothing_where_everything_adds_up(connection: asyncpg.Connection) -> None:
    audit = await ledger_audit.audit(connection, now=NOW + timedelta(minutes=20))
    assert audit == ledger_audit.Audit(transactions=9, postings=18, accounts=8, lots=2, findings=())


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (
            """UPDATE ledger_postings SET amount = amount + 1 FROM ledger_accounts
               WHERE ledger_accounts.id = account_id AND kind = 'POINTS_REDEEMED' AND amount > 0""",
            {
                "All postings of a currency add up to zero",
                "The postings of each transaction add up to zero",
            },
        ),
        (
            "DELETE FROM ledger_postings",
            {
                "Each transaction has postings",
                "Each balance that is kept is the sum of its postings",
            },
        ),
        (
            "UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'POINTS_PENDING'",
            {
                "Each balance that is kept is the sum of its postings",
                "Lots and reservations are the points balances",
            },
        ),
        (
            "UPDATE points_lots SET remaining = remaining - 1 WHERE state = 'PENDING'",
            {
                "What remains of each lot is the sum of its movements",
                "Lots and reservations are the points balances",
            },
        ),
        (
            "UPDATE points_reservations SET points = 21 WHERE state = 'RESERVED'",
            {
                "Lots and reservations are the points balances",
                "Each reservation has taken from lots what it says",
            },
        ),
        (
            "UPDATE points_reservations SET returned = 6 WHERE state = 'REDEEMED'",
            {"Each reservation has taken from lots what it says"},
        ),
        (
            "UPDATE points_reservations SET expires_at = expires_at - interval '1 second'",
            {"No reservation outlives its time"},
        ),
        (
            "UPDATE gift_card_redemptions SET returned = 21",
            {"What is on each gift card is what it held less what it paid"},
        ),
        (
            "UPDATE membership_spend SET refunded = 99",
            {"What a member spent and got back is what the refunds say"},
        ),
    ],
)
async def test_finds(connection: asyncpg.Connection, damage: str, says: set[str]) -> None:
    await connection.execute(f"SET session_replication_role = replica; {damage}")
    await connection.execute("SET session_replication_role = origin")
    audit = await ledger_audit.audit(connection, now=NOW + timedelta(minutes=20))
    assert {finding.check for finding in audit.findings} == says
