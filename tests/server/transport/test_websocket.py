"""A WebSocket ..."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")


@pytest.fixture
async def socket(toy_server: Any) -> AsyncGenerator[ClientConnection, None]:
    """A socket that is not initialised yet."""
    async with connect(address(toy_server), subprotocols=[PROTOCOL]) as socket:
        yield socket


def address(toy_server: Any) -> str:
    return f"ws://127.0.0.1:{toy_server.port}/graphql"


async def send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def receive(socket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), 5))


async def initialise(socket: ClientConnection, **payload: Any) -> None:
    await send(socket, type="connection_init", payload=payload)
    assert await receive(socket) == {"type": "connection_ack"}


async def subscribe(socket: ClientConnection, query: str, identifier: str = "1") -> None:
    await send(socket, type="subscribe", id=identifier, payload={"query": query})


async def closed_with(socket: ClientConnection) -> tuple[int, str]:
    """Read until the server closes; says how."""
    with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 - what comes before it is of no interest
        while True:
            await asyncio.wait_for(socket.recv(), 5)
    assert closed.value.rcvd is not None, "the connection broke without a close frame"
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the server lives on another thread's loop
            await asyncio.sleep(0.01)


def test_serves_the_graphql_ws_client(toy_server: Any, node: Callable[..., Any]) -> None:
    operations = [
        {"query": "{ hello token }", "take": 0},
        {"query": "mutation { touch }", "take": 0},
        {"query": "subscription { count(to: 3, pause: 0.05) }", "take": 0},
        {"query": "subscription { count(to: 1000, pause: 0.01) }", "take": 2},
        {"query": "{ nothing }", "take": 0},
        {"query": "subscription { breaks }", "take": 0},
    ]
    seen = node("web_socket.mjs", address(toy_server), '{"authorization": "abc"}', json.dumps(operations))
    query, mutation, counted, left, invalid, broken = seen["operations"]
    assert query["results"][0]["data"] == {"hello": "hello world", "token": "abc"}
    assert query["results"][0]["extensions"]["cost"]["requested"] == 2
    assert mutation["results"][0]["data"] == {"touch": "touched"}
    assert ([result["data"]["count"] for result in counted["results"]], counted["ended"]) == ([0, 1, 2], "completed")
    assert (len(left["results"]), left["ended"]) == (2, "left")
    assert (invalid["results"], invalid["ended"]) == ([], ["GRAPHQL_VALIDATION_FAILED"])
    assert ([result["data"] for result in broken["results"]], broken["ended"]) == ([{"breaks": 1}], ["INTERNAL"])
    assert seen["pongs"] >= 1
    assert seen["close"]["code"] == 1000
    assert toy_server.toy.closed == 2


def test_that_its_context_refuses_is_forbidden(toy_server: Any, node: Callable[..., Any]) -> None:
    seen = node(
        "web_socket.mjs", address(toy_server), '{"authorization": "wrong"}', '[{"query": "{ hello }", "take": 0}]'
    )
    assert seen["close"] == {"code": 4403, "reason": "Forbidden: The access token is not valid."}
    assert toy_server.toy.resolved == []


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], None])
async def test_of_another_protocol_is_closed(toy_server: Any, subprotocols: list[Subprotocol] | None) -> None:
    async with connect(address(toy_server), subprotocols=subprotocols) as socket:
        assert await closed_with(socket) == (4406, "Subprotocol not acceptable: use graphql-transport-ws")


async def test_that_is_never_initialised_is_closed(socket: ClientConnection) -> None:
    assert await closed_with(socket) == (4408, "Connection initialisation timeout")


async def test_that_only_pings_is_closed_too(socket: ClientConnection) -> None:
    await send(socket, type="ping", payload={"a": 1})
    assert await receive(socket) == {"type": "pong", "payload": {"a": 1}}
    assert (await closed_with(socket))[0] == 4408


async def test_initialised_twice_is_closed(socket: ClientConnection) -> None:
    await initialise(socket)
    await send(socket, type="connection_init")
    assert await closed_with(socket) == (4429, "Too many initialisation requests")


async def test_that_subscribes_first_is_unauthorised(socket: ClientConnection, toy_server: Any) -> None:
    await subscribe(socket, "{ hello }")
    assert await closed_with(socket) == (4401, "Unauthorized: send connection_init first")
    assert toy_server.toy.resolved == []


@pytest.mark.parametrize(
    "message",
    [
        "null",
        "1",
        '"a"',
        "[]",
        "{",
        "",
        b"{}",
        "{}",
        '{"type": "stop"}',
        '{"type": ["ping"]}',
        '{"type": "connection_init", "payload": "x"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
        '{"type": "complete"}',
        '{"type": "ping", "payload": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
async def test_with_a_malformed_message_is_closed(socket: ClientConnection, message: str | bytes) -> None:
    await socket.send(message)
    assert (await closed_with(socket))[0] == 4400


async def test_with_too_long_a_message_is_closed(socket: ClientConnection) -> None:
    await initialise(socket)
    await socket.send("x" * 300_000)
    assert (await closed_with(socket))[0] == 1009


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "INVALID_BODY"),
        ({"query": 1}, "INVALID_BODY"),
        ({"query": "{ hello }", "variables": "x"}, "INVALID_BODY"),
        ({"query": "{ hello }", "operationName": 1}, "INVALID_BODY"),
        ({"query": "query A { hello } query B { hello }"}, "OPERATION_NAME_REQUIRED"),
        ({"query": "{" + "a: __typename " * 51 + "}"}, "TOO_MANY_ALIASES"),
        ({"query": "{ items(first: 101) { nodes { number } } }"}, "PAGE_TOO_LARGE"),
        ({"query": "{ slow(seconds: 9) }"}, "REQUEST_TIMEOUT"),
        ({"query": "subscription { denied }"}, "FORBIDDEN"),
        ({"query": "subscription { stuck }"}, "REQUEST_TIMEOUT"),
    ],
)
async def test_keeps_its_limits_and_stays_open(
    socket: ClientConnection, toy_server: Any, payload: dict[str, Any], code: str
) -> None:
    await initialise(socket)
    await send(socket, type="subscribe", id="1", payload=payload)
    error = await receive(socket)
    assert (error["type"], error["id"], error["payload"][0]["extensions"]["code"]) == ("error", "1", code)
    assert toy_server.toy.resolved == []
    await subscribe(socket, "{ hello }")
    assert (await receive(socket))["payload"]["data"] == {"hello": "hello world"}


async def test_hears_why_its_source_ended(socket: ClientConnection) -> None:
    await initialise(socket)
    await subscribe(socket, "subscription { refuses }")
    assert (await receive(socket))["payload"]["data"] == {"refuses": 1}
    assert await receive(socket) == {
        "type": "error",
        "id": "1",
        "payload": [{"message": "Your subscription has ended.", "extensions": {"code": "ENDED"}}],
    }


async def test_may_not_use_an_id_twice_at_once(socket: ClientConnection) -> None:
    await initialise(socket)
    await subscribe(socket, "subscription { count(to: 9, pause: 1) }")
    await subscribe(socket, "{ hello }")
    assert await closed_with(socket) == (4409, "Subscriber for 1 already exists")


async def test_may_use_an_id_again_after_complete(socket: ClientConnection, toy_server: Any) -> None:
    await initialise(socket)
    await subscribe(socket, "subscription { count(to: 9, pause: 0.2) }")
    await receive(socket)
    await send(socket, type="complete", id="1")
    await subscribe(socket, "{ hello }")
    assert (await receive(socket))["payload"]["data"] == {"hello": "hello world"}
    assert await receive(socket) == {"type": "complete", "id": "1"}
    assert toy_server.toy.closed == 1


async def test_runs_only_so_many_operations(socket: ClientConnection) -> None:
    await initialise(socket)
    for number in range(21):
        await subscribe(socket, "subscription { count(to: 9, pause: 9) }", str(number))
    error = await receive(socket)
    assert (error["id"], error["payload"][0]["extensions"]["code"]) == ("20", "TOO_MANY_OPERATIONS")
    await send(socket, type="complete", id="0")
    await subscribe(socket, "{ hello }", "20")
    assert (await receive(socket))["payload"]["data"] == {"hello": "hello world"}


async def test_gives_each_operation_and_event_fresh_loaders(socket: ClientConnection, toy_server: Any) -> None:
    await initialise(socket)
    await subscribe(socket, "subscription { contexts { number } }")
    numbers = [(await receive(socket))["payload"]["data"]["contexts"]["number"] for _ in range(3)]
    assert numbers == [2, 2, 2]
    assert len(toy_server.toy.contexts) == 1


async def test_that_closes_ends_its_sources(socket: ClientConnection, toy_server: Any) -> None:
    await initialise(socket)
    for identifier in ("1", "2"):
        await subscribe(socket, "subscription { count(to: 1000, pause: 0.05) }", identifier)
    await receive(socket)
    await socket.close()
    await until(lambda: toy_server.toy.closed == 2)


async def test_that_is_not_read_stops_its_source(toy_server: Any) -> None:
    async with connect(address(toy_server), subprotocols=[PROTOCOL], max_queue=1, close_timeout=0) as socket:
        await initialise(socket)
        await subscribe(socket, "subscription { large }")
        before, produced = -1, 0
        while produced != before:
            before = produced
            await asyncio.sleep(0.3)
            produced = toy_server.toy.produced
        assert 0 < produced < 200  # 100 kB each: what the two sockets' buffers take, and no more
