"""HTTP/1.1 to the search engine over kept-alive connections: asyncio's transports and httptools' parser.

A general client costs more CPU than everything else in a search (docs/decisions/0006-search-client.md has the figures).
This one knows what one engine needs: requests with a whole body, answers with a whole body, one at a time a connection.
"""

import asyncio
import ssl
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import httptools


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: bytes


class ConnectionLostError(ConnectionError):
    """The connection ended before the answer did; `unanswered` if not a byte of it had come."""

    def __init__(self, *, unanswered: bool) -> None:
        super().__init__("the connection was closed before the answer was complete")
        self.unanswered = unanswered


class Connection(asyncio.Protocol):
    """One connection: it takes one request at a time."""

    def __init__(self) -> None:
        self.reused = False
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._parts: list[bytes] = []

    @property
    def usable(self) -> bool:
        """Say whether another request can be sent."""
        return self._transport is not None and not self._transport.is_closing() and self._answer is None

    def send(self, head: bytes, body: bytes) -> "asyncio.Future[Answer]":
        """Send a request; the future raises ConnectionLostError when the connection ends first."""
        if self._transport is None:
            raise ConnectionLostError(unanswered=True)
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = None
        self._transport.writelines((head, body))
        return self._answer

    def close(self) -> None:
        """End the connection at once, whatever it was doing."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._answer is None:  # nobody asked for it: the stream cannot be trusted any more
            self.close()
            return
        if self._parser is None:
            self._parts = []
            self._parser = httptools.HttpResponseParser(self)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()
            self._fail(ConnectionLostError(unanswered=False))

    def connection_lost(self, _: Exception | None) -> None:
        """Fail the request that was under way."""
        self._transport = None
        self._fail(ConnectionLostError(unanswered=self._parser is None))

    # httptools calls these

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """Hand over the answer and become free, unless the engine wants to close."""
        parser, answer = self._parser, self._answer
        if parser is None or answer is None:
            return
        self._answer = None
        self.reused = True
        if not parser.should_keep_alive():
            self.close()
        if not answer.done():
            answer.set_result(Answer(parser.get_status_code(), b"".join(self._parts)))

    def _fail(self, error: Exception) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)


class ConnectionPool:
    """Connections to one address (http:// or https://), at most `size` of them at once, the warmest used first."""

    def __init__(self, url: str, *, size: int, connect_timeout_s: float) -> None:
        parts = urlsplit(url)
        self.authority = parts.netloc
        self._host = parts.hostname or ""
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._connect_timeout_s = connect_timeout_s
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(size)

    async def take(self) -> Connection:
        """Take a connection, opened if none is idle; raises OSError or TimeoutError when it cannot be opened.

        It has to be given back, whatever becomes of it.
        """
        await self._free.acquire()
        try:
            return self._warmest() or await self._open()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, connection: Connection) -> None:
        """Give a connection back; it is closed if it was left amid something."""
        if connection.usable:
            self._idle.append(connection)
        else:
            connection.close()
        self._free.release()

    def close(self) -> None:
        """End all idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _warmest(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    async def _open(self) -> Connection:
        async with asyncio.timeout(self._connect_timeout_s):
            _, connection = await asyncio.get_running_loop().create_connection(
                Connection, self._host, self._port, ssl=self._tls
            )
        return connection
