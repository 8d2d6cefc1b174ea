"""The worker's loop over what time makes due in the member club: points expire, reservations end, levels lapse.

Each customer, and each thing that points or coupons are reserved for, is dealt with in a transaction of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from server import upkeep
from server.upkeep import BATCH, Task
from services import coupons, membership, points_upkeep

_FAILURE: Final = "club_upkeep_failed"


async def run(database: Database) -> None:
    """Look for what is due every few seconds, for ever."""
    await upkeep.run(database, _due, failure=_FAILURE)


async def step(database: Database, *, now: datetime) -> int:
    """Deal with up to some hundreds of what is due at `now`; gives how many, 0 when there is nothing left."""
    return await upkeep.step(database, _due, failure=_FAILURE, now=now)


async def _due(session: AsyncSession, *, now: datetime) -> Sequence[Task]:
    overdue = await points_upkeep.overdue(session, now=now, limit=BATCH)
    expiring = await points_upkeep.expiring(session, now=now, limit=BATCH)
    coupons_overdue = await coupons.overdue(session, now=now, limit=BATCH)
    reviews = await membership.due(session, now=now, limit=BATCH)
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
