"""Carts: what may be in them, what can be wrong with them, and what becomes of two that are merged."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from domain.errors import InvalidInput, Refusal

LINES_MAX: Final = 100
"""How many lines a cart may have, those saved for later included."""
QUANTITY_MAX: Final = 999
"""How many pieces a line may have."""
COUPONS_MAX: Final = 20
CODE_LENGTH_MAX: Final = 40
POINTS_MAX: Final = 10**9
WISHES_MAX: Final = 200
ABANDONED_AFTER: Final = timedelta(days=30)
"""After so long without a change a guest's cart is gone."""
FORGOTTEN_AFTER: Final = timedelta(days=365)
"""After so long without a change a customer's cart is gone."""


class CartChangedError(Refusal):
    """A cart is not at the version that was expected any more."""

    code = "CONFLICT"

    def __init__(self, *, expected: int, found: int) -> None:
        super().__init__(
            f"expectedVersion: the cart is at version {found}, not {expected}; read it again", field="expected_version"
        )


class ProblemCode(StrEnum):
    """What can be wrong with a cart."""

    PRODUCT_UNAVAILABLE = "PRODUCT_UNAVAILABLE"
    CURRENCY_MISSING = "CURRENCY_MISSING"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    PRICE_CHANGED = "PRICE_CHANGED"
    COUPON_REJECTED = "COUPON_REJECTED"
    POINTS_REDUCED = "POINTS_REDUCED"
    ADDRESS_MISSING = "ADDRESS_MISSING"
    ADDRESS_INVALID = "ADDRESS_INVALID"
    DELIVERY_UNAVAILABLE = "DELIVERY_UNAVAILABLE"


class Problem(NamedTuple):
    """Something that is wrong, in words for shoppers; `line_id` names the line that it is about."""

    code: ProblemCode
    message: str
    line_id: int | None = None


class MergeOutcome(StrEnum):
    """What became of a guest's line in the customer's cart."""

    ADDED = "ADDED"
    SUMMED = "SUMMED"
    CAPPED = "CAPPED"
    LEFT_OUT = "LEFT_OUT"


class Merged(NamedTuple):
    """A guest's line after the merge: `asked` pieces came, the customer's line has `quantity` now."""

    variant_id: int
    asked: int
    quantity: int
    outcome: MergeOutcome


def quantity(wanted: int, *, field: str, least: int = 1) -> int:
    """Check how many pieces are wanted. Raises InvalidInput."""
    if not least <= wanted <= QUANTITY_MAX:
        raise InvalidInput(f"{field}: {wanted} pieces cannot be; ask for {least} to {QUANTITY_MAX}", field=field)
    return wanted


def check_lines(count: int, *, field: str) -> None:
    """Raise InvalidInput when a cart would have too many lines."""
    if count > LINES_MAX:
        raise InvalidInput(f"{field}: a cart holds at most {LINES_MAX} lines; remove or order some first", field=field)


def codes(given: Sequence[str]) -> list[str]:
    """Write coupon codes in capitals without spaces, each once. Raises InvalidInput."""
    trimmed = list(dict.fromkeys("".join(code.split()).upper() for code in given))
    if len(trimmed) > COUPONS_MAX:
        raise InvalidInput(f"codes: a cart takes at most {COUPONS_MAX} coupons", field="codes")
    for at, code in enumerate(trimmed):
        if not 0 < len(code) <= CODE_LENGTH_MAX or not code.isprintable():
            raise InvalidInput(f"codes: a code has 1 to {CODE_LENGTH_MAX} characters", field=f"codes.{at}")
    return trimmed


def points(asked: int) -> int:
    """Check how many points somebody wants to use. Raises InvalidInput."""
    if not 0 <= asked <= POINTS_MAX:
        raise InvalidInput(f"points: ask for 0 to {POINTS_MAX}", field="points")
    return asked


def merge(own: Mapping[int, int], guest: Sequence[tuple[int, int]]) -> list[Merged]:
    """Say what becomes of a guest's (variant, quantity) in a cart that has `own` quantities by variant.

    The pieces of a variant are added up, to `QUANTITY_MAX` at most; new lines are added while there is room for them.
    """
    lines = dict(own)
    report = []
    for variant_id, asked in guest:
        before = lines.get(variant_id)
        if before is None and len(lines) >= LINES_MAX:
            report.append(Merged(variant_id, asked, 0, MergeOutcome.LEFT_OUT))
            continue
        wanted = (before or 0) + asked
        lines[variant_id] = min(wanted, QUANTITY_MAX)
        outcome = MergeOutcome.ADDED if before is None else MergeOutcome.SUMMED
        if wanted > QUANTITY_MAX:
            outcome = MergeOutcome.CAPPED
        report.append(Merged(variant_id, asked, lines[variant_id], outcome))
    return report
