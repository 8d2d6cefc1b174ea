"""The messages of graphql-transport-ws: what a client may send, checked, and how the server ends a socket."""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.types import Message

PROTOCOL: Final = "graphql-transport-ws"
MAX_MESSAGE_BYTES: Final = 256 * 1024
MAX_ID_LENGTH: Final = 128
MAX_REASON_BYTES: Final = 123


class Closed(Exception):  # noqa: N818 - the name says what happens
    """The protocol asks to close the socket with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        # A close frame has room for no more; cut whole characters.
        self.reason = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        self.code = code
        super().__init__(f"{code} {self.reason}")


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """A message of a known type; `id` is set for subscribe and complete, `payload` is an object or empty."""

    type: str
    id: str
    payload: dict[str, Any]


_WITH_ID: Final = frozenset({"subscribe", "complete"})
_WITHOUT_ID: Final = frozenset({"connection_init", "ping", "pong"})


def parse_message(message: Message) -> ClientMessage:
    """Read a message. Raises Closed: 4400 for one that breaks the protocol, 1009 for one that is too long."""
    text = message.get("text")
    if text is None:
        raise Closed(4400, "Messages are JSON in text frames")
    if len(text) > MAX_MESSAGE_BYTES:
        raise Closed(1009, f"Message longer than {MAX_MESSAGE_BYTES} characters")
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Closed(4400, "Message is not valid JSON") from None
    if not isinstance(parsed, dict):
        raise Closed(4400, "Message is not an object")
    kind, payload = parsed.get("type"), parsed.get("payload")
    if not isinstance(kind, str) or kind not in _WITH_ID | _WITHOUT_ID:
        raise Closed(4400, "Message has no type this protocol knows")
    if payload is not None and not isinstance(payload, dict):
        raise Closed(4400, f"The payload of {kind} must be an object")
    if kind == "subscribe" and payload is None:
        raise Closed(4400, "subscribe needs a payload")
    identifier = parsed.get("id", "")
    if kind in _WITH_ID and not (isinstance(identifier, str) and 0 < len(identifier) <= MAX_ID_LENGTH):
        raise Closed(4400, f"{kind} needs an id, a string of 1 to {MAX_ID_LENGTH} characters")
    return ClientMessage(kind, identifier if kind in _WITH_ID else "", payload or {})
