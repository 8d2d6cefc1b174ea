"""What a client sends and what it wants back, read from its headers."""

from enum import Enum
from functools import lru_cache
from typing import Final

from starlette.types import Scope

from graph.errors import ClientError, LimitExceeded
from graph.limits import Limits


class Answers(Enum):
    """The forms an answer can take; the value is its content type."""

    GRAPHQL = b"application/graphql-response+json; charset=utf-8"
    JSON = b"application/json; charset=utf-8"
    EVENTS = b"text/event-stream; charset=utf-8"
    PAGE = b"text/html; charset=utf-8"


# In the order we prefer them; `*/*` means JSON until clients are expected to know the newer type.
_FORMS: Final = (
    ("application/json", Answers.JSON),
    ("application/graphql-response+json", Answers.GRAPHQL),
    ("text/event-stream", Answers.EVENTS),
    ("text/html", Answers.PAGE),
)


@lru_cache(maxsize=256)
def answers_for(accept: str, *, page: bool) -> Answers | None:
    """Pick the form that `accept` rates highest, None if it takes none of ours; `page` says if a page is among ours.

    Of equally rated forms the one named first wins, as browsers and GraphQL clients mean it.
    """
    best: tuple[float, int, int] | None = None
    chosen = None
    for position, part in enumerate(accept.split(",")):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = _quality(parameters)
        for name, form in _FORMS:
            if quality == 0 or (form is Answers.PAGE and not page) or not _matches(media_type, name):
                continue
            # A wildcard must not outdo a type that is named: browsers end with */*.
            rank = (quality, -media_type.count("*"), -position)
            if best is None or rank > best:
                best, chosen = rank, form
    return chosen


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _matches(wanted: str, name: str) -> bool:
    if wanted == "*/*":
        return name == "application/json"
    return wanted == name or (wanted.endswith("/*") and name.startswith(wanted[:-1]))


def read_headers(scope: Scope, limits: Limits) -> dict[bytes, bytes]:
    """Give the headers by their lower-case name, the last one of each. Raises LimitExceeded when they are too long."""
    headers: dict[bytes, bytes] = {}
    size = len(scope["query_string"])
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        headers[name] = headers[name] + b"," + value if name == b"accept" and name in headers else value
    if size > limits.max_header_bytes:
        raise LimitExceeded(
            f"The URL's query and the headers take {size} bytes; {limits.max_header_bytes} are allowed."
            " Send the operation by POST and drop needless cookies.",
            code="HEADERS_TOO_LARGE",
            measured=size,
            maximum=limits.max_header_bytes,
            status=431,
        )
    return headers


def check_body_headers(headers: dict[bytes, bytes]) -> None:
    """Refuse a body that is not plain JSON in UTF-8.

    Other types are refused for safety too: a page of another site can post a form or text to us without being asked,
    but not `application/json`.
    """
    content_type = headers.get(b"content-type")
    if content_type == b"application/json" and b"content-encoding" not in headers:
        return
    given = (content_type or b"").decode("latin-1")
    media_type, *parameters = (piece.strip().lower() for piece in given.split(";"))
    if media_type != "application/json":
        raise ClientError(
            f'The content type is "{given[:80]}": send the request with `Content-Type: application/json`.',
            code="UNSUPPORTED_MEDIA_TYPE",
            status=415,
        )
    charset = next(
        (p.partition("=")[2].strip('" ') for p in parameters if p.partition("=")[0].strip() == "charset"), ""
    )
    if charset not in {"", "utf-8", "utf8"}:
        raise ClientError(
            f'The charset is "{charset[:80]}": JSON is sent in UTF-8.', code="UNSUPPORTED_MEDIA_TYPE", status=415
        )
    encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
    if encoding != "identity":
        raise ClientError(
            f'The body is encoded as "{encoding[:80]}": send it as it is, without Content-Encoding.',
            code="UNSUPPORTED_MEDIA_TYPE",
            status=415,
        )
