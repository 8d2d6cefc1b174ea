"""Whoever follows an order ..."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain.access import Viewer
from graph import ids
from graph.operations import Answer
from services import outbox
from tests.factories import orders, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

FOLLOW = (
    "subscription OrderUpdated($orderId: ID!) { orderUpdated(orderId: $orderId) { id status payments { status } } }"
)


def follow(api: Api, order: int, viewer: Viewer) -> AsyncGenerator[Answer, None]:
    operation = api.operations.prepare(FOLLOW, None, {"orderId": ids.encode("Order", order)}, transport="websocket")
    return api.operations.stream(operation, replace(api.context, viewer=viewer).fresh(), transport="websocket")


async def status(updates: AsyncGenerator[Answer, None]) -> Any:
    answer = await asyncio.wait_for(anext(updates), 30)
    assert not answer.errors, answer.errors
    return answer.data and answer.data["orderUpdated"]["status"]


async def change(connection: asyncpg.Connection, order: int, statement: str) -> None:
    async with connection.transaction():
        await connection.execute(statement)
        await outbox.append_many(connection, event_type="ORDER_CANCELLED", subject_type="order", subjects=[(order, 2)])


@pytest.mark.usefixtures("following_changes")
async def test_sees_it_now_and_after_each_change(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    customer = await people.customer(connection)
    made = await orders.order(connection, shop.ada, shop.small, customer_id=customer.customer_id)
    order = made["Order"]
    follows = {
        "customer": customer,
        "merchant": await people.partner(connection, shop.ada),
        "platform": await people.partner(connection),
    }
    streams = {name: follow(api, order, viewer) for name, viewer in follows.items()}
    assert {name: await status(each) for name, each in streams.items()} == dict.fromkeys(follows, "PAID")
    await change(connection, order, f"UPDATE orders SET status = 'CANCELLED' WHERE id = {order}")  # noqa: S608 - a number
    assert {name: await status(each) for name, each in streams.items()} == dict.fromkeys(follows, "CANCELLED")
    for each in streams.values():
        await each.aclose()


async def test_learns_nothing_of_anothers(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    customer = await people.customer(connection)
    made = await orders.order(connection, shop.ada, shop.small, customer_id=customer.customer_id)
    strangers = [
        Viewer(),
        await people.customer(connection),
        await people.partner(connection, shop.bob),
        replace(await people.partner(connection, shop.ada), scopes=frozenset()),
    ]
    for viewer in strangers:
        for order in (made["Order"], 999_999_999):
            assert [answer async for answer in follow(api, order, viewer)] == []
