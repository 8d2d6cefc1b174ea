"""Rebuilding: new indexes are filled beside the live ones and swapped with them, so that searches never notice."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg

from models import advisory_locks
from models.advisory_locks import Lock
from models.database import Database
from search import desk_documents, documents, events, indexes, terms
from search.client import Meilisearch
from search.indexes import Indexes
from search.writing import Writer, tell

CONSUMERS = "search:"
"""How the names of this index's readers of the event log begin."""

CHUNK = 2_000
_TASKS_WAITING_MAX = 4
_FEW_EVENTS = 100

Progress = Callable[[int, int], None]
"""Told how many products are in the new index, of how many."""


class RebuildRunningError(Exception):
    """Another process is rebuilding the index."""

    def __init__(self) -> None:
        super().__init__("Another process is rebuilding the index just now; wait for it, then try again.")


async def rebuild(
    database: Database,
    engine: Meilisearch,
    live: Indexes,
    *,
    locale: str,
    progress: Progress = lambda _done, _total: None,
) -> int:
    """Build the indexes anew and swap them in; returns the number of products.

    What changes meanwhile is read from the event log before the swap, so the index never goes back in time.
    Raises RebuildRunningError, SearchUnavailableError; the live indexes then stay as they were.
    """
    async with advisory_locks.tried(database, Lock.SEARCH_REBUILD) as connection:
        if connection is None:
            raise RebuildRunningError
        fresh = live.next()
        start = await events.now(connection)
        await _drop(engine, fresh)
        settings = indexes.settings(fresh, await indexes.tuning(connection))
        await engine.finish([await engine.enqueue("PATCH", f"/indexes/{uid}/settings", settings[uid]) for uid in fresh])
        count = await _fill(connection, engine, fresh, locale, progress)
        writer = Writer(engine, fresh, locale=locale)
        position = await _catch_up(connection, writer, start, until=_FEW_EVENTS)
        name = f"{CONSUMERS}{indexes.fingerprint(locale)}"
        async with advisory_locks.held(database, Lock.SEARCH_FOLLOW):
            position = await _catch_up(connection, writer, position, until=0)
            await _swap(engine, live, fresh)
            await tell(connection)
            await events.store(connection, name, position)
            await events.forget_others(connection, name, family=CONSUMERS)
        await _drop(engine, fresh)
        return count


async def _fill(
    connection: asyncpg.Connection, engine: Meilisearch, fresh: Indexes, locale: str, progress: Progress
) -> int:
    categories = [row["id"] for row in await connection.fetch("SELECT id FROM categories")]
    merchants = [row["id"] for row in await connection.fetch("SELECT id FROM merchants")]
    total = await connection.fetchval("SELECT count(*) FROM products WHERE listed")
    queue = _Queue(engine)
    await queue.put(fresh.categories, await documents.categories(connection, categories, locale=locale))
    await queue.put(fresh.merchants, await documents.merchants(connection, merchants))
    for uid, table, make in (
        (fresh.tickets, "tickets", desk_documents.tickets),
        (fresh.articles, "articles", desk_documents.articles),
    ):
        async for ids in _all_ids(connection, table):
            await queue.put(uid, await make(connection, ids))
    words: Counter[str] = Counter()
    count = 0
    async for chunk in _listed(connection, locale):
        await queue.put(fresh.products, chunk)
        words.update(terms.count(chunk))
        count += len(chunk)
        progress(count, total)
    counted = terms.documents(words)
    for first in range(0, len(counted), 10 * CHUNK):
        await queue.put(fresh.terms, counted[first : first + 10 * CHUNK])
    await queue.join()
    return count


async def _all_ids(connection: asyncpg.Connection, table: str) -> AsyncIterator[list[int]]:
    last = 0
    while True:
        rows = await connection.fetch(
            f"SELECT id FROM {table} WHERE id > $1 ORDER BY id LIMIT $2",  # noqa: S608 - a table of ours
            last,
            CHUNK,
        )
        if not rows:
            return
        yield [row["id"] for row in rows]
        last = rows[-1]["id"]


async def _listed(connection: asyncpg.Connection, locale: str) -> AsyncIterator[list[documents.Document]]:
    last = 0
    while True:
        rows = await connection.fetch(
            "SELECT id FROM products WHERE listed AND id > $1 ORDER BY id LIMIT $2", last, CHUNK
        )
        if not rows:
            return
        yield await documents.products(connection, [row["id"] for row in rows], locale=locale)
        last = rows[-1]["id"]


class _Queue:
    """Documents on their way into the engine: a few uploads wait there for their turn, never the whole catalogue."""

    def __init__(self, engine: Meilisearch) -> None:
        self._engine = engine
        self._waiting: list[int] = []

    async def put(self, uid: str, found: list[dict[str, Any]]) -> None:
        """Send documents, after waiting for earlier ones if there are many."""
        if not found:
            return
        if len(self._waiting) >= _TASKS_WAITING_MAX:
            await self._engine.finish([self._waiting.pop(0)])
        self._waiting.append(await self._engine.enqueue("POST", indexes.documents_path(uid), found))

    async def join(self) -> None:
        """Wait until everything is in the index."""
        await self._engine.finish(self._waiting)


async def _catch_up(
    connection: asyncpg.Connection, writer: Writer, position: events.Position, *, until: int
) -> events.Position:
    """Bring events into the new indexes until at most about `until` are left."""
    while (batch := await events.read(connection, position)) is not None:
        await writer.apply(connection, batch.subjects)
        position = batch.end
        if batch.length <= until:
            break
    return position


async def _swap(engine: Meilisearch, live: Indexes, fresh: Indexes) -> None:
    known = await _known(engine)
    pairs = zip(live, fresh, strict=True)
    # At the first build there is nothing to swap with: then the new index takes the name.
    swaps = [{"indexes": [new, old], "rename": old not in known} for old, new in pairs]
    await engine.carry_out("POST", "/swap-indexes", swaps)


async def _drop(engine: Meilisearch, target: Indexes) -> None:
    known = await _known(engine)
    await engine.finish([await engine.enqueue("DELETE", f"/indexes/{uid}") for uid in target if uid in known])


async def _known(engine: Meilisearch) -> set[str]:
    page = await engine.request("GET", "/indexes?limit=1000")
    return {index["uid"] for index in page["results"]}
