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
from models.database import driver_of
from services import ledger
from services.outbox import Happened, append_all
from services.points_lots import PENDING, Holder

_HOLD: Final = """
    SELECT (SELECT id FROM ledger_accounts WHERE kind = 'POINTS_PENDING' AND currency = $1
                AND owner_type = 'CUSTOMER' AND owner_id = $2 FOR NO KEY UPDATE) AS pending,
        (SELECT id FROM ledger_accounts WHERE kind = 'POINTS_ISSUED' AND currency = $1
                AND owner_type = 'PLATFORM' AND owner_id = 1) AS issued
"""
_EARN: Final = """
    WITH given AS (
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
            AS given (reference_type, reference_id, reference_part, reference_number, points)
    ), made AS (
        INSERT INTO ledger_transactions
            (reason, reference_type, reference_id, reference_part, reference_number, once, occurred_at)
        SELECT 'POINTS_EARNED', reference_type, reference_id, reference_part, reference_number, true, $6 FROM given
        RETURNING id, reference_type, reference_id, reference_part
    ), earned AS (
        SELECT made.id, given.points FROM made JOIN given USING (reference_type, reference_id, reference_part)
    ), posted AS (
        INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)
        SELECT id, $7::bigint, $9::text, points FROM earned
        UNION ALL SELECT id, $8::bigint, $9::text, -points FROM earned
    ), lots AS (
        INSERT INTO points_lots
            (customer_id, programme, issuer_type, issuer_id, state, granted, transaction_id, earned_at)
        SELECT $10::bigint, $9::text, 'PLATFORM', 1, 'PENDING', points, id, $6 FROM earned
        RETURNING id, transaction_id, granted
    ), moved AS (
        INSERT INTO points_lot_movements (lot_id, transaction_id, points)
        SELECT id, transaction_id, granted FROM lots
    )
    SELECT id, points FROM earned
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
    earned = {reference: count for reference, count in points.items() if count}
    if not earned:
        return
    holder, driver = Holder(customer_id, programme), await driver_of(session)
    accounts = await driver.fetchrow(_HOLD, programme, customer_id)
    if accounts["pending"] is None or accounts["issued"] is None:
        await ledger.open_all(session, [holder.account(PENDING), holder.platform(AccountKind.POINTS_ISSUED)])
        accounts = await driver.fetchrow(_HOLD, programme, customer_id)
    made = await driver.fetch(
        _EARN,
        [reference.type for reference in earned],
        [reference.id for reference in earned],
        [reference.part for reference in earned],
        [reference.number for reference in earned],
        list(earned.values()),
        now,
        accounts["pending"],
        accounts["issued"],
        programme,
        customer_id,
    )
    about = {"type": next(iter(earned)).type, "id": next(iter(earned)).id}
    await append_all(
        driver,
        [
            Happened(
                "POINTS_EARNED",
                ("points", customer_id),
                row["id"],
                {"programme": programme, "reference": about, "pending": row["points"]},
            )
            for row in made
        ],
    )
