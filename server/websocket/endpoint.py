"""The WebSocket endpoint: the handshake, then one `Socket` for as long as the client stays."""

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from graph.operations import Operations
from server.draining import Draining
from server.http.connections import ContextFactory
from server.websocket.messages import PROTOCOL
from server.websocket.socket import Socket


class GraphQLWebSocket:
    """An ASGI application for `WebSocketRoute("/graphql", GraphQLWebSocket(...))`.

    Speaks graphql-transport-ws; other subprotocols are closed with 4406. A client that does not send
    `connection_init` within `init_timeout_s` seconds is closed with 4408. A socket runs at most `max_operations` at
    once. The context is made once, from `connection_init`'s payload; each operation and each event gets a fresh one.
    No cookie is read, so a socket that a page of another site opens has nobody's rights.
    When `draining` begins, sockets are closed with 1001: clients come back, to another server.
    """

    def __init__(
        self,
        operations: Operations,
        *,
        context_factory: ContextFactory,
        init_timeout_s: float = 5,
        max_operations: int = 20,
        draining: Draining | None = None,
    ) -> None:
        self._operations = operations
        self._context_factory = context_factory
        self._init_timeout_s = init_timeout_s
        self._max_operations = max_operations
        self._draining = draining or Draining()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it closes."""
        websocket = WebSocket(scope, receive, send)
        if PROTOCOL not in scope["subprotocols"]:
            # Accepted first, because a browser shows a close code but not why a handshake was refused.
            await websocket.accept()
            await websocket.close(4406, f"Subprotocol not acceptable: use {PROTOCOL}")
            return
        await websocket.accept(subprotocol=PROTOCOL)
        socket = Socket(
            websocket,
            self._operations,
            context_factory=self._context_factory,
            init_timeout_s=self._init_timeout_s,
            max_operations=self._max_operations,
            draining=self._draining,
        )
        await socket.serve()
