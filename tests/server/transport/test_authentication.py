"""Who asks is told by ..."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.types import Scope
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from domain.access import Viewer
from models.database import Database
from server.auth import Authentication
from server.config import Settings
from server.http.connections import ConnectionInfo
from services import api_keys
from services.access_tokens import AccessTokens
from tests.factories import people

WHO = "{ viewer { account { email } permissions } }"


@pytest.fixture
async def connection(database: Database) -> Any:
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def token(connection: asyncpg.Connection, settings: Settings) -> str:
    """The access token of ada@example.com."""
    viewer = await people.customer(connection, email="ada@example.com")
    return AccessTokens(settings.secret_key).issue(viewer, now=datetime.now(UTC)).text


@pytest.fixture
async def key(connection: asyncpg.Connection) -> str:
    """The API key of a partner."""
    partner = await people.partner(connection)
    made = api_keys.make()
    await connection.execute(
        "INSERT INTO api_keys (partner_id, prefix, hash, scopes) VALUES ($1, $2, $3, '{EVENTS_READ}')",
        partner.partner_id,
        made.prefix,
        made.hash,
    )
    return made.text


async def ask(url: str, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient() as client:
        return await client.post(url, json={"query": WHO}, headers=names)


async def permissions(url: str, **headers: str) -> list[str]:
    found: list[str] = (await ask(url, **headers)).json()["data"]["viewer"]["permissions"]
    return found


async def test_nothing_for_a_visitor(product_url: str) -> None:
    assert await permissions(product_url) == ["ENTER", "SHOP"]


async def test_an_access_token(product_url: str, token: str) -> None:
    answer = (await ask(product_url, authorization=f"Bearer {token}")).json()
    assert answer["data"]["viewer"]["account"] == {"email": "ada@example.com"}
    assert "OWN_CUSTOMER" in await permissions(product_url, authorization=f"bearer  {token}")


async def test_an_api_key_until_it_is_revoked(product_url: str, key: str, connection: asyncpg.Connection) -> None:
    assert await permissions(product_url, authorization=f"Bearer {key}") == [
        "ENTER",
        "EVENTS_READ",
        "SHOP",
        "WEBHOOKS_MANAGE",
    ]
    await connection.execute("UPDATE api_keys SET revoked_at = now()")
    refused = await ask(product_url, authorization=f"Bearer {key}")
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_nothing_that_is_false(product_url: str, token: str, key: str, settings: Settings) -> None:
    old = AccessTokens(settings.secret_key).issue(Viewer(account_id=1), now=datetime.now(UTC) - timedelta(hours=1))
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiZXhwIjo5OTk5OTk5OTk5LCJhdWQiOiJzb3VrIn0."
    for header, code in (
        (f"Bearer {token}x", "UNAUTHENTICATED"),
        (f"Bearer {key[:-1]}", "UNAUTHENTICATED"),
        (f"Bearer {unsigned}", "UNAUTHENTICATED"),
        ("Bearer souk_", "UNAUTHENTICATED"),
        ("Bearer", "UNAUTHENTICATED"),
        (f"Basic {token}", "UNAUTHENTICATED"),
        (f"Bearer {old.text}", "TOKEN_EXPIRED"),
    ):
        refused = await ask(product_url, authorization=header)
        error = refused.json()["errors"][0]
        assert (refused.status_code, error["extensions"]["code"]) == (401, code), header
        assert error["message"]
    refused = await ask(product_url, cart_token="x" * 201)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def websocket(url: str, payload: dict[str, Any], query: str = WHO) -> Any:
    address = url.replace("http", "ws")
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
        return json.loads(await socket.recv())


async def test_the_first_payload_of_a_websocket(product_url: str, token: str) -> None:
    answer = await websocket(product_url, {"Authorization": f"Bearer {token}"})
    assert answer["payload"]["data"]["viewer"]["account"] == {"email": "ada@example.com"}
    for payload in ({"authorization": "Bearer nonsense"}, {"authorization": 7}):
        with pytest.raises(ConnectionClosed) as closed:
            await websocket(product_url, payload)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


async def test_a_token_whose_time_must_not_be_over_on_a_websocket_either(
    product_url: str, settings: Settings, connection: asyncpg.Connection
) -> None:
    viewer = await people.customer(connection)
    early = datetime.now(UTC) - timedelta(minutes=15) + timedelta(seconds=2)
    token = AccessTokens(settings.secret_key).issue(viewer, now=early).text
    address = product_url.replace("http", "ws")
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await asyncio.sleep(2.1)
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": WHO}}))
        answer = json.loads(await socket.recv())
    assert (answer["type"], answer["payload"][0]["extensions"]["code"]) == ("error", "TOKEN_EXPIRED")


async def test_a_key_that_must_not_be_revoked_on_a_websocket_either(
    product_url: str, key: str, connection: asyncpg.Connection
) -> None:
    address = product_url.replace("http", "ws")
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await connection.execute("UPDATE api_keys SET revoked_at = now()")
        for asked in (WHO, "subscription { events { id } }"):
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": asked}}))
            answer = json.loads(await asyncio.wait_for(socket.recv(), 5))
            assert (answer["type"], answer["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")


def info(client: str, **headers: str) -> ConnectionInfo:
    names = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {"type": "http", "client": (client, 1), "headers": names}
    return ConnectionInfo(scope, "http")


@pytest.mark.parametrize(
    ("hops", "connecting", "expected"),
    [
        (0, info("192.0.2.1", x_forwarded_for="203.0.113.9"), "192.0.2.1"),
        (1, info("10.0.0.1", x_forwarded_for="6.6.6.6, 203.0.113.9"), "203.0.113.9"),
        (2, info("10.0.0.1", x_forwarded_for="6.6.6.6, 203.0.113.9, 10.0.0.2"), "203.0.113.9"),
        (2, info("10.0.0.1", x_forwarded_for="203.0.113.9"), "10.0.0.1"),
        (0, info("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"),
        (0, info("::ffff:192.0.2.1"), "192.0.2.1"),
        (0, info("a pipe"), "a pipe"),
    ],
)
def test_an_address_that_only_our_own_proxies_may_name(
    database: Database, hops: int, connecting: ConnectionInfo, expected: str
) -> None:
    authentication = Authentication(database, secret_key="x" * 32, hops=hops)
    assert authentication.client(connecting) == expected


async def test_the_cart_token(database: Database) -> None:
    authentication = Authentication(database, secret_key="x" * 32, hops=0)
    assert (await authentication.viewer(info("192.0.2.1", cart_token="abc"))).cart_token == "abc"


def test_a_key_that_is_kept_as_a_hash() -> None:
    made = api_keys.make()
    assert made.text.startswith(made.prefix)
    assert made.hash == hashlib.sha256(made.text.encode()).digest()
    assert len(made.text) - len(made.prefix) >= 43
