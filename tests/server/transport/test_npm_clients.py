"""The clients that partners take from npm follow the product's events ..."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from models.database import Database
from resolvers import events
from services import outbox
from tests.factories import catalogue
from tests.trials.engines import partner_key

FIELDS = "type subjectVersion subject { __typename ... on Product { slug } }"


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def key(connection: asyncpg.Connection) -> str:
    """The API key of a partner; five events have happened to a lamp."""
    product = await catalogue.product(connection, await catalogue.merchant(connection), slug="lamp")
    subjects = [(product, version) for version in range(1, 6)]
    await outbox.append_many(connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=subjects)
    async with asyncio.timeout(20):
        while await connection.fetchval("SELECT souk_place_events()") < 5:
            pass
    return await partner_key(connection)


def expected(*versions: int) -> list[dict[str, Any]]:
    subject = {"__typename": "Product", "slug": "lamp"}
    return [{"type": "PRODUCT_CHANGED", "subjectVersion": version, "subject": subject} for version in versions]


def follow(position: int) -> str:
    return f'subscription {{ events(after: "{events.cursor(position)}") {{ {FIELDS} }} }}'


async def test_over_a_web_socket(product_url: str, key: str, node: Callable[..., Any]) -> None:
    operations = [
        {"query": follow(0), "take": 3},
        {"query": follow(3), "take": 2},
        {"query": "{ events(first: 1) { nodes { type } } }", "take": 0},
        {"query": follow(99), "take": 0},
    ]
    url = product_url.replace("http", "ws")
    seen = node("web_socket.mjs", url, json.dumps({"Authorization": f"Bearer {key}"}), json.dumps(operations))
    first, rest, pulled, wrong = seen["operations"]
    assert [result["data"]["events"] for result in first["results"]] == expected(1, 2, 3)
    assert [result["data"]["events"] for result in rest["results"]] == expected(4, 5)
    assert (first["ended"], rest["ended"], pulled["ended"]) == ("left", "left", "completed")
    assert wrong["ended"] == ["BAD_USER_INPUT"]
    assert seen["pongs"] >= 1
    assert seen["close"]["code"] == 1000


async def test_by_server_sent_events(product_url: str, key: str, node: Callable[..., Any]) -> None:
    headers = json.dumps({"Authorization": f"Bearer {key}"})
    seen = node("event_stream.mjs", product_url, follow(2), "3", headers)
    assert [result["data"]["events"] for result in seen["results"]] == expected(3, 4, 5)
    assert seen["ended"] == "left"
    refused = node("event_stream.mjs", product_url, follow(99), "0", headers)
    assert refused["results"][0]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert refused["ended"] == "completed"


async def test_and_know_each_code_by_which_a_socket_is_closed(
    product_url: str, key: str, node: Callable[..., Any]
) -> None:
    assert node("close_codes.mjs", product_url.replace("http", "ws"), f"Bearer {key}") == {
        "noInit": "ConnectionInitialisationTimeout",
        "badMessage": "BadRequest",
        "unknownType": "BadRequest",
        "subscribeFirst": "Unauthorized",
        "wrongKey": "Forbidden",
        "initTwice": "TooManyInitialisationRequests",
        "idTwice": "SubscriberAlreadyExists",
    }
