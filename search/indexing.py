"""Following the event log: what changes in the catalogue is in the index a moment later, whatever fails meanwhile."""

import asyncio

import asyncpg
import structlog

from models import advisory_locks
from models.advisory_locks import Lock
from models.database import Database
from search import events, indexes, rebuilding
from search.client import Meilisearch
from search.errors import EngineRefusedError, SearchUnavailableError
from search.indexes import Indexes
from search.writing import Writer

_log = structlog.get_logger(__name__)

POLL_S = 0.5
GATHER_S = 0.05
"""So long after the first event of a burst its others are waited for: one way to both engines for all of them."""
_PAUSE_FIRST_S = 0.5
_PAUSE_LAST_S = 5.0


def consumer(locale: str) -> str:
    """Name the reader of the event log that keeps the index of this code and base locale."""
    return f"{rebuilding.CONSUMERS}{indexes.fingerprint(locale)}"


class Indexer:
    """Keeps one shop's indexes equal to its database. Any number may run at once: they take turns by a lock.

    An index that is missing, or was built by other settings in the code, is built anew first.
    """

    def __init__(self, database: Database, engine: Meilisearch, target: Indexes, *, locale: str) -> None:
        self._database = database
        self._engine = engine
        self._target = target
        self._locale = locale
        self._writer = Writer(engine, target, locale=locale)

    async def run(self, wake: asyncio.Event | None = None) -> None:
        """Follow the log until cancelled. `wake` may be set to have it read at once instead of at the next poll."""
        wake = wake or asyncio.Event()
        pause_s = _PAUSE_FIRST_S
        while True:
            try:
                # Of what was written after a part of a batch was read, `wake` tells.
                while await self.step() >= events.BATCH_SIZE:
                    pass
                pause_s = _PAUSE_FIRST_S
            except (SearchUnavailableError, EngineRefusedError, TimeoutError, OSError, asyncpg.PostgresError) as error:
                _log.warning("search_indexing_delayed", reason=str(error), retry_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _PAUSE_LAST_S)
                continue
            try:
                async with asyncio.timeout(POLL_S):
                    await wake.wait()
                await asyncio.sleep(GATHER_S)
            except TimeoutError:
                pass
            wake.clear()

    async def step(self) -> int:
        """Bring the next batch of events into the index; returns their number, 0 when there is nothing to do now."""
        async with advisory_locks.tried(self._database, Lock.SEARCH_FOLLOW) as connection:
            if connection is None:  # another process is at it
                return 0
            position = await events.stored(connection, consumer(self._locale))
            if position is not None and await self._is_built():
                return await self._follow(connection, position)
        try:
            await rebuilding.rebuild(self._database, self._engine, self._target, locale=self._locale)
        except rebuilding.RebuildRunningError:
            return 0
        return 1

    async def repair(self, ids: list[int]) -> None:
        """Write products anew, whatever the index holds of them."""
        async with advisory_locks.held(self._database, Lock.SEARCH_FOLLOW) as connection:
            await self._writer.products(connection, ids)

    async def _follow(self, connection: asyncpg.Connection, position: events.Position) -> int:
        batch = await events.read(connection, position)
        if batch is None:
            return 0
        await self._writer.apply(connection, batch.subjects)
        await events.store(connection, consumer(self._locale), batch.end)
        return batch.length

    async def _is_built(self) -> bool:
        # Asked each time: writing to an index that is gone would make a new one, without settings.
        try:
            await self._engine.request("GET", f"/indexes/{self._target.products}")
        except EngineRefusedError as error:
            if error.code == "index_not_found":
                return False
            raise
        return True
