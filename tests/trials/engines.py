"""What a trial runs on: the database that DATABASE_URL names, or a throwaway one; and partners with keys."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from server import migrate
from services import api_keys


@asynccontextmanager
async def addresses() -> AsyncIterator[dict[str, str]]:
    """Give the addresses of migrated engines: `database_url`, `meili_url`, `meili_key`."""
    if url := os.environ.get("DATABASE_URL"):
        await migrate.upgrade(url)
        yield {"database_url": url, "meili_url": os.environ.get("MEILI_URL", "http://127.0.0.1:9"), "meili_key": ""}
        return
    engines = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.engines.throwaway", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert engines.stdin is not None
    assert engines.stdout is not None
    found: dict[str, str] = json.loads(await engines.stdout.readline())
    await migrate.upgrade(found["database_url"])
    try:
        yield found
    finally:
        engines.stdin.close()  # which ends it
        await engines.wait()


async def partner_key(connection: asyncpg.Connection) -> str:
    """Make a partner of the platform, and give its API key, which follows events."""
    partner = await connection.fetchval("INSERT INTO partners (kind, name) VALUES ('DELIVERY', 'Trial') RETURNING id")
    key = api_keys.make()
    await connection.execute(
        "INSERT INTO api_keys (partner_id, prefix, hash, scopes) VALUES ($1, $2, $3, '{EVENTS_READ}')",
        partner,
        key.prefix,
        hashlib.sha256(key.text.encode()).digest(),
    )
    return key.text
