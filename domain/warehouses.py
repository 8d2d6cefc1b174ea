"""Warehouses: what they are called, and when one can be closed."""

import re
from typing import Final

from domain.errors import InvalidInput
from domain.inventory import PRIORITY_MAX
from domain.states import StateError

WAREHOUSES_MAX: Final = 100
"""How many warehouses a merchant may have."""
NAME_LENGTH_MAX: Final = 100
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)


def code(text: str) -> str:
    """Give a warehouse's code as it is. Raises InvalidInput."""
    if _CODE.fullmatch(text) is None:
        raise InvalidInput(
            f"code: {text[:60]!r} is none; write 1 to 40 letters, digits, hyphens and underscores", field="code"
        )
    return text


def name(text: str) -> str:
    """Trim a warehouse's name. Raises InvalidInput."""
    trimmed = " ".join(text.split())
    if not 0 < len(trimmed) <= NAME_LENGTH_MAX:
        raise InvalidInput(f"name: a name has 1 to {NAME_LENGTH_MAX} characters", field="name")
    return trimmed


def priority(number: int) -> int:
    """Give a priority as it is. Raises InvalidInput."""
    if not 1 <= number <= PRIORITY_MAX:
        raise InvalidInput(f"priority: {number} is not between 1 and {PRIORITY_MAX}", field="priority")
    return number


def check_empty(*, on_hand: int, variants: int) -> None:
    """Refuse to close a warehouse in which something lies. Raises StateError."""
    if on_hand:
        raise StateError(
            f"{on_hand} units of {variants} variants lie in the warehouse: transfer or count them away first."
        )
