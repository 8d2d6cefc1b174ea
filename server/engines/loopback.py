"""Ports on 127.0.0.1."""

import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
