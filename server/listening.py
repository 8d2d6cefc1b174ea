"""The socket the server listens on."""

import errno
import socket

from server.failures import Failure

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises Failure when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            way_out = "choose another with --port, or end the process that listens there"
            raise Failure(f"Port {port} of {host} is taken: {way_out}.") from None
        raise Failure(f"Cannot listen on {host}, port {port} ({error.strerror}): try other --host or --port.") from None
