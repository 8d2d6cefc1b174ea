"""Servers to talk to: the toy schema's and the product's, and node to talk with."""

import fcntl
import json
import logging
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from server.app import create_app
from server.config import Settings
from server.draining import Draining
from server.http.protocol import BoundedHTTP
from server.serve import Server
from server.websocket.messages import MAX_MESSAGE_BYTES
from tests.server.transport.toy import Toy, toy_app


@pytest.fixture
def toy() -> Toy:
    return Toy()


@dataclass(frozen=True)
class ToyServer:
    port: int
    toy: Toy
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"


@contextmanager
def serving(
    app: ASGIApp, *, lifespan: Literal["on", "off"], draining: Draining | None = None
) -> Iterator[tuple[int, uvicorn.Server]]:
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
    server = Server(config, draining or Draining())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1], server
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@contextmanager
def serving_toy(toy: Toy) -> Iterator[ToyServer]:
    draining = Draining()
    with serving(toy_app(toy, draining=draining), lifespan="off", draining=draining) as (port, server):
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
