"""Lists of orders for staff: a merchant's of its own parts, the platform's of all."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import order_lists as loaders
from resolvers.loaders.lookups import Reads, names_of
from resolvers.loaders.order_lists import OrderSort
from resolvers.loaders.orders import LIGHT, OrderRow
from resolvers.pages import Page
from services import access

_LIGHT: Final = names_of(LIGHT)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; None for whatever."""

    number: str | None = None
    email: str | None = None
    statuses: tuple[str, ...] | None = None
    part_statuses: tuple[str, ...] | None = None
    merchant_id: int | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None


async def listing(
    root: Sequence[None],
    context: Context,
    *,
    filter: OrderFilter,  # noqa: A002 - the field's argument
    sort: OrderSort,
    first: int,
    after: str | None,
    reads: Reads = None,
) -> list[Page[OrderRow]]:
    """Answer a page of the orders that the viewer sees as staff or partner; others see none here."""
    given = _given(filter)
    if not access.sees_every_order(context.viewer):
        given["own"] = list(access.orders_of(context.viewer))
        if "email" in given:
            # Whose an order is is not theirs to know, so nobody's is found by it.
            given["own"] = []
    names = frozenset(given)
    page = await pages.of_list(
        loaders.listing(sort, names, light=reads is not None and reads <= _LIGHT),
        context,
        first=first,
        after=after,
        count=lambda: loaders.count(names),
        **given,
    )
    return [page for _ in root]


def _given(narrowed: OrderFilter) -> dict[str, Any]:
    found = {field.name: getattr(narrowed, field.name) for field in fields(narrowed)}
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
    return {name: value for name, value in given.items() if value is not None}
