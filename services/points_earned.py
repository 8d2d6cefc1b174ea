"""Points that an order earns, all its parts at once: pending until they are confirmed.

As `points.earn` does it for one thing at a time, with a way to Postgres and back for each step: for an order of three
merchants that was 9 ms of the process, and is 0.6 ms here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import AccountKind, Reference
from domain.points import PLATFORM_PROGRAMME
from models.recordsets import written
from models.transactions import driver_of
from services import ledger, outbox
from services.points_lots import PENDING, Holder

_TOLD: Final = outbox.each_of(
    "earned ORDER BY transaction_id",
    "POINTS_EARNED",
    subject_type="points",
    version="transaction_id",
    data="""jsonb_build_object(
        'programme', $4::text, 'reference', jsonb_build_object('type', reference_type, 'id', reference_id),
        'pending', points
    )""",
)
_EARN: Final = f"""
    WITH pending AS (
        SELECT id FROM ledger_accounts
        WHERE kind = 'POINTS_PENDING' AND currency = $4::text AND owner_type = 'CUSTOMER' AND owner_id = $3::bigint
        FOR NO KEY UPDATE
    ), accounts AS (
        SELECT pending.id AS pending, issued.id AS issued FROM pending JOIN ledger_accounts AS issued
        ON issued.kind = 'POINTS_ISSUED' AND issued.currency = $4::text AND issued.owner_type = 'PLATFORM'
            AND issued.owner_id = 1
    ), given AS (
        SELECT given.* FROM accounts, json_to_recordset($1::text::json) AS given (
            reference_type text, reference_id bigint, reference_part text, reference_number text, points bigint
        )
    ), made AS (
        INSERT INTO ledger_transactions
            (reason, reference_type, reference_id, reference_part, reference_number, once, occurred_at)
        SELECT 'POINTS_EARNED', reference_type, reference_id, reference_part, reference_number, true, $2 FROM given
        RETURNING id, reference_type, reference_id, reference_part
    ), earned AS (
        SELECT $3::bigint AS id, made.id AS transaction_id, reference_type, reference_id, given.points
        FROM made JOIN given USING (reference_type, reference_id, reference_part)
    ), posted AS (
        INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)
        SELECT transaction_id, pending, $4::text, points FROM earned, accounts
        UNION ALL SELECT transaction_id, issued, $4::text, -points FROM earned, accounts
    ), lots AS (
        INSERT INTO points_lots
            (customer_id, programme, issuer_type, issuer_id, state, granted, transaction_id, earned_at)
        SELECT id, $4::text, 'PLATFORM', 1, 'PENDING', points, transaction_id, $2 FROM earned
        RETURNING id, transaction_id, granted
    ), moved AS (
        INSERT INTO points_lot_movements (lot_id, transaction_id, points)
        SELECT id, transaction_id, granted FROM lots
    ), told AS (
        {_TOLD}
    )
    SELECT count(*) FROM told
"""  # noqa: S608 - all of it is ours
"""Lock the account of what is pending, then write; without the accounts, nothing.

What waits for the lock reads nothing that may have changed meanwhile: it only adds rows.
"""


async def earn_all(
    session: AsyncSession,
    *,
    customer_id: int,
    points: Mapping[Reference, int],
    now: datetime,
    programme: str = PLATFORM_PROGRAMME,
) -> None:
    """Give a customer points of the platform's, by what they are earned by; once for each.

    Whoever calls knows that none of them was earned before: a second time breaks a constraint.
    """
    earned = [{**ledger.referring(reference), "points": count} for reference, count in points.items() if count]
    if not earned:
        return
    driver, arguments = driver_of(session), (written(earned), now, customer_id, programme)
    if not await driver.fetchval(_EARN, *arguments):
        holder = Holder(customer_id, programme)
        await ledger.open_all(session, [holder.account(PENDING), holder.platform(AccountKind.POINTS_ISSUED)])
        await driver.fetchval(_EARN, *arguments)
