"""Brings a database to a revision of the schema, and tells whether it is there."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from server.failures import Failure

_MIGRATIONS = Path(__file__).parent.parent / "migrations"

# Two starters must not migrate at once: the second waits here, and then finds nothing to do. Any fixed number does.
_ADVISORY_LOCK = 7_236_151


def head() -> str:
    """Return the newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError(f"{_MIGRATIONS} holds no migration")
    return revision


async def current(connection: asyncpg.Connection) -> str | None:
    """Return the revision a database is at, or None if it was never migrated."""
    if await connection.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


async def require_head(database_url: str) -> None:
    """Raise Failure unless a database is at the newest revision."""
    connection = await asyncpg.connect(database_url)
    try:
        if (reason := await behind(connection)) is not None:
            raise Failure(f"The database is {reason}.")
    finally:
        await connection.close()


async def behind(connection: asyncpg.Connection) -> str | None:
    """Say which revision a database is at instead of the newest, and what to do; None if it is there."""
    revision = await current(connection)
    if revision == _newest():
        return None
    return f"at revision {revision or 'none'}, not at {_newest()}: run `souk migrate`"


_newest = cache(head)


async def upgrade(database_url: str, *, to: str = "head") -> None:
    """Migrate upwards to revision `to`, in one transaction: all of it or nothing."""
    await _in_transaction(database_url, lambda config: command.upgrade(config, to))


async def downgrade(database_url: str, *, to: str) -> None:
    """Migrate downwards to revision `to` ("base" takes everything away), in one transaction."""
    await _in_transaction(database_url, lambda config: command.downgrade(config, to))


async def check(database_url: str) -> None:
    """Raise alembic.util.CommandError if the tables in models/ are not what the migrations make."""
    await _in_transaction(database_url, command.check)


async def write_revision(database_url: str, *, message: str) -> None:
    """Write a new migration file from the difference between models/ and a migrated database."""
    await _in_transaction(database_url, lambda config: command.revision(config, message=message, autogenerate=True))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


async def _in_transaction(database_url: str, work: Callable[[Config], object]) -> None:
    def run(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        work(config)

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=partial(asyncpg.connect, database_url), poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
            await connection.run_sync(run)
    finally:
        await engine.dispose()
