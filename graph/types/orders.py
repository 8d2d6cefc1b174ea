"""Orders: a merchant's part each, lines, payments, and what happened to them."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import money as values
from domain.orders import OrderStatus as Status
from domain.orders import PartStatus
from domain.payments import PaymentMethod as Method
from domain.payments import PaymentStatus as Standing
from graph import ids
from graph.execution.declarations import Column, Composed, OfClass
from graph.fields import batch, column, composed, computed, plainly, related
from graph.pages import Connection, connection
from graph.scalars import CurrencyCode, Instant
from graph.types.addresses import Sent
from graph.types.cart_prices import PriceStep
from graph.types.merchants import Merchant
from graph.types.money import Money, money
from graph.types.node import Node
from graph.types.order_care import Fulfilment, Invoice, OrderAction, Refund, Return
from graph.types.order_lines import OrderLine
from graph.types.vocabulary import enumeration
from resolvers import order_care, orders, tickets
from resolvers.loaders import customers as customer_loaders
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders import order_care as care_loaders
from resolvers.loaders import orders as order_loaders
from resolvers.loaders.orders import OrderLineRow, OrderPartRow, OrderRow, PaymentRow

if TYPE_CHECKING:
    from graph.types.customers import Customer
    from graph.types.tickets import Ticket

OrderPartStatus = enumeration(
    "OrderPartStatus",
    "Where a merchant's part of an order stands.",
    {
        PartStatus.PENDING: "The order is not paid yet.",
        PartStatus.READY: "It is paid, and to be sent.",
        PartStatus.PARTIALLY_FULFILLED: "Some of it was sent.",
        PartStatus.FULFILLED: "All of it was sent.",
        PartStatus.DELIVERED: "It has arrived.",
        PartStatus.CANCELLED: "It was cancelled, or the order was not paid.",
    },
)
PaymentMethod = enumeration(
    "PaymentMethod",
    "By what something is paid.",
    {
        Method.PROVIDER: "By a payment provider: cards and the like.",
        Method.GIFT_CARD: "By a gift card.",
        Method.STORE_CREDIT: "By the customer's credit here.",
    },
)
PaymentStatus = enumeration(
    "PaymentStatus",
    "Where a payment stands.",
    {
        Standing.PENDING: "The provider has not said anything yet.",
        Standing.AUTHORISED: "The provider holds the money for us.",
        Standing.CAPTURED: "The provider has taken the money: `captured`.",
        Standing.DECLINED: "The provider has refused it.",
        Standing.VOIDED: "It was given up.",
    },
)


@strawberry.type(
    description="What an order, or a merchant's part of it, costs: total = subtotal - discount + shipping, plus tax "
    "unless `taxIncluded`."
)
class OrderCost:
    """What an order costs. Its source is made by `resolvers.orders`."""

    subtotal: Money = column("The goods at list price.")
    discount: Money = column("All that was taken off goods: the level's benefit, promotions, coupons, and `points`.")
    points: Money = column("The part of `discount` that was paid with points.")
    shipping: Money = column("Delivery, after `shippingDiscount`.")
    shipping_discount: Money = column("What was taken off the deliveries' prices.")
    tax: Money = column("The tax of goods and delivery.")
    tax_included: bool = column("Whether the prices contain the tax, or it was added to the total.")
    total: Money = column("What is paid in money: by a provider, gift cards and credit.")


@strawberry.type(description="Where an order is sent.")
class OrderAddress(Sent):
    """Where an order is sent."""


@strawberry.type(
    description="What an order has from one merchant. Seen by who sees the order, and by the merchant's staff."
)
class OrderPart(Node):
    """What an order has from one merchant."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("OrderPart"))
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="The merchant; null if not active any more."
    )
    status: OrderPartStatus = column("Where it stands.")  # type: ignore[valid-type]  # made of the domain's
    delivery_method: str = column("The code of how it is sent.")
    delivery_label: str = column("How it is sent.")
    cost: OrderCost = computed(orders.part_cost, description="What it costs; the parts add up to the order's.")
    refunded_total: Money = money("refunded", description="What of its total was given back.")
    points_used: int = column("How many points were used on it.")
    points_earned: int = column("How many points it earns.")
    lines: Connection[OrderLine] = connection(
        orders.lines_of_parts, description="Its lines.", reads=["id", "order_id"], rows=OrderLineRow
    )

    is_type_of = OfClass(OrderPartRow)


@strawberry.type(
    description="A payment of an order; several where gift cards or credit pay a part of it. Seen by who sees the "
    "whole order: a merchant's staff does not."
)
class Payment(Node):
    """A payment of an order."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Payment"))
    method: PaymentMethod = column("By what.")  # type: ignore[valid-type]  # made of the domain's
    provider: str = column("The provider's name, for `PROVIDER`; else the method's.")
    status: PaymentStatus = column("Where it stands.")  # type: ignore[valid-type]  # as above
    amount: Money = money("amount", description="How much.")
    captured: Money = composed(
        values.Money,
        {"amount": "captured", "currency": "captured_currency"},
        description="What was taken: zero or `amount`, unless the provider has taken another amount, or another "
        "currency, than it was asked for. What was not asked for goes back by itself.",
    )
    refunded: Money = composed(
        values.Money,
        {"amount": "refunded", "currency": "captured_currency"},
        description="What of `captured` goes back.",
    )
    failure: str | None = column(
        "Why it does not pay the order, for the customer: it was refused, or the provider took another amount; null if "
        "it may."
    )
    created_at: Instant = column("When it was asked for.")
    answered_at: Instant | None = column("When the provider said yes or no; null as long as it has not.")

    is_type_of = OfClass(PaymentRow)


@strawberry.type(description="Something that happened to an order.")
class OrderTimelineEntry:
    """Something that happened to an order."""

    action: str = column("What happened: PLACED, PAID, EXPIRED...")
    from_status: str | None = column("Where it stood before; null if that did not change.")
    to_status: str | None = column("Where it stood then; null if that did not change.")
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Whose part it is about; null for the whole order."
    )
    note: str | None = computed(
        lambda entry: entry["data"].get("note"), description="What was noted or said about it; null if nothing was."
    )
    occurred_at: Instant = column("When.")


def _amount(name: str, *, description: str) -> Any:
    """Declare an amount of an order, of which a merchant's staff sees its own part's: the column's, for all others."""
    whole = Composed(values.Money, {"amount": name, "currency": "currency"})
    own = batch(orders.amount(name), reads=(*orders.OF_WHOLE, name, "currency"), description=description)
    return plainly(own, where=orders.plainly_whole, how=whole)


def _points(name: str, *, description: str) -> Any:
    """Declare a number of points of an order, likewise."""
    own = batch(orders.count(name), reads=(*orders.OF_WHOLE, name), description=description)
    return plainly(own, where=orders.plainly_whole, how=Column(name))


@strawberry.type(
    description="An order over many merchants. Seen by its customer, by whoever sends the token of its cart in the "
    "header `Cart-Token`, by platform staff and by partners whose key reads orders. A merchant's staff sees its own "
    "part of it: all sums are then that part's."
)
class Order(Node):
    """An order over many merchants."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Order"))
    number: str = column("What people call it by.")
    status: str = column(
        f"Where it stands: {', '.join(Status)}. A text, as a ticket's status is, so that one selection can hold both."
    )
    status_reason: str | None = column("Why it was cancelled or failed, for the customer; null otherwise.")
    currency: CurrencyCode = column("The currency of all its prices.")
    customer: Annotated["Customer", strawberry.lazy("graph.types.customers")] | None = related(
        customer_loaders.BY_ID,
        by="customer_id",
        description="Whose it is, for the customer and for platform staff; null for a guest's, and for anybody else.",
    )
    email: str | None = plainly(
        batch(
            orders.of_whole("email"),
            reads=(*orders.OF_WHOLE, "email"),
            description="Where word of it is sent; null for a merchant's staff.",
        ),
        where=orders.plainly_whole,
        how=Column("email"),
    )
    address: OrderAddress = column("Where it is sent.")
    total: Money = _amount("total", description="What is paid in money.")
    refunded_total: Money = _amount(
        "refunded",
        description="What was given back of it, or will be. What a provider took that it did not ask for is no part of "
        "that: see `captured` and `refunded` of its payments.",
    )
    cost: OrderCost = batch(orders.cost, description="What it costs, as it was when it was placed.")
    price_trace: list[PriceStep] = batch(
        orders.trace,
        description="How the total came about, as it was when it was placed; empty for a merchant's staff.",
    )
    points_used: int = _points("points_used", description="How many points were used.")
    points_earned: int = _points("points_earned", description="How many points it earns.")
    lines: Connection[OrderLine] = connection(
        orders.lines, description="What was bought.", reads=["id"], rows=OrderLineRow
    )
    parts: list[OrderPart] = batch(orders.parts, description="Each merchant's part.", reads=["id"])
    payments: list[Payment] = related(
        order_loaders.PAYMENTS, by="id", description="By what it is paid; empty for a merchant's staff."
    )
    timeline: Connection[OrderTimelineEntry] = connection(
        orders.timeline, description="What happened to it, the oldest first.", reads=["id"]
    )
    allowed_actions: list[OrderAction] = batch(
        order_care.allowed, description="What the viewer may do to it, or to a part of it, where it stands."
    )
    fulfilments: list[Fulfilment] = related(care_loaders.FULFILMENTS, by="id", description="What was sent of it.")
    refunds: list[Refund] = related(care_loaders.REFUNDS, by="id", description="What was given back of it.")
    returns: list[Return] = related(care_loaders.RETURNS, by="id", description="What was sent back of it, or will be.")
    invoices: list[Invoice] = related(
        care_loaders.INVOICES, by="id", description="The merchants' invoices and credit notes."
    )
    tickets: list[Annotated["Ticket", strawberry.lazy("graph.types.tickets")]] = batch(
        tickets.of_orders, description="The tickets about it that the viewer sees, the first first."
    )
    placed_at: Instant = column("When it was placed.")
    paid_at: Instant | None = column("When it was paid; null if it is not.")
    closed_at: Instant | None = column("When it was delivered or cancelled, failed or expired; null if none of it.")
    reserved_until: Instant = column(
        "Until when it holds what it needs while it waits for its payment; means nothing once it does not."
    )

    is_type_of = OfClass(OrderRow)
