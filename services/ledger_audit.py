"""The audit of the ledger: everything that must add up is added up again, from the rows, in one snapshot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from services import audits
from services.audits import Finding

RESERVATION_GRACE: Final = timedelta(minutes=5)
"""So much later than its time a reservation may be found: the worker looks every few seconds."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at, how much of each, and what was found; nothing found is how it must be."""

    transactions: int
    postings: int
    accounts: int
    lots: int
    findings: tuple[Finding, ...]


_CHECKS: Final = {
    "All postings of a currency add up to zero": """
        SELECT format('%s: %s', currency, sum(amount)) FROM ledger_postings
        GROUP BY currency HAVING sum(amount) <> 0""",
    "The postings of each transaction add up to zero": """
        SELECT format('transaction %s: %s %s', transaction_id, sum(amount), currency) FROM ledger_postings
        GROUP BY transaction_id, currency HAVING sum(amount) <> 0""",
    "Each transaction has postings": """
        SELECT format('transaction %s', id) FROM ledger_transactions
        WHERE NOT EXISTS (SELECT FROM ledger_postings WHERE transaction_id = ledger_transactions.id)""",
    "Each balance that is kept is the sum of its postings": """
        SELECT format('account %s: %s kept, %s posted', id, balance, coalesce(posted, 0)) FROM ledger_accounts
        LEFT JOIN (SELECT account_id, sum(amount) AS posted FROM ledger_postings GROUP BY account_id) AS sums
            ON account_id = id
        WHERE balance IS NOT NULL AND balance <> coalesce(posted, 0)""",
    "No balance that is kept is below zero": """
        SELECT format('account %s: %s', id, balance) FROM ledger_accounts WHERE balance < 0""",
    "What remains of each lot is the sum of its movements": """
        SELECT format('lot %s: %s remain, %s moved', id, remaining, coalesce(moved, 0)) FROM points_lots
        LEFT JOIN (SELECT lot_id, sum(points) AS moved FROM points_lot_movements GROUP BY lot_id) AS sums ON lot_id = id
        WHERE remaining <> coalesce(moved, 0)""",
    "Lots and reservations are the points balances": """
        SELECT format('customer %s, %s: %s in lots, %s in the ledger', customer, kind, sum(points), sum(balance))
        FROM (
            SELECT customer_id AS customer, programme, 'POINTS_' || state AS kind, remaining AS points, 0 AS balance
            FROM points_lots
            UNION ALL
            SELECT customer_id, programme, 'POINTS_RESERVED', points, 0 FROM points_reservations
            WHERE state = 'RESERVED'
            UNION ALL
            SELECT owner_id, currency, kind, 0, balance FROM ledger_accounts
            WHERE kind IN ('POINTS_PENDING', 'POINTS_AVAILABLE', 'POINTS_RESERVED')
        ) AS held
        GROUP BY customer, programme, kind HAVING sum(points) <> sum(balance)""",
    "Each reservation has taken from lots what it says": """
        SELECT format('reservation %s: %s', id, state) FROM points_reservations
        LEFT JOIN (SELECT reservation_id, -sum(points) AS taken FROM points_lot_movements GROUP BY 1) AS sums
            ON reservation_id = id
        WHERE coalesce(taken, 0) <> CASE state WHEN 'RELEASED' THEN 0 ELSE points - returned END""",
    "No reservation outlives its time": """
        SELECT format('reservation %s, until %s', id, expires_at) FROM points_reservations
        WHERE state = 'RESERVED' AND expires_at < $1""",
    "What is on each gift card is what it held less what it paid": """
        SELECT format('gift card %s: %s', gift_cards.id, balance) FROM gift_cards
        LEFT JOIN ledger_accounts AS account ON kind = 'GIFT_CARD' AND owner_id = gift_cards.id
        LEFT JOIN (SELECT gift_card_id, sum(amount - returned) AS paid FROM gift_card_redemptions GROUP BY 1) AS sums
            ON gift_card_id = gift_cards.id
        WHERE coalesce(balance, 0) <> issued - coalesce(paid, 0)""",
    "What a member spent and got back is what the refunds say": """
        SELECT format('spend %s: %s, refunds of %s', id, refunded, coalesce(sums.amount, 0)) FROM membership_spend
        LEFT JOIN (SELECT spend_id, sum(amount) AS amount FROM membership_refunds GROUP BY 1) AS sums ON spend_id = id
        WHERE refunded <> coalesce(sums.amount, 0)""",
}
_COUNTS: Final = """
    SELECT (SELECT count(*) FROM ledger_transactions) AS transactions,
        (SELECT count(*) FROM ledger_postings) AS postings,
        (SELECT count(*) FROM ledger_accounts) AS accounts, (SELECT count(*) FROM points_lots) AS lots
"""


async def audit(connection: asyncpg.Connection, *, now: datetime) -> Audit:
    """Look at the whole ledger, the points and the member club; takes a few seconds a million postings."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        counted = await connection.fetchrow(_COUNTS)
        return Audit(**counted, findings=await audits.findings(connection, _CHECKS, now - RESERVATION_GRACE))
