"""What follows a paid order: how parcels, refunds, returns and invoices are answered, and what may be done."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from domain import order_actions, order_refunds
from domain.money import Money
from domain.order_actions import Actor
from domain.orders import OrderStatus, PartStatus
from models.database import Row
from resolvers.context import Batch, Context
from resolvers.loaders import order_care as loaders
from resolvers.loaders import orders as order_loaders
from resolvers.loaders.lookups import Many
from resolvers.loaders.order_care import InvoiceRow, RefundRow
from resolvers.loaders.orders import OrderPartRow, OrderRow
from services import access, file_links, order_holding


def of_orders(lookup: Many[Any]) -> Batch[OrderRow, ..., list[Any]]:
    """Answer what each order has of something, as far as the viewer sees it."""

    async def resolve(orders: Sequence[OrderRow], context: Context) -> list[list[Any]]:
        return list(await context.load_many(lookup, [order["id"] for order in orders]))

    return resolve


async def allowed(orders: Sequence[OrderRow], context: Context) -> list[list[str]]:
    """Answer what the viewer may do to each order where it stands, or to a part of it."""
    found = await context.load_many(order_loaders.PARTS, [order["id"] for order in orders])
    return [_allowed(order, parts, context) for order, parts in zip(orders, found, strict=True)]


def _allowed(order: OrderRow, parts: Sequence[OrderPartRow], context: Context) -> list[str]:
    viewer = context.viewer
    holder = access.sees_cart(viewer, order)

    def actors(rows: Sequence[OrderPartRow]) -> frozenset[Actor]:
        return order_holding.actors(viewer, holder=holder, merchant_ids=[row["merchant_id"] for row in rows])

    stand = [order_actions.Part(PartStatus(part["status"]), actors([part])) for part in parts]
    return [action.value for action in order_actions.allowed(OrderStatus(order["status"]), actors(parts), stand)]


def status(refund: RefundRow) -> str:
    """Answer where the money of a refund is."""
    return order_refunds.status(refund["statuses"] or ()).value


def summed(name: str, show: Callable[[int, RefundRow], Any]) -> Batch[RefundRow, ..., Any]:
    """Make the resolver of a sum of refunds: of the lines that the viewer sees."""

    async def resolve(refunds: Sequence[RefundRow], context: Context) -> list[Any]:
        found = await context.load_many(loaders.REFUND_LINES, [refund["id"] for refund in refunds])
        return [show(sum(line[name] for line in lines), refund) for refund, lines in zip(refunds, found, strict=True)]

    return resolve


amount = summed("amount", lambda amount, refund: Money(amount, refund["currency"]))
points = summed("points", lambda points, _: points)


def line_amount(line: Row) -> Money:
    """Answer what a refund gives of a line or a delivery."""
    return Money(line["amount"], line["currency"])


async def paths(invoices: Sequence[InvoiceRow], context: Context) -> list[str]:
    """Answer links to the pages of invoices; who sees the invoice may open the page."""
    now = datetime.now(UTC)
    return [
        file_links.path_of(context.secret_key, purpose="invoice", document_id=invoice["id"], now=now)
        for invoice in invoices
    ]
