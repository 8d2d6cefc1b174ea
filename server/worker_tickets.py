"""The worker's loop over what time makes due of tickets: broken promises, ratings to ask for, what is to be closed."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from server import upkeep
from server.upkeep import Task
from services import ticket_upkeep

_FAILURE: Final = "ticket_upkeep_failed"
_CHORES: Final = (
    (ticket_upkeep.breaking, ticket_upkeep.note_breaches),
    (ticket_upkeep.unrated, ticket_upkeep.ask_for_rating),
    (ticket_upkeep.idle, ticket_upkeep.close),
)
"""What selects the tickets, and what is done to each."""


async def run(database: Database) -> None:
    """Look for what is due every few seconds, for ever."""
    await upkeep.run(database, _due, failure=_FAILURE)


async def step(database: Database, *, now: datetime) -> int:
    """Deal with up to some hundreds of what is due at `now`; gives how many, 0 when there is nothing left."""
    return await upkeep.step(database, _due, failure=_FAILURE, now=now)


async def _due(session: AsyncSession, *, now: datetime) -> Sequence[Task]:
    return [
        partial(do, ticket_id=ticket_id, now=now)
        for select_due, do in _CHORES
        for ticket_id in await session.scalars(select_due(now=now, limit=upkeep.BATCH))
    ]
