"""Bringing the index to the state of the database, for what changed: idempotent, whatever was there before."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from search import desk_documents, documents, indexes, terms
from search.client import Meilisearch
from search.indexes import Indexes

CHANNEL = "souk_index"
"""The NOTIFY channel that tells when searches may find something else than before."""
CHUNK = 1_000

_PRODUCTS_OF: Mapping[str, str] = {
    "product": "SELECT unnest($1::bigint[])",
    "variant": "SELECT product_id FROM variants WHERE id = ANY ($1::bigint[])",
    "category": "SELECT product_id FROM product_categories WHERE category_id = ANY ($1::bigint[])",
    "merchant": "SELECT id FROM products WHERE merchant_id = ANY ($1::bigint[])",
    "attribute": """
        SELECT id FROM products WHERE listed AND EXISTS (
            SELECT FROM jsonb_object_keys(attributes) AS used (key)
            WHERE key IN (SELECT key FROM attributes WHERE id = ANY ($1::bigint[]))
        )
    """,
}


async def tell(connection: asyncpg.Connection) -> None:
    """Tell everybody that searches may find something else than before."""
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


class Writer:
    """Writes to the indexes of one shop; every call returns when the engine has carried it out, and tells of it."""

    def __init__(self, engine: Meilisearch, target: Indexes, *, locale: str) -> None:
        self._engine = engine
        self._target = target
        self._locale = locale

    async def apply(self, connection: asyncpg.Connection, subjects: Mapping[str, Sequence[int]]) -> None:
        """Write anew what events were about: ids by kind of subject. Kinds that search knows nothing of are skipped."""
        if "search_tuning" in subjects:
            await self.tune(connection)
        tasks: list[int] = []
        if categories := subjects.get("category"):
            found = await documents.categories(connection, categories, locale=self._locale)
            tasks += await self._replace(self._target.categories, categories, found)
        if merchants := subjects.get("merchant"):
            found = await documents.merchants(connection, merchants)
            tasks += await self._replace(self._target.merchants, merchants, found)
        if tickets := await _tickets_of(connection, subjects):
            tasks += await self._replace(
                self._target.tickets, tickets, await desk_documents.tickets(connection, tickets)
            )
        if articles := subjects.get("article"):
            found = await desk_documents.articles(connection, articles)
            tasks += await self._replace(self._target.articles, articles, found)
        await self._engine.finish(tasks)
        await self.products(connection, await _products_of(connection, subjects))

    async def products(self, connection: asyncpg.Connection, ids: Sequence[int]) -> None:
        """Write the listed ones of the products, and remove the others."""
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            found = await documents.products(connection, chunk, locale=self._locale)
            tasks = await self._replace(self._target.products, chunk, found)
            # Only that the words exist: their counts are taken again by the next rebuild.
            words = [{"id": term["id"], "term": term["term"]} for term in terms.documents(terms.count(found))]
            if words:
                tasks.append(await self._engine.enqueue("PUT", indexes.documents_path(self._target.terms), words))
            await self._engine.finish(tasks)
            await tell(connection)

    async def tune(self, connection: asyncpg.Connection) -> None:
        """Give the index the synonyms and stop words that merchandisers have set."""
        tuned = await indexes.tuning(connection)
        await self._engine.carry_out("PATCH", f"/indexes/{self._target.products}/settings", tuned.settings())
        await tell(connection)

    async def _replace(self, uid: str, ids: Sequence[int], found: Sequence[dict[str, Any]]) -> list[int]:
        tasks = []
        if found:
            tasks.append(await self._engine.enqueue("POST", indexes.documents_path(uid), found))
        if gone := set(ids) - {document["id"] for document in found}:
            tasks.append(await self._engine.enqueue("POST", f"/indexes/{uid}/documents/delete-batch", sorted(gone)))
        return tasks


async def _tickets_of(connection: asyncpg.Connection, subjects: Mapping[str, Sequence[int]]) -> list[int]:
    """Find the tickets that events were about, those of customers whose names may be others now included."""
    ids = set(subjects.get("ticket", ()))
    if customers := subjects.get("customer"):
        rows = await connection.fetch("SELECT id FROM tickets WHERE customer_id = ANY ($1::bigint[])", customers)
        ids.update(row["id"] for row in rows)
    return sorted(ids)


async def _products_of(connection: asyncpg.Connection, subjects: Mapping[str, Sequence[int]]) -> list[int]:
    ids: set[int] = set()
    for kind, query in _PRODUCTS_OF.items():
        if kind in subjects:
            ids.update(row[0] for row in await connection.fetch(query, subjects[kind]))
    return sorted(ids)
