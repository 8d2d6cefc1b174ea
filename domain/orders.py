"""Orders: the states of an order and of each merchant's part of it, and how the one follows from the others.

An order is one for its customer and has a part for each merchant. Until it is paid its status is its own; from then on
it follows from the parts. The order of the table's lines is that of an order's life.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.errors import Refusal

NUMBER_PREFIX: Final = "S"


class OrderStatus(StrEnum):
    """Where an order stands."""

    PENDING_PAYMENT = "PENDING_PAYMENT"
    PAID = "PAID"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    EXPIRED = "EXPIRED"


class PartStatus(StrEnum):
    """Where a merchant's part of an order stands."""

    PENDING = "PENDING"
    READY = "READY"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


RELEASED: Final = frozenset({OrderStatus.CANCELLED, OrderStatus.PAYMENT_FAILED, OrderStatus.EXPIRED})
"""Where an order holds nothing any more: no stock, coupons, points or money."""

TRANSITIONS: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = MappingProxyType(
    {
        OrderStatus.PENDING_PAYMENT: frozenset(
            {OrderStatus.PAID, OrderStatus.CANCELLED, OrderStatus.PAYMENT_FAILED, OrderStatus.EXPIRED}
        ),
        OrderStatus.PAID: frozenset(
            {
                OrderStatus.PARTIALLY_FULFILLED,
                OrderStatus.FULFILLED,
                OrderStatus.DELIVERED,
                OrderStatus.CANCELLED,
            }
        ),
        OrderStatus.PARTIALLY_FULFILLED: frozenset({OrderStatus.PAID, OrderStatus.FULFILLED, OrderStatus.DELIVERED}),
        OrderStatus.FULFILLED: frozenset({OrderStatus.PAID, OrderStatus.PARTIALLY_FULFILLED, OrderStatus.DELIVERED}),
        OrderStatus.DELIVERED: frozenset(),
        OrderStatus.CANCELLED: frozenset(),
        OrderStatus.PAYMENT_FAILED: frozenset(),
        OrderStatus.EXPIRED: frozenset(),
    }
)
"""Into which states an order may go from where it stands; it goes back where a parcel is taken back."""

PART_TRANSITIONS: Final[Mapping[PartStatus, frozenset[PartStatus]]] = MappingProxyType(
    {
        PartStatus.PENDING: frozenset({PartStatus.READY, PartStatus.CANCELLED}),
        PartStatus.READY: frozenset({PartStatus.PARTIALLY_FULFILLED, PartStatus.FULFILLED, PartStatus.CANCELLED}),
        PartStatus.PARTIALLY_FULFILLED: frozenset({PartStatus.READY, PartStatus.FULFILLED}),
        PartStatus.FULFILLED: frozenset({PartStatus.READY, PartStatus.PARTIALLY_FULFILLED, PartStatus.DELIVERED}),
        PartStatus.DELIVERED: frozenset(),
        PartStatus.CANCELLED: frozenset(),
    }
)
"""Into which states a merchant's part may go from where it stands; it goes back where a parcel is taken back."""
_TOLD: Final = MappingProxyType({OrderStatus.PAID: "UNFULFILLED"})


class OrderStateError(Refusal):
    """An order, or a part of it, cannot do this where it stands; `status` says where."""

    code = "INVALID_STATE"

    def __init__(self, what: str, *, status: str, wanted: str) -> None:
        super().__init__(f"The {what} is {status} and cannot become {wanted}; read it again", status=status)


def moved(status: OrderStatus, target: OrderStatus) -> OrderStatus:
    """Give the state that an order goes into. Raises OrderStateError where it cannot."""
    if target not in TRANSITIONS[status]:
        raise OrderStateError("order", status=status.value, wanted=target.value)
    return target


def part_moved(status: PartStatus, target: PartStatus) -> PartStatus:
    """Give the state that a merchant's part goes into. Raises OrderStateError where it cannot."""
    if target not in PART_TRANSITIONS[status]:
        raise OrderStateError("merchant's part", status=status.value, wanted=target.value)
    return target


def told(after: OrderStatus) -> str:
    """Say what a paid order's step is called in the timeline and in the event: it is paid once, and sent anew after."""
    return _TOLD.get(after, after.value)


def of_parts(parts: Collection[PartStatus]) -> OrderStatus:
    """Say where a paid order stands by where its parts stand; those that are cancelled do not count while one lives."""
    living = [part for part in parts if part is not PartStatus.CANCELLED]
    if not living:
        return OrderStatus.CANCELLED
    if all(part is PartStatus.PENDING for part in living):
        return OrderStatus.PENDING_PAYMENT
    if all(part is PartStatus.DELIVERED for part in living):
        return OrderStatus.DELIVERED
    if all(part in {PartStatus.FULFILLED, PartStatus.DELIVERED} for part in living):
        return OrderStatus.FULFILLED
    if any(part not in {PartStatus.PENDING, PartStatus.READY} for part in living):
        return OrderStatus.PARTIALLY_FULFILLED
    return OrderStatus.PAID
