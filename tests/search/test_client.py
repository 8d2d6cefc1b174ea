"""The client ..."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from search.breaker import CircuitBreaker
from search.client import Meilisearch
from search.errors import EngineRefusedError, SearchUnavailableError

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server on a free port; each connection is handled by `answering`, which tests replace."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.answering: Answering = self.answer_json
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b'{"hits":[]}'
        self._server: asyncio.Server | None = None
        self._handling: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._handling:
            task.cancel()
        await asyncio.gather(*self._handling)

    async def read(self, reader: asyncio.StreamReader) -> bool:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        self.requests.append(head + await reader.readexactly(length))
        return True

    async def answer_json(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self.read(reader):
            writer.write(self.answer)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._handling.add(task)
        try:
            await self.answering(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            self._handling.discard(task)
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Meilisearch]:
    client = Meilisearch(f"http://127.0.0.1:{server.port}", "secret", timeout_s=0.2)
    yield client
    client.close()


async def test_sends_json_with_the_key_and_asks_for_no_compression(server: Server, client: Meilisearch) -> None:
    assert await client.request("POST", "/multi-search", {"q": "ü"}) == {"hits": []}
    assert server.requests == [
        b"POST /multi-search HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{server.port}\r\n".encode()
        + b"Accept-Encoding: identity\r\nAuthorization: Bearer secret\r\nContent-Type: application/json\r\n"
        + b'Content-Length: 10\r\n\r\n{"q":"\xc3\xbc"}'
    ]


async def test_uses_one_connection_for_requests_in_a_row(server: Server, client: Meilisearch) -> None:
    for _ in range(5):
        await client.request("GET", "/health")
    assert (server.connections, len(server.requests)) == (1, 5)


async def test_opens_at_most_as_many_connections_as_its_pool_holds(server: Server) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await server.read(reader):
            await asyncio.sleep(0.02)
            writer.write(server.answer)

    server.answering = slow
    client = Meilisearch(f"http://127.0.0.1:{server.port}", pool_size=2)
    await asyncio.gather(*(client.request("GET", "/health") for _ in range(6)))
    client.close()
    assert (server.connections, len(server.requests)) == (2, 6)


async def test_reads_an_answer_that_comes_in_chunks_and_pieces(server: Server, client: Meilisearch) -> None:
    async def piecemeal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        for piece in (
            b"HTTP/1.1 200 OK\r\nTransfer-Enc",
            b'oding: chunked\r\n\r\n4\r\n{"a"\r\n3\r\n',
            b":1}\r\n0\r\n\r\n",
        ):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)

    server.answering = piecemeal
    assert await client.request("GET", "/") == {"a": 1}


async def test_asks_again_on_a_new_connection_when_the_kept_one_was_closed(server: Server, client: Meilisearch) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(server.answer)
        await server.read(reader)  # takes the second request and closes without a word

    server.answering = once
    assert await client.request("GET", "/") == {"hits": []}
    assert await client.request("GET", "/") == {"hits": []}
    assert server.connections == 2


async def test_does_not_keep_a_connection_that_the_engine_closes(server: Server, client: Meilisearch) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    await client.request("GET", "/")
    await client.request("GET", "/")
    assert server.connections == 2


async def test_tells_what_the_engine_refused(server: Server, client: Meilisearch) -> None:
    body = b'{"message":"Index `x` not found.","code":"index_not_found"}'
    server.answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with pytest.raises(EngineRefusedError) as refused:
        await client.request("GET", "/indexes/x")
    assert (refused.value.status, refused.value.code) == (404, "index_not_found")


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", b"no HTTP at all", b"HTTP/1.1 200 OK\r\nContent-Len"]
)
async def test_is_unavailable_when_the_answer_is_no_answer(server: Server, client: Meilisearch, answer: bytes) -> None:
    async def badly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.read(reader)
        writer.write(answer)
        await writer.drain()

    server.answering = badly
    with pytest.raises(SearchUnavailableError) as unavailable:
        await client.request("GET", "/")
    assert unavailable.value.code == "SEARCH_UNAVAILABLE"


async def test_waits_no_longer_than_its_time_out_and_not_at_all_after_three(server: Server) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await server.read(reader)
        await reader.read()

    server.answering = silent
    client = Meilisearch(f"http://127.0.0.1:{server.port}", timeout_s=0.05)
    clock = asyncio.get_running_loop().time
    took = []
    for _ in range(5):
        began = clock()
        with pytest.raises(SearchUnavailableError):
            await client.request("GET", "/")
        took.append(clock() - began)
    client.close()
    assert [0.04 < each < 0.5 for each in took] == [True, True, True, False, False]
    assert max(took[3:]) < 0.01
    assert len(server.requests) == 3


async def test_works_again_by_itself_when_the_engine_is_back(server: Server) -> None:
    breaker = CircuitBreaker(failures_max=1, probe_after_s=0.05)
    client = Meilisearch(f"http://127.0.0.1:{server.port}", breaker=breaker)
    await client.request("GET", "/")
    await server.stop()
    with pytest.raises(SearchUnavailableError):
        await client.request("GET", "/")
    await server.start()
    with pytest.raises(SearchUnavailableError):
        await client.request("GET", "/")
    await asyncio.sleep(0.06)
    assert await client.request("GET", "/") == {"hits": []}
    client.close()


async def test_leaves_no_half_read_connection_behind_a_request_that_was_cancelled(
    server: Server, client: Meilisearch
) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await server.read(reader):
            await asyncio.sleep(0.05)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % len(server.requests))

    server.answering = slow
    asking = asyncio.create_task(client.request("GET", "/first"))
    while not server.requests:  # noqa: ASYNC110 - it is the server that we wait for
        await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await client.request("GET", "/second") == 2
    assert server.connections == 2


async def test_tells_how_the_engine_is_whatever_the_breaker_thinks_and_the_answer_says(server: Server) -> None:
    client = Meilisearch(f"http://127.0.0.1:{server.port}", "secret", breaker=CircuitBreaker(failures_max=1))
    server.answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 6\r\n\r\n<busy>"
    with pytest.raises(SearchUnavailableError):
        await client.request("GET", "/")
    assert await client.status("/health") == 503
    assert server.requests[1].startswith(b"GET /health HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer secret\r\n" in server.requests[1]
    await server.stop()
    with pytest.raises(ConnectionError):
        await client.status("/health")
    client.close()
