"""A pool whose connecting goes wrong when a test says so."""

import asyncio
from typing import Self

import asyncpg

from models.connections import IDLE_S, Connections


class Pool(Connections):
    """A pool of real connections that knows which it opened; `refusing` and `hanging` are how connecting goes wrong."""

    def __init__(self, url: str, *, size: int, idle_s: float = IDLE_S) -> None:
        super().__init__(self._connecting, size=size, idle_s=idle_s)
        self._url = url
        self.opened: list[asyncpg.Connection] = []
        self.refusing = False
        self.hanging: asyncio.Event | None = None
        self.tried = 0

    async def _connecting(self) -> asyncpg.Connection:
        self.tried += 1
        if self.refusing:
            raise ConnectionRefusedError
        if self.hanging is not None:
            await self.hanging.wait()
        connection = await asyncpg.connect(self._url)
        self.opened.append(connection)
        return connection

    def taking(self) -> asyncio.Task[asyncpg.Connection]:
        return asyncio.create_task(self.take())

    async def full(self) -> Self:
        """Take all connections there may be, see that no more are to be had, and give them back."""
        all_of_them = [await self.take() for _ in range(self._size)]
        one_more = self.taking()
        await turns(3)
        assert not one_more.done()
        one_more.cancel()
        await asyncio.wait([one_more])
        for connection in all_of_them:
            self.give_back(connection)
        return self


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
