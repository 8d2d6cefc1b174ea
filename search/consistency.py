"""Comparing the index with the database, and repairing what differs."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from models.database import Database
from search import documents
from search.client import Meilisearch
from search.indexes import Indexes
from search.indexing import Indexer

WINDOW = 500
"""How many ids are compared at once: a window of ids shows what is missing, what is stale and what should be gone."""


@dataclass(slots=True)
class Report:
    """What a check found: how many products of the database it compared, and ids that differed, by how."""

    checked: int
    missing: list[int]
    stale: list[int]
    orphaned: list[int]

    @property
    def drifted(self) -> list[int]:
        """List all that differed."""
        return sorted({*self.missing, *self.stale, *self.orphaned})


class ConsistencyCheck:
    """Compares windows of product ids. It first lets `indexer` catch up, so that only true drift is found."""

    def __init__(
        self, database: Database, engine: Meilisearch, target: Indexes, indexer: Indexer, *, locale: str
    ) -> None:
        self._database = database
        self._engine = engine
        self._target = target
        self._indexer = indexer
        self._locale = locale

    async def run(
        self,
        *,
        windows: int | None,
        seed: int | None = None,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Report:
        """Compare so many windows, drawn at random by `seed`, or all for None; raises SearchUnavailableError."""
        await self._caught_up()
        starts = await self._starts()
        if windows is not None and windows < len(starts):
            starts = sorted(random.Random(seed).sample(starts, windows))  # noqa: S311 - a sample, not a secret
        total = Report(0, [], [], [])
        for done, start in enumerate(starts, 1):
            report = await self._compare(start)
            if report.drifted:
                # It may have changed while we looked: what still differs after catching up is drift.
                await self._caught_up()
                report = await self._compare(start)
            total.checked += report.checked
            total.missing += report.missing
            total.stale += report.stale
            total.orphaned += report.orphaned
            progress(done, len(starts))
        return total

    async def repair(self, report: Report) -> None:
        """Write anew what differed."""
        await self._indexer.repair(report.drifted)

    async def _caught_up(self) -> None:
        while await self._indexer.step():
            pass

    async def _starts(self) -> list[int]:
        """Find where windows begin that hold ids of the database or of the index."""
        async with self._database.connection() as connection:
            greatest = await connection.fetchval("SELECT coalesce(max(id), 0) FROM products")
        query = {"q": "", "sort": ["id:desc"], "limit": 1, "attributesToRetrieve": ["id"]}
        answer = await self._engine.request("POST", f"/indexes/{self._target.products}/search", query)
        indexed = max((hit["id"] for hit in answer["hits"]), default=0)
        return list(range(0, max(greatest, indexed) + 1, WINDOW))

    async def _compare(self, start: int) -> Report:
        ids = range(start, start + WINDOW)
        async with self._database.connection() as connection:
            made = await documents.products(connection, list(ids), locale=self._locale)
        # Through JSON, as the engine has seen them.
        wanted = {document["id"]: orjson.loads(orjson.dumps(document)) for document in made}
        indexed = await self._indexed(ids)
        return Report(
            checked=len(wanted),
            missing=sorted(wanted.keys() - indexed.keys()),
            stale=sorted(
                product_id for product_id, document in wanted.items() if indexed.get(product_id, document) != document
            ),
            orphaned=sorted(indexed.keys() - wanted.keys()),
        )

    async def _indexed(self, ids: Sequence[int]) -> dict[int, documents.Document]:
        query = {"filter": f"id >= {ids[0]} AND id <= {ids[-1]}", "limit": len(ids)}
        answer = await self._engine.request("POST", f"/indexes/{self._target.products}/documents/fetch", query)
        return {document["id"]: document for document in answer["results"]}
