"""Several servers on one database ..."""

import asyncio
import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from domain.access import PlatformRole
from graph import ids
from models.database import Database
from tests.factories import people
from tests.factories.followers import GONE, Follower, ServerProcess, environ_of

pytestmark = pytest.mark.process

CONFIGURATION = Path(__file__).parents[2] / "docs" / "proxy" / "nginx.conf"
NGINX = shutil.which("nginx")
SIGN_IN = """mutation ($email: String!, $password: String!) {
  sessionCreate(input: {email: $email, password: $password}) { session { accessToken } userErrors { message } }
}"""
CART = "mutation { cartCreate(input: {}) { cart { id } userErrors { message } } }"
CARTS = ["CART_CREATED"]


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with database.connection() as connection:
        yield connection


@pytest.fixture
def servers(database_url: str, engines: dict[str, str], database: Database) -> Iterator[list[ServerProcess]]:
    assert database
    servers = [ServerProcess(environ_of(engines, database_url)) for _ in range(2)]
    for server in servers:
        server.wait_until_ready()
    yield servers
    for server in servers:
        server.stop()


async def ask(url: str, query: str, token: str = "", **variables: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(timeout=20) as client:
        answer = await client.post(url, json={"query": query, "variables": variables}, headers=headers)
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


async def administrator(connection: asyncpg.Connection, url: str) -> str:
    """Sign in as an administrator, who follows everything; gives the access token."""
    viewer = await people.staff(connection, PlatformRole.ADMIN)
    email = await connection.fetchval("SELECT email FROM accounts WHERE id = $1", viewer.account_id)
    data = await ask(url, SIGN_IN, email=email, password=people.PASSWORD)
    return str(data["sessionCreate"]["session"]["accessToken"])


async def cursor_now(url: str, token: str) -> str:
    return str((await ask(url, "{ events { pageInfo { endCursor } } }", token))["events"]["pageInfo"]["endCursor"])


async def make_carts(url: str, number: int) -> None:
    for _ in range(number):
        assert (await ask(url, CART))["cartCreate"]["userErrors"] == []


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the servers are other processes
            await asyncio.sleep(0.02)


async def seen_by(follower: Follower, connection: asyncpg.Connection) -> bool:
    """Say whether it has seen every cart of the log, once, in order."""
    rows = await connection.fetch("SELECT id FROM events WHERE type = 'CART_CREATED' ORDER BY position")
    return [event["id"] for event in follower.seen] == [ids.encode("Event", row["id"]) for row in rows]


async def test_tell_each_others_subscribers_and_lose_nothing_when_one_is_killed(
    servers: list[ServerProcess], connection: asyncpg.Connection
) -> None:
    one, other = servers
    token = await administrator(connection, one.url)
    follower = Follower(token, await cursor_now(one.url, token))
    following = asyncio.ensure_future(follower.follow(one.url, types=CARTS))
    await make_carts(other.url, 3)
    await until(lambda: len(follower.seen) == 3)
    one.kill()
    with pytest.raises(GONE):
        await following
    await make_carts(other.url, 2)
    following = asyncio.ensure_future(follower.follow(other.url, types=CARTS))
    await make_carts(other.url, 2)
    await until(lambda: len(follower.seen) == 7)
    assert await seen_by(follower, connection)
    # SIGTERM: who follows is told to come back, and nobody waits for the last second.
    stream = asyncio.ensure_future(completed_stream(other.url, token))
    await asyncio.sleep(0.3)
    seconds = await asyncio.to_thread(other.terminate)
    with pytest.raises(ConnectionClosed) as closed:
        await following
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    assert await stream == "event: complete"
    assert seconds < 3


async def completed_stream(url: str, token: str) -> str:
    """Follow by server-sent events until the server ends it; gives the last event's name."""
    headers = {"Authorization": f"Bearer {token}", "accept": "text/event-stream"}
    query = "subscription { events { id } }"
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream("POST", url, json={"query": query}, headers=headers) as response,
    ):
        lines = [line async for line in response.aiter_lines() if line.startswith("event")]
    return lines[-1]


@contextlib.contextmanager
def proxied(servers: list[ServerProcess], folder: Path) -> Iterator[str]:
    """Run nginx with the sample configuration before the servers, on other ports; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    text = CONFIGURATION.read_text(encoding="utf-8")
    for sample, server in zip(("127.0.0.1:8000", "127.0.0.1:8001"), servers, strict=True):
        assert text.count(sample) == 1
        text = text.replace(sample, f"127.0.0.1:{server.port}")
    text, found = re.subn(r"listen 8080;", f"listen 127.0.0.1:{port};", text)
    assert found == 1
    temporary = " ".join(f"{each}_temp_path {folder};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = text.replace("http {", f"http {{ access_log off; {temporary}", 1)
    path = folder / "nginx.conf"
    path.write_text(f"daemon off; pid {folder}/pid; error_log {folder}/errors;\n{text}", encoding="utf-8")
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-c", str(path), "-p", str(folder), "-e", f"{folder}/errors"])  # noqa: S603
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.skipif(NGINX is None, reason="there is no nginx here")
async def test_stand_in_for_each_other_behind_nginx(
    servers: list[ServerProcess], connection: asyncpg.Connection, tmp_path: Path
) -> None:
    with proxied(servers, tmp_path) as url:
        token = await administrator(connection, url)
        followers = [Follower(token, await cursor_now(url, token)) for _ in range(4)]

        async def keep_following(follower: Follower) -> None:
            while True:
                with contextlib.suppress(*GONE):
                    await follower.follow(url, until=20, types=CARTS)
                    return
                follower.comebacks += 1
                await asyncio.sleep(0.1)

        following = [asyncio.ensure_future(keep_following(each)) for each in followers]
        await make_carts(url, 5)
        await until(lambda: all(len(each.seen) == 5 for each in followers))
        servers[0].kill()
        await make_carts(url, 15)
        await asyncio.wait_for(asyncio.gather(*following), 20)
        for each in followers:
            assert await seen_by(each, connection)
        # Connections go to where the fewest are: each server had two of the four.
        assert sorted(each.comebacks > 0 for each in followers) == [False, False, True, True]
        assert await completed_through(url, servers[1], token) == "event: complete"


async def completed_through(url: str, server: ServerProcess, token: str) -> str:
    """Give how a stream through the proxy ends when the server behind it is told to stop."""
    stream: Awaitable[str] = asyncio.ensure_future(completed_stream(url, token))
    await asyncio.sleep(0.3)
    await asyncio.to_thread(server.terminate)
    return await stream
