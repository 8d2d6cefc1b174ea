"""Stock: what may be set of the units of a variant in a warehouse, and why units come and go."""

from enum import Enum

from domain.errors import InvalidInput, Refusal

PRIORITY_MAX = 1_000
"""The last priority of a warehouse; 1 is the first."""

UNITS_MAX = 2_147_483_647
"""The most units that a table holds."""


class MovementKind(Enum):
    """Why units came to a warehouse or left it."""

    OPENING = "OPENING"
    IMPORT = "IMPORT"
    COUNT = "COUNT"
    ADJUSTMENT = "ADJUSTMENT"
    TRANSFER = "TRANSFER"
    SHIPMENT = "SHIPMENT"
    SHIPMENT_CANCELLED = "SHIPMENT_CANCELLED"
    RETURN = "RETURN"
    REMOVAL = "REMOVAL"
    OTHER = "OTHER"


class Supply(Enum):
    """How the supply of a variant is, all warehouses together."""

    ENOUGH = "ENOUGH"
    LOW = "LOW"
    OUT = "OUT"


def supply(*, available: int, threshold: int) -> Supply:
    """Say how the supply is with so many units to sell: low from the threshold on down."""
    if available <= 0:
        return Supply.OUT
    return Supply.LOW if available <= threshold else Supply.ENOUGH


def falls(before: Supply, now: Supply) -> bool:
    """Say whether the supply has got worse."""
    order = list(Supply)
    return order.index(now) > order.index(before)


class StockChangedError(Refusal):
    """There are not as many units as was expected: somebody has changed the stock meanwhile."""

    code = "STOCK_CHANGED"

    def __init__(self, *, on_hand: int, field: str) -> None:
        super().__init__(
            f"The stock has changed: {on_hand} are on hand; count again and send that as expected.",
            field=field,
            on_hand=on_hand,
        )


class StockReservedError(Refusal):
    """Fewer units would be on hand than are promised to orders."""

    code = "STOCK_RESERVED"

    def __init__(self, *, on_hand: int, reserved: int, field: str) -> None:
        super().__init__(
            f"{reserved} of {on_hand} units on hand are promised to orders: no fewer can be left.",
            field=field,
            on_hand=on_hand,
            reserved=reserved,
        )


def counted(*, on_hand: int, reserved: int, expected: int | None, wanted: int, field: str) -> int:
    """Give the units on hand after a count of them; `expected` is what they were thought to be, None for whatever.

    `field` is the way to what is wanted; the way to what is expected stands beside it. Raises InvalidInput,
    StockChangedError, StockReservedError.
    """
    if not 0 <= wanted <= UNITS_MAX:
        raise InvalidInput(f"onHand: {wanted} is not between 0 and {UNITS_MAX}", field=field)
    if expected is not None and expected != on_hand:
        raise StockChangedError(on_hand=on_hand, field=f"{field.rpartition('.')[0]}.expected".lstrip("."))
    return _kept(wanted, on_hand=on_hand, reserved=reserved, field=field)


def adjusted(*, on_hand: int, reserved: int, difference: int, field: str) -> int:
    """Give the units on hand after some came or went. Raises InvalidInput, StockReservedError."""
    if on_hand + difference > UNITS_MAX:
        raise InvalidInput(f"difference: there would be more than {UNITS_MAX} on hand", field=field)
    return _kept(on_hand + difference, on_hand=on_hand, reserved=reserved, field=field)


def _kept(wanted: int, *, on_hand: int, reserved: int, field: str) -> int:
    if wanted < reserved:
        raise StockReservedError(on_hand=on_hand, reserved=reserved, field=field)
    return wanted
