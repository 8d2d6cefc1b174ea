"""What every rule raises when it refuses: an error that may be shown to whoever asked."""

from collections.abc import Sequence
from typing import Any


class Refusal(Exception):  # noqa: N818 - "refusal" is the design's word for it
    """Something was asked that cannot be granted; `message` names the input and the way out, `code` is for programs."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.extensions = {"code": self.code, **details}

    @property
    def each(self) -> "Sequence[Refusal]":
        """Every refusal that this one is made of: itself, if it is no sum of several."""
        return (self,)


class Refusals(Refusal):
    """Many things were asked at once, none is done, and `each` says of every wrong one why."""

    def __init__(self, each: "Sequence[Refusal]") -> None:
        first = each[0]
        super().__init__(first.message, **first.extensions)
        self._each = tuple(each)

    @property
    def each(self) -> "Sequence[Refusal]":
        """The refusals, at least one."""
        return self._each


class InvalidInput(Refusal):
    """An argument is not what it should be."""


class Unavailable(Refusal):
    """Something that is needed for the answer cannot be reached just now; asking again later may help."""

    code = "UNAVAILABLE"
