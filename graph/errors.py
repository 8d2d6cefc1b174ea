"""What a client is told when something goes wrong, and what it is not told."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from graphql import GraphQLError

from domain.errors import Refusal

log = structlog.get_logger(__name__)

FormattedError = dict[str, Any]
MAX_MESSAGE = 1_000


class ClientError(Refusal):
    """An error that the client may read: `message`, and `code` with the `details` in `extensions`.

    `status` is the HTTP status when the error refuses a whole request; inside an answer it has no effect.
    Subclass it with a `code` of its own where several places raise the same error.
    """

    code = "BAD_REQUEST"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None, **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.status = status or self.status


class LimitExceeded(ClientError):  # noqa: N818 - the name says what happened, as the code does
    """A request asks for more than is allowed; says what was measured, what is allowed and the way out."""

    def __init__(self, message: str, *, code: str, measured: float, maximum: float, status: int = 400) -> None:
        super().__init__(message, code=code, status=status, measured=measured, maximum=maximum)


class InvalidRequest(Exception):  # noqa: N818 - GraphQL's own term is "request error"
    """A well-formed request whose document or variables GraphQL itself refuses, with every reason in `errors`.

    Kept apart from `ClientError` because a client that accepts only `application/json` gets these with status 200.
    """

    def __init__(self, errors: Iterable[GraphQLError], code: str) -> None:
        self.code = code
        self.errors = [_located(error, {"code": code}) for error in errors]
        super().__init__(self.errors[0]["message"])


def refusal(error: Refusal) -> FormattedError:
    """Format an error that refuses a whole request: no path, no location."""
    return {"message": error.message, "extensions": error.extensions}


def formatted(error: GraphQLError, facts: Mapping[str, Any]) -> FormattedError:
    """Format an error of an execution: a client's error as it is, anything else masked and logged with `facts`."""
    cause = error.original_error
    if isinstance(cause, Refusal):
        return _located(error, cause.extensions)
    # graphql-core's own complaints about the request point at a place in the document. A result that does not fit
    # its type is a GraphQLError too, but without a place: that is our mistake, not the client's.
    if cause is None or (isinstance(cause, GraphQLError) and cause.nodes and cause.original_error is None):
        return _located(error, {"code": "BAD_USER_INPUT"})
    return _located(error, masked(cause, {**facts, "path": error.path})["extensions"], message="Internal error")


def masked(error: BaseException, facts: Mapping[str, Any]) -> FormattedError:
    """Log an unexpected error once, under a new id, and give the client that id and nothing else."""
    error_id = secrets.token_hex(8)
    log.error("internal_error", error_id=error_id, exc_info=error, **facts)
    return {"message": "Internal error", "extensions": {"code": "INTERNAL", "id": error_id}}


def _located(error: GraphQLError, extensions: Mapping[str, Any], message: str | None = None) -> FormattedError:
    # A message may quote a name from the document, and a name may be as long as the document.
    answer: FormattedError = {"message": (message or error.message)[:MAX_MESSAGE]}
    if error.locations:
        answer["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        answer["path"] = error.path
    answer["extensions"] = dict(extensions)
    return answer
