"""Which revision a database is at, and which one this code needs. Alembic (5 MB) is for `server.migrate` alone."""

from functools import cache
from pathlib import Path
from typing import Final

import asyncpg

from server.failures import Failure

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"


@cache
def head() -> str:
    """Return the newest revision that this code knows: files of migrations begin with theirs, and count upwards."""
    revisions = [file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")]
    if not revisions:
        raise RuntimeError(f"{MIGRATIONS} holds no migration")
    return max(revisions)


async def current(connection: asyncpg.Connection) -> str | None:
    """Return the revision a database is at, or None if it was never migrated."""
    if await connection.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


async def behind(connection: asyncpg.Connection) -> str | None:
    """Say which revision a database is at instead of the newest, and what to do; None if it is there."""
    revision = await current(connection)
    if revision == head():
        return None
    return f"at revision {revision or 'none'}, not at {head()}: run `souk migrate`"


async def require_head(database_url: str) -> None:
    """Raise Failure unless a database is at the newest revision."""
    connection = await asyncpg.connect(database_url)
    try:
        if (reason := await behind(connection)) is not None:
            raise Failure(f"The database is {reason}.")
    finally:
        await connection.close()
