"""What is written to a connection ..."""

import asyncio
from typing import Any

import pytest

from server.http.joining import JoiningTransport


class Wire:
    """A transport that remembers what was done to it."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self) -> None:
        self.done.append("closed")
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


@pytest.fixture
async def wire() -> Wire:
    return Wire()


@pytest.fixture
async def joining(wire: Wire) -> JoiningTransport:
    transport: Any = wire
    return JoiningTransport(transport, asyncio.get_running_loop())


async def test_leaves_as_one_with_what_else_is_written_in_the_turn(joining: JoiningTransport, wire: Wire) -> None:
    joining.write(b"head ")
    joining.write(b"body")
    assert wire.done == []
    await asyncio.sleep(0)
    assert wire.done == [b"head body"]
    joining.write(b"more")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert wire.done == [b"head body", b"more"]


async def test_leaves_before_the_connection_is_closed(joining: JoiningTransport, wire: Wire) -> None:
    joining.write(b"farewell")
    joining.close()
    await asyncio.sleep(0)
    assert wire.done == [b"farewell", "closed"]


async def test_is_dropped_when_the_client_has_left(joining: JoiningTransport, wire: Wire) -> None:
    joining.write(b"too late")
    wire.closing = True
    await asyncio.sleep(0)
    assert wire.done == []


async def test_is_the_transports_own_in_everything_else(joining: JoiningTransport) -> None:
    assert joining.get_extra_info("peername") == "the peername"
