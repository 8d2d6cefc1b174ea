"""What Prometheus reads ..."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY, values
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.routing import Route

from models.database import Database
from server import metrics


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """No operation name is known yet."""
    monkeypatch.setattr(metrics, "_names", metrics.OperationNames())


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


Samples = dict[tuple[str, frozenset[str]], float]


async def scraped(database: Any) -> Samples:
    """The samples of an answer of /metrics, by name and label values."""
    app = Starlette(routes=[Route("/metrics", metrics.endpoint)])
    app.state.database = database
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://souk") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_counts_requests_with_their_time_and_statements(database: Database) -> None:
    for seconds, statements, status in ((0.25, 3, "ok"), (0.5, 5, "errors")):
        metrics.observe_request("Shelf", "query", seconds, statements, status)
    samples = await scraped(database)
    assert samples["souk_graphql_requests_total", frozenset({"Shelf", "query", "ok"})] == 1
    assert samples["souk_graphql_requests_total", frozenset({"Shelf", "query", "errors"})] == 1
    assert samples["souk_graphql_request_seconds_count", frozenset({"Shelf"})] == 2
    assert samples["souk_graphql_request_seconds_sum", frozenset({"Shelf"})] == 0.75
    assert samples["souk_graphql_request_statements_sum", frozenset({"Shelf"})] == 8
    assert samples["souk_graphql_request_statements_bucket", frozenset({"Shelf", "4.0"})] == 1


def test_counts_what_is_left_to_graphql_core() -> None:
    before = counted("souk_graphql_fallback_total", operation="Introspection")
    metrics.observe_fallback("Introspection")
    assert counted("souk_graphql_fallback_total", operation="Introspection") == before + 1


def test_bounds_the_names_that_clients_choose() -> None:
    before = {name: counted("souk_graphql_request_seconds_count", operation=name) for name in ("other", "anonymous")}
    for number in range(metrics.MAX_OPERATIONS):
        metrics.observe_request(f"Bounded{number}", "query", 0, 0, "ok")
    for name in ("OneTooMany", "x" * 65, 'a"b', None, "", "Bounded7"):
        metrics.observe_request(name, "query", 0, 0, "ok")
    assert counted("souk_graphql_request_seconds_count", operation="OneTooMany") == 0
    assert counted("souk_graphql_request_seconds_count", operation="Bounded7") == 2
    assert counted("souk_graphql_request_seconds_count", operation="other") == before["other"] + 3
    assert counted("souk_graphql_request_seconds_count", operation="anonymous") == before["anonymous"] + 2


async def test_tells_how_far_each_consumer_is_behind(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(
            """
            INSERT INTO events (transaction_id, type, subject_type, subject_id, subject_version, occurred_at) VALUES
                ('10', 'PRODUCT_CHANGED', 'product', 1, 1, now() - interval '1 hour'),
                ('20', 'PRODUCT_CHANGED', 'product', 2, 1, now() - interval '100 s');
            INSERT INTO event_consumers (name, transaction_id, event_id)
            SELECT 'late', '10', max(id) FROM events WHERE transaction_id = '10';
            INSERT INTO event_consumers (name, transaction_id, event_id)
            SELECT 'punctual', '20', max(id) FROM events;
            """
        )
    samples = await scraped(database)
    assert samples["souk_event_lag_seconds", frozenset({"punctual"})] == 0
    assert samples["souk_event_lag_seconds", frozenset({"late"})] == pytest.approx(100, abs=30)


async def test_tells_a_lag_once_however_many_processes_there_are(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue(lambda: 7))
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO event_consumers (name, transaction_id, event_id) VALUES ('punctual', '10', 1)"
        )
    for _ in range(2):
        samples = await scraped(database)
        lags = {labels: value for (name, labels), value in samples.items() if name == "souk_event_lag_seconds"}
        assert lags == {frozenset({"punctual"}): 0}


class Away:
    """A database that does not answer."""

    def connection(self) -> Any:
        raise ConnectionRefusedError


async def test_tells_the_rest_while_postgres_is_away() -> None:
    metrics.observe_request("StillHere", "query", 0.1, 0, "ok")
    samples = await scraped(Away())
    assert samples["souk_graphql_requests_total", frozenset({"StillHere", "query", "ok"})] == 1
    assert not [name for name, _ in samples if name == "souk_event_lag_seconds"]
