"""A pool of connections to Postgres that costs a read next to nothing.

asyncpg's own pool makes a proxy, a shielded task and a reset of each use: 0.1 ms of CPU, as much as a small SELECT.
Here taking a connection is a pop from a list, and giving it back an append.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

IDLE_S: Final = 60.0
"""How long a connection stays open that nobody needs; each is a process of Postgres's."""
RETIRE_TIMEOUT_S: Final = 5.0
"""How long a connection whose statement was given up may take to say goodbye."""


def _closed() -> asyncpg.InterfaceError:
    return asyncpg.InterfaceError("the pool is closed")


class Connections:
    """At most `size` connections, opened when they are needed; the one used last is used next.

    Those that nobody needed for `idle_s` seconds are closed, all but one. Who waits is served in order: nobody who
    comes later takes the place that became free meanwhile. Who uses a connection must leave no session state behind:
    nothing resets it.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[asyncpg.Connection]], *, size: int, idle_s: float = IDLE_S
    ) -> None:
        self._connect = connect
        self._size = size
        self._open = 0
        self._idle: list[asyncpg.Connection] = []
        self._idle_s = idle_s
        self._never_used = 0
        """How many of the idle ones, from the first on, have not been used since the last look."""
        self._looking: asyncio.TimerHandle | None = None
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._retiring: set[asyncio.Task[None]] = set()
        self._closed = False
        self._all_gone = asyncio.Event()

    async def take(self) -> asyncpg.Connection:
        """Take a connection, or wait for one; raises what connecting raises, and InterfaceError once closed."""
        if self._closed:
            raise _closed()
        while self._idle:
            connection = self._idle.pop()
            self._never_used = min(self._never_used, len(self._idle))
            if not connection.is_closed():
                return connection
            self._open -= 1
        if self._open < self._size:
            self._open += 1
            return await self._opened()
        handed = await self._handed_over()
        if handed is not None and not handed.is_closed():
            return handed
        if self._closed:
            self._place_is_free()
            raise _closed()
        return await self._opened()

    def give_back(self, connection: asyncpg.Connection) -> None:
        """Give back a connection that is in order, or that the server has closed."""
        if connection.is_closed():
            self._place_is_free()
        elif self._closed:
            self.retire(connection)
        elif not self._hand_to_next(connection):
            self._idle.append(connection)
            if self._looking is None and len(self._idle) > 1:
                self._look_later()

    def retire(self, connection: asyncpg.Connection) -> "asyncio.Future[None]":
        """Give back a connection in an unknown state, such as amid a statement: it is closed, in the background.

        Who has to know that its locks are gone awaits what is returned.
        """
        task = asyncio.ensure_future(self._goodbye(connection))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
        return task

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection for a block; after anything but an answer of the server it is closed."""
        connection = await self.take()
        try:
            yield connection
        except Exception:
            # The block may have caught what broke the connection and raised something else.
            await self._take_back(connection)
            raise
        except BaseException:
            await asyncio.shield(self.retire(connection))
            raise
        await self._take_back(connection)

    async def close(self) -> None:
        """Close every connection, those in use when they are given back."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
        idle, self._idle = self._idle, []
        for connection in idle:
            self.retire(connection)
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(_closed())
        if self._open:
            await self._all_gone.wait()

    def _look_later(self) -> None:
        self._never_used = len(self._idle)
        self._looking = asyncio.get_running_loop().call_later(self._idle_s, self._close_unused)

    def _close_unused(self) -> None:
        """Close those that nobody has used since the last look, and look again while there are several."""
        unused, self._idle = (
            self._idle[1 : self._never_used],
            [*self._idle[:1], *self._idle[max(self._never_used, 1) :]],
        )
        for connection in unused:
            self.retire(connection)
        self._looking = None
        if len(self._idle) > 1:
            self._look_later()

    async def _take_back(self, connection: asyncpg.Connection) -> None:
        if connection.is_closed() or not connection.is_in_transaction():
            self.give_back(connection)
        else:
            await asyncio.shield(self.retire(connection))

    async def _opened(self) -> asyncpg.Connection:
        """Open a connection in a place that is taken already."""
        try:
            return await self._connect()
        except BaseException:
            self._place_is_free()
            raise

    async def _handed_over(self) -> asyncpg.Connection | None:
        """Wait in line for a connection, or for None, which is a place for one."""
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            handed: asyncpg.Connection | None = await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # It was handed over while the wait was given up.
                handed = waiter.result()
                if handed is not None:
                    self.give_back(handed)
                else:
                    self._place_is_free()
            raise
        return handed

    def _hand_to_next(self, connection: asyncpg.Connection | None) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def _place_is_free(self) -> None:
        if self._hand_to_next(None):
            return
        self._open -= 1
        if self._closed and not self._open:
            self._all_gone.set()

    async def _goodbye(self, connection: asyncpg.Connection) -> None:
        try:
            await connection.close(timeout=RETIRE_TIMEOUT_S)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it must go
            connection.terminate()
        finally:
            self._place_is_free()
