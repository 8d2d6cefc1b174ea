"""Writing answers: JSON with the headers and status the GraphQL-over-HTTP specification asks for."""

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
