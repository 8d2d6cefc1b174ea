"""How staff narrows and sorts lists of orders."""

from enum import Enum
from typing import Any, Final

import strawberry

from domain.orders import OrderStatus as Status
from graph import ids
from graph.fields import Argument
from graph.scalars import Instant
from graph.types.orders import OrderPartStatus
from graph.types.vocabulary import enumeration
from resolvers.loaders.order_lists import OrderSort as Sorts
from resolvers.order_lists import OrderFilter

OrderStatus: Any = enumeration(
    "OrderStatus",
    "Where an order stands: what `Order.status` says.",
    {
        Status.PENDING_PAYMENT: "It holds what it needs, and waits for its payment.",
        Status.PAID: "It is paid; nothing has been sent yet.",
        Status.PARTIALLY_FULFILLED: "Some of it was sent.",
        Status.FULFILLED: "All of it was sent.",
        Status.DELIVERED: "All of it has arrived.",
        Status.CANCELLED: "It was cancelled.",
        Status.PAYMENT_FAILED: "Its payment was refused: it holds nothing any more.",
        Status.EXPIRED: "It was not paid in time: it holds nothing any more.",
    },
)


@strawberry.enum(description="How a list of orders is sorted.")
class OrderSort(Enum):
    """The orders of a list of orders."""

    NEWEST = strawberry.enum_value(Sorts.NEWEST, description="The latest placed first.")
    OLDEST = strawberry.enum_value(Sorts.OLDEST, description="The first placed first: what has waited longest.")


@strawberry.input(name="OrderFilter", description="What a list of orders is narrowed to: all that is given must hold.")
class OrderFilterInput:
    """What a list of orders is narrowed to."""

    number: str | None = strawberry.field(default=None, description="The order's number: S100001.")
    email: str | None = strawberry.field(
        default=None,
        description="The customer's whole e-mail address. Finds nothing for a merchant's staff, which does not see it.",
    )
    statuses: list[OrderStatus] | None = strawberry.field(default=None, description="The order stands at one of these.")
    part_statuses: list[OrderPartStatus] | None = strawberry.field(
        default=None, description="A merchant's part stands at one of these: READY for what is to be sent."
    )
    merchant_id: strawberry.ID | None = strawberry.field(
        default=None, description="This merchant has a part in it; `partStatuses` are then its part's."
    )
    placed_from: Instant | None = strawberry.field(default=None, description="Placed then or later.")
    placed_to: Instant | None = strawberry.field(default=None, description="Placed before that.")


def _narrowed(given: OrderFilterInput | None) -> OrderFilter:
    """Turn the input into what the resolver takes."""
    if given is None:
        return OrderFilter()
    return OrderFilter(
        number=None if given.number is None else given.number.strip().upper(),
        email=None if given.email is None else given.email.strip().lower(),
        statuses=None if given.statuses is None else tuple(each.value for each in given.statuses),
        part_statuses=None if given.part_statuses is None else tuple(each.value for each in given.part_statuses),
        merchant_id=None if given.merchant_id is None else _merchant(given.merchant_id),
        placed_from=given.placed_from,
        placed_to=given.placed_to,
    )


def _merchant(global_id: str) -> int:
    """Read a merchant's key; an id of anything else is that of no merchant."""
    type_name, key = ids.decode(global_id)
    return key if type_name == "Merchant" else 0


ORDER_FILTER: Final = Argument(OrderFilterInput | None, "What the list is narrowed to.", convert=_narrowed)
ORDER_SORT: Final = Argument(OrderSort, "The order.", OrderSort.NEWEST, convert=lambda sort: sort.value)
