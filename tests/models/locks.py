"""Looking at who waits for whom."""

import asyncio

import asyncpg


async def blocked(connection: asyncpg.Connection, task: asyncio.Task[object]) -> bool:
    """Wait until the task has ended or a session of this database waits for a lock; tell whether one waits."""
    waiting = """SELECT EXISTS (SELECT FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock')"""
    while not task.done():
        if await connection.fetchval(waiting):
            return True
        await asyncio.sleep(0.005)
    return False
