"""A server that is told to stop ..."""

import asyncio
import time
from typing import Any

import httpx
from websockets.asyncio.client import connect

from server.draining import Draining
from tests.server.transport.test_websocket import (
    PROTOCOL,
    address,
    closed_with,
    initialise,
    receive,
    send,
    subscribe,
)

ENDLESS = "subscription { count(to: 1000000, pause: 0.01) }"


async def test_closes_sockets_with_going_away(toy_server: Any) -> None:
    async with connect(address(toy_server), subprotocols=[PROTOCOL]) as idle:
        await initialise(idle)
        async with connect(address(toy_server), subprotocols=[PROTOCOL]) as socket:
            await initialise(socket)
            await subscribe(socket, ENDLESS)
            assert (await receive(socket))["type"] == "next"
            began = time.monotonic()
            toy_server.server.should_exit = True
            code, reason = await closed_with(socket)
            assert (code, "go on with the last cursor" in reason) == (1001, True)
            assert (await closed_with(idle))[0] == 1001
            assert time.monotonic() - began < 1.5
    assert toy_server.toy.closed == 1


async def test_lets_what_changes_something_end_first(toy_server: Any) -> None:
    async with connect(address(toy_server), subprotocols=[PROTOCOL]) as socket:
        await initialise(socket)
        await send(socket, type="subscribe", id="m", payload={"query": "mutation { slowTouch(seconds: 0.5) }"})
        await send(socket, type="subscribe", id="s", payload={"query": ENDLESS})
        assert (await receive(socket))["id"] == "s"
        toy_server.server.should_exit = True
        seen = []
        while not seen or seen[-1]["id"] != "m" or seen[-1]["type"] != "complete":
            seen.append(await receive(socket))
        assert [each["payload"]["data"] for each in seen if each["id"] == "m" and each["type"] == "next"] == [
            {"slowTouch": "touched"}
        ]
        assert (await closed_with(socket))[0] == 1001


async def test_completes_streams_of_server_sent_events(toy_server: Any) -> None:
    headers = {"accept": "text/event-stream"}
    async with httpx.AsyncClient() as client:
        request = client.build_request("POST", toy_server.url, json={"query": ENDLESS}, headers=headers)
        response = await client.send(request, stream=True)
        lines = response.aiter_lines()
        assert await anext(lines) == "event: next"
        began = time.monotonic()
        toy_server.server.should_exit = True
        rest = [line async for line in lines]
        assert rest[-3:-1] == ["event: complete", "data: "] or rest[-2:] == ["event: complete", "data: "]
        assert time.monotonic() - began < 1.5
    assert toy_server.toy.closed == 1


async def test_ends_a_stream_that_opens_too_late() -> None:

    draining = Draining()
    told = asyncio.Event()
    await asyncio.wait_for(draining.drain(timeout_s=5), 1)
    with draining.told(told.set):
        await asyncio.wait_for(told.wait(), 1)
