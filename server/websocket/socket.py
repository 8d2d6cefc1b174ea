"""One WebSocket: its state, the operations it runs, and how it ends."""

import asyncio
from contextlib import aclosing, suppress
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from domain.errors import Refusal
from graph.errors import masked, refusal
from graph.operations import Context, Operation, Operations
from server.draining import Draining
from server.http.connections import ConnectionInfo, ContextFactory
from server.http.event_stream import stream_errors
from server.http.requests import parameters_of
from server.http.responses import dump
from server.websocket.messages import ClientMessage, Closed, parse_message

DRAIN_S: Final = 2.0
"""How long queries and mutations have to end when the server stops."""


class Socket:
    """Reads messages one by one and runs each operation as a task.

    Nothing is queued: an operation sends its answer and waits until the connection has taken it before it asks its
    source for the next event, and no message is read while an answer to one waits.
    """

    def __init__(
        self,
        websocket: WebSocket,
        operations: Operations,
        *,
        context_factory: ContextFactory,
        init_timeout_s: float,
        max_operations: int,
        draining: Draining,
    ) -> None:
        self._websocket = websocket
        self._operations = operations
        self._context_factory = context_factory
        self._init_timeout_s = init_timeout_s
        self._max_operations = max_operations
        self._draining = draining
        self._drained = False
        self._subscriptions: set[str] = set()
        self._context: Context | None = None
        self._running: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Serve the socket until the client leaves, breaks the protocol, or the server stops."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs has one

        def drain() -> None:
            self._drained = task.cancel()

        with self._draining.told(drain):
            await self._serve_and_close()

    async def _serve_and_close(self) -> None:
        closing = None
        try:
            await self._serve()
        except Closed as closed:
            closing = closed
        except WebSocketDisconnect:
            pass
        except asyncio.CancelledError:
            if not self._drained:
                raise
            closing = Closed(1001, "Going away: the server stops. Connect again, and go on with the last cursor.")
            await self._others_end()
        except Exception as error:  # noqa: BLE001 - the last place that can keep a stack trace from the client
            masked(error, {"transport": "websocket"})
            closing = Closed(4500, "Internal error")
        finally:
            tasks = list(self._running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if closing is not None:
            # The client, or the server's shutdown, may have closed it in the same moment.
            with suppress(RuntimeError, WebSocketDisconnect):
                await self._websocket.close(closing.code, closing.reason)

    async def _others_end(self) -> None:
        """Let what is no subscription end: whoever changes something wants to know what became of it."""
        others = [task for identifier, task in self._running.items() if identifier not in self._subscriptions]
        if others:
            await asyncio.wait(others, timeout=DRAIN_S)

    async def _serve(self) -> None:
        try:
            async with asyncio.timeout(self._init_timeout_s):
                while self._context is None:
                    await self._handle(await self._next_message())
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        while True:
            await self._handle(await self._next_message())

    async def _next_message(self) -> ClientMessage:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return parse_message(message)

    async def _handle(self, message: ClientMessage) -> None:
        match message.type:
            case "connection_init":
                await self._initialise(message.payload)
            case "ping":
                await self._send("pong", **({"payload": message.payload} if message.payload else {}))
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                await self._stop(message.id)

    async def _initialise(self, payload: dict[str, Any]) -> None:
        if self._context is not None:
            raise Closed(4429, "Too many initialisation requests")
        try:
            self._context = await self._context_factory(ConnectionInfo(self._websocket.scope, "websocket", payload))
        except Refusal as error:
            raise Closed(4403, f"Forbidden: {error.message}") from None
        await self._send("connection_ack")

    async def _subscribe(self, message: ClientMessage) -> None:
        if self._context is None:
            raise Closed(4401, "Unauthorized: send connection_init first")
        if message.id in self._running:
            raise Closed(4409, f"Subscriber for {message.id} already exists")
        if len(self._running) >= self._max_operations:
            text = f"This socket runs {self._max_operations} operations, as many as are allowed: complete one first."
            await self._send("error", id=message.id, payload=[_error(text, "TOO_MANY_OPERATIONS")])
            return
        try:
            context = self._context.fresh()
        except Refusal as error:  # who it is has to be proved anew, on a new connection
            await self._send("error", id=message.id, payload=[refusal(error)])
            return
        # Not the message: its document would stay in memory for as long as the subscription.
        running = self._run(message.id, message.payload, context)
        self._running[message.id] = asyncio.create_task(running)

    async def _stop(self, identifier: str) -> None:
        """Cancel an operation the client no longer wants; its id may be used again at once."""
        task = self._running.pop(identifier, None)
        self._subscriptions.discard(identifier)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, identifier: str, payload: dict[str, Any], context: Context) -> None:
        """Run one operation to its end; the client has left if sending fails."""
        with suppress(WebSocketDisconnect):
            try:
                operation = await self._operation(payload)
                del payload
                await context.prove()  # the socket may have been open since long before a key was revoked
                await self._answer(identifier, operation, context)
            except WebSocketDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 - every failure ends this operation, not the socket
                await self._finish(identifier, "error", payload=stream_errors(error))
            else:
                await self._finish(identifier, "complete")

    async def _operation(self, payload: dict[str, Any]) -> Operation:
        asked = parameters_of(payload)
        return await self._operations.prepared(
            asked.query, asked.operation_name, asked.variables, transport="websocket", sha256=asked.sha256
        )

    async def _answer(self, identifier: str, operation: Operation, context: Context) -> None:
        if operation.plan.kind == "subscription":
            self._subscriptions.add(identifier)
        async with aclosing(self._operations.stream(operation, context, transport="websocket")) as answers:
            async for answer in answers:
                await self._send("next", id=identifier, payload=answer.body())

    async def _finish(self, identifier: str, kind: str, **members: Any) -> None:
        # Freed before the client hears of it, so that it may use the id again as soon as it does.
        del self._running[identifier]
        self._subscriptions.discard(identifier)
        await self._send(kind, id=identifier, **members)

    async def _send(self, kind: str, **members: Any) -> None:
        await self._websocket.send_text(dump({"type": kind, **members}).decode())


def _error(text: str, code: str) -> dict[str, Any]:
    return {"message": text, "extensions": {"code": code}}
