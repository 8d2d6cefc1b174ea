"""States: which action leads from which state to which, as a table that each noun has of its own."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from domain.errors import Refusal

S = TypeVar("S", bound=Enum)
A = TypeVar("A", bound=Enum)


class StateError(Refusal):
    """What is asked does not fit the state that something is in."""

    code = "CONFLICT"


def after(transitions: Mapping[tuple[S, A], S], state: S, action: A, *, noun: str) -> S:
    """Say where an action leads. Raises StateError if it does not lead anywhere from this state."""
    following = transitions.get((state, action))
    if following is None:
        raise StateError(f"The {noun} is {state.value}: {action.name.lower()} does not apply; read it again.")
    return following
