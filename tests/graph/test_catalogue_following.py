"""What is changed by a mutation ..."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole
from graph import ids
from models.database import Database
from search.client import Meilisearch
from search.indexes import Indexes
from search.indexing import Indexer
from tests.factories import people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.test_product_updates import follow, following

PRICE = """mutation ($id: ID!, $amount: Decimal!) { variantPricesSet(input: {
    variantId: $id, prices: [{ amount: $amount, currency: USD }] }) { userErrors { code message } } }""".replace(
    "USD", '"USD"'
)
STOCK = """mutation ($id: ID!, $expected: Int!, $onHand: Int!, $key: String!) { stockSet(input: {
    variantId: $id, expected: $expected, onHand: $onHand, idempotencyKey: $key }) { userErrors { code message } } }"""
SEARCH = """query ($filter: ProductSearchFilter) { productSearch(query: "lamp", filter: $filter) {
    totalCount nodes { slug } } }"""


def act(name: str) -> str:
    return f"mutation ($id: ID!) {{ {name}(input: {{ productId: $id }}) {{ userErrors {{ code message }} }} }}"


@pytest.fixture
async def change(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> Callable[..., Any]:
    """Change something as Ada's manager, and then ask as a visitor again."""
    manager = await people.member(connection, shop.ada, MerchantRole.MANAGER)

    async def send(document: str, **given: Any) -> None:
        visitor, api.context.viewer = api.context.viewer, manager
        (answer,) = (await api.data(document, **given)).values()
        api.context.viewer = visitor
        assert answer["userErrors"] == []

    return send


@pytest.fixture
async def index(database: Database, engine: Meilisearch, indexes: Indexes, shop: SmallShop) -> Callable[[], Any]:
    """Do what the worker does."""
    assert shop
    indexer = Indexer(database, engine, indexes, locale="en")

    async def follow_events() -> None:
        async with database.connection() as connection:
            while not await connection.fetchval(
                """SELECT NOT EXISTS (
                    SELECT FROM events WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot()))"""
            ):
                pass
        while await indexer.step():
            pass

    await follow_events()
    return follow_events


async def found(api: Api, **narrowed: Any) -> list[str]:
    answer = await api.data(SEARCH, filter=narrowed or None)
    nodes: list[dict[str, str]] = answer["productSearch"]["nodes"]
    assert answer["productSearch"]["totalCount"] == len(nodes)
    return [node["slug"] for node in nodes]


async def test_is_found_by_the_search(
    api: Api, change: Callable[..., Any], index: Callable[[], Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    lamp, small, large = (
        ids.encode(name, key)
        for name, key in (("Product", shop.lamp), ("Variant", shop.small), ("Variant", shop.large))
    )
    cheap = {"price": {"currency": "USD", "max": "20"}}
    assert [await found(api), await found(api, **cheap)] == [["lamp"], []]
    await change(PRICE, id=small, amount="19.90")
    await index()
    assert await found(api, **cheap) == ["lamp"]
    await change(PRICE, id=small, amount="29.90")
    await index()
    assert await found(api, **cheap) == []
    await connection.execute("UPDATE stock_levels SET reserved = on_hand")
    await change(STOCK, id=large, expected=0, onHand=1, key="a")
    await index()
    assert [await found(api, available=True), await found(api, available=False)] == [["lamp"], []]
    await change(STOCK, id=large, expected=1, onHand=0, key="b")
    await index()
    assert [await found(api, available=True), await found(api, available=False)] == [[], ["lamp"]]
    await change(act("productArchive"), id=lamp)
    assert (await api.data(SEARCH))["productSearch"]["nodes"] == []  # at once, whatever the index says
    await index()
    assert await found(api) == []
    await change(act("productPublish"), id=lamp)
    await index()
    assert await found(api) == ["lamp"]


@pytest.mark.usefixtures("following_changes")
async def test_wakes_who_follows_the_product(api: Api, change: Callable[..., Any], shop: SmallShop) -> None:
    query = """subscription ($id: ID!) { productUpdated(productId: $id) {
        name variants { nodes { sku price { amount } stock { quantity } } } } }"""
    lamp, large = ids.encode("Product", shop.lamp), ids.encode("Variant", shop.large)

    def seen(event: Any) -> tuple[str, str, int]:
        _, each = event["variants"]["nodes"]
        return event["name"], each["price"]["amount"], each["stock"]["quantity"]

    rename = """mutation ($id: ID!) { productUpdate(input: { productId: $id, name: "Light" }) {
        userErrors { code message } } }"""
    events = follow(api, lamp, query)
    async with aclosing(events):
        assert seen(await following(events)) == ("Lamp", "45.00", 0)
        await change(PRICE, id=large, amount="40")
        assert seen(await following(events)) == ("Lamp", "40.00", 0)
        await change(STOCK, id=large, expected=0, onHand=8, key="a")
        assert seen(await following(events)) == ("Lamp", "40.00", 8)
        await change(rename, id=lamp)
        assert seen(await following(events)) == ("Light", "40.00", 8)
        await change(act("productUnpublish"), id=lamp)
        with pytest.raises(StopAsyncIteration):
            await anext(events)
