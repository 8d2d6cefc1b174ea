"""The server process: a listening socket, uvicorn, the application."""

import gc
import signal
import socket
import sys
import time
from types import FrameType

import uvicorn

from server.app import create_app
from server.config import Settings
from server.draining import Draining
from server.http.protocol import BoundedHTTP
from server.listening import BACKLOG
from server.websocket.messages import MAX_MESSAGE_BYTES

# With what `souk up` waits for, below the ten seconds in which everything has ended.
GRACE_S = 4


def _calm_collector() -> None:
    """Let the garbage collector run seldom: an answer makes thousands of short-lived containers and hardly a cycle.

    Measured on a listing of 24 products: 5.2 ms of CPU with Python's thresholds (700, 10, 10), 3.8 ms with these.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _yield_often() -> None:
    """Let the loop's thread have its turn soon while another accepts a long document (`graph.documents`).

    Measured while four clients sent nothing but long documents: an echo took up to 48 ms (p99) with Python's interval
    of 5 ms, and there were 113 in 5 s; with this one up to 8 ms, and 594.
    """
    sys.setswitchinterval(0.0005)


def run(settings: Settings, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; then what runs has `GRACE_S` seconds to finish."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHTTP,
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        # A compressor for every socket takes memory and makes a client's buffer hold far more events than it should.
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )
    server = Server(config, app.state.draining)
    _calm_collector()
    _yield_often()
    server.run(sockets=[listener])


class Server(uvicorn.Server):
    """Uvicorn, but streams are told to end before connections are closed, and the end is bounded."""

    def __init__(self, config: uvicorn.Config, draining: Draining) -> None:
        super().__init__(config)
        self._draining = draining

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, have the streams end, then all else."""
        for server in self.servers:
            server.close()
        began = time.monotonic()
        await self._draining.drain(timeout_s=GRACE_S - 1)
        self.config.timeout_graceful_shutdown = max(1, GRACE_S - round(time.monotonic() - began))
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take the signal; raises nothing."""
        # uvicorn bounds what requests may take to end, but not what closing the application may take.
        signal.alarm(GRACE_S + 2)
        super().handle_exit(sig, frame)
