"""Transactions that cost next to nothing to begin and to end, on connections that a session and asyncpg share.

SQLAlchemy's own way (a pool, a session, three changes of greenlet) takes 0.4 ms of CPU for a transaction that does
nothing, and 0.25 ms for each statement. Here asyncpg begins and commits; what is written most runs on asyncpg as it is
(`models.database.run`); and a session is there for all else, on the very same connection: it is made when it is used.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from models.connections import Connections

_MADE_LATE: Final = frozenset({"sync_session", "_proxied", "_async_bind", "_async_binds"})
"""What SQLAlchemy's session sets when it is made; whatever it does begins with one of these."""


class _Shared:
    """One connection to Postgres as asyncpg and SQLAlchemy know it; SQLAlchemy neither begins nor commits on it."""

    __slots__ = ("driver", "sqlalchemy")

    def __init__(self, sqlalchemy: AsyncConnection, driver: asyncpg.Connection) -> None:
        self.sqlalchemy = sqlalchemy
        self.driver = driver

    @classmethod
    async def connect(cls, engine: AsyncEngine) -> "_Shared":
        connection = await engine.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        # It is kept in a pool of ours: SQLAlchemy's shall neither want it back nor miss it.
        await connection.run_sync(lambda sync: sync.detach())
        return cls(connection, driver)

    def is_closed(self) -> bool:
        return bool(self.driver.is_closed())

    def is_in_transaction(self) -> bool:
        return bool(self.driver.is_in_transaction())

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own
        await self.driver.close(timeout=timeout)

    def terminate(self) -> None:
        self.driver.terminate()


class _Session(AsyncSession):
    """A session of which nothing is made before it is used: making and ending one costs as much as two statements."""

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared

    @property
    def driver(self) -> asyncpg.Connection:
        """The connection of the transaction."""
        return self._shared.driver

    @property
    def is_used(self) -> bool:
        """Whether anything but the connection was asked for."""
        return "sync_session" in self.__dict__

    def __getattr__(self, name: str) -> Any:
        """Make the session, when its parts are asked for and not there yet."""
        if name not in _MADE_LATE:
            raise AttributeError(name)
        super().__init__(self._shared.sqlalchemy, expire_on_commit=False)
        return getattr(self, name)

    async def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what is not written yet; a session that was never used holds nothing."""
        if self.is_used:
            await super().flush(objects)


class Transactions:
    """Opens transactions on at most `size` connections, which `connect` makes."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], *, size: int) -> None:
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            json_deserializer=orjson.loads,
        )
        self._connections = Connections(lambda: _Shared.connect(self._engine), size=size)

    @property
    def engine(self) -> AsyncEngine:
        """What SQLAlchemy's events are listened to on."""
        return self._engine

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction: it commits at the end, and rolls back on any exception."""
        async with self._connections.lent() as shared:
            driver: asyncpg.Connection = shared.driver
            await driver.execute("BEGIN")
            session = _Session(shared)
            try:
                yield session
                if session.is_used:
                    if session.in_transaction():
                        await session.commit()  # writes what is left to be written; the end of it is ours
                    session.sync_session.close()  # what was loaded must not reach for a connection that is another's
                await _commit(driver)
            except Exception:
                await _roll_back(session, driver)
                raise

    async def close(self) -> None:
        """Close every connection, those in use when they are given back."""
        await self._connections.close()
        await self._engine.dispose()


async def _commit(driver: asyncpg.Connection) -> None:
    try:
        await driver.execute("COMMIT")
    except asyncpg.PostgresError as error:
        # What constraints that are looked at in the end refuse is told as what all others refuse.
        raise DBAPIError("COMMIT", None, error) from error


async def _roll_back(session: _Session, driver: asyncpg.Connection) -> None:
    if driver.is_closed():
        return
    if session.is_used:
        await session.close()
    if driver.is_in_transaction():
        await driver.execute("ROLLBACK")


def driver_of(session: AsyncSession) -> asyncpg.Connection:
    """Give the connection of a session's transaction, for what asyncpg runs in it; flush what it is to see."""
    assert isinstance(session, _Session)  # noqa: S101 - there are no others; this tells mypy
    return session.driver
