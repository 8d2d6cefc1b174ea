"""Random documents over the whole schema ..."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random
from typing import Any, Final

import asyncpg
import pytest
from graphql import OverlappingFieldsCanBeMergedRule

from domain.access import MerchantRole, Viewer
from graph import documents, ids
from graph.errors import ClientError, InvalidRequest
from graph.limits import Limits
from graph.operations import Operations
from graph.schema import schema
from models.database import Database, StatementCount
from resolvers.changes import Changes
from resolvers.context import Context
from search.querying import Mention
from tests.factories import people, small_shop
from tests.factories.small_shop import SmallShop
from tests.graph.execution.comparing import compared
from tests.graph.execution.faults import Faults, Memory, put_into
from tests.graph.execution.random_documents import Values, write

# graphql-core leaves what it began beside a field that failed at once; it ends with the loop.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine 'Executor:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine object Executor"),
    # A resolver that is handed a misfit for a page stops halfway.
    pytest.mark.filterwarnings("ignore:coroutine 'of_[a-z]+.<locals>.total:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine object of_[a-z]+.<locals>.total"),
    pytest.mark.usefixtures("unbounded_preparation"),
]

DOCUMENTS: Final = int(os.environ.get("RANDOM_DOCUMENTS", "5000"))
"""How many are compared, each without and with faults: all others than CI's by RANDOM_DOCUMENTS=100000 pytest -n 2."""
PART: Final = 2_500
RATE: Final = 90
"""How many of 1,000 answers of a field are faults."""
# What asks the search engine is compared by the tests of the search itself, with a real one.
LEFT_OUT: Final = frozenset({"productSearch", "productSearchFacetValues"})


def any_of(*literals: str) -> Callable[[Random], str]:
    return lambda random: random.choice(literals)


def values(shop: SmallShop) -> Values:
    keys = {"Product": shop.lamp, "Category": shop.home, "Merchant": shop.ada, "Variant": shop.small}
    known = [f'"{ids.encode(name, key)}"' for name, key in {**keys, "Review": shop.praise}.items()]
    known += [f'"{ids.encode("Product", shop.draft)}"', f'"{ids.encode("Nothing", 1)}"', '"no id"']
    slug = any_of('"lamp"', '"chair"', '"home"', '"lamps"', '"office"', '"ada"', '"bob"', '"all"', '"none"', '"draft"')
    return {
        "id": lambda random: random.choice(known),
        "ids": lambda random: "[" + ", ".join(random.choices(known, k=random.randrange(5))) + "]",
        "slug": slug,
        "category": any_of('"home"', '"lamps"', '"none"'),
        "merchant": any_of('"ada"', '"bob"', "null"),
        "first": any_of("0", "1", "2", "3", "20"),
        "after": any_of("null", "null", '"no cursor"'),
        "locale": any_of('"de"', '"en"', '"pt-BR"', '"no locale"', "null"),
        "currency": any_of('"EUR"', '"USD"', '"JPY"'),
        "roots": any_of("true", "false"),
        "available": any_of("true", "false", "null"),
        "rating": any_of("{ min: 4 }", "{ min: 9.5 }", "null"),
        "state": any_of("null", "ACTIVE", "APPLIED", "SUSPENDED"),
        "query": any_of('"lamp"', '""'),
        "since": any_of('"2026-01-01T00:00:00Z"', '"2027-01-01T00:00:00Z"'),
        "until": any_of('"2026-02-01T00:00:00Z"', '"no instant"'),
        "email": any_of('"ada@example.com"', "null"),
        "segment": any_of('"all"', "null"),
        **dict.fromkeys(("merchantId", "variantId", "warehouseId"), lambda random: random.choice(known)),
    }


class Found:
    """A search engine that always finds the same."""

    def __init__(self, shop: SmallShop) -> None:
        self._mentions = [
            Mention("products", shop.lamp),
            Mention("categories", shop.lamps),
            Mention("merchants", shop.bob),
            Mention("products", shop.chair),
            Mention("products", shop.draft),
        ]

    async def everything(self, _: str, *, limit: int) -> list[Mention]:
        return self._mentions[:limit]

    async def tickets(self, *_: Any, **__: Any) -> list[int]:
        return []

    async def articles(self, *_: Any, **__: Any) -> list[int]:
        return []


async def compare(
    numbers: Iterable[int], shop: SmallShop, viewer: Viewer, memory: Memory, faults: Faults
) -> Counter[str]:
    """Compare documents of these numbers; count what they were like."""
    operations = Operations(schema, limits=Limits(max_aliases=200, max_cost=10**9), introspection=True)
    given, seen = values(shop), Counter[str]()
    search: Any = Found(shop)

    def context() -> Context:
        changes = Changes(memory)
        changes.remembered.prove(asyncio.get_running_loop().time())
        return Context(
            database=memory,
            search=search,
            changes=changes,
            currency="USD",
            locale="en",
            statements=StatementCount(),
            secret_key="a key for tests, which is long enough",
            viewer=viewer,
        )

    for number in numbers:
        random = Random(number)  # noqa: S311 - reproducible on purpose
        document = write(schema._schema, random, given, LEFT_OUT)  # noqa: SLF001 - there is no public way to it
        try:
            operation = operations.prepare(document.text, None, document.variables, transport="http")
        except (ClientError, InvalidRequest) as refused:
            seen[f"refused: {refused}"] += 1
            continue
        assert operation.plan.prepared.supported
        seen["documents"] += 1
        for faults.rate in (0, RATE):
            faults.number, faults.met = number, 0
            try:
                answer = await compared(schema, operation, context)
            except AssertionError as difference:
                raise AssertionError(f"document {number}\n{document.text}\n{document.variables}") from difference
            with_faults = " with faults" if faults.rate else ""
            seen[f"errors{with_faults}"] += bool(answer.errors)
            seen[f"data{with_faults}"] += bool(answer.data)
        seen["faults"] += bool(faults.met)
    return seen


@pytest.fixture
async def customer(furnished: SmallShop, connection: asyncpg.Connection) -> Viewer:
    viewer = await people.customer(connection)
    for city in ("Bonn", "Ulm"):
        await people.address(connection, viewer.customer_id or 0, city=city)
    await people.document(connection, furnished.ada)
    await people.partner(connection, furnished.ada)
    await people.member(connection, furnished.ada, MerchantRole.PACKER)
    return replace(viewer, merchants={furnished.ada: MerchantRole.OWNER})


@pytest.fixture
async def furnished(shop: SmallShop, connection: asyncpg.Connection) -> SmallShop:
    await small_shop.grow(connection, shop, 3)
    await connection.execute("INSERT INTO collections (slug, name, rule) VALUES ('all', 'All', '{\"all\": []}')")
    return shop


@pytest.mark.parametrize("begin", range(0, DOCUMENTS, PART))
async def test_have_the_answers_of_graphql_core(
    furnished: SmallShop, customer: Viewer, database: Database, monkeypatch: pytest.MonkeyPatch, begin: int
) -> None:
    # They are valid by the way they are written, but for two fields that meet under one name.
    monkeypatch.setattr(documents, "RULES", (OverlappingFieldsCanBeMergedRule,))
    faults = Faults()
    with put_into(schema, faults):
        seen = await compare(range(begin, begin + PART), furnished, customer, Memory(database, faults), faults)
    print(seen)  # noqa: T201 - with -s, what the documents were like
    assert seen["documents"] > PART * 0.95
    assert seen["data"] > PART * 0.6
    assert seen["faults"] > PART * 0.25
    assert seen["errors with faults"] > seen["errors"] + PART * 0.2
    assert seen["data with faults"] > PART * 0.4
