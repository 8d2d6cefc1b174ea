"""Whoever follows a product ..."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import asyncpg
import pytest

from graph import ids
from graph.operations import Answer, StreamFailed
from resolvers.changes import Changes
from services import outbox
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

FOLLOW = "subscription ($id: ID!) { productUpdated(productId: $id) { slug name priceRange { min { amount } } } }"


def follow(api: Api, global_id: str, query: str = FOLLOW) -> AsyncGenerator[Answer, None]:
    operation = api.operations.prepare(query, None, {"id": global_id}, transport="websocket")
    return api.operations.stream(operation, api.context.fresh(), transport="websocket")


async def change(connection: asyncpg.Connection, product: int, statement: str) -> None:
    """Change something and tell of it, in one transaction, as services do."""
    async with connection.transaction():
        await connection.execute(statement)
        await outbox.append_many(
            connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=[(product, 1)]
        )


async def following(events: AsyncGenerator[Answer, None]) -> Any:
    """Give the next event's data."""
    answer = await asyncio.wait_for(anext(events), 30)
    assert not answer.errors
    return answer.data and answer.data["productUpdated"]


def lamp(name: str, amount: str = "29.90") -> dict[str, Any]:
    return {"slug": "lamp", "name": name, "priceRange": {"min": {"amount": amount}}}


@pytest.mark.usefixtures("following_changes")
async def test_sees_it_now_and_after_each_change(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    async with aclosing(follow(api, ids.encode("Product", shop.lamp))) as events:
        assert await following(events) == lamp("Lamp")
        await change(connection, shop.lamp, "UPDATE products SET name = 'Light'")
        assert await following(events) == lamp("Light")
        await change(connection, shop.lamp, "UPDATE variant_prices SET amount = 1000")
        assert await following(events) == lamp("Light", "10.00")


async def test_sees_the_latest_state_once_when_reading_slowly(
    api: Api, following_changes: Changes, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    async with aclosing(follow(api, ids.encode("Product", shop.lamp))) as events:
        assert await following(events) == lamp("Lamp")
        for number in range(50):  # while nobody reads
            await change(connection, shop.lamp, f"UPDATE products SET name = 'Lamp {number}'")  # noqa: S608 - a number
        with following_changes.of("product", shop.chair) as later:
            await change(connection, shop.chair, "UPDATE products SET name = 'Chair' WHERE slug = 'chair'")
            await asyncio.wait_for(later.wait(), 30)
        assert await following(events) == lamp("Lamp 49")
        await change(connection, shop.lamp, "UPDATE products SET name = 'Last'")
        assert await following(events) == lamp("Last")


async def test_is_not_told_of_other_products(
    api: Api, following_changes: Changes, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    async with aclosing(follow(api, ids.encode("Product", shop.lamp))) as events:
        assert await following(events) == lamp("Lamp")
        waiting = asyncio.ensure_future(anext(events))
        with following_changes.of("product", shop.chair) as later:
            await change(connection, shop.chair, "UPDATE products SET name = 'Stool' WHERE slug = 'chair'")
            await asyncio.wait_for(later.wait(), 30)
        assert not waiting.done()
        await change(connection, shop.lamp, "UPDATE products SET name = 'Light' WHERE slug = 'lamp'")
        assert (await waiting).data == {"productUpdated": lamp("Light")}


@pytest.mark.parametrize(
    "end",
    ["UPDATE products SET status = 'ARCHIVED'", "UPDATE merchants SET state = 'SUSPENDED'", "DELETE FROM products"],
)
async def test_is_let_go_when_it_is_listed_no_more(
    api: Api, following_changes: Changes, connection: asyncpg.Connection, shop: SmallShop, end: str
) -> None:
    events = follow(api, ids.encode("Product", shop.lamp))
    assert await following(events) == lamp("Lamp")
    await change(connection, shop.lamp, end)
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(events), 30)
    assert not following_changes._waiters  # noqa: SLF001 - what is left behind shows nowhere else


async def test_leaves_nothing_behind_when_going_away(api: Api, changes: Changes, shop: SmallShop) -> None:
    events = follow(api, ids.encode("Product", shop.lamp))
    assert await following(events) == lamp("Lamp")
    assert changes._waiters  # noqa: SLF001 - as above
    await events.aclose()
    assert not changes._waiters  # noqa: SLF001 - as above


@pytest.mark.parametrize("name", ["draft", "archived", "carls"])
async def test_learns_nothing_of_a_product_that_may_not_be_seen(api: Api, shop: SmallShop, name: str) -> None:
    for global_id in (ids.encode("Product", getattr(shop, name)), ids.encode("Category", shop.home)):
        assert [answer async for answer in follow(api, global_id)] == []


async def test_is_refused_what_is_no_id(api: Api) -> None:
    with pytest.raises(StreamFailed) as caught:
        await anext(follow(api, "nonsense"))
    assert caught.value.errors == [
        {
            "message": "'nonsense' is no id of this shop; take ids from the answers of other queries",
            "extensions": {"code": "BAD_USER_INPUT"},
        }
    ]
