"""Those who follow events over the network, as partners do: each knows its cursor and comes back with it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

PROTOCOL: Final = Subprotocol("graphql-transport-ws")
FOLLOW: Final = """subscription ($after: String, $types: [EventType!]) {
  events(after: $after, types: $types) { id cursor type subjectId subjectVersion }
}"""
GONE: Final = (OSError, ConnectionClosed, InvalidHandshake, InvalidMessage, TimeoutError)
"""What befalls a client whose server is killed."""


class ServerProcess:
    """A `souk serve` of its own, on a free port; `environ` names the engines."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {**os.environ, **environ}
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "server", "serve", "--port", str(self.port)],
            env=self._environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.is_ready():
                return
            assert self.process.poll() is None, "the server ended before it was ready"
            time.sleep(0.05)
        raise AssertionError("the server was not ready in time")

    def is_ready(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).status_code == 200
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self) -> float:
        """Send SIGTERM and wait for the end; gives how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) in {0, -signal.SIGTERM}  # uvicorn ends by the signal once all is done
        return time.monotonic() - began

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill()


def environ_of(addresses: Mapping[str, str], database_url: str) -> dict[str, str]:
    """Name the engines of the tests to a server process."""
    return {
        "DATABASE_URL": database_url,
        "MEILI_URL": addresses["meili_url"],
        "MEILI_KEY": addresses["meili_key"],
        "SOUK_SECRET_KEY": "a key for tests, which is long enough",
    }


@asynccontextmanager
async def initialised(url: str, credential: str) -> AsyncIterator[ClientConnection]:
    """Open a socket as whoever has the credential."""
    async with connect(url.replace("http", "ws", 1), subprotocols=[PROTOCOL], max_size=2**20) as connection:
        payload = {"Authorization": f"Bearer {credential}"}
        await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await asyncio.wait_for(connection.recv(), 20)) == {"type": "connection_ack"}
        yield connection


@dataclass
class Follower:
    """Follows the events over a WebSocket, and remembers what it has seen."""

    credential: str
    cursor: str | None
    seen: list[dict[str, Any]] = field(default_factory=list)
    comebacks: int = 0

    async def follow(self, url: str, *, until: int | None = None, types: list[str] | None = None) -> None:
        """Follow until so many were seen, or the connection ends; raises what ends it."""
        async with initialised(url, self.credential) as connection:
            payload = {"query": FOLLOW, "variables": {"after": self.cursor, "types": types}}
            await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            while until is None or len(self.seen) < until:
                message = json.loads(await connection.recv())
                if message["type"] in {"ping", "pong"}:
                    continue
                assert message["type"] == "next", message
                self.take(message["payload"]["data"]["events"])

    def take(self, event: dict[str, Any]) -> None:
        """Deal with an event."""
        self.seen.append(event)
        self.cursor = event["cursor"]
