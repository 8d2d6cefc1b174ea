"""Uvicorn's HTTP protocol with bounds on a request's head, which it has none of."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from graph.errors import ClientError, refusal
from server.http.leaving import LEAVING, Leaving
from server.http.negotiation import Answers
from server.http.responses import dump

# The application refuses more than `Limits.max_header_bytes`, nicely; this is what may be in memory until then.
MAX_HEAD_BYTES: Final = 64 * 1024
HEAD_TIMEOUT_S: Final = 10.0
UNREAD_TIMEOUT_S: Final = 10.0
"""How long the rest of a body may take to come that nobody reads: its request was answered before."""


class BoundedHTTP(HttpToolsProtocol):
    """For `uvicorn.Config(http=BoundedHTTP)`: cuts off long heads, slow heads and connections that never say anything.

    A head may take `MAX_HEAD_BYTES` and must be here `HEAD_TIMEOUT_S` seconds after the connection or, on one that is
    kept alive, after its first byte. Bodies are the application's to bound; what is left of one that is answered
    already is passed over, and is no head of the next request.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._body_is_due = False
        self._unread_timer: asyncio.TimerHandle | None = None
        self._leaving: Leaving = set()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more, and tell those who want to know that the client has left."""
        self._head_has_come()
        self._body_has_come()
        super().connection_lost(exc)
        for tell in tuple(self._leaving):
            tell()

    def data_received(self, data: bytes) -> None:
        """Count what arrives while a head is not complete."""
        if self._head_timer is None and self._idle() and not self._body_is_due:
            self._await_head()
        if self._head_timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, "HEADERS_TOO_LARGE", f"The URL and the headers take more than {MAX_HEAD_BYTES} bytes.")

    def on_message_begin(self) -> None:
        """Begin to wait for the head of a request that follows another without a pause."""
        self._unset_keepalive_if_required()
        if self._head_timer is None:
            self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Pass on a request whose head has come in time."""
        self._head_has_come()
        self._body_is_due = True
        super().on_headers_complete()
        self.scope["state"][LEAVING] = self._leaving  # the application has not begun yet

    def on_message_complete(self) -> None:
        """Take note that the body is there; on what was answered before, the connection is idle from now on."""
        if self._body_has_come():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for what is left of a body that is answered already, but not for ever."""
        super().on_response_complete()
        if self._body_is_due and not self.transport.is_closing():
            self._unread_timer = self.loop.call_later(UNREAD_TIMEOUT_S, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the form in which everything is refused."""
        self._refuse(400, "INVALID_HTTP", msg)

    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._head_is_late)

    def _head_has_come(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _body_has_come(self) -> bool:
        """Wait for a body no more; says whether it was answered before it was there."""
        self._body_is_due = False
        timer, self._unread_timer = self._unread_timer, None
        if timer is not None:
            timer.cancel()
        return timer is not None

    def _head_is_late(self) -> None:
        if self._head_bytes:
            message = f"The request's headers did not arrive within {HEAD_TIMEOUT_S:g} s."
            self._refuse(408, "HEADERS_TIMEOUT", message)
        else:
            self._head_has_come()
            self.transport.close()

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._head_has_come()
        if self.transport.is_closing():
            return
        content = dump({"errors": [refusal(ClientError(message, code=code))]})
        head = b"content-type: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (
            Answers.JSON.value,
            len(content),
        )
        self.transport.write(STATUS_LINE[status] + head + content)
        self.transport.close()
