"""What both engines share: ports on 127.0.0.1, and an environment that does not steer them."""

import os
import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Return our environment and `more`, without what a PGDATA or a MEILI_DB_PATH in the shell would change."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "MEILI_"))}
    return {**ours, **more}
