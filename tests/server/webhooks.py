"""Webhooks of partners, and workers that post to them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import asyncpg
import pytest

from domain.webhooks import Network
from graph.limits import Limits
from graph.operations import Operations
from graph.schema import schema
from graph.webhook_documents import WebhookDocuments
from models.database import Database, counting
from resolvers.changes import Changes
from resolvers.context import Context
from search.client import Meilisearch
from search.indexes import Indexes
from search.querying import SearchEngine
from server.worker_webhooks import Deliverer
from services import outbox, webhooks
from services.gateways.webhooks import WebhookClient
from tests.factories import people
from tests.factories.receivers import Receiver

KEY = "a key for tests, which is long enough"
HERE = [ip_network("127.0.0.0/8")]
DOCUMENT = "subscription { events { id type subjectId subjectVersion subject { ... on Product { slug } } } }"


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().up() as receiver:
        yield receiver


@asynccontextmanager
async def delivering(database: Database, *, workers: int = 1, allowed: list[Network] = HERE) -> AsyncIterator[None]:
    """Run workers whose retries follow at once."""
    engine = Meilisearch("http://127.0.0.1:9", "")  # nobody asks it anything
    context = Context(
        database=database,
        search=SearchEngine(engine, Indexes.named(), locale="en"),
        changes=Changes(database),
        currency="USD",
        locale="en",
        statements=counting(),
        secret_key=KEY,
    )
    documents = WebhookDocuments(Operations(schema, limits=Limits(), introspection=False))
    async with WebhookClient(allowed=allowed) as client:
        deliverers = [
            Deliverer(database, client, documents, context, pause=lambda _: timedelta(milliseconds=20))
            for _ in range(workers)
        ]
        wakes = [asyncio.Event() for _ in deliverers]
        tasks = [asyncio.create_task(each.run(wake)) for each, wake in zip(deliverers, wakes, strict=True)]

        async def keep_waking() -> None:
            while True:
                for wake in wakes:
                    wake.set()
                await asyncio.sleep(0.02)

        tasks.append(asyncio.create_task(keep_waking()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
    engine.close()


async def hooked(
    database: Database, connection: asyncpg.Connection, url: str, *, merchant: int | None = None, **given: Any
) -> int:
    """Add a webhook of a new partner; gives its id."""
    viewer = await people.partner(connection, merchant)
    async with database.transaction() as session:
        return await webhooks.add(
            session,
            partner_id=viewer.partner_id or 0,
            key_prefix=None,
            url=url,
            scopes=sorted(viewer.scopes, key=str),
            **{"document": DOCUMENT, "operation_name": None, "types": None, **given},
        )


async def happen(connection: asyncpg.Connection, product: int, *versions: int) -> None:
    changes = [(product, version) for version in versions]
    await outbox.append_many(connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=changes)


async def settled(connection: asyncpg.Connection, number: int) -> list[asyncpg.Record]:
    """Wait until so many deliveries wait no more."""
    query = "SELECT * FROM webhook_deliveries WHERE state <> 'PENDING' ORDER BY id"
    async with asyncio.timeout(30):
        while len(found := await connection.fetch(query)) < number:  # noqa: ASYNC110 - others write it
            await asyncio.sleep(0.02)
    return list(found)
