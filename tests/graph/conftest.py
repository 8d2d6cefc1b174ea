"""The product's schema over a database, asked as the transports ask it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
import structlog

from graph import operations
from graph.errors import ClientError
from graph.limits import Limits
from graph.operations import Answer, Operation, Operations
from graph.schema import schema
from graph.webhook_documents import WebhookDocuments
from models.database import Database, counting, statement_count
from resolvers.changes import Changes
from resolvers.context import Context, WebhookTerms
from search.client import Meilisearch
from search.indexes import Indexes
from search.querying import SearchEngine
from server import logging, payments
from server.config import Settings
from tests.conftest import Meili
from tests.factories import small_shop
from tests.factories.small_shop import SmallShop
from tests.graph.execution.comparing import held_to_the_reference
from tests.graph.turns import TURNS, LoopBlockedError
from tests.hearing import hearing

DOCUMENTS = Path(__file__).parent / "documents"
"""What clients send, word for word."""


@dataclass
class Api:
    """Asks the schema; `statements` is how many the last question took."""

    operations: Operations
    context: Context
    statements: int = 0

    async def answer(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """Give the whole answer."""
        self.context = self.context.fresh()
        operation = await self.operations.prepared(query, None, variables, transport="http")
        answer = await self.operations.answer(operation, self.context, transport="http")
        self.statements = self.context.statements.value
        return answer.body()

    async def data(self, query: str, /, **variables: Any) -> Any:
        """Give the data of an answer that has no errors."""
        answer = await self.answer(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, query: str, /, **variables: Any) -> tuple[str, str]:
        """Give the code and the message of the only error, of a field or of the whole request."""
        try:
            (error,) = (await self.answer(query, **variables))["errors"]
        except ClientError as refusal:
            return refusal.code, refusal.message
        return error["extensions"]["code"], error["message"]

    async def document(self, name: str, /, **variables: Any) -> Any:
        """Send a client's document as it stands."""
        return await self.data((DOCUMENTS / f"{name}.graphql").read_text(encoding="utf-8"), **variables)


async def at_once(*asking: Awaitable[Any]) -> list[Any]:
    """Ask several things at once. What they keep the loop from turning together is not any one's fault."""
    with TURNS.paused():
        return await asyncio.gather(*asking)


TRIES: Final = 3
"""How often a query is prepared and answered before its test fails, which is tried three times itself: the best counts.

A host that takes the processor away has its time counted as ours: one in 300 turns of 4 ms was measured as 20 to 50. So
a test of hundreds of documents hardly ever passes as a whole, and one document is tried nine times at most. What a turn
takes is deterministic but for that: what blocks does so each time. Preparing counts to the first answer alone.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each test of this directory that finds the loop blocked try again, and no other failure.

    CPU time is dearer on a crowded machine too: the best of three tries counts.
    """
    for item in items:
        if item.path.is_relative_to(DOCUMENTS.parent) and not item.get_closest_marker("flaky"):
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=[LoopBlockedError]))


@pytest.fixture
def unbounded_preparation() -> None:
    """For documents that are far longer than a client's: graphql-core parses and validates them in one go.

    How long that may take is for the limits to say. Answering them is watched as ever.
    """


@pytest.fixture(autouse=True)
def loop_keeps_turning(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail every test that sends something which keeps the loop from turning for longer than it may."""
    prepare, answer = Operations.prepare, Operations.answer

    def prepare_watched(self: Operations, query: str | None, *args: Any, **kwargs: Any) -> Operation:
        for _ in range(TRIES - 1):
            with suppress(LoopBlockedError):
                return TURNS.prepared(lambda: prepare(self, query, *args, **kwargs), query or "")
            documents = self._documents
            if (document := documents._kept.pop(query or "", None)) is not None:  # noqa: SLF001 - it is to be prepared anew
                documents._forget(document)  # noqa: SLF001
        return TURNS.prepared(lambda: prepare(self, query, *args, **kwargs), query or "")

    async def answer_watched(self: Operations, operation: Operation, context: Any, **kwargs: Any) -> Answer:
        fresh, count = getattr(context, "fresh", None), statement_count.get()
        counted = 0 if count is None else count.value
        for _ in range(TRIES - 1 if operation.plan.kind == "query" and fresh else 0):
            with suppress(LoopBlockedError), TURNS.watched(operation):
                return await answer(self, operation, context, **kwargs)
            context = fresh()
            if count is not None:
                statement_count.set(count)
                count.value = counted
        with TURNS.watched(operation):
            return await answer(self, operation, context, **kwargs)

    if "unbounded_preparation" not in request.fixturenames:
        monkeypatch.setattr(Operations, "prepare", prepare_watched)
    monkeypatch.setattr(Operations, "answer", answer_watched)
    with TURNS.without_collector(), _logged_as_by_a_server():
        yield


@contextmanager
def _logged_as_by_a_server() -> Iterator[None]:
    """Write errors as lines of JSON: a traceback as structlog writes it for terminals takes 100 ms."""
    kept = structlog.get_config()
    structlog.configure(processors=[logging._tracebacks, structlog.processors.JSONRenderer()])  # noqa: SLF001 - the server's own
    try:
        yield
    finally:
        structlog.configure(**kept)


@pytest.fixture(autouse=True)
def both_executors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer every query that a test sends by graphql-core as well, and compare."""
    monkeypatch.setattr(operations, "execute", held_to_the_reference)


@pytest.fixture
def engine(meili: Meili) -> Iterator[Meilisearch]:
    engine = Meilisearch(meili.url, meili.key)
    yield engine
    engine.close()


@pytest.fixture
def indexes(meili: Meili) -> Indexes:
    return Indexes.named(meili.prefix)


@pytest.fixture
def changes(database: Database) -> Changes:
    return Changes(database)


@pytest.fixture
async def following_changes(changes: Changes) -> AsyncIterator[Changes]:
    """Follow the event log while the test runs."""
    async with hearing(changes):
        yield changes


@pytest.fixture
async def api(database: Database, engine: Meilisearch, indexes: Indexes, changes: Changes, settings: Settings) -> Api:
    context = Context(
        database=database,
        search=SearchEngine(engine, indexes, locale="en"),
        changes=changes,
        currency="USD",
        locale="en",
        statements=counting(),
        secret_key="a key for tests, which is long enough",
        gateways=payments.gateways(database, settings),
    )
    operations = Operations(schema, limits=Limits(), introspection=True)
    context.webhooks = WebhookTerms(WebhookDocuments(operations), [ip_network("127.0.0.0/8")])
    return Api(operations, context)


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection for what the test itself writes."""
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def shop(connection: asyncpg.Connection) -> SmallShop:
    """A shop so small that every answer can be written down."""
    return await small_shop.fill(connection)
