"""What Prometheus reads at /metrics.

With several server processes (`souk up --workers N`) PROMETHEUS_MULTIPROC_DIR is set and the counts of all of them are
added up, whichever answers. Lags are not counted by the worker, which may be dead: they are read from Postgres.
"""

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

import asyncpg
import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from models.database import Database

_log = structlog.get_logger()

LAGS_TIMEOUT_S = 2.0

# Clients choose operation names: only so many become label values, the later ones are counted as "other".
MAX_OPERATIONS = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

_REQUESTS = Counter("souk_graphql_requests", "GraphQL requests answered.", labelnames=("operation", "kind", "status"))
_SECONDS = Histogram(
    "souk_graphql_request_seconds",
    "Time to run an operation or, for a subscription, one event of it.",
    labelnames=("operation",),
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
_STATEMENTS = Histogram(
    "souk_graphql_request_statements",
    "SQL statements run for a request.",
    labelnames=("operation",),
    buckets=(0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64),
)

_FALLBACKS = Counter(
    "souk_graphql_fallback", "Requests left to graphql-core, such as introspection.", labelnames=("operation",)
)

_EVENT_LAG = """
    SELECT consumer.name, coalesce(extract(epoch FROM now() - unread.occurred_at), 0)::float8 AS lag_s
    FROM event_consumers AS consumer
    LEFT JOIN LATERAL (
        SELECT occurred_at FROM events
        WHERE (transaction_id, id) > (consumer.transaction_id, consumer.event_id)
        ORDER BY transaction_id, id LIMIT 1
    ) AS unread ON true
"""


class OperationNames:
    """The operation names that have become label values."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def label(self, operation: str | None) -> str:
        """Give the label of an operation's name: itself, "anonymous" for none, "other" for one too many."""
        if not operation:
            return "anonymous"
        if operation in self._known:
            return operation
        if len(self._known) >= MAX_OPERATIONS or _NAME.fullmatch(operation) is None:
            return "other"
        self._known.add(operation)
        return operation


_names = OperationNames()


def observe_request(operation: str | None, kind: str, seconds: float, statements: int, status: str) -> None:
    """Count one answered request.

    `kind` is query, mutation, subscription or unknown, `status` one of a few words such as ok, errors or refused.
    """
    requests, lasted, took = _children(_names.label(operation), kind, status)
    requests.inc()
    lasted.observe(seconds)
    took.observe(statements)


@lru_cache(maxsize=MAX_OPERATIONS * 8)
def _children(name: str, kind: str, status: str) -> tuple[Counter, Histogram, Histogram]:
    """Find what counts requests with these labels; the library looks through locks and texts each time."""
    return _REQUESTS.labels(name, kind, status), _SECONDS.labels(name), _STATEMENTS.labels(name)


def observe_fallback(operation: str | None) -> None:
    """Count one request that the breadth-first executor left to graphql-core."""
    _FALLBACKS.labels(_names.label(operation)).inc()


async def event_lags(database: Database) -> dict[str, float]:
    """Return, by consumer, how many seconds ago the oldest event happened that it has not dealt with; 0 for none."""
    async with database.connection() as connection:
        return {row["name"]: row["lag_s"] for row in await connection.fetch(_EVENT_LAG)}


class _Lags(Collector):
    """The lags of one answer; no Gauge, because of several processes each would keep and show a copy of its own."""

    def __init__(self, lags_s: Mapping[str, float]) -> None:
        self._lags_s = lags_s

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the one metric."""
        family = GaugeMetricFamily(
            "souk_event_lag_seconds",
            "Age of the oldest event that a consumer has not dealt with; the search index is one of them.",
            labels=("consumer",),
        )
        for consumer, lag_s in self._lags_s.items():
            family.add_metric((consumer,), lag_s)
        yield family


async def endpoint(request: Request) -> Response:
    """Answer /metrics; the application's state holds `database`. The lags are left out while it does not answer."""
    counted = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]  # it ships no types for its constructor
    try:
        async with asyncio.timeout(LAGS_TIMEOUT_S):
            found = await event_lags(request.app.state.database)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # Without Postgres there are no lags to tell, but all the more reason to tell the rest.
        _log.warning("event_lags_unknown", reason=type(error).__name__)
        found = {}
    return Response(generate_latest(counted) + generate_latest(_Lags(found)), media_type=CONTENT_TYPE_LATEST)
