"""Followers of events who leave and come back, while writers commit out of order ..."""

import asyncio
import random
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
from typing import Any

import asyncpg
import pytest

from graph import ids
from models.database import Database
from services import outbox
from tests.factories import catalogue, people
from tests.graph.conftest import Api

FOLLOW = (
    "subscription ($after: String) { events(after: $after, types: [PRODUCT_CHANGED]) { id cursor subjectVersion } }"
)
WRITERS, TRANSACTIONS, FOLLOWERS = 6, 25, 8


async def write(database: Database, products: list[int], draw: random.Random) -> None:
    """Change products in transactions that take some time; some are rolled back."""
    async with database.connection() as connection:
        for _ in range(TRANSACTIONS):
            transaction = connection.transaction()
            await transaction.start()
            for product in sorted(draw.sample(products, 2)):
                version = await connection.fetchval(
                    "UPDATE products SET version = version + 1 WHERE id = $1 RETURNING version", product
                )
                await outbox.append_many(
                    connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=[(product, version)]
                )
            await asyncio.sleep(draw.choice([0, 0, 0.005]))
            await (transaction.rollback() if draw.random() < 0.2 else transaction.commit())


async def follow(api: Api, start: str, seen: list[dict[str, Any]], draw: random.Random) -> None:
    """Follow for ever, leaving now and then and coming back with the last cursor."""
    operation_of = api.operations.prepare
    while True:
        after = seen[-1]["cursor"] if seen else start
        operation = operation_of(FOLLOW, None, {"after": after}, transport="websocket")
        stay = draw.randint(1, 40)
        async with aclosing(api.operations.stream(operation, api.context.fresh(), transport="websocket")) as events:
            async for answer in events:
                assert not answer.errors
                assert answer.data is not None
                seen.append(answer.data["events"])
                await asyncio.sleep(draw.choice([0, 0, 0.002]))
                if (stay := stay - 1) == 0:
                    break


@pytest.mark.usefixtures("following_changes")
async def test_have_each_event_once_in_the_order_of_the_log(
    api: Api, database: Database, connection: asyncpg.Connection
) -> None:
    draw = random.Random(11)  # noqa: S311 - no secret
    merchant = await catalogue.merchant(connection)
    products = [await catalogue.product(connection, merchant) for _ in range(6)]
    api.context = replace(api.context, viewer=await people.partner(connection))
    start = (await api.data("{ events { pageInfo { endCursor } } }"))["events"]["pageInfo"]["endCursor"]
    seen: list[list[dict[str, Any]]] = [[] for _ in range(FOLLOWERS)]
    following = [asyncio.ensure_future(follow(api, start, each, draw)) for each in seen]
    await asyncio.gather(*(write(database, products, draw) for _ in range(WRITERS)))
    await connection.fetchval("SELECT souk_place_events()")
    log = await connection.fetch("SELECT id, transaction_id::text::bigint AS xid FROM events ORDER BY position")
    expected = [ids.encode("Event", row["id"]) for row in log]
    async with asyncio.timeout(60):
        while any(len(each) < len(log) for each in seen):  # noqa: ASYNC110 - they tell nobody
            await asyncio.sleep(0.02)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    assert all([event["id"] for event in each] == expected for each in seen)
    assert any(late["xid"] < early["xid"] for early, late in pairwise(log))
    assert len(log) > WRITERS * TRANSACTIONS
