"""The server process: a listening socket, uvicorn, the application."""

import socket

import uvicorn

from server.app import create_app
from server.config import Settings
from server.listening import BACKLOG

# With what `souk up` waits for, below the ten seconds in which everything has ended.
GRACE_S = 4


def run(settings: Settings, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; then what runs has `GRACE_S` seconds to finish."""
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
