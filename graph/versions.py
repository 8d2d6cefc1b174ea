"""Versions: what says how often something was changed, and what an input may expect of it (`domain.versions`)."""

from typing import Any, Final

import strawberry

from graph.fields import column

_CONFLICT: Final = "if it has another by now, nothing changes (CONFLICT)."


def version(*, of: str = "it was") -> Any:
    """Declare the field of an object by which `expectedVersion` is known; `of` says whose changes are counted."""
    return column(f"How often {of} changed; for `expectedVersion`.")


def expected_version(*, of: str = "", nothing_yet: bool = False) -> Any:
    """Declare the field of an input by which nothing is overwritten that was not read.

    `of` names what has the version, if that is not what is changed; `nothing_yet` is for what may not be there.
    """
    none = ", 0 for nothing yet" if nothing_yet else ""
    return strawberry.field(default=None, description=f"The version{of} that was read{none}; {_CONFLICT}")
