"""What a database holds, to see that nothing of it has changed."""

import asyncpg

from models.tables import metadata

# Each row of each table as text, by one statement.
_ROWS = [f'ARRAY(SELECT t::text FROM "{table.name}" t ORDER BY 1)' for table in metadata.sorted_tables]  # noqa: S608 - names of tables


async def everything(connection: asyncpg.Connection) -> asyncpg.Record:
    """Give everything that is in the database."""
    return await connection.fetchrow(f"SELECT {', '.join(_ROWS)}")
