"""What may be done to an order where it stands, and by whom: the one table that answers show and changes obey.

Some actions are about the order as a whole, the others about a merchant's part of it.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.errors import Refusal
from domain.orders import OrderStatus, PartStatus


class OrderAction(StrEnum):
    """What may be done to an order."""

    PAY = "PAY"
    CANCEL = "CANCEL"
    FULFIL = "FULFIL"
    CANCEL_FULFILMENT = "CANCEL_FULFILMENT"
    CONFIRM_DELIVERY = "CONFIRM_DELIVERY"
    REFUND = "REFUND"
    REQUEST_RETURN = "REQUEST_RETURN"
    ADD_NOTE = "ADD_NOTE"


class Actor(StrEnum):
    """What somebody is to an order, or to a merchant's part of it.

    HOLDER is its customer, or who has the cart's token; SENDER may send the part, REFUNDER give money of it back.
    """

    HOLDER = "HOLDER"
    SENDER = "SENDER"
    REFUNDER = "REFUNDER"


_UNSENT: Final = frozenset({PartStatus.READY, PartStatus.PARTIALLY_FULFILLED})
_SENT: Final = frozenset({PartStatus.PARTIALLY_FULFILLED, PartStatus.FULFILLED})

OF_ORDER: Final[Mapping[tuple[Actor, OrderAction], frozenset[OrderStatus]]] = MappingProxyType(
    {
        (Actor.HOLDER, OrderAction.PAY): frozenset({OrderStatus.PENDING_PAYMENT}),
        (Actor.HOLDER, OrderAction.CANCEL): frozenset({OrderStatus.PENDING_PAYMENT, OrderStatus.PAID}),
        (Actor.SENDER, OrderAction.ADD_NOTE): frozenset(OrderStatus),
        (Actor.REFUNDER, OrderAction.ADD_NOTE): frozenset(OrderStatus),
    }
)
"""Where an order must stand for whom to do what to it as a whole."""

OF_PART: Final[Mapping[tuple[Actor, OrderAction], frozenset[PartStatus]]] = MappingProxyType(
    {
        (Actor.HOLDER, OrderAction.CONFIRM_DELIVERY): _SENT,
        (Actor.HOLDER, OrderAction.REQUEST_RETURN): _SENT | {PartStatus.DELIVERED},
        (Actor.SENDER, OrderAction.FULFIL): _UNSENT,
        (Actor.SENDER, OrderAction.CANCEL_FULFILMENT): _SENT,
        (Actor.SENDER, OrderAction.CONFIRM_DELIVERY): _SENT,
        (Actor.REFUNDER, OrderAction.CANCEL): frozenset({PartStatus.READY}),
        (Actor.REFUNDER, OrderAction.REFUND): _UNSENT | _SENT | {PartStatus.DELIVERED},
    }
)
"""Where a merchant's part must stand for whom to do what to it."""


NOTE: Final = "NOTE"
"""The action of a timeline's entry that is a note of staff, for staff alone."""
MONEY: Final = frozenset({"MONEY_NOT_RETURNED", "MONEY_RETURNED", "PAYMENT_MISMATCHED"})
"""The actions of entries that tell of a payment, for who sees the whole order."""


class Part(NamedTuple):
    """A merchant's part as the table needs it: where it stands, and what the viewer is to it."""

    status: PartStatus
    actors: Collection[Actor]


class ActionError(Refusal):
    """This cannot be done to an order, or a part of it, where it stands; `status` says where."""

    code = "INVALID_STATE"

    def __init__(self, what: str, *, status: str, action: OrderAction) -> None:
        super().__init__(f"The {what} is {status}: {action.value} does not apply; see allowedActions", status=status)


def allowed(status: OrderStatus, actors: Collection[Actor], parts: Collection[Part]) -> list[OrderAction]:
    """List what somebody may do to an order or to any part of it, in the order of the enumeration."""
    found = {action for (actor, action), statuses in OF_ORDER.items() if actor in actors and status in statuses}
    found |= {
        action
        for part in parts
        for (actor, action), statuses in OF_PART.items()
        if actor in part.actors and part.status in statuses
    }
    return [action for action in OrderAction if action in found]


def may_order(status: OrderStatus, actors: Collection[Actor], action: OrderAction) -> bool:
    """Say whether somebody may do something to an order as a whole."""
    return any(status in OF_ORDER.get((actor, action), frozenset()) for actor in actors)


def may_part(part: Part, action: OrderAction) -> bool:
    """Say whether somebody may do something to a merchant's part."""
    return any(part.status in OF_PART.get((actor, action), frozenset()) for actor in part.actors)


def check_order(status: OrderStatus, actors: Collection[Actor], action: OrderAction) -> None:
    """Raise ActionError unless somebody may do something to an order as a whole."""
    if not may_order(status, actors, action):
        raise ActionError("order", status=status.value, action=action)


def check_part(part: Part, action: OrderAction) -> None:
    """Raise ActionError unless somebody may do something to a merchant's part."""
    if not may_part(part, action):
        raise ActionError("merchant's part of the order", status=part.status.value, action=action)
