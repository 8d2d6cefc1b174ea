"""Writing answers: JSON with the headers and status the GraphQL-over-HTTP specification asks for."""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
from starlette.types import Send

from domain.errors import Refusal
from graph.errors import ClientError, FormattedError, InvalidRequest, refusal
from server.http.negotiation import Answers

Header = tuple[bytes, bytes]
# Answers hold what one client may see, and what was true a moment ago.
_ALWAYS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
    (b"x-content-type-options", b"nosniff"),
)


def dump(body: dict[str, Any]) -> bytes:
    """Write an answer as JSON; raises TypeError for a scalar that returned anything else."""
    return orjson.dumps(body)


async def send_public(
    send: Send, answers: Answers, body: dict[str, Any], *, known: bytes | None, max_age_s: int
) -> None:
    """Send an answer that everyone may see and caches may keep for `max_age_s`; 304 when `known` names it."""
    content = dump(body)
    etag = b'"' + hashlib.sha256(content).hexdigest()[:32].encode() + b'"'
    headers = [
        (b"cache-control", b"public, max-age=%d, must-revalidate" % max_age_s),
        (b"etag", etag),
        # Whoever signs in or shops with a cart is answered otherwise.
        (b"vary", b"accept, authorization, cart-token"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if known is not None and etag in {each.strip().removeprefix(b"W/") for each in known.split(b",")}:
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body"})
        return
    headers += [(b"content-type", answers.value), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def send_json(
    send: Send, status: int, answers: Answers, body: dict[str, Any], headers: Iterable[Header] = ()
) -> None:
    """Send one JSON answer; forms other than JSON's fall back to `application/json`."""
    content = dump(body)
    form = answers if answers is Answers.GRAPHQL else Answers.JSON
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", form.value),
                (b"content-length", str(len(content)).encode()),
                *_ALWAYS,
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": content})


def errors_of(error: Refusal | InvalidRequest) -> list[FormattedError]:
    """Format the error or errors that refuse a request."""
    return error.errors if isinstance(error, InvalidRequest) else [refusal(error)]


def status_of(error: Refusal | InvalidRequest, answers: Answers) -> int:
    """Choose the status of a refused request.

    Clients that know only `application/json` take any other status than 200 for a broken network, so the
    specification keeps 200 for a document or variables that GraphQL refuses. Our own limits are 4xx for everyone.
    """
    if isinstance(error, InvalidRequest):
        return 400 if answers is Answers.GRAPHQL else 200
    return error.status if isinstance(error, ClientError) else 400
