"""Orders: as their customers see them, and as merchants see their part of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from domain.money import Money
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import orders as loaders
from resolvers.loaders.customers import CustomerRow
from resolvers.loaders.lookups import Reads
from resolvers.loaders.orders import OrderLineRow, OrderPartRow, OrderRow
from resolvers.pages import DocumentPage, Page
from services import access

OF_WHOLE: Final = ("id", "customer_id", "token_hash")
"""What is read of an order to tell who sees all of it, and to find the parts of who does not."""
_SUMS: Final = ("subtotal", "discount", "points_worth", "shipping", "shipping_discount", "tax", "total")


async def one(root: Sequence[None], context: Context, *, id: int | None) -> list[OrderRow | None]:  # noqa: A002 - the field's argument
    """Answer an order by its key; None for one that is not the viewer's to see, as for none."""
    found = None if id is None else await context.load(loaders.BY_ID, id)
    return [found for _ in root]


async def of_customers(
    customers: Sequence[CustomerRow], context: Context, *, first: int, after: str | None, reads: Reads = None
) -> list[Page[OrderRow]]:
    """Answer a page of each customer's orders, the latest first."""
    return await pages.of_parents(
        loaders.OF_CUSTOMERS.for_reading(reads), context, customers, first=first, after=after, count=loaders.COUNTS
    )


async def lines(
    orders: Sequence[OrderRow], context: Context, *, first: int, after: str | None, reads: Reads = None
) -> list[DocumentPage[OrderLineRow]]:
    """Answer a page of each order's lines, of those that the viewer sees."""
    found = await context.load_many(loaders.LINES.for_reading(reads), [order["id"] for order in orders])
    return pages.of_each(found, first=first, after=after, name="order-lines")


async def lines_of_parts(
    parts: Sequence[OrderPartRow], context: Context, *, first: int, after: str | None, reads: Reads = None
) -> list[DocumentPage[OrderLineRow]]:
    """Answer a page of each part's lines."""
    found = await context.load_many(loaders.LINES.for_reading(reads), [part["order_id"] for part in parts])
    own = [[row for row in rows if row["part_id"] == part["id"]] for part, rows in zip(parts, found, strict=True)]
    return pages.of_each(own, first=first, after=after, name="order-part-lines")


async def timeline(
    orders: Sequence[OrderRow], context: Context, *, first: int, after: str | None
) -> list[DocumentPage[Row]]:
    """Answer a page of what happened to each order, the oldest first."""
    found = await context.load_many(loaders.ENTRIES, [order["id"] for order in orders])
    return pages.of_each(found, first=first, after=after, name="order-timeline")


async def parts(orders: Sequence[OrderRow], context: Context) -> list[list[OrderPartRow]]:
    """Answer the parts that the viewer sees, by merchant."""
    return list(await context.load_many(loaders.PARTS, [order["id"] for order in orders]))


async def trace(orders: Sequence[OrderRow], context: Context) -> list[list[dict[str, Any]]]:
    """Answer how each order's total came about; nothing to who sees but a part of it."""
    whole = [order["id"] for order in _whole(orders, context)]
    found = dict(zip(whole, await context.load_many(loaders.PRICES, whole), strict=True))
    return [
        []
        if (priced := found.get(order["id"])) is None
        else [{**step, "amount": Money(step["amount"], order["currency"])} for step in priced["price"]["trace"]]
        for order in orders
    ]


def plainly_whole(orders: Sequence[OrderRow], context: Context) -> bool:
    """Say whether the viewer sees all parts of all the orders, if that is quickly found: then what they hold is so."""
    return access.plainly_sees_all(context.viewer, access.sees_whole_order, orders)


def of_whole(name: str) -> Any:
    """Make the resolver of a column that only who sees the whole order sees."""

    def resolve(orders: Sequence[OrderRow], context: Context) -> list[Any]:
        viewer = context.viewer
        return [order[name] if access.sees_whole_order(viewer, order) else None for order in orders]

    return resolve


def _whole(orders: Sequence[OrderRow], context: Context) -> Sequence[OrderRow]:
    """Give those of the orders that the viewer sees with all their parts."""
    if plainly_whole(orders, context):
        return orders
    return [order for order in orders if access.sees_whole_order(context.viewer, order)]


def summed(*names: str, show: Callable[[Mapping[str, int], OrderRow], Any]) -> Any:
    """Make the resolver of amounts that a merchant sees of its own part alone: the order's, or the sums of its parts.

    They are there at once for who sees the whole order, without reading anything.
    """

    def resolve(orders: Sequence[OrderRow], context: Context) -> Any:
        if len(_whole(orders, context)) == len(orders):
            return [show(order, order) for order in orders]
        return _of_parts(orders, context)

    async def _of_parts(orders: Sequence[OrderRow], context: Context) -> list[Any]:
        found = await parts(orders, context)
        return [
            show(
                order
                if access.sees_whole_order(context.viewer, order)
                else {name: sum(part[name] for part in own) for name in names},
                order,
            )
            for order, own in zip(orders, found, strict=True)
        ]

    return resolve


def amount(name: str) -> Any:
    """Make the resolver of an amount of an order."""
    return summed(name, show=lambda sums, order: Money(sums[name], order["currency"]))


def count(name: str) -> Any:
    """Make the resolver of a number of points of an order."""
    return summed(name, show=lambda sums, _: sums[name])


def part_cost(part: OrderPartRow) -> dict[str, Any]:
    """Show what a merchant's part costs."""
    return _cost(part, part)


def _cost(sums: Mapping[str, int], row: Row) -> dict[str, Any]:
    """Show a sum as carts do: points are a part of the discount, so that the parts add up to the total."""
    currency = row["currency"]
    shown: dict[str, Any] = {name: Money(sums[name], currency) for name in _SUMS}
    shown["points"] = shown.pop("points_worth")
    shown["discount"] = Money(sums["discount"] + sums["points_worth"], currency)
    return {**shown, "tax_included": row["tax_included"]}


cost = summed(*_SUMS, show=_cost)
