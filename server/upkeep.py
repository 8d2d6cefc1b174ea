"""A worker's loop over what time makes due: each thing is dealt with in a transaction of its own.

The loop may be ended at any moment, and several may run: what was not committed is found again, and who comes second
finds nothing to do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database

_log = structlog.get_logger()

PAUSE_S: Final = 5.0
BATCH: Final = 200

Task = Callable[[AsyncSession], Awaitable[object]]


class Due(Protocol):
    """Reads what is due: a task for each thing, to be done in this order."""

    def __call__(self, session: AsyncSession, *, now: datetime) -> Awaitable[Sequence[Task]]:
        """Read what is due at `now`."""


async def run(database: Database, due: Due, *, failure: str) -> None:
    """Look for what is due every few seconds, for ever; what fails is logged under the name of the failure."""
    while True:
        if await step(database, due, failure=failure, now=datetime.now(UTC)) == 0:
            await asyncio.sleep(PAUSE_S)


async def step(database: Database, due: Due, *, failure: str, now: datetime) -> int:
    """Deal with up to some hundreds of what is due at `now`; gives how many, 0 when there is nothing left.

    What fails is logged and passed over, so that it holds nobody else up.
    """
    async with database.transaction() as session:
        tasks = await due(session, now=now)
    done = 0
    for task in tasks:
        try:
            async with database.transaction() as session:
                await task(session)
        except Exception:  # noqa: BLE001 - one's failure is no other's
            _log.exception(failure)
        else:
            done += 1
    return done
