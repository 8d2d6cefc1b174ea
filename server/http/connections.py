"""Who is asking: what a transport knows of a client before the operation's context is made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from graph.operations import Context


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """One HTTP request or one WebSocket.

    `transport` is http, sse or websocket. `params` is the payload of a WebSocket's `connection_init`, empty elsewhere.
    """

    scope: Scope
    transport: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def headers(self) -> Headers:
        """The request's headers, or those of the WebSocket's handshake."""
        return Headers(scope=self.scope)


# Raise ClientError from it (status 401, say) to refuse a client.
ContextFactory = Callable[[ConnectionInfo], Awaitable[Context]]
