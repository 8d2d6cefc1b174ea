"""The event loop ..."""

import gc
import resource
import time
from pathlib import Path
from typing import Any

import pytest

from graph import documents
from graph.documents import CACHED_DOCUMENTS
from graph.execution.kept import Plans
from graph.limits import Limits
from graph.operations import Operations, execute
from models.database import Database
from search import rebuilding
from search.client import Meilisearch
from search.indexes import Indexes
from services import demo
from tests.graph.conftest import Api
from tests.graph.execution.farm import SCHEMA, Diary


@pytest.fixture(autouse=True)
def both_executors() -> None:
    """Nothing is compared here: the reference would be measured as well."""


async def test_is_never_blocked_for_long_by_a_clients_document(
    api: Api, database: Database, engine: Meilisearch, indexes: Indexes
) -> None:
    await demo.load(database, products=300)
    await rebuilding.rebuild(database, engine, indexes, locale="en")
    variables: dict[str, dict[str, Any]] = {
        "categories": {},
        "deep_listing": {"category": demo.ROOT_CATEGORY_SLUG},
        "listing": {"category": demo.ROOT_CATEGORY_SLUG},
        "merchant": {"slug": demo.MERCHANT_SLUG},
        "product": {"slug": demo.PRODUCT_SLUG},
        "search": {"query": "lamp"},
    }
    for name, given in variables.items():
        await api.document(name, **given)  # at first it is parsed, validated and compiled too
        await api.document(name, **given)


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


@pytest.mark.flaky(reruns=2)  # it compares times, which a crowded machine makes longer now and then
async def test_keeps_ten_thousand_documents_in_bounded_memory_without_slowing_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(documents, "RULES", ())  # validating takes most of the time, and keeps nothing

    def fresh() -> Operations:
        return Operations(SCHEMA, limits=Limits(), introspection=True)

    async def ask(operations: Operations, begin: int, count: int) -> float:
        started = time.thread_time()
        for number in range(begin, begin + count):
            operation = operations.prepare(f"{{ box {{ b{number}: odd }} grid }}", None, {}, transport="http")
            assert (await execute(SCHEMA, operation, Diary())).errors
        return time.thread_time() - started

    crowded = fresh()
    await ask(crowded, 0, 2000)
    full = resident_bytes()
    await ask(crowded, 2000, 8000)
    assert len(crowded._documents._kept) == CACHED_DOCUMENTS  # noqa: SLF001 - nothing else tells
    assert resident_bytes() - full < 20_000_000  # a thousand documents take about as much
    # Turn by turn, so that whatever else the machine does weighs on both alike.
    times = [(await ask(crowded, begin, 250), await ask(fresh(), begin, 250)) for begin in range(10_000, 13_000, 250)]
    assert min(late for late, _ in times) < min(early for _, early in times) * 1.5


async def test_keeps_plans_of_so_many_fields() -> None:
    names = [f"v{number}" for number in range(8)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: __typename @include(if: ${name})" for name in names)
    operations = Operations(SCHEMA, limits=Limits(), introspection=True)
    plans = operations._documents.plans = Plans(fields_max=64)  # noqa: SLF001 - nothing else tells
    for number in range(256):
        given = {name: bool(number >> index & 1) for index, name in enumerate(names)}
        operation = operations.prepare(f"query ({declared}) {{ {fields} }}", None, given, transport="http")
        result = await execute(SCHEMA, operation, Diary())
        assert result.data == {name: "Query" for name, included in given.items() if included}
        assert plans.fields <= 64
    assert (len(plans), plans.fields) == (9, 59)  # those of 247 to 255; that of 246 has six fields more


async def test_forgets_the_plans_of_a_document_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "CACHED_DOCUMENTS", 2)
    operations = Operations(SCHEMA, limits=Limits(), introspection=True)
    for number in range(5):
        query = f"query ($on: Boolean!) {{ a{number}: __typename even @include(if: $on) {{ number }} }}"
        for on in (True, False):
            operation = operations.prepare(query, None, {"on": on}, transport="http")
            assert (await execute(SCHEMA, operation, Diary())).errors is None
    plans = operations._documents.plans  # noqa: SLF001 - nothing else tells
    assert (len(plans), plans.fields) == (4, 8)
