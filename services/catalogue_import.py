"""Importing a catalogue: a stream of records, batch by batch, into Postgres.

A batch is one transaction; while Postgres works on one, the next is read and checked. A record is matched by its
merchant and external id. Importing the same records again changes nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from domain.catalogue_record_fields import RecordError
from domain.catalogue_records import ProductRecord
from domain.errors import Unavailable
from models import advisory_locks
from models.advisory_locks import Lock
from models.database import Database
from services import catalogue_import_staging as staging
from services import catalogue_import_upsert as upsert
from services.catalogue_import_vocabulary import AttributeHint, Vocabulary
from services.feeds.opening import RefusedRow, excerpt

BATCH_PRODUCTS = 1_000
SLICE_S = 0.001
BATCH_BYTES = 8 * 1024 * 1024
TIDY_FROM = 1_000
"""An import that changes so many products leaves its tables tidied."""
_LARGE_TABLES = ("products", "product_categories", "product_prices", "variants", "variant_prices", "stock_levels")


class ImportBusyError(Unavailable):
    """Another import is writing to this database."""


class ImportBrokenError(Unavailable):
    """The connection to the database ended in the middle of an import."""

    def __init__(self) -> None:
        super().__init__(
            "the connection to the database broke; what went in before stays in, and the same command again goes on"
        )


class CheckedRow(NamedTuple):
    """A record, or why there is none, with its line (from 1) and its size in the file in bytes."""

    line: int
    size: int
    record: ProductRecord | RefusedRow


@dataclass(slots=True)
class ImportCounts:
    """What became of the records so far."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        """All records read."""
        return self.created + self.updated + self.unchanged + self.refused


class CatalogueImport:
    """An import under way on one connection; made by `begin`."""

    def __init__(self, connection: asyncpg.Connection, vocabulary: Vocabulary) -> None:
        self._connection = connection
        self._vocabulary = vocabulary
        self.changed = 0
        """How many products were created or updated, over all files."""

    async def run(
        self,
        rows: Iterable[CheckedRow],
        *,
        merchant: str | None = None,
        hints: Mapping[str, AttributeHint] | None = None,
        refused: Callable[[RefusedRow], None] = lambda _: None,
        progress: Callable[[ImportCounts], None] = lambda _: None,
    ) -> ImportCounts:
        """Import one file's rows; `merchant` (slug or name) is whose the records are that name none.

        `hints` describe attributes that are not defined yet, `refused` is told of each bad row, `progress` of each
        batch. Raises what the rows raise; batches before that are kept.
        """
        counts = ImportCounts()
        self._vocabulary.hints = hints or {}
        await staging.forget_seen(self._connection)
        stream = iter(rows)
        reading = asyncio.create_task(_read_batch(stream))
        try:
            while batch := await reading:
                reading = asyncio.create_task(_read_batch(stream))
                for refusal in await self._write(batch, merchant, counts):
                    refused(refusal)
                progress(counts)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return counts

    async def _write(self, batch: list[CheckedRow], merchant: str | None, counts: ImportCounts) -> list[RefusedRow]:
        bad: list[RefusedRow] = []
        async with self._connection.transaction():
            staged = await self._stage(batch, merchant, bad)
            await staging.fill(self._connection, staged)
            conflicts = await upsert.refusals(self._connection)
            if conflicts:
                bad += conflicts
                await staging.discard(self._connection, [conflict.line for conflict in conflicts])
            written = await upsert.write(self._connection)
        self.changed += written.created + written.updated
        counts.created += written.created
        counts.updated += written.updated
        counts.refused += len(bad)
        counts.unchanged += len(batch) - len(bad) - written.created - written.updated
        return sorted(bad)

    async def _stage(
        self, batch: list[CheckedRow], merchant: str | None, bad: list[RefusedRow]
    ) -> list[staging.StagedProduct]:
        placed = []
        for line, _, record in batch:
            if isinstance(record, RefusedRow):
                bad.append(record)
                continue
            try:
                placed.append((line, record, self._vocabulary.place(record, merchant=merchant)))
            except RecordError as error:
                bad.append(refused_row(line, error))
        await self._vocabulary.save(self._connection)
        return [
            staging.StagedProduct(
                line,
                record,
                self._vocabulary.merchants[place.merchant],
                self._vocabulary.category_id(place.category),
                place.attributes,
            )
            for line, record, place in placed
        ]


@asynccontextmanager
async def begin(database: Database, *, dry_run: bool = False) -> AsyncIterator[CatalogueImport]:
    """Open an import; a dry run does all of it in one transaction and takes that back at the end.

    Raises ImportBusyError when another import runs on the same database, ImportBrokenError when the connection breaks.
    """
    async with advisory_locks.tried(database, Lock.CATALOGUE_IMPORT) as connection:
        if connection is None:
            raise ImportBusyError("another import is running on this database; wait for its end")
        try:
            transaction = connection.transaction()
            if dry_run:
                await transaction.start()
            try:
                await staging.create(connection)
                running = CatalogueImport(connection, await Vocabulary.load(connection))
                yield running
                if running.changed >= TIDY_FROM and not dry_run:
                    await _tidy(connection)
            finally:
                if dry_run:
                    await transaction.rollback()
                else:
                    await staging.drop(connection)
        except Exception as error:
            if connection.is_closed():
                raise ImportBrokenError from error
            raise


async def _tidy(connection: asyncpg.Connection) -> None:
    """Let the planner know what a large import has brought, and let counts read indexes alone, without waiting.

    Autovacuum would do it within a minute or so; until then a count of a category reads ten times the pages.
    """
    await connection.execute("SET statement_timeout = 0")
    try:
        await connection.execute(f"VACUUM (ANALYZE) {', '.join(_LARGE_TABLES)}")
    finally:
        await connection.execute("RESET statement_timeout")


def refused_row(line: int, error: RecordError) -> RefusedRow:
    """Make a report's row of a record's error."""
    return RefusedRow(line, error.field, excerpt(error.value), error.reason)


async def _read_batch(rows: Iterator[CheckedRow]) -> list[CheckedRow]:
    """Take the next batch, cut by count and by bytes so that one of huge records stays small; empty at the end.

    It lets the loop go on every millisecond. A thread would hold up each answer of Postgres for the 5 ms after which
    the interpreter switches threads, which cost a third of the rate.
    """
    batch: list[CheckedRow] = []
    size = 0
    pause_at = time.perf_counter() + SLICE_S
    for row in rows:
        batch.append(row)
        size += row.size
        if len(batch) >= BATCH_PRODUCTS or size >= BATCH_BYTES:
            break
        if time.perf_counter() >= pause_at:
            await asyncio.sleep(0)
            pause_at = time.perf_counter() + SLICE_S
    return batch
