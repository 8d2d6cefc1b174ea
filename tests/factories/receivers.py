"""A partner's server, to which webhooks are posted."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Posted:
    """A message as it came."""

    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)["data"]["events"]

    def is_signed_with(self, secret: str) -> bool:
        """Check the signature as a receiver would, by the specification's own words."""
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return any(each == f"v1,{expected}" for each in self.headers["webhook-signature"].split(" "))


@dataclass
class Receiver:
    """Takes what is posted, and answers with what `answer` says: a status and, for a redirect, where to."""

    answer: Callable[["Receiver"], tuple[int, str]] = lambda _: (200, "")
    port: int = 0
    posted: list[Posted] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    @property
    def taken(self) -> list[Posted]:
        return [each for each in self.posted if each.status == 200]

    @asynccontextmanager
    async def up(self) -> AsyncIterator["Receiver"]:
        """Listen, on the same port each time."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def until(self, number: int, timeout_s: float = 30) -> None:
        """Wait until so many were taken."""
        async with asyncio.timeout(timeout_s):
            while len(self.taken) < number:
                self.came.clear()
                await self.came.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in headers.items()}
                body = await reader.readexactly(int(headers["content-length"]))
                status, location = self.answer(self)
                self.posted.append(Posted(headers, body, status))
                self.came.set()
                more = f"location: {location}\r\n" if location else ""
                writer.write(f"HTTP/1.1 {status} X\r\n{more}content-length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
