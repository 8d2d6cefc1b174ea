"""The one door to Postgres: compiled statements run by asyncpg, in transactions as well (`run`), and sessions.

What is read and written most runs on asyncpg inside a session's transaction as well: `models.transactions.driver_of`,
`Database.within`.

SQLAlchemy builds each statement once; asyncpg runs its SQL. Measured, the same four small SELECTs cost 2.4 ms of CPU
through SQLAlchemy Core and 0.3 ms through asyncpg.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from operator import itemgetter
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeVar

import asyncpg
import orjson
from sqlalchemy import Executable, Select, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import CompilerElement
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from domain.errors import InvalidInput, Unavailable
from models.compiling import Dialect
from models.connections import Connections
from models.transactions import Transactions, driver_of

_DIALECT = Dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not annotate it


# The server is not there, starts, stops, was killed, or has no connection left. asyncpg's own errors come of a farewell
# between two messages, and of what is asked for after it.
_GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    asyncpg.InterfaceError,
)

# Errors of which the client is told.
_TELLING = (*_GONE, asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


class DatabaseUnavailableError(Unavailable):
    """Postgres does not answer just now."""

    code = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The shop's data cannot be read just now; ask again in a few seconds.")


ATTEMPTS_MAX: Final = 5
"""How often a transaction is tried that Postgres ends for the sake of another one."""
_TO_BE_TRIED_AGAIN: Final = frozenset({"40001", "40P01"})
"""The SQLSTATEs of a serialization failure and of a deadlock."""

BASE_CURRENCY: Final = "base_currency"
"""The bind parameter that stands for the shop's currency in any statement; the database fills it in."""


class Row(asyncpg.Record):  # type: ignore[misc]  # asyncpg ships no types
    """A row as asyncpg reads it, with its columns as attributes. A subclass names what the row is.

    Rows of a compiled statement are of a class that knows the columns' places (`__places__`) as soon as the statement
    has found any: an item is read by its place in less than half the time that its name takes.
    """

    __places__: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def __getattr__(self, name: str) -> Any:
        """Answer a column's value."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@lru_cache(maxsize=1024)
def _placed(row: type[Row], columns: tuple[str, ...]) -> type[Row]:
    """Make the class of rows with these columns."""
    places = MappingProxyType({name: at for at, name in enumerate(columns)})
    return type(row.__name__, (row,), {"__slots__": (), "__places__": places})


AnySelect = Select[*tuple[Any, ...]]
"""A SELECT of whatever columns."""
R = TypeVar("R", bound=Row)
T = TypeVar("T")


class StatementCount:
    """How many statements a request has run so far."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


statement_count: ContextVar[StatementCount | None] = ContextVar("statement_count", default=None)
"""The running request's counter; tasks that the request starts share it."""


def counting() -> StatementCount:
    """Count the statements of this task, and of those it starts, from now on."""
    count = StatementCount()
    statement_count.set(count)
    return count


class Statement:
    """A SQLAlchemy statement compiled, once, to asyncpg's SQL. Parameters are its named bind parameters."""

    __slots__ = ("_defaults", "_in_order", "rows", "sql", "takes_currency")

    def __init__(self, statement: Executable) -> None:
        assert isinstance(statement, CompilerElement)  # noqa: S101 - every Core construct is one; this tells mypy
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._defaults: Mapping[str, Any] = compiled.params
        names: list[str] = list(compiled.positiontup or ())  # type: ignore[attr-defined]  # SQLCompiler's
        self._in_order = _picking(names)
        self.takes_currency = BASE_CURRENCY in self._defaults
        self.rows: dict[type[Row], type[Row]] = {}
        """What its rows are made of, for a class of rows: a class that knows the places of the columns."""

    def arguments(self, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Put parameters in the order of the statement's placeholders; raises KeyError for one it does not know."""
        defaults = self._defaults
        if not parameters.keys() <= defaults.keys():
            unknown = sorted(parameters.keys() - defaults.keys())
            raise KeyError(f"the statement has no parameter {unknown}; it has {sorted(defaults)}")
        return self._in_order({**defaults, **parameters})


def _picking(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Make what picks these values of a mapping, in this order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


def _count_one(*_: object) -> None:
    """Count a statement of a session."""
    count = statement_count.get()
    if count is not None:
        count.value += 1


def _refusal(error: BaseException | None) -> Exception | None:
    """Say of an error of Postgres's what a client may read of it; None if nothing."""
    if isinstance(error, (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)):
        return InvalidInput("A text holds the character U+0000, which nothing here can hold; leave it out")
    if isinstance(error, _GONE) and not isinstance(error, asyncpg.DataError):
        return DatabaseUnavailableError()
    return None


async def _connected(url: str, session: Mapping[str, str]) -> asyncpg.Connection:
    connection = await asyncpg.connect(url, server_settings=dict(session))
    try:
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            format="binary",
            encoder=lambda value: b"\x01" + orjson.dumps(value),  # the leading byte is jsonb's wire version
            decoder=lambda data: orjson.loads(data[1:]),
        )
    except BaseException:
        connection.terminate()  # nobody else knows of it yet
        raise
    return connection


class Database:
    """Connections for reads, and sessions for writes, to one Postgres database of a shop with one base currency."""

    def __init__(self, *, connections: Connections, transactions: Transactions, currency: str) -> None:
        self._connections = connections
        self._currency = currency
        self._transactions = transactions

    @classmethod
    async def open(
        cls, url: str, *, pool_size: int = 10, statement_timeout_s: float = 30.0, currency: str = "USD"
    ) -> "Database":
        """Connect to `url` (postgresql://...); raises OSError or asyncpg.PostgresError when the server does not answer.

        `statement_timeout_s` ends any single statement that runs longer, on the server's side. `currency` is the
        shop's, ISO 4217.
        """
        plain_url = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        session = {"statement_timeout": str(int(statement_timeout_s * 1000)), "application_name": "souk"}
        connections = Connections(partial(_connected, plain_url, session), size=pool_size)
        connections.give_back(await connections.take())  # so that a server that does not answer is told of here
        # asyncpg alone reads the address: SQLAlchemy does not know how a socket is named in one.
        transactions = Transactions(partial(asyncpg.connect, plain_url, server_settings=session), size=pool_size)
        event.listen(transactions.engine.sync_engine, "before_cursor_execute", _count_one)
        return cls(connections=connections, transactions=transactions, currency=currency)

    async def close(self) -> None:
        """Close every connection, those in use after they have finished."""
        await self._transactions.close()
        await self._connections.close()

    async def fetch(self, statement: Statement, row: type[R] = Row, **parameters: Any) -> list[R]:
        """Run a compiled statement on a connection of its own and return its rows.

        Raises InvalidInput for a text that Postgres cannot hold, DatabaseUnavailableError while it does not answer.
        """
        count = statement_count.get()
        if count is not None:
            count.value += 1
        if statement.takes_currency:
            parameters[BASE_CURRENCY] = self._currency
        arguments = statement.arguments(parameters)
        connections = self._connections
        try:
            connection = await connections.take()
            try:
                made_of = statement.rows.get(row)
                rows: list[R] = await connection.fetch(statement.sql, *arguments, record_class=made_of or row)
            except (asyncpg.PostgresError, asyncpg.DataError):  # the latter of arguments that were not sent
                connections.give_back(connection)
                raise
            except BaseException:
                connections.retire(connection)
                raise
        except _TELLING as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
            raise refusal from error
        connections.give_back(connection)
        if made_of is None and rows:
            statement.rows[row] = _placed(row, tuple(rows[0].keys()))  # type: ignore[arg-type]  # classes are hashable
        return rows

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a raw asyncpg connection, for COPY and set-based SQL. It carries no open transaction."""
        async with self._connections.lent() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open the one transaction of a use case: commits at the end, rolls back on any exception.

        Raises InvalidInput for a text that Postgres cannot hold, DatabaseUnavailableError while it does not answer.
        """
        try:
            async with self._transactions.open() as session:
                yield session
        except (DBAPIError, *_TELLING) as error:
            if (refusal := _refusal(cause_of(error))) is not None:
                raise refusal from error
            raise

    async def within(self, session: AsyncSession) -> "Database":
        """Give a database that reads inside a session's transaction, on its very connection: what it has locked."""
        return _Within(driver_of(session), transactions=self._transactions, currency=self._currency)


class _Lent(Connections):
    """The one connection of a transaction; who asks for it waits until the one before has given it back."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def take(self) -> asyncpg.Connection:
        await self._turn.acquire()
        return self._connection

    def give_back(self, connection: asyncpg.Connection) -> None:
        del connection
        self._turn.release()

    def retire(self, connection: asyncpg.Connection) -> asyncio.Future[None]:
        self.give_back(connection)  # its transaction is the session's to end
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


class _Within(Database):
    """A database as one transaction sees it; only to be read."""

    def __init__(self, connection: asyncpg.Connection, *, transactions: Transactions, currency: str) -> None:
        super().__init__(connections=_Lent(connection), transactions=transactions, currency=currency)


async def run(session: AsyncSession, statement: Statement, row: type[R] = Row, **parameters: Any) -> list[R]:
    """Run a compiled statement in a session's transaction, straight on asyncpg, and return its rows.

    It does not see what the session holds and has not flushed. A document is a parameter as JSON's text.
    """
    _count_one()
    rows: list[R] = await driver_of(session).fetch(statement.sql, *statement.arguments(parameters), record_class=row)
    return rows


def cause_of(error: BaseException) -> BaseException:
    """Give what asyncpg has raised of what SQLAlchemy has made of it; anything else as it is."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return error
    return error.orig.__cause__ or error.orig


async def tried(transact: Callable[[], Awaitable[T]]) -> T:
    """Run what makes a transaction, anew with short waits when Postgres has ended it for the sake of another one.

    Raises what it raises, and what ended it when it was tried ATTEMPTS_MAX times.
    """
    try:
        return await transact()
    except Exception as error:
        if not _is_transient(error):
            raise
        failed: Exception | None = error

    async def attempt() -> T:
        nonlocal failed
        if failed is not None:
            first, failed = failed, None
            raise first
        return await transact()

    # Only what has failed costs as much as the library does: 1 ms of CPU a purchase, where nothing fails.
    retrying = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS_MAX),
        wait=wait_random_exponential(multiplier=0.01, max=0.5),
        retry=retry_if_exception(_is_transient),
        reraise=True,
    )
    return await retrying(attempt)


def _is_transient(error: BaseException) -> bool:
    return getattr(cause_of(error), "sqlstate", None) in _TO_BE_TRIED_AGAIN
