"""Carts, which are swept a thousand at a time, ..."""

import asyncpg

UNINDEXED = """
    SELECT format('%s.%s', conrelid::regclass, attname) AS name FROM pg_constraint
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND confrelid = 'carts'::regclass AND NOT EXISTS (
        SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1]
            AND coalesce(pg_get_expr(indpred, indrelid), '') IN ('', format('(%I IS NOT NULL)', attname))
    )
"""


async def test_find_all_that_points_at_them_by_an_index(connection: asyncpg.Connection) -> None:
    assert [row["name"] for row in await connection.fetch(UNINDEXED)] == []
