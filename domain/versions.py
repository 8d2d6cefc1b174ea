"""Versions: whoever changes something says which state of it was read."""

from domain.errors import Refusal


class VersionError(Refusal):
    """Something is not at the version that was expected any more."""

    code = "CONFLICT"

    def __init__(self, noun: str, *, expected: int, found: int) -> None:
        super().__init__(
            f"expectedVersion: the {noun} is at version {found}, not {expected}; read it again",
            field="expected_version",
        )


def check(noun: str, *, expected: int | None, found: int) -> None:
    """Raise VersionError unless what is there is what was expected; None expects nothing."""
    if expected is not None and expected != found:
        raise VersionError(noun, expected=expected, found=found)
