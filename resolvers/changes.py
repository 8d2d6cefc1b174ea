"""Who waits for which object to change: one reader of the event log a process, fanned out in memory.

A waiter holds one flag, not a queue: however many events come while it is busy, it then reads the object's latest state
once. So a subscriber that does not read costs nothing and delays nobody.
"""

import asyncio
import contextlib
import itertools
from collections import defaultdict
from collections.abc import Iterator

import structlog

from models.database import Database, Row
from resolvers.loaders import events as loaders
from services import outbox

log = structlog.get_logger(__name__)

_POLL_S = 1.0
"""How long to sleep unnotified: a transaction that still ran at the last look may end without a notification."""

Subject = tuple[str, int]


class Changes:
    """Follows the event log from the moment `run` starts, and wakes those who wait for a subject of an event."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiters: defaultdict[Subject, set[asyncio.Event]] = defaultdict(set)
        self._wake = asyncio.Event()

    @contextlib.contextmanager
    def of(self, subject_type: str, subject_id: int) -> Iterator[asyncio.Event]:
        """Lend a flag that is set whenever the subject has changed, from now on; the borrower clears it.

        What is cleared first and then read from the database misses no change.
        """
        flag = asyncio.Event()
        subject = (subject_type, subject_id)
        self._waiters[subject].add(flag)
        try:
            yield flag
        finally:
            self._waiters[subject].discard(flag)
            if not self._waiters[subject]:
                del self._waiters[subject]

    async def run(self) -> None:
        """Follow the log until cancelled; an unreachable database is tried again."""
        position = None
        while True:
            try:
                async with self._database.connection() as connection:
                    await connection.add_listener(outbox.CHANNEL, self._notified)
                    try:
                        while True:
                            position = await self._advance(position)
                            with contextlib.suppress(TimeoutError):
                                async with asyncio.timeout(_POLL_S):
                                    await self._wake.wait()
                            self._wake.clear()
                            if connection.is_closed():
                                break
                    finally:
                        if not connection.is_closed():
                            await connection.remove_listener(outbox.CHANNEL, self._notified)
            except Exception as error:  # whatever is wrong with the database, subscribers wait for it
                if (task := asyncio.current_task()) and task.cancelling():
                    # Cancelled while Postgres went away: what then failed in closing must not hide the cancellation.
                    raise asyncio.CancelledError from error
                log.warning("changes_interrupted", reason=type(error).__name__)
                await asyncio.sleep(_POLL_S)

    async def _advance(self, position: int | None) -> int:
        horizon = int((await self._database.fetch(loaders.HORIZON))[0]["transaction_id"])
        if position is None:
            # Whoever waits already may have read before this position: that is a change for all we know.
            for flag in itertools.chain.from_iterable(self._waiters.values()):
                flag.set()
        elif position < horizon and self._waiters:
            for row in await self._database.fetch(
                loaders.SUBJECTS_SINCE, Row, transaction_id=position, horizon=horizon
            ):
                for flag in self._waiters.get((row["subject_type"], row["subject_id"]), ()):
                    flag.set()
        return horizon

    def _notified(self, *_: object) -> None:
        self._wake.set()
