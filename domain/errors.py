"""What every rule raises when it refuses: an error that may be shown to whoever asked."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - "refusal" is the design's word for it
    """Something was asked that cannot be granted; `message` names the input and the way out, `code` is for programs."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.extensions = {"code": self.code, **details}


class InvalidInput(Refusal):
    """An argument is not what it should be."""


class Unavailable(Refusal):
    """Something that is needed for the answer cannot be reached just now; asking again later may help."""

    code = "UNAVAILABLE"
