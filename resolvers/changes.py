"""Following the event log: one reader a process, fanned out in memory to everybody who waits.

Who waits for an object holds one flag, not a queue: however many events come while it is busy, it then reads the
object's latest state once. Who follows the events themselves reads them out of a tail that all followers share; one
that is too slow for it goes back to Postgres. So a subscriber that does not read costs nothing and delays nobody.

Where nobody waits and nobody follows, nothing is done when something happens, but once a second.
"""

import asyncio
import contextlib
import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, Final, Protocol

import asyncpg
import structlog

from models.database import Database
from resolvers import remembered
from resolvers.loaders import events as loaders
from resolvers.loaders.events import EventRow
from resolvers.remembered import Remembered
from search.writing import CHANNEL as INDEX_CHANNEL
from services import outbox

log = structlog.get_logger(__name__)

POLL_S: Final = 1.0
"""How long to sleep unnotified: whoever was to place the latest events may have been killed over it."""
TAIL_MAX: Final = 2_000
"""How many events stay in memory for those who follow; at most twice as many at a moment."""
_READ_AT_ONCE: Final = 1_000

Subject = tuple[str, int]


class Flag(Protocol):
    """What is set when something has changed."""

    def set(self) -> None:
        """Set it."""


_position = itemgetter("position")
_CHANNELS: Final = (outbox.CHANNEL, outbox.PLACED, remembered.CHANNEL, INDEX_CHANNEL)


class Changes:
    """Follows the event log from the moment `run` starts, and wakes those who wait for what it tells.

    It also hears of changes of what is `remembered`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.remembered = Remembered()
        self._waiters: defaultdict[Subject, set[Flag]] = defaultdict(set)
        self._wake = asyncio.Event()
        self._followers = 0
        self._news = asyncio.Event()
        self._start = 0
        self._end: int | None = None
        self._tail: list[EventRow] = []

    @contextlib.contextmanager
    def of(self, subject_type: str, subject_id: int) -> Iterator[asyncio.Event]:
        """Lend a flag that is set whenever the subject has changed, from now on; the borrower clears it.

        What is cleared first and then read from the database misses no change.
        """
        flag = asyncio.Event()
        with self.marking(subject_type, subject_id, flag):
            yield flag

    @contextlib.contextmanager
    def marking(self, subject_type: str, subject_id: int, flag: Flag) -> Iterator[None]:
        """Set a flag of one's own whenever the subject has changed, from now on."""
        subject = (subject_type, subject_id)
        self._attend()
        self._waiters[subject].add(flag)
        try:
            yield
        finally:
            self._waiters[subject].discard(flag)
            if not self._waiters[subject]:
                del self._waiters[subject]

    @contextlib.contextmanager
    def followed(self) -> Iterator[None]:
        """Have the events read, each once, for as long as somebody follows them."""
        self._attend()
        self._followers += 1
        try:
            yield
        finally:
            self._followers -= 1

    @property
    def _is_idle(self) -> bool:
        return not self._followers and not self._waiters

    def _attend(self) -> None:
        """Place at once what has happened so far, for the first who waits or follows."""
        if self._is_idle:
            self._wake.set()

    @property
    def news(self) -> asyncio.Event:
        """What is set as soon as there is more than the tail has now. To be asked for before the tail is."""
        return self._news

    def tail(self, after: int) -> Sequence[EventRow] | None:
        """Give the events after a position, if any; None if they are to be read from Postgres."""
        if self._end is None or after < self._start:
            return None
        return self._tail[bisect_right(self._tail, after, key=_position) :]

    async def run(self) -> None:
        """Follow the log until cancelled; an unreachable database is tried again."""
        while True:
            try:
                async with self._database.connection() as connection:
                    await self._listen(connection)
            except Exception as error:  # whatever is wrong with the database, subscribers wait for it
                if (task := asyncio.current_task()) and task.cancelling():
                    # Cancelled while Postgres went away: what then failed in closing must not hide the cancellation.
                    raise asyncio.CancelledError from error
                log.warning("changes_interrupted", reason=type(error).__name__)
                await asyncio.sleep(POLL_S)

    async def _listen(self, connection: asyncpg.Connection) -> None:
        """Follow the log over one connection, until it is closed."""
        for channel in _CHANNELS:
            await connection.add_listener(channel, self._notified)
        try:
            while not connection.is_closed():
                asked_s = asyncio.get_running_loop().time()
                await self._advance(connection)
                self.remembered.prove(asked_s)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            self.remembered.distrust()
            if not connection.is_closed():
                for channel in _CHANNELS:
                    await connection.remove_listener(channel, self._notified)

    async def _advance(self, connection: asyncpg.Connection) -> None:
        """Place what has committed and take in what is new, until there is nothing left to do."""
        head: int = await connection.fetchval(loaders.PLACE.sql)
        if self._end is None:
            self._begin(head)
            # Whoever waits already may have read before this position: that is a change for all we know.
            for flag in itertools.chain.from_iterable(self._waiters.values()):
                flag.set()
        while self._end is not None and self._end < head:
            if self._is_idle:
                self._begin(head)
                return
            rows = await self._database.fetch(loaders.AFTER, EventRow, after=self._end, limit=_READ_AT_ONCE)
            if not rows:
                self._begin(head)  # pruned, all of them
                return
            self._take_in(rows)
            if self._end >= head:
                head = await connection.fetchval(loaders.PLACE.sql)

    def _begin(self, position: int) -> None:
        """Start over: the tail is empty, and what came before is to be read from Postgres."""
        self._start = self._end = position
        self._tail = []
        self._tell()

    def _take_in(self, rows: Sequence[EventRow]) -> None:
        self._tail.extend(rows)
        self._end = rows[-1]["position"]
        if len(self._tail) > 2 * TAIL_MAX:
            self._start = self._tail[-TAIL_MAX - 1]["position"]
            del self._tail[:-TAIL_MAX]
        for subject in {(row["subject_type"], row["subject_id"]) for row in rows}:
            for flag in self._waiters.get(subject, ()):
                flag.set()
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _notified(self, connection: Any, pid: int, channel: str, _: object) -> None:
        if channel == remembered.CHANNEL:
            self.remembered.forget()
        elif channel == INDEX_CHANNEL:
            self.remembered.forget_answers()
        # What this connection itself has placed it has read already.
        elif not self._is_idle and (channel == outbox.CHANNEL or pid != connection.get_server_pid()):
            self._wake.set()
