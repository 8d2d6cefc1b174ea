"""Brings a database to a revision of the schema."""

from collections.abc import Callable
from functools import partial

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from models.advisory_locks import Lock
from server.revisions import MIGRATIONS


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
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
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
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": Lock.MIGRATION.value})
            await connection.run_sync(run)
    finally:
        await engine.dispose()
