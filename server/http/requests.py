"""Reading a GraphQL request: its body within time and size, its parameters with the types they must have."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive

from graph.errors import ClientError, LimitExceeded
from graph.limits import Limits


@dataclass(frozen=True, slots=True)
class GraphQLParameters:
    """What a client asks for, by the names of the GraphQL-over-HTTP specification."""

    query: str | None
    operation_name: str | None
    variables: dict[str, Any]
    sha256: str | None = None
    """The document's hash (`extensions.persistedQuery`), with it or instead of it."""


class ClientGone(Exception):  # noqa: N818 - not an error of anyone here
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, headers: dict[bytes, bytes], limits: Limits) -> bytes:
    """Read the whole body. Raises LimitExceeded when it is too long (413) or too slow (408), ClientGone if it ends."""
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or len(announced) > 18 or int(announced) > limits.max_body_bytes:  # noqa: PLR2004 - digits of an int64
        raise _too_large(announced.decode("latin-1")[:30], limits)
    message = await _first_message(receive, limits)
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        chunks, size = [body], len(body)
        try:
            async with asyncio.timeout(limits.body_timeout_s):
                while message.get("more_body", False):
                    message = _checked(await receive())
                    chunks.append(message.get("body", b""))
                    size += len(chunks[-1])
                    if size > limits.max_body_bytes:
                        raise _too_large(f"at least {size}", limits)
        except TimeoutError:
            raise _too_slow(limits) from None
        body = b"".join(chunks)
    if len(body) > limits.max_body_bytes:
        raise _too_large(str(len(body)), limits)
    return body


async def _first_message(receive: Receive, limits: Limits) -> Any:
    try:
        async with asyncio.timeout(limits.body_timeout_s):
            return _checked(await receive())
    except TimeoutError:
        raise _too_slow(limits) from None


def _checked(message: Any) -> Any:
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


def _too_large(size: str, limits: Limits) -> LimitExceeded:
    return LimitExceeded(
        f"The body is {size} bytes long; {limits.max_body_bytes} are allowed. Send less in one request.",
        code="BODY_TOO_LARGE",
        measured=limits.max_body_bytes + 1,
        maximum=limits.max_body_bytes,
        status=413,
    )


def _too_slow(limits: Limits) -> LimitExceeded:
    return LimitExceeded(
        f"The body did not arrive within {limits.body_timeout_s:g} s: send it again.",
        code="BODY_TIMEOUT",
        measured=limits.body_timeout_s,
        maximum=limits.body_timeout_s,
        status=408,
    )


def parse_body(body: bytes) -> GraphQLParameters:
    """Read the parameters of a POST from its JSON. Raises ClientError naming what is wrong."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The reason alone: the exception's text ends with a position in bytes, its `doc` is the body itself.
        raise ClientError(f"The body is not valid JSON in UTF-8: {error.msg}.", code="INVALID_JSON") from None
    if isinstance(parsed, list):
        raise ClientError("Requests are not batched: send one operation in a request.", code="BATCHING_NOT_SUPPORTED")
    if not isinstance(parsed, dict):
        raise ClientError('The body must be a JSON object such as {"query": "{ __typename }"}.', code="INVALID_BODY")
    return parameters_of(parsed)


def parse_query_string(query_string: bytes) -> GraphQLParameters:
    """Read the parameters of a GET from the URL. Raises ClientError naming what is wrong."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise ClientError("The URL's query is not valid UTF-8, percent-encoded.", code="INVALID_URL") from None
    given: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if given.get(name):
            try:
                given[name] = orjson.loads(given[name])
            except orjson.JSONDecodeError as error:
                raise ClientError(
                    f"The parameter `{name}` is not valid JSON: {error.msg}.", code="INVALID_JSON"
                ) from None
        elif name in given:
            del given[name]
    return parameters_of(given)


def parameters_of(given: dict[str, Any]) -> GraphQLParameters:
    """Check the types of a request's parameters; every transport sends the same ones."""
    query = given.get("query")
    extensions = given.get("extensions")
    sha256 = _sha256(extensions) if isinstance(extensions, dict) else None
    if not isinstance(query, str) and (query is not None or sha256 is None):
        raise ClientError("`query` must be a string that holds a GraphQL document.", code="INVALID_BODY")
    operation_name = given.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise ClientError("`operationName` must be a string or null.", code="INVALID_BODY")
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            raise ClientError(f"`{name}` must be an object or null.", code="INVALID_BODY")
    return GraphQLParameters(query, operation_name, given.get("variables") or {}, sha256)


def _sha256(extensions: dict[str, Any]) -> str | None:
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if (
        not isinstance(persisted, dict)
        or persisted.get("version") != 1
        or not isinstance(persisted.get("sha256Hash"), str)
    ):
        raise ClientError(
            '`extensions.persistedQuery` must be {"version": 1, "sha256Hash": "<the document\'s SHA-256>"}.',
            code="INVALID_BODY",
        )
    return str(persisted["sha256Hash"])
