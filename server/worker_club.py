"""The worker's loop over what time makes due in the member club: points expire, reservations end, levels lapse.

Each customer, and each thing that points or coupons are reserved for, is dealt with in a transaction of its own. The
loop may be ended at any moment, and several may run: what was not committed is found again, and who comes second finds
nothing to do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from services import coupons, membership, points_upkeep

_log = structlog.get_logger()

PAUSE_S = 5.0
_BATCH = 200

Task = Callable[[AsyncSession], Awaitable[object]]


async def run(database: Database) -> None:
    """Look for what is due every few seconds, for ever."""
    while True:
        if await step(database, now=datetime.now(UTC)) == 0:
            await asyncio.sleep(PAUSE_S)


async def step(database: Database, *, now: datetime) -> int:
    """Deal with up to some hundreds of what is due at `now`; gives how many, 0 when there is nothing left.

    What fails is logged and passed over, so that it holds nobody else up.
    """
    done = 0
    for task in await _due(database, now=now):
        try:
            async with database.transaction() as session:
                await task(session)
        except Exception:  # noqa: BLE001 - one customer's failure is no other's
            _log.exception("club_upkeep_failed")
        else:
            done += 1
    return done


async def _due(database: Database, *, now: datetime) -> list[Task]:
    async with database.transaction() as session:
        overdue = await points_upkeep.overdue(session, now=now, limit=_BATCH)
        expiring = await points_upkeep.expiring(session, now=now, limit=_BATCH)
        coupons_overdue = await coupons.overdue(session, now=now, limit=_BATCH)
        reviews = await membership.due(session, now=now, limit=_BATCH)
    # Reservations first: what they give back may have expired.
    return [
        *(
            lambda session, reference=reference, programme=programme: points_upkeep.release(
                session, reference=reference, programme=programme, now=now
            )
            for reference, programme in overdue
        ),
        *(
            lambda session, reference=reference: coupons.release(session, reference=reference, now=now, overdue=True)
            for reference in coupons_overdue
        ),
        *(lambda session, holder=holder: points_upkeep.expire(session, holder, now=now) for holder in expiring),
        *(
            lambda session, customer_id=customer_id: membership.review(session, customer_id=customer_id, now=now)
            for customer_id in reviews
        ),
    ]
