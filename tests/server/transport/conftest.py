"""A small schema behind the real endpoints and a real server, for what every transport must do."""

import asyncio
import fcntl
import json
import logging
import socket
import subprocess
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import httpx
import pytest
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from graph.errors import ClientError
from graph.limits import Limits
from graph.operations import Operations, Outcome
from server.app import create_app
from server.config import Settings
from server.http import GraphQLHTTP
from server.http.connections import ConnectionInfo
from server.http.protocol import BoundedHTTP
from server.websocket import GraphQLWebSocket
from server.websocket.messages import MAX_MESSAGE_BYTES


@dataclass
class Toy:
    """What the toy schema's resolvers see and leave behind."""

    contexts: list["ToyContext"] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    produced: int = 0
    closed: int = 0
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass
class ToyContext:
    toy: Toy
    token: str
    number: int

    def fresh(self) -> Self:
        return type(self)(self.toy, self.token, self.number + 1)


Info = strawberry.Info[ToyContext, Any]


@strawberry.type
class Item:
    number: int

    @strawberry.field
    def child(self) -> "Item":
        return Item(number=self.number + 1)


@strawberry.type
class ItemConnection:
    nodes: list[Item]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, info: Info, name: str = "world") -> str:
        info.context.toy.resolved.append("hello")
        return f"hello {name}"

    @strawberry.field
    def token(self, info: Info) -> str:
        return info.context.token

    @strawberry.field
    def items(self, info: Info, first: int = 10) -> ItemConnection:
        info.context.toy.resolved.append("items")
        return ItemConnection(nodes=[Item(number=number) for number in range(first)])

    @strawberry.field
    def item(self) -> Item:
        return Item(number=0)

    @strawberry.field
    def echo(self, numbers: list[int]) -> int:
        return sum(numbers)

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("SELECT secret FROM vault")

    @strawberry.field
    def refused(self) -> str | None:
        raise ClientError("There is no such thing.", code="NOT_FOUND", thing="x")

    @strawberry.field
    def unfit(self) -> int | None:
        return 2**40

    @strawberry.field
    async def slow(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def touch(self, info: Info) -> str:
        info.context.toy.resolved.append("touch")
        return "touched"

    @strawberry.mutation
    async def slow_touch(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "touched"


@strawberry.type
class Seen:
    @strawberry.field
    def number(self, info: Info) -> int:
        return info.context.number


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int, pause: float = 0.0) -> AsyncGenerator[int, None]:
        toy = info.context.toy
        try:
            for number in range(to):
                await asyncio.sleep(pause)
                toy.produced += 1
                yield number
        finally:
            toy.closed += 1

    @strawberry.subscription
    async def contexts(self) -> AsyncGenerator[Seen, None]:
        for _ in range(3):
            yield Seen()

    @strawberry.subscription
    async def large(self, info: Info) -> AsyncGenerator[str, None]:
        while True:
            info.context.toy.produced += 1
            yield "x" * 100_000

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("SELECT secret FROM vault")


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
LIMITS = Limits(request_timeout_s=1, body_timeout_s=1)


def toy_app(toy: Toy, *, limits: Limits = LIMITS, introspection: bool = True, page: ASGIApp | None = None) -> ASGIApp:
    """Mount the toy schema as the product's application mounts its own."""
    operations = Operations(SCHEMA, limits=limits, introspection=introspection, observe=toy.outcomes.append)

    async def context_of(connection: ConnectionInfo) -> ToyContext:
        token = connection.params.get("authorization") or connection.headers.get("authorization", "")
        if token == "wrong":
            raise ClientError("The access token is not valid.", code="UNAUTHENTICATED", status=401)
        toy.contexts.append(ToyContext(toy, str(token), 0))
        return toy.contexts[-1]

    return Starlette(
        routes=[
            Route("/graphql", GraphQLHTTP(operations, context_factory=context_of, graphiql_page=page)),
            WebSocketRoute("/graphql", GraphQLWebSocket(operations, context_factory=context_of, init_timeout_s=0.5)),
        ]
    )


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def make_app() -> Any:
    return toy_app


@dataclass(frozen=True)
class ToyServer:
    port: int
    toy: Toy
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"


@contextmanager
def serving(app: ASGIApp, *, lifespan: Literal["on", "off"]) -> Iterator[tuple[int, uvicorn.Server]]:
    """Serve an application on a free port, with the options the product is served with; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http=BoundedHTTP,
        log_level=logging.CRITICAL,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
        lifespan=lifespan,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1], server
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@contextmanager
def serving_toy(toy: Toy) -> Iterator[ToyServer]:
    with serving(toy_app(toy), lifespan="off") as (port, server):
        yield ToyServer(port, toy, server)


@pytest.fixture
def toy_server(toy: Toy) -> Iterator[ToyServer]:
    with serving_toy(toy) as server:
        yield server


@pytest.fixture(scope="session")
def serve_toy() -> Callable[[], AbstractContextManager[ToyServer]]:
    """For tests that share a server."""
    return lambda: serving_toy(Toy())


class Neighbour:
    """Another client, who asks all the time and must be served all the time."""

    def __init__(self, url: str) -> None:
        self.slowest = 0.0
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._failures: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert self._failures == []
        assert self.slowest < 1

    def _ask(self) -> None:
        with httpx.Client() as client:
            while not self._stop.is_set():
                started = time.perf_counter()
                answer = client.post(self._url, json={"query": "{ hello }"})
                self.slowest = max(self.slowest, time.perf_counter() - started)
                if answer.status_code != 200:
                    self._failures.append(answer.text)
                time.sleep(0.005)


@pytest.fixture
def neighbour(toy_server: ToyServer) -> Iterator[Neighbour]:
    with Neighbour(toy_server.url) as neighbour:
        yield neighbour


@pytest.fixture
def product_url(settings: Settings) -> Iterator[str]:
    """The endpoint of the product itself, on an empty shop."""
    with serving(create_app(settings), lifespan="on") as (port, _):
        yield f"http://127.0.0.1:{port}/graphql"


AUDIT = Path(__file__).parents[2] / "audit"


@pytest.fixture(scope="session")
def node() -> Callable[..., Any]:
    """Run a script of tests/audit with arguments and give the JSON it prints; installs its packages at first use."""
    with (AUDIT / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a parallel run share the packages
        if not (AUDIT / "node_modules" / ".package-lock.json").exists():
            subprocess.run(["npm", "ci", "--silent"], cwd=AUDIT, check=True, timeout=120)  # noqa: S607 - npm is on the PATH

    def run(script: str, *arguments: str) -> Any:
        ran = subprocess.run(  # noqa: S603 - the arguments are the tests' own
            ["node", script, *arguments],  # noqa: S607 - node is on the PATH
            cwd=AUDIT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return run
